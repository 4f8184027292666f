"""Sales tax: totals apart from detail, what is left out, and what the recipe refuses."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from committed_tables import table

from academy.data.build import load_recipe
from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceUnreadable,
    ValueWrong,
)
from academy.project import DATASETS

SECTORS = "sales-tax/sales-tax.csv"
RETAIL = "sales-tax/sales-tax-retail.csv"
QUARTERS = "sales-tax/sales-tax-quarters.csv"
STATE = "sales-tax/sales-tax-state.csv"
PUBLISHED = "sales-tax-naics/salestax.csv"


def test_a_sum_of_the_published_column_is_one_and_a_half_trillion_dollars() -> None:
    everything = sum(_sales(row) for path in (SECTORS, RETAIL, QUARTERS, STATE) for row in table(path))
    twice = sum(_sales(row) for row in table(STATE) if (row["year"], row["level"]) == ("2013", "total"))
    assert everything + twice == Decimal("1526101300733.23")
    assert "1,526,101,300,733 dollars, about 1.5 trillion" in _statement()


@pytest.mark.parametrize(("year", "dollars"), [("2013", "154237833349.80"), ("2014", "155012472573.51")])
def test_the_places_add_up_to_the_state_in_every_quarter(year: str, dollars: str) -> None:
    places: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in table(QUARTERS):
        if row["year"] == year:
            places[row["quarter"]] += _sales(row)
    state = {row["quarter"]: _sales(row) for row in table(STATE) if (row["year"], row["level"]) == (year, "total")}
    assert dict(places) == state
    assert sum(state.values()) == Decimal(dollars)
    assert f"{Decimal(dollars) / 10**9:.1f}" in _statement()


def test_every_number_is_that_of_the_published_file_or_the_sum_of_its_four_quarters(real_sources: Path) -> None:
    names = {"town": "", "out of state": "OUT OF STATE", "out of country": "OUT OF COUNTRY", "unknown": "UNKNOWN"}
    quarters: dict[tuple[str, ...], list[Decimal]] = {}
    years: dict[tuple[str, ...], list[Decimal]] = {}
    for (year, quarter, place, industry), numbers in _published(real_sources).items():
        quarters[year, quarter, place, industry] = numbers
        so_far = years.get((year, place, industry), [Decimal(0)] * 4)
        years[year, place, industry] = [numbers[0], *map(sum, zip(so_far[1:], numbers[1:], strict=True))]
    for path in (SECTORS, RETAIL):
        for row in table(path):
            place = row["town"].upper() or names[row["place_kind"]]
            assert years.pop((row["year"], place, f"{row['industry_code']} {row['industry']}".strip())) == _numbers(row)
    for row in table(QUARTERS):
        place = row["town"].upper() or names[row["place_kind"]]
        assert quarters.pop((row["year"], row["quarter"], place, "All NAICS Codes")) == _numbers(row)
    for row in table(STATE):
        industry = f"{row['industry_code']} {row['industry']}".strip()
        assert quarters.pop((row["year"], row["quarter"], "ALL MUNICIPALITIES", industry)) == _numbers(row)
    assert {industry for _, place, industry in years if place != "ALL MUNICIPALITIES"} == {"All NAICS Codes"}


def test_every_town_and_three_other_places_have_a_total_in_each_of_8_quarters() -> None:
    rows = table(QUARTERS)
    towns = {town["town"] for town in table("towns/towns.csv")}
    assert len(rows) == 172 * 8
    assert Counter(row["place_kind"] for row in rows) == {
        "town": 169 * 8,
        "out of state": 8,
        "out of country": 8,
        "unknown": 8,
    }
    for path in (SECTORS, RETAIL, QUARTERS):
        for row in table(path):
            assert (row["town"] in towns) == (row["place_kind"] == "town")


def test_the_tables_of_detail_have_no_total() -> None:
    sectors, kinds = ({row["industry"] for row in table(path)} for path in (SECTORS, RETAIL))
    assert (len(sectors), len(kinds)) == (17, 12)
    assert not sectors & kinds
    assert "All NAICS Codes" not in sectors | kinds
    for path in (SECTORS, RETAIL):
        keys = [(row["year"], row["place_kind"], row["town"], row["industry"]) for row in table(path)]
        assert len(set(keys)) == len(keys)


def test_industries_of_a_place_make_at_most_its_total_and_kinds_of_store_at_most_its_retail_trade() -> None:
    totals, sectors, retail, kinds = (defaultdict[tuple[str, str, str], Decimal](Decimal) for _ in range(4))
    for path, sums in ((QUARTERS, totals), (SECTORS, sectors), (RETAIL, kinds)):
        for row in table(path):
            key = (row["year"], row["place_kind"], row["town"])
            sums[key] += _sales(row)
            if row.get("industry_code") == "44-45":
                retail[key] += _sales(row)
    assert len(totals) == 344
    assert all(sectors[key] <= total for key, total in totals.items())
    assert all(kinds[key] <= dollars for key, dollars in retail.items())


def test_no_row_has_fewer_than_seven_taxpayers() -> None:
    counts = [int(row["taxpayers"]) for path in (SECTORS, RETAIL, QUARTERS, STATE) for row in table(path)]
    assert min(counts) == 7


def test_the_number_of_taxpayers_is_the_same_in_all_quarters_of_a_year() -> None:
    for path, key in ((QUARTERS, ("place_kind", "town")), (STATE, ("industry",))):
        numbers: dict[tuple[str, ...], set[str]] = {}
        for row in table(path):
            numbers.setdefault((row["year"], *(row[name] for name in key)), set()).add(row["taxpayers"])
        assert {len(taxpayers) for taxpayers in numbers.values()} == {1}


def test_the_state_has_no_row_for_retail_trade_in_2014() -> None:
    rows = [row for row in table(STATE) if row["industry_code"] == "44-45"]
    assert [row["year"] for row in rows] == ["2013"] * 4
    kinds = Counter(row["year"] for row in table(STATE) if row["level"] == "kind of store")
    assert kinds == {"2013": 48, "2014": 48}


def test_the_sectors_of_the_state_make_its_total_where_all_are_there() -> None:
    for quarter in "1234":
        rows = [row for row in table(STATE) if (row["year"], row["quarter"]) == ("2013", quarter)]
        (total,) = [_sales(row) for row in rows if row["level"] == "total"]
        assert sum(_sales(row) for row in rows if row["level"] == "sector") == total


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    statement = _statement()
    for year, share in (("2013", "95.0 %"), ("2014", "94.6 %")):
        told = sum(_sales(row) for row in table(SECTORS) if row["year"] == year)
        everything = sum(_sales(row) for row in table(QUARTERS) if row["year"] == year)
        assert f"{100 * told / everything:.1f} %" == share
        assert f"{share} " in statement
    of_2014 = [row for row in table(QUARTERS) if row["year"] == "2014"]
    taxpayers = sum(int(row["taxpayers"]) for row in of_2014 if row["quarter"] == "1")
    (state,) = {row["taxpayers"] for row in table(STATE) if (row["year"], row["level"]) == ("2014", "total")}
    assert f"in 2014 is {int(state):,}. The places add up to {taxpayers:,}." in statement
    third, fourth = (sum(_sales(row) for row in of_2014 if row["quarter"] == quarter) / 10**9 for quarter in "34")
    assert f"{fourth:.1f} billion dollars in 2014, after {third:.1f} in the third" in statement
    tax = sum(Decimal(row["tax_6_35"]) for row in of_2014)
    assert f"tax at 6.35 % was {100 * tax / sum(map(_sales, of_2014)):.1f} % of the sales" in statement
    towns: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in of_2014:
        if row["town"]:
            towns[row["town"]] += _sales(row)
    town, dollars = max(towns.items(), key=lambda item: item[1])
    assert f"{town} has the highest sales of all towns in 2014, with {dollars / 10**9:.1f} billion" in statement
    towns_with_industry = {row["town"] for row in table(SECTORS) if row["year"] == "2014"}
    assert {town["town"] for town in table("towns/towns.csv")} - towns_with_industry == {"Union"}
    assert "Accomodation and Food Services" in {row["industry"] for row in table(SECTORS)}


def test_the_caption_of_the_picture_says_what_the_table_says() -> None:
    taxes: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in table(SECTORS):
        if row["year"] == "2014":
            taxes[row["industry"]] += Decimal(row["tax_6_35"])
    (first, most), (second, next_most) = sorted(taxes.items(), key=lambda item: -item[1])[:2]
    everything = sum(taxes.values())
    assert (first, second) == ("Retail Sector", "Accomodation and Food Services")
    assert 0.45 < most / everything < 0.5
    descriptor = json.loads((DATASETS / "sales-tax" / "datapackage.json").read_text(encoding="utf-8"))
    caption = descriptor["academy"]["picture"]["caption"]
    assert f"{round(most / 10**6, -1):,.0f} of {round(everything / 10**6, -1):,.0f} million" in caption
    assert f"{round(next_most / 10**6, -1):,.0f} million" in caption


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


ANDOVER = b'2014,Quarter 1 - JAN to MAR,ANDOVER ,"110 Agriculture, Forestry, Fishing and Hunting",12,30395,'

# A damage to the file, the error it must raise, and what the message must name.
DAMAGES = {
    "a heading was renamed": (
        _replace(b"Taxpayer Count", b"Taxpayers"),
        ColumnMissing,
        ["row 1", "Taxpayer Count"],
    ),
    "the last row is cut short": (
        lambda content: content[: content.rindex(b",ALL MUNICIPALITIES")],
        RowDamaged,
        ["cut short"],
    ),
    "the file ends early": (
        lambda content: content[: content.index(b"2013,Quarter 4")],
        RowMissing,
        ["3 of 4 quarters"],
    ),
    "a town has a new name": (
        _replace(b"MAR,ANDOVER ,", b"MAR,ANDOVAR ,"),
        ValueWrong,
        ["column Municipality", "ANDOVAR", "new category"],
    ),
    "an industry is new": (
        _replace(b"230 Construction", b"235 Construction"),
        ValueWrong,
        ["column NAICS Industry Code", "235 Construction"],
    ),
    "a year is new": (_replace(b"2014,Quarter 1", b"2015,Quarter 1"), ValueWrong, ["column Calendar Year", "2015"]),
    "a quarter has another name": (
        _replace(b"Quarter 1 - JAN to MAR", b"Q1"),
        ValueWrong,
        ["column Periods Ending", "Q1"],
    ),
    "a row is there twice": (
        lambda content: content + content[content.index(ANDOVER) : content.index(b"2014,Quarter 1", 200)],
        RowMissing,
        ["ANDOVER", "twice"],
    ),
    "the number of taxpayers differs between quarters": (
        _replace(ANDOVER, ANDOVER.replace(b",12,", b",13,")),
        ValueWrong,
        ["column Taxpayer Count"],
    ),
    "an amount is a word": (_replace(b",12,30395,", b",12,hidden,"), ValueWrong, ["row 3", "hidden"]),
    "an amount changed": (
        _replace(b",12,30395,", b",12,30396,"),
        FigureWrong,
        ["the sum of all rows", "1,526,101,300,734.23"],
    ),
    "the industries of a town make more than its total": (
        lambda content: _replace(b",1775,15467526.58,", b",1775,10467526.58,")(
            _replace(b",12,30395,", b",12,5030395,")(content)
        ),
        FigureWrong,
        ["2014, Quarter 1 - JAN to MAR, ANDOVER", "more than 1,137,622"],
    ),
    "the total of the state is not that of its places": (
        lambda content: _replace(b",30812929025.3,", b",30812929026.3,")(
            _replace(b",12,30395,", b",12,30394,")(content)
        ),
        FigureWrong,
        ["year 2014", "the total of the state"],
    ),
    "a place has no total": (
        lambda content: re.sub(rb"201[34],Quarter \d[^,]*,UNION ,All NAICS Codes,[^\"]*\"[^\"]*\"\n", b"", content),
        RowMissing,
        ["year 2013", "no total for: UNION"],
    ),
    "a count is smaller than all others": (
        lambda content: content.replace(b"44-45 Retail Sector,7,", b"44-45 Retail Sector,6,"),
        FigureWrong,
        ["column Taxpayer Count", "the smallest count is 6"],
    ),
    "the total of a place changed": (
        lambda content: _replace(b"ANDOVER ,All NAICS Codes,139,1137622,", b"ANDOVER ,All NAICS Codes,139,1137623,")(
            _replace(b",12,30395,", b",12,30394,")(content)
        ),
        FigureWrong,
        ["year 2014", "the sum of all places"],
    ),
    "it was saved in an old encoding": (_replace(b"ANDOVER", b"AND\xd6VER"), SourceUnreadable, ["row 2", "not UTF-8"]),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    path = tmp_path / "sources" / PUBLISHED
    path.parent.mkdir(parents=True)
    path.write_bytes(change((real_sources / PUBLISHED).read_bytes()))
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "sales-tax")(tmp_path / "sources", tmp_path / "out")
    for words in [PUBLISHED, *named]:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def _published(real_sources: Path) -> dict[tuple[str, ...], list[Decimal]]:
    """Return the numbers of each row by year, quarter, place and industry."""
    with (real_sources / PUBLISHED).open(encoding="utf-8", newline="") as lines:
        next(lines)
        return {
            (row[0], row[1][8], row[2].strip(), row[3].strip()): [Decimal(cell) for cell in row[4:8]]
            for row in csv.reader(lines)
        }


def _numbers(row: dict[str, str]) -> list[Decimal]:
    return [Decimal(row[column]) for column in ("taxpayers", "retail_sales", "tax_6_35", "tax_7")]


def _sales(row: dict[str, str]) -> Decimal:
    return Decimal(row["retail_sales"])


def _statement() -> str:
    return (DATASETS / "sales-tax" / "quality.md").read_text(encoding="utf-8")
