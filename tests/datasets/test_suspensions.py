"""Suspensions: three kinds of missing, and what the recipe says to a changed export."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table
from test_absenteeism import Rows, export_text, total, unproved_numbers

from academy.data.build import load_recipe
from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceError,
    SourceMissing,
    ValueWrong,
)
from academy.project import DATASETS

SCHOOL_YEARS = ("2017-18", "2018-19", "2019-20")
GROUP = "Race/Ethnicity"


def of_year(school_year: str) -> Rows:
    return [row for row in table("suspensions/suspensions.csv") if row["school_year"] == school_year]


def counted(rows: Rows) -> Counter[tuple[str, str]]:
    """Return how often each pair of statuses is there: of the count, of the percent."""
    return Counter((row["count_status"], row["percent_status"]) for row in rows)


def test_in_2019_20_402_counts_are_starred_and_495_are_not_available() -> None:
    assert Counter(row["count_status"] for row in of_year("2019-20")) == {
        "published": 350,
        "suppressed": 402,
        "printed_as_na": 495,
    }


def test_the_kinds_of_missing_are_told_apart_in_the_percent_too() -> None:
    assert counted(of_year("2019-20")) == {
        ("published", "published"): 350,
        ("suppressed", "suppressed"): 402,
        ("printed_as_na", "suppressed"): 381,
        ("printed_as_na", "printed_as_na"): 114,
    }


def test_a_number_is_there_exactly_where_its_status_says_that_it_is_published() -> None:
    for row in table("suspensions/suspensions.csv"):
        assert (row["suspended"] != "") == (row["count_status"] == "published")
        assert (row["percent"] != "") == (row["percent_status"] == "published")


def test_no_zero_and_no_count_under_6_is_printed() -> None:
    assert min(int(row["suspended"]) for row in table("suspensions/suspensions.csv") if row["suspended"]) == 6


def test_codes_are_text_of_seven_digits_and_the_state_has_no_row() -> None:
    rows = table("suspensions/suspensions.csv")
    assert all(re.fullmatch(r"\d{7}", row["district_code"]) for row in rows)
    assert "0640011" in {row["district_code"] for row in rows if row["district"] == "Hartford School District"}
    assert not {"0000000", "State Level", "Connecticut"} & {cell for row in rows for cell in row.values()}


def test_many_groups_that_are_not_available_have_students() -> None:
    absent = {_key(row): row["percent"] for row in table("absenteeism/absenteeism.csv")}
    not_available = [
        row
        for row in table("suspensions/suspensions.csv")
        if row["percent_status"] == row["count_status"] == "printed_as_na"
    ]
    # A percent of absenteeism is printed for groups of 20 students or more only.
    large = Counter(row["school_year"] for row in not_available if absent.get(_key(row)))
    assert large == {"2018-19": 21, "2019-20": 25}


def test_a_starred_percent_beside_a_count_that_is_not_available_is_of_a_small_group() -> None:
    absent = {_key(row): row["percent"] for row in table("absenteeism/absenteeism.csv")}
    small = [
        row
        for row in table("suspensions/suspensions.csv")
        if (row["count_status"], row["percent_status"]) == ("printed_as_na", "suppressed")
    ]
    assert len(small) == 358 + 367 + 381
    assert not [row for row in small if absent.get(_key(row))]


def test_the_numbers_in_the_quality_statement_are_those_of_the_table() -> None:
    rows = table("suspensions/suspensions.csv")
    status = Counter(row["count_status"] for row in rows)
    sums = [total(of_year(year), "suspended") for year in SCHOOL_YEARS]
    districts = [len({row["district_code"] for row in of_year(year)}) for year in SCHOOL_YEARS]
    proved = [
        "21 in 2018-19 and 25 in 2019-20 have a percent in `absenteeism`, so they have 20 students or more",
        f"Of {len(rows):,} counts, {status['published']:,} are printed, {status['suppressed']:,} are `suppressed` "
        f"(the publisher prints a star), and {status['printed_as_na']:,} are `printed_as_na`",
        "In 2019-20 there are 350 printed counts, 402 stars and 495 N/A.",
        "The smallest printed count is 6.",
        "the percent is N/A in 114 rows of 2019-20 and a star in 381",
        "groups of fewer than 20 students",
        "in mid-March 2020",
        f"Printed counts add up to {sums[0]:,} in 2017-18, {sums[1]:,} in 2018-19 and {sums[2]:,} in 2019-20.",
        f"There are {districts[0]} districts in 2017-18, {districts[1]} in 2018-19 and {districts[2]} in 2019-20.",
    ]
    assert unproved_numbers("suspensions", proved) == []
    named = Counter(row["student_group"] for row in rows if row["suspended"])
    assert named["Native Hawaiian or Other Pacific Islander"] == 0
    assert len(named) == 6


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The exports in EdSight's layout, written from the table."""
    folder = tmp_path / "sources"
    (folder / "suspension-rates").mkdir(parents=True)
    for school_year in SCHOOL_YEARS:
        lines = [
            [row["district"], f'="{row["district_code"]}"', row["student_group"], *_printed(row)]
            for row in of_year(school_year)
        ]
        text = export_text([], ["District", "District Code", GROUP, "Count", "%"], lines)
        (folder / _file(school_year)).write_bytes(text.encode())
    return folder


def test_the_stand_in_exports_give_the_same_table_byte_for_byte(sources: Path, tmp_path: Path) -> None:
    _build(sources, tmp_path / "out")
    table_of_ours = (DATASETS / "suspensions" / "suspensions.csv").read_bytes()
    assert (tmp_path / "out" / "suspensions.csv").read_bytes() == table_of_ours


HARTFORD = '"Hartford School District","=""0640011""",'

# A damage to the export of 2018-19, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[Callable[[str], str], type[SourceError], list[str]]] = {
    "a column was renamed": (lambda text: text.replace('"Count"', '"Students"'), ColumnMissing, ["row 1", "Count"]),
    "a web page was saved in place of the export": (
        lambda text: "<!DOCTYPE html>\n<html></html>\n",
        ColumnMissing,
        ["row 1", "<!DOCTYPE html>"],
    ),
    "the export ends in the middle of a row": (
        lambda text: text[: text.rindex(',"10","1.3"')],
        RowDamaged,
        ["cut short"],
    ),
    "the export ends after a whole row": (
        lambda text: text[: text.index('"Wolcott')],
        FigureWrong,
        ["column Count", "35,865"],
    ),
    "a spreadsheet unwrapped the codes": (
        lambda text: re.sub(r'=""0*(\d+)""', r"\1", text),
        ValueWrong,
        ["District Code", "spreadsheet"],
    ),
    "the state has a row": (
        lambda text: text.replace('=""0640011""', '=""0000000""'),
        ValueWrong,
        ["District Code", "state"],
    ),
    "a group has a new name": (
        lambda text: text.replace(f'{HARTFORD}"White"', f'{HARTFORD}"European"'),
        ValueWrong,
        ["European", "new category"],
    ),
    "a row is there twice": (
        lambda text: text.replace(f'{HARTFORD}"White"', f'{HARTFORD}"Asian"'),
        RowMissing,
        ["0640011", "twice"],
    ),
    "a small count is printed": (lambda text: text.replace('"10","1.3"', '"4","0.5"'), ValueWrong, ["a count of 4"]),
    "a zero is printed": (lambda text: text.replace('"N/A","N/A"', '"0","0.0"', 1), ValueWrong, ["a count of 0"]),
    "a count has a new mark": (lambda text: text.replace('"*","*"', '"<6","*"', 1), ValueWrong, ["<6"]),
    "a percent is printed beside a hidden count": (
        lambda text: text.replace('"*","*"', '"*","4.5"', 1),
        ValueWrong,
        ["column %", "4.5"],
    ),
    "a count changed": (lambda text: text.replace('"10","1.3"', '"11","1.3"', 1), FigureWrong, ["35,866", "35,865"]),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_export_is_named_and_nothing_is_written(damage: str, sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    file = _file("2018-19")
    before = (sources / file).read_bytes().decode()
    after = change(before)
    assert after != before
    (sources / file).write_bytes(after.encode())
    with pytest.raises(error) as caught:
        _build(sources, tmp_path / "out")
    for words in (file, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_two_exports_with_each_other_s_name_are_noticed(sources: Path, tmp_path: Path) -> None:
    older, newer = (sources / _file(year) for year in ("2017-18", "2018-19"))
    content = older.read_bytes()
    older.write_bytes(newer.read_bytes())
    newer.write_bytes(content)
    with pytest.raises(FigureWrong, match="2017-18"):
        _build(sources, tmp_path / "out")


def test_an_export_that_is_not_there_is_named(sources: Path, tmp_path: Path) -> None:
    (sources / _file("2019-20")).unlink()
    with pytest.raises(SourceMissing, match="2019-20"):
        _build(sources, tmp_path / "out")


def _file(school_year: str) -> str:
    return f"suspension-rates/suspension-rates__{school_year}_race.csv"


def _key(row: dict[str, str]) -> tuple[str, str, str]:
    return row["school_year"], row["district_code"], row["student_group"]


def _printed(row: dict[str, str]) -> list[str]:
    """Return the two cells as the publisher prints them."""
    marks = {"suppressed": "*", "printed_as_na": "N/A"}
    return [row["suspended"] or marks[row["count_status"]], row["percent"] or marks[row["percent_status"]]]


def _build(sources: Path, destination: Path) -> None:
    load_recipe(DATASETS / "suspensions")(sources, destination)
