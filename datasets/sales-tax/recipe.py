"""Build the sales tax tables: by town and industry for each year, and the published totals by quarter.

The published file mixes four things in one list: industries of a place, kinds of store within retail trade, totals of
a place, and totals of the state. Here each is a table of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from academy.data.errors import FigureWrong, RowMissing, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    read_source_rows,
    read_town_populations,
    require_figure,
    require_once,
    write_tables,
)

SALES_TAX = "sales-tax-naics/salestax.csv"

YEAR, QUARTER, PLACE, INDUSTRY = "Calendar Year", "Periods Ending", "Municipality", "NAICS Industry Code"
TAXPAYERS = "Taxpayer Count"
DOLLARS = {
    "retail_sales": "Retail Sales of Goods",
    "tax_6_35": "Total Tax Due at 6.35%",
    "tax_7": "Total Tax Due at 7%",
}

YEARS = ("2013", "2014")
QUARTERS = {
    "Quarter 1 - JAN to MAR": 1,
    "Quarter 2 - APR to JUN": 2,
    "Quarter 3 - JUL to SEP": 3,
    "Quarter 4 - OCT to DEC": 4,
}
STATE, TOWN = "ALL MUNICIPALITIES", "town"
PLACES_OUTSIDE = {"OUT OF STATE": "out of state", "OUT OF COUNTRY": "out of country", "UNKNOWN": "unknown"}

ALL_INDUSTRIES, REST = "All NAICS Codes", "All Other Businesses"
# Sectors, by the code that the file prints. “Accomodation” is its spelling.
SECTORS = (
    "110 Agriculture, Forestry, Fishing and Hunting",
    "220 Utilities",
    "230 Construction",
    "310 Manufacturing",
    "420 Wholesale Trade",
    "44-45 Retail Sector",
    "480 Transportation and Warehousing",
    "510 Information",
    "520 Finance and Insurance",
    "530 Real Estate and Rental and Leasing",
    "540 Professional, Scientific and Technical Services",
    "560 Administrative and Support",
    "620 Health Care and Social Assistance",
    "710 Arts, Entertainment, Recreation",
    "720 Accomodation and Food Services",
    "810 Other Services",
    REST,
)
# Kinds of store: parts of the sector 44-45.
RETAIL = (
    "441 Motor vehicle and parts dealers",
    "442 Furniture and home furnishings stores",
    "443 Electronics and appliance stores",
    "444 Building material and garden supply stores",
    "445 Food and beverage stores",
    "446 Health and personal care stores",
    "447 Gasoline stations",
    "448 Clothing and clothing accessories stores",
    "451 Sporting goods, hobby, book and music stores",
    "452 General merchandise stores",
    "453 Miscellaneous store retailers",
    "454 Nonstore retailers",
)
RETAIL_SECTOR = "44-45 Retail Sector"

# In 2013 the file has the state's total twice in each quarter, the same to the cent.
TWICE = ("2013", STATE, ALL_INDUSTRIES)
# What a sum of the whole column gives, totals and all: no sales of anybody.
NAIVE_SUM = Decimal("1526101300733.23")
STATE_SALES = {"2013": Decimal("154237833349.80"), "2014": Decimal("155012472573.51")}
SMALLEST_COUNT = 7

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Sources:
    """Rows of the file, still as published, and the names of the 169 towns in capitals."""

    rows: list[SourceRow]
    towns: dict[str, str]


def build(sources: Path, destination: Path) -> None:
    """Write the four tables. Raises SourceError before anything is written."""
    published = read(sources)
    rows = _without_repeats(published.rows)
    validate(published, rows)
    write_tables(destination, prepare(rows, published.towns))


def read(sources: Path) -> Sources:
    towns = {town.upper(): town for town in read_town_populations()}
    columns = [YEAR, QUARTER, PLACE, INDUSTRY, TAXPAYERS, *DOLLARS.values()]
    return Sources(rows=read_source_rows(sources, SALES_TAX, columns), towns=towns)


def prepare(rows: list[SourceRow], towns: dict[str, str]) -> dict[str, list[TableRow]]:
    """Return the rows of the four tables. The quarters of an industry in a place are added up."""
    places = [row for row in rows if row[PLACE] != STATE]
    return {
        "sales-tax.csv": _years(places, SECTORS, towns),
        "sales-tax-retail.csv": _years(places, RETAIL, towns),
        "sales-tax-quarters.csv": [
            {"year": int(row[YEAR]), "quarter": QUARTERS[row[QUARTER]], **_place(row[PLACE], towns), **_numbers([row])}
            for row in sorted(places, key=_order)
            if row[INDUSTRY] == ALL_INDUSTRIES
        ],
        "sales-tax-state.csv": [
            {
                "year": int(row[YEAR]),
                "quarter": QUARTERS[row[QUARTER]],
                "level": _level(row[INDUSTRY]),
                **_industry(row[INDUSTRY]),
                **_numbers([row]),
            }
            for row in sorted(rows, key=_order)
            if row[PLACE] == STATE
        ],
    }


def validate(published: Sources, rows: list[SourceRow]) -> None:
    """Hold the whole file against its known sum, places against the state, and parts against their whole."""
    for row in published.rows:
        row.one_of(YEAR, YEARS)
        row.one_of(QUARTER, QUARTERS)
        row.one_of(PLACE, [*published.towns, *PLACES_OUTSIDE, STATE])
        row.one_of(INDUSTRY, [*SECTORS, *RETAIL, ALL_INDUSTRIES])
    require_once(rows, YEAR, QUARTER, PLACE, INDUSTRY)
    _require_four_quarters(rows)
    _require_places(rows, published.towns)
    everything = sum((row.decimal(DOLLARS["retail_sales"]) for row in published.rows), Decimal(0))
    require_figure(f"{SALES_TAX}, column {DOLLARS['retail_sales']}", "the sum of all rows", everything, NAIVE_SUM)
    smallest = min(row.whole_number(TAXPAYERS) for row in rows)
    require_figure(f"{SALES_TAX}, column {TAXPAYERS}", "the smallest count", smallest, SMALLEST_COUNT)
    for year, sales in STATE_SALES.items():
        place = f"{SALES_TAX}, year {year}"
        totals = [row for row in rows if row[YEAR] == year and row[INDUSTRY] == ALL_INDUSTRIES]
        of_places = [row for row in totals if row[PLACE] != STATE]
        require_figure(place, "the total of the state", _sales(row for row in totals if row[PLACE] == STATE), sales)
        require_figure(place, "the sum of all places", _sales(of_places), sales)
    _require_parts_within_whole(rows)


def _without_repeats(rows: list[SourceRow]) -> list[SourceRow]:
    """Leave out the second of two rows that are the same throughout. Only the state's total of 2013 is doubled."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for row in rows:
        values = tuple(row.values.values())
        if (row[YEAR], row[PLACE], row[INDUSTRY]) != TWICE or values not in seen:
            kept.append(row)
        seen.add(values)
    return kept


def _years(places: list[SourceRow], industries: Iterable[str], towns: dict[str, str]) -> list[TableRow]:
    groups: dict[tuple[str, str, str], list[SourceRow]] = defaultdict(list)
    wanted = set(industries)
    for row in sorted(places, key=_order):
        if row[INDUSTRY] in wanted:
            groups[row[YEAR], row[PLACE], row[INDUSTRY]].append(row)
    return [
        {"year": int(year), **_place(place, towns), **_industry(industry), **_numbers(quarters)}
        for (year, place, industry), quarters in sorted(groups.items())
    ]


def _order(row: SourceRow) -> tuple[str, ...]:
    return row[YEAR], row[QUARTER], row[PLACE], row[INDUSTRY]


def _place(place: str, towns: dict[str, str]) -> TableRow:
    return {"place_kind": PLACES_OUTSIDE.get(place, TOWN), "town": towns.get(place)}


def _industry(label: str) -> TableRow:
    """Split “44-45 Retail Sector” into its code and its name. Two labels have no code."""
    code, _, name = label.partition(" ")
    return (
        {"industry_code": code, "industry": name} if code[0].isdigit() else {"industry_code": None, "industry": label}
    )


def _level(label: str) -> str:
    return "total" if label == ALL_INDUSTRIES else "kind of store" if label in RETAIL else "sector"


def _numbers(quarters: list[SourceRow]) -> TableRow:
    """Return the dollars of all quarters, and the taxpayers, whose number is that of the year in each quarter."""
    return {
        "taxpayers": quarters[0].whole_number(TAXPAYERS),
        **{
            name: sum((row.decimal(column) for row in quarters), Decimal(0)).quantize(CENT)
            for name, column in DOLLARS.items()
        },
    }


def _sales(rows: Iterable[SourceRow]) -> Decimal:
    return sum((row.decimal(DOLLARS["retail_sales"]) for row in rows), Decimal(0))


def _require_four_quarters(rows: list[SourceRow]) -> None:
    groups: dict[tuple[str, str, str], list[SourceRow]] = defaultdict(list)
    for row in rows:
        groups[row[YEAR], row[PLACE], row[INDUSTRY]].append(row)
    for (year, place, industry), quarters in groups.items():
        if len(quarters) != len(QUARTERS):
            raise RowMissing(
                f"{SALES_TAX}, {year}, {place}, {industry}",
                f"{len(quarters)} of {len(QUARTERS)} quarters are there.",
                "The file looks cut short. Download it again.",
            )
        if len({row[TAXPAYERS] for row in quarters}) != 1:
            raise ValueWrong(
                quarters[-1].place(TAXPAYERS),
                "the number of taxpayers differs between the quarters of a year.",
                "So far it is that of the year. If the publisher changed that, change the recipe and the description.",
            )


def _require_places(rows: list[SourceRow], towns: dict[str, str]) -> None:
    """Every place has a total in both years."""
    for year in YEARS:
        found = {row[PLACE] for row in rows if row[YEAR] == year and row[INDUSTRY] == ALL_INDUSTRIES}
        missing = sorted({*towns, *PLACES_OUTSIDE, STATE} - found)
        if missing:
            raise RowMissing(
                f"{SALES_TAX}, year {year}, column {PLACE}",
                f"no total for: {', '.join(missing[:5])}.",
                "Download the file again.",
            )


def _require_parts_within_whole(rows: list[SourceRow]) -> None:
    """Industries of a place make at most its total, and kinds of store at most its retail trade. The rest is hidden."""
    for whole, parts in ((ALL_INDUSTRIES, SECTORS), (RETAIL_SECTOR, RETAIL)):
        totals: dict[tuple[str, ...], Decimal] = {}
        sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
        for row in rows:
            key = (row[YEAR], row[QUARTER], row[PLACE])
            if row[INDUSTRY] == whole:
                totals[key] = _sales([row])
            elif row[INDUSTRY] in parts:
                sums[key] += _sales([row])
        for key, total in totals.items():
            if sums[key] > total:
                raise FigureWrong(
                    f"{SALES_TAX}, {', '.join(key)}, column {DOLLARS['retail_sales']}",
                    f"the parts of “{whole}” make {sums[key]:,}, more than {total:,}.",
                    "Compare the source with its publisher before you change the recipe.",
                )
