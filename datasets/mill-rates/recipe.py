"""Build the property tax rates: one table of the 169 towns, one of the districts inside them.

The published file mixes both. It knows a town by its name, which for five towns was written otherwise in early years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from academy.data.errors import FigureWrong, RowMissing, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    index_once,
    read_source_rows,
    read_town_populations,
    require_figure,
    require_once,
    write_tables,
)

RATES = "mill-rates/Mill_Rates_for_FY_2014-2026_20251125.csv"

GRAND_LIST, FISCAL_YEAR = "Grand List Year", "Fiscal Year End June 30"
TOWN_CODE, DISTRICT_CODE, NAME = "Town Code", "Service District Code", "Municipality/District"
SINGLE, SPLIT, VEHICLE = "Mill Rate", "Mill Rate - Real & Personal Property", "Mill Rate - Motor Vehicle"
FLAT = "Flat Rate Fee / Other Rate"

FIRST_YEAR, LAST_CLOSED_YEAR = 2014, 2026
# A rate is set for property as it was on October 1, two calendar years before the fiscal year ends.
YEARS_FROM_LIST_TO_RATE = 2
LAST_TOWN_CODE = 169

# The town's own row, where the file names it otherwise.
TOWN_UNDER_OTHER_NAME = {
    "Manchester (Town)": "Manchester",
    "Groton, Town of": "Groton",
    "Norwich, City of": "Norwich",
}
# Two towns printed a rate for each of their districts only, and one rate for motor vehicles.
TOWN_BY_VEHICLE_ROW = {
    "Norwalk - Motor Vehicle Rate": "Norwalk",
    "Norwalk Motor Vehicle Rate": "Norwalk",
    "Stamford - Motor Vehicles": "Stamford",
    "Stamford Motor Vehicles": "Stamford",
}
# Boroughs had codes of their own until 2020.
TOWN_OF_BOROUGH = {
    "601": "Litchfield",
    "603": "Killingly",
    "604": "Old Saybrook",
    "606": "Griswold",
    "607": "Litchfield",
    "608": "Newtown",
    "610": "Stonington",
    "611": "Milford",
}
TOWN_OF_ROW_WITHOUT_CODE = {"Woodstock - Lake Bunggee Tax Dist.": "Woodstock"}
FOOTNOTE = "NO BUDGET ADOPTED"

# The highest rate that a town printed for motor vehicles. The law capped it, and changed the cap.
HIGHEST_VEHICLE_RATE = {
    2017: 37,
    2018: 39,
    2019: 45,
    2020: 45,
    2021: 45,
    2022: 45,
    2023: Decimal("32.46"),
    2024: Decimal("32.46"),
    2025: Decimal("32.46"),
    2026: Decimal("32.46"),
}
HARTFORD = {2014: Decimal("74.29"), 2022: Decimal("74.29"), 2023: Decimal("68.95"), 2026: Decimal("68.95")}


@dataclass(frozen=True)
class Sources:
    """Rows of the file, still as published, and the names of the 169 towns."""

    rates: list[SourceRow]
    towns: set[str]


def build(sources: Path, destination: Path) -> None:
    """Write the two tables. Raises SourceError before anything is written."""
    published = read(sources)
    towns, districts = prepare(published)
    validate(towns, published)
    write_tables(destination, {"mill-rates.csv": towns, "mill-rates-districts.csv": districts})


def read(sources: Path) -> Sources:
    towns = set(read_town_populations())
    columns = [GRAND_LIST, FISCAL_YEAR, TOWN_CODE, DISTRICT_CODE, NAME, SINGLE, SPLIT, VEHICLE, FLAT]
    rates = [row for row in read_source_rows(sources, RATES, columns) if row[NAME] != FOOTNOTE]
    return Sources(rates=rates, towns=towns)


def prepare(published: Sources) -> tuple[list[TableRow], list[TableRow]]:
    """Return the rows of the towns and those of the districts, by year and town."""
    town_rows = [row for row in published.rates if _town_of_row(row, published.towns)]
    codes = _codes(town_rows, published.towns)
    towns = [_town(row, _town_of_row(row, published.towns) or "") for row in town_rows]
    names = {code: town for town, code in codes.items()}
    districts = [_district(row, names) for row in published.rates if not _town_of_row(row, published.towns)]
    return (
        sorted(towns, key=lambda row: (row["fiscal_year"], row["town"])),
        sorted(districts, key=lambda row: (row["fiscal_year"], row["town"], row["district"])),
    )


def validate(towns: list[TableRow], published: Sources) -> None:
    """Hold the file against the calendar, the towns against their number, and some rates against the law."""
    require_once(published.rates, FISCAL_YEAR, NAME)
    for row in published.rates:
        if row.whole_number(FISCAL_YEAR) != row.whole_number(GRAND_LIST) + YEARS_FROM_LIST_TO_RATE:
            raise ValueWrong(
                row.place(FISCAL_YEAR),
                f"{row[FISCAL_YEAR]} does not follow from the grand list of {row[GRAND_LIST]}.",
                "Compare the source with its publisher before you change the recipe.",
            )
    _require_every_town(published)
    for year, highest in HIGHEST_VEHICLE_RATE.items():
        found = max(row["motor_vehicle_rate"] or 0 for row in towns if row["fiscal_year"] == year)
        require_figure(f"{RATES}, column {VEHICLE}, year {year}", "the highest rate of a town", found, highest)
    for row in towns:
        if row["town"] == "Hartford" and row["fiscal_year"] in HARTFORD:
            rate = row["mill_rate"] or row["real_personal_rate"]
            place = f"{RATES}, Hartford, year {row['fiscal_year']}"
            require_figure(place, "the mill rate", rate, HARTFORD[row["fiscal_year"]])


def _town_of_row(row: SourceRow, towns: set[str]) -> str | None:
    """Return the town that the row is the rate of, or None for a district."""
    name = row[NAME]
    return name if name in towns else TOWN_UNDER_OTHER_NAME.get(name) or TOWN_BY_VEHICLE_ROW.get(name)


def _codes(town_rows: list[SourceRow], towns: set[str]) -> dict[str, str]:
    """Return the code of each town, which is the same in all years."""
    codes: dict[str, str] = {}
    for row in town_rows:
        town, code = _town_of_row(row, towns) or "", row[TOWN_CODE]
        if not 1 <= row.whole_number(TOWN_CODE) <= LAST_TOWN_CODE or codes.setdefault(town, code) != code:
            raise ValueWrong(
                row.place(TOWN_CODE),
                f"{town} has the code {code} here; elsewhere it is {codes.get(town, 'between 1 and 169')}.",
                "Compare the source with its publisher before you change the recipe.",
            )
    return codes


def _town(row: SourceRow, town: str) -> TableRow:
    single, split, vehicle = (_rate(row, column) for column in (SINGLE, SPLIT, VEHICLE))
    if row[NAME] in TOWN_BY_VEHICLE_ROW:
        # The only rate of this row is that of motor vehicles, in whichever column it was printed.
        single, split, vehicle = None, None, single if vehicle is None else vehicle
    return {
        "fiscal_year": row.whole_number(FISCAL_YEAR),
        "town": town,
        "town_code": row[TOWN_CODE],
        "mill_rate": single,
        "real_personal_rate": split,
        "motor_vehicle_rate": vehicle,
        "remark": _remark(single, split, vehicle),
    }


def _remark(single: Decimal | None, split: Decimal | None, vehicle: Decimal | None) -> str | None:
    """Say what is odd about the rates of a town. Odd rates are kept as printed."""
    printed = [rate for rate in (single, split, vehicle) if rate is not None]
    if not printed:
        return "no rate printed"
    if 0 in printed:
        return "zero printed"
    if min(printed) < 1:
        return "less than one mill"
    if single is None and split is None:
        return "rates by district"
    if single is not None and vehicle is not None:
        return "motor vehicle rate beside mill rate"
    return None


def _district(row: SourceRow, names: Mapping[str, str]) -> TableRow:
    town = (
        names.get(row[TOWN_CODE])
        or TOWN_OF_BOROUGH.get(row[TOWN_CODE])
        or (TOWN_OF_ROW_WITHOUT_CODE.get(row[NAME]) if not row[TOWN_CODE] else None)
    )
    if town is None:
        raise ValueWrong(
            row.place(TOWN_CODE),
            f"“{row[TOWN_CODE]}” of “{row[NAME]}” is the code of no town and no known borough.",
            "Look up its town, then add the code to the recipe.",
        )
    return {
        "fiscal_year": row.whole_number(FISCAL_YEAR),
        "town": town,
        "district": row.text(NAME),
        "district_code": row[DISTRICT_CODE] or None,
        "mill_rate": _rate(row, SINGLE),
        "real_personal_rate": _rate(row, SPLIT),
        "motor_vehicle_rate": _rate(row, VEHICLE),
        "flat_fee": row[FLAT] or None,
    }


def _rate(row: SourceRow, column: str) -> Decimal | None:
    rate = row.decimal(column) if row[column] else None
    if rate is not None and rate < 0:
        raise FigureWrong(row.place(column), f"a rate of {rate} is below zero.", "Compare with the publisher.")
    return rate


def _require_every_town(published: Sources) -> None:
    """In every year from the first to the last, each of the 169 towns has one row."""
    years = {row.whole_number(FISCAL_YEAR) for row in published.rates}
    missing = set(range(FIRST_YEAR, LAST_CLOSED_YEAR + 1)) - years
    if missing:
        shown = ", ".join(map(str, sorted(missing)))
        raise RowMissing(f"{RATES}, column {FISCAL_YEAR}", f"years are missing: {shown}.", "Download the file again.")
    for year in sorted(years):
        named = [
            SourceRow(row.file, row.number, {NAME: town})
            for row in published.rates
            if row[FISCAL_YEAR] == str(year) and (town := _town_of_row(row, published.towns))
        ]
        index_once(f"{RATES}, year {year}", named, NAME, published.towns)
