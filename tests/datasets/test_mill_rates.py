"""Mill rates: every town in every year, the cap on motor vehicles, odd rates, and what the recipe refuses."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
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

TOWNS = "mill-rates/mill-rates.csv"
DISTRICTS = "mill-rates/mill-rates-districts.csv"
RATES = "mill-rates/Mill_Rates_for_FY_2014-2026_20251125.csv"
COLUMNS = ("mill_rate", "real_personal_rate", "motor_vehicle_rate")
YEARS = range(2014, 2027)


def test_every_town_has_one_row_in_each_of_13_fiscal_years() -> None:
    rows = table(TOWNS)
    towns = [town["town"] for town in table("towns/towns.csv")]
    assert len(rows) == 2_197
    for year in YEARS:
        assert [row["town"] for row in rows if row["fiscal_year"] == str(year)] == towns


def test_town_codes_are_those_of_the_housing_list() -> None:
    codes = {(row["town"], row["town_code"]) for row in table(TOWNS)}
    assert codes == {(row["town"], row["town_code"]) for row in table("affordable-housing/affordable-housing.csv")}


def test_towns_and_districts_together_are_all_published_rows_but_a_footnote(real_sources: Path) -> None:
    published = _published(real_sources)
    assert len(published) == 5_139
    assert len(table(TOWNS)) + len(table(DISTRICTS)) == 5_138
    assert len({row["Town Code"] for row in published if row["Town Code"]}) == 177
    assert sum(row["Mill Rate"] == "" for row in published) == 3_205


def test_the_towns_printed_rates_are_the_published_ones(real_sources: Path) -> None:
    published = {
        (row["Fiscal Year End June 30"], row["Municipality/District"]): row for row in _published(real_sources)
    }
    same = 0
    for row in table(TOWNS):
        printed = published.get((row["fiscal_year"], row["town"]))
        if printed:
            same += 1
            assert [row[column] for column in COLUMNS] == [
                printed[heading]
                for heading in ("Mill Rate", "Mill Rate - Real & Personal Property", "Mill Rate - Motor Vehicle")
            ]
    assert same == 2_170


@pytest.mark.parametrize(
    ("year", "cap"),
    [
        (2017, 37),
        (2018, 39),
        *((year, 45) for year in range(2019, 2023)),
        *((year, 32.46) for year in range(2023, 2027)),
    ],
)
def test_no_town_taxes_motor_vehicles_above_the_cap_of_the_year(year: int, cap: float) -> None:
    rates = [float(row["motor_vehicle_rate"] or 0) for row in table(TOWNS) if row["fiscal_year"] == str(year)]
    assert max(rates) == cap


def test_hartfords_rate_fell_from_74_29_to_68_95_and_its_motor_vehicle_rate_to_the_cap() -> None:
    hartford = {row["fiscal_year"]: row for row in table(TOWNS) if row["town"] == "Hartford"}
    rates = [hartford[str(year)]["mill_rate"] or hartford[str(year)]["real_personal_rate"] for year in YEARS]
    assert rates == ["74.29"] * 9 + ["68.95"] * 4
    assert [hartford[year]["motor_vehicle_rate"] for year in ("2016", "2018", "2022", "2023")] == [
        "",
        "32",
        "45",
        "32.46",
    ]


def test_one_mill_rate_gives_way_to_two_rates_in_2021() -> None:
    for row in table(TOWNS):
        if int(row["fiscal_year"]) >= 2021 and not row["remark"]:
            assert row["mill_rate"] == ""
            assert row["real_personal_rate"] and row["motor_vehicle_rate"]
        elif not row["remark"]:
            assert bool(row["mill_rate"]) != bool(row["real_personal_rate"] and row["motor_vehicle_rate"])


def test_rows_without_a_remark_have_a_rate_between_8_and_75_mills() -> None:
    for row in table(TOWNS):
        if not row["remark"]:
            assert 8 < float(row["mill_rate"] or row["real_personal_rate"]) < 75


def test_the_remark_marks_what_is_odd() -> None:
    remarks = Counter(row["remark"] for row in table(TOWNS) if row["remark"])
    assert remarks == {
        "rates by district": 15,
        "no rate printed": 11,
        "zero printed": 4,
        "motor vehicle rate beside mill rate": 2,
        "less than one mill": 1,
    }
    odd = {(row["town"], row["fiscal_year"]): row for row in table(TOWNS) if row["remark"]}
    assert all(not any(row[column] for column in COLUMNS) for row in odd.values() if row["remark"] == "no rate printed")
    assert {key for key, row in odd.items() if row["remark"] == "zero printed"} == {
        ("Colchester", "2023"),
        ("Norwalk", "2023"),
        ("Norwalk", "2024"),
        ("Guilford", "2026"),
    }
    assert [odd["Stamford", "2021"][column] for column in COLUMNS] == ["", "0.026", "0.0272"]
    by_district = {key for key, row in odd.items() if row["remark"] == "rates by district"}
    assert by_district == {
        ("Norwalk", "2022"),
        *((town, str(year)) for town in ("Norwalk", "Stamford") for year in range(2014, 2021)),
    }
    assert all(odd[key]["motor_vehicle_rate"] and not odd[key]["real_personal_rate"] for key in by_district)


def test_a_district_is_there_once_a_year_and_lies_in_a_town() -> None:
    rows = table(DISTRICTS)
    towns = {town["town"] for town in table("towns/towns.csv")}
    assert len({(row["fiscal_year"], row["district"]) for row in rows}) == len(rows) == 2_941
    assert {row["town"] for row in rows} <= towns
    assert not towns & {row["district"] for row in rows}
    boroughs = {row["district"]: row["town"] for row in rows if row["district"].startswith("Borough")}
    assert boroughs["Borough of Bantam (Litchfield)"] == "Litchfield"
    assert boroughs["Borough of Danielson"] == "Killingly"
    assert boroughs["Borough of Woodmont (Milford)"] == "Milford"


def test_a_district_that_names_its_town_lies_in_that_town() -> None:
    towns = {town["town"] for town in table("towns/towns.csv")}
    named = [row for row in table(DISTRICTS) if row["district"].split(" - ")[0] in towns]
    assert len(named) > 2_000
    assert [row["district"] for row in named if row["district"].split(" - ")[0] != row["town"]] == []


def test_the_districts_rates_and_codes_are_the_published_ones(real_sources: Path) -> None:
    published = {
        (row["Fiscal Year End June 30"], row["Municipality/District"]): row for row in _published(real_sources)
    }
    for row in table(DISTRICTS):
        printed = published[row["fiscal_year"], row["district"]]
        assert [row[column] for column in ("district_code", *COLUMNS, "flat_fee")] == [
            printed[heading]
            for heading in (
                "Service District Code",
                "Mill Rate",
                "Mill Rate - Real & Personal Property",
                "Mill Rate - Motor Vehicle",
                "Flat Rate Fee / Other Rate",
            )
        ]


def test_flat_fees_are_kept_as_text() -> None:
    fees = {row["flat_fee"] for row in table(DISTRICTS) if row["flat_fee"]}
    assert {"$206.00", "$.47 ft + $24.70", "NO TAX"} < fees


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    statement = (DATASETS / "mill-rates" / "quality.md").read_text(encoding="utf-8")
    towns, districts = table(TOWNS), table(DISTRICTS)
    assert f"marks {sum(bool(row['remark']) for row in towns)} of {len(towns):,} rows" in statement
    a_year = Counter(row["fiscal_year"] for row in districts)
    names = {row["district"] for row in districts}
    assert f"{len(names)} names in 13 years, but at most {max(a_year.values())} in one year" in statement
    assert {"Berlin - Kensington FD", "Berlin - Kensington Fire District"} <= names
    assert f"names {a_year['2019']} districts in 2019 and {a_year['2020']} in 2020" in statement
    lower = sum(
        float(row["motor_vehicle_rate"]) < float(row["real_personal_rate"])
        for row in towns
        if row["fiscal_year"] == "2023"
    )
    assert f"In 2023, {lower} towns taxed vehicles at a lower rate" in statement
    rates = {(row["town"], row["fiscal_year"]): row for row in towns}
    before, after = (float(rates["Mansfield", year]["real_personal_rate"]) for year in ("2025", "2026"))
    assert f"Mansfield's fell by {1 - after / before:.0%}".replace("%", " %") in statement
    stamford = rates["Stamford", "2022"]
    assert f"In 2022 they are {stamford['real_personal_rate']} and {stamford['motor_vehicle_rate']}." in statement
    missing = {key for key, row in rates.items() if row["remark"] == "no rate printed"}
    assert {("Torrington", "2015"), ("Windham", "2015"), ("Windham", "2017"), ("Windham", "2020")} < missing
    assert {("Vernon", "2018"), ("New London", "2019")} == {
        key for key, row in rates.items() if row["remark"] == "motor vehicle rate beside mill rate"
    }
    small = {row["real_personal_rate"] for row in districts}
    assert "0.0168" in small
    assert "such as 0.0168" in statement


def test_the_caption_of_the_picture_says_what_the_table_says() -> None:
    rates = {row["town"]: float(row["real_personal_rate"]) for row in table(TOWNS) if row["fiscal_year"] == "2026"}
    order = sorted(rates, key=lambda town: rates[town])
    descriptor = json.loads((DATASETS / "mill-rates" / "datapackage.json").read_text(encoding="utf-8"))
    assert descriptor["academy"]["picture"]["caption"].startswith(
        f"{order[-1]} has the highest rate, {rates[order[-1]]:.2f}, and {order[0]} the lowest, {rates[order[0]]:.2f}."
    )
    assert {"Hartford", "Waterbury", "Bridgeport"} < set(order[-10:])
    assert {"Salisbury", "Sharon", "Greenwich", "Darien", "Old Saybrook"} < set(order[:10])


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


DANBURY = b'"2015","2017","34","0","Danbury","28.68"'

# A damage to the file, the error it must raise, and what the message must name.
DAMAGES = {
    "a heading was renamed": (
        _replace(b"Mill Rate - Motor Vehicle", b"Motor Vehicle Rate"),
        ColumnMissing,
        ["row 1", "Mill Rate - Motor Vehicle"],
    ),
    "a row is cut short": (_replace(DANBURY + b",,,", DANBURY), RowDamaged, ["row 2", "cut short"]),
    "the file ends early": (
        lambda content: b"".join(content.splitlines(keepends=True)[:-300]),
        RowMissing,
        ["year", "are missing"],
    ),
    "a whole year is not there": (
        lambda content: b"".join(line for line in content.splitlines(True) if not line.startswith(b'"2016",')),
        RowMissing,
        ["column Fiscal Year End June 30", "2018"],
    ),
    "a row is there twice": (
        lambda content: content + DANBURY + b",,,\n",
        RowMissing,
        ["column Municipality/District", "2017, Danbury", "twice"],
    ),
    "a town has another name": (
        _replace(b'"34","0","Danbury"', b'"34","0","Danbury (City)"'),
        RowMissing,
        ["year 2017", "Danbury"],
    ),
    "a town has another code": (
        _replace(b'"2017","34","0","Danbury"', b'"2017","35","0","Danbury"'),
        ValueWrong,
        ["column Town Code", "Danbury has the code 34 here; elsewhere it is 35"],
    ),
    "a district has an unknown code": (
        _replace(b'"601","0","Borough of Bantam', b'"602","0","Borough of Bantam'),
        ValueWrong,
        ["column Town Code", "602", "Bantam"],
    ),
    "a fiscal year does not follow from its list": (
        _replace(b'"2015","2017","34"', b'"2014","2017","34"'),
        ValueWrong,
        ["row 2", "column Fiscal Year End June 30"],
    ),
    "a rate is written in words": (
        _replace(b'"Danbury","28.68"', b'"Danbury","28.68 mills"'),
        ValueWrong,
        ["row 2", "column Mill Rate", "28.68 mills"],
    ),
    "a rate is below zero": (
        _replace(b'"Danbury","28.68"', b'"Danbury","-28.68"'),
        FigureWrong,
        ["row 2", "column Mill Rate"],
    ),
    "a motor vehicle rate is above the cap": (
        lambda content: content.replace(b'"32.46"', b'"32.64"'),
        FigureWrong,
        ["year 2023", "the highest rate of a town is 32.64", "32.46"],
    ),
    "Hartford has another rate": (
        lambda content: content.replace(b'"68.95"', b'"69.85"'),
        FigureWrong,
        ["Hartford, year 2023", "69.85", "68.95"],
    ),
    "it was saved in an old encoding": (_replace(b"Danbury", b"D\xe1nbury"), SourceUnreadable, ["row 2", "not UTF-8"]),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    with pytest.raises(error) as caught:
        _build(tmp_path, change((real_sources / RATES).read_bytes()))
    for words in [RATES, *named]:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_fresh_export_with_a_further_year_is_read(real_sources: Path, tmp_path: Path) -> None:
    content = (real_sources / RATES).read_bytes()
    of_2026 = [line for line in content.splitlines(keepends=True) if line.startswith(b'"2024","2026"')]
    of_2027 = [line.replace(b'"2024","2026"', b'"2025","2027"', 1) for line in of_2026]
    _build(tmp_path, content + b"".join(of_2027))
    written = (tmp_path / "out/mill-rates.csv").read_text(encoding="utf-8")
    assert written.startswith((DATASETS / TOWNS).read_text(encoding="utf-8"))
    assert written.count("\n2027,") == 169


def _build(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sources" / RATES
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    load_recipe(DATASETS / "mill-rates")(tmp_path / "sources", tmp_path / "out")


def _published(real_sources: Path) -> list[dict[str, str]]:
    with (real_sources / RATES).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
