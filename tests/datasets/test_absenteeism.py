"""Chronic absenteeism: its figures, what its stars hide, and what its recipe says to a changed export."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pandas as pd
import pytest
from committed_tables import table

from academy.data.build import load_recipe
from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceError,
    SourceMissing,
    SourceUnreadable,
    ValueWrong,
)
from academy.project import DATASETS

Rows = list[dict[str, str]]

FOLDER = "chronic-absenteeism/chronic-absenteeism__"
RACE_2019 = f"{FOLDER}2018-19_race.csv"
MEALS_2019 = f"{FOLDER}2018-19_lunch.csv"
SPECIAL_EDUCATION_2019 = f"{FOLDER}2018-19_special-education.csv"

# A table, its breakdown in the state's table, and how a file and a column of the export are named after it.
BREAKDOWNS = {
    "absenteeism": ("Race or ethnicity", "race", "Race/Ethnicity"),
    "absenteeism-special-education": ("Special education", "special-education", "Special Education Status"),
    "absenteeism-meals": ("Meal eligibility", "lunch", "Free/Reduced Price Meal Eligibility"),
}


def of_year(name: str, school_year: str) -> Rows:
    return [row for row in table(f"absenteeism/{name}.csv") if row["school_year"] == school_year]


def total(rows: Iterable[dict[str, str]], column: str = "chronically_absent") -> int:
    return sum(int(row[column] or 0) for row in rows)


def state(school_year: str, breakdown: str) -> Rows:
    return [row for row in of_year("absenteeism-state", school_year) if row["breakdown"] == breakdown]


def unproved_numbers(slug: str, proved: Sequence[str]) -> list[str]:
    """Return the numbers of a quality statement outside the `proved` sentences, which must stand in it."""
    statement = " ".join((DATASETS / slug / "quality.md").read_text(encoding="utf-8").split())
    for sentence in proved:
        assert sentence in statement
        statement = statement.replace(sentence, "")
    school_years_and_code = r"\d{4}-\d{2}(?!\d)|`[^`]*`"
    return re.findall(r"\d[\d.,]*", re.sub(school_years_and_code, "", statement))


def export_text(titles: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an export in EdSight's layout: title lines, then everything in quotation marks."""
    output = io.StringIO()
    csv.writer(output, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return "".join(f"{line}\r\n" for line in titles) + output.getvalue() + "\r\n"


@pytest.mark.parametrize(("school_year", "students"), [("2018-19", 53_191), ("2019-20", 62_190)])
def test_every_breakdown_gives_the_same_students_for_the_state(school_year: str, students: int) -> None:
    assert {name: total(state(school_year, name)) for name, _, _ in BREAKDOWNS.values()} == {
        "Race or ethnicity": students,
        "Special education": students,
        "Meal eligibility": students,
    }


def test_the_state_has_percents_by_race_for_nine_years_and_counts_since_2018_19() -> None:
    by_race = [row for row in table("absenteeism/absenteeism-state.csv") if row["breakdown"] == "Race or ethnicity"]
    assert Counter(row["school_year"] for row in by_race) == {f"20{year}-{year + 1}": 7 for year in range(11, 20)}
    assert all(row["percent"] for row in by_race)
    assert {row["school_year"] for row in by_race if row["chronically_absent"]} == {"2018-19", "2019-20"}


def test_the_year_in_which_the_export_calls_the_state_not_set_fits_the_years_around_it() -> None:
    assert total(state("2017-18", "Meal eligibility")) == 55_384
    percents = [
        float(row["percent"])
        for year in ("2016-17", "2017-18", "2018-19")
        for row in state(year, "Race or ethnicity")
        if row["student_group"] == "White"
    ]
    assert percents == [6.7, 7.2, 6.7]


def test_suppression_hides_1534_students_of_2018_19_most_of_them_in_small_groups() -> None:
    districts = of_year("absenteeism", "2018-19")
    groups = {row["student_group"]: int(row["chronically_absent"]) for row in state("2018-19", "Race or ethnicity")}
    assert total(districts) == 51_657
    assert sum(groups.values()) - total(districts) == 1_534
    for group, in_state, in_districts in (
        ("Native Hawaiian or Other Pacific Islander", 51, 6),
        ("American Indian or Alaska Native", 156, 18),
    ):
        assert groups[group] == in_state
        assert total(row for row in districts if row["student_group"] == group) == in_districts


def test_in_2019_20_the_export_by_race_hides_401_of_1242_counts_and_707_percents() -> None:
    districts = of_year("absenteeism", "2019-20")
    assert len(districts) + len(state("2019-20", "Race or ethnicity")) == 1_242
    assert sum(row["count_suppressed"] == "true" for row in districts) == 401
    assert sum(row["percent_suppressed"] == "true" for row in districts) == 707


@pytest.mark.parametrize("name", BREAKDOWNS)
def test_an_empty_cell_is_a_suppressed_one_and_a_hidden_count_hides_its_percent(name: str) -> None:
    for row in table(f"absenteeism/{name}.csv"):
        assert (row["chronically_absent"] == "") == (row["count_suppressed"] == "true")
        assert (row["percent"] == "") == (row["percent_suppressed"] == "true")
        assert row["count_suppressed"] == "false" or row["percent_suppressed"] == "true"


@pytest.mark.parametrize("name", BREAKDOWNS)
def test_zeros_are_printed_and_the_smallest_other_count_is_6(name: str) -> None:
    counts = {int(row["chronically_absent"]) for row in table(f"absenteeism/{name}.csv") if row["chronically_absent"]}
    assert sorted(counts)[:2] == [0, 6]


@pytest.mark.parametrize("name", BREAKDOWNS)
def test_codes_keep_their_zeros_and_the_state_is_not_among_the_districts(name: str) -> None:
    rows = table(f"absenteeism/{name}.csv")
    assert all(re.fullmatch(r"\d{7}", row["district_code"]) for row in rows)
    assert "0640011" in {row["district_code"] for row in rows if row["district"] == "Hartford School District"}
    assert not {"0000000", "State Level", "NOTSET"} & {cell for row in rows for cell in row.values()}


def test_where_nothing_is_hidden_a_district_has_the_same_total_in_every_breakdown() -> None:
    compared = 0
    for school_year in ("2018-19", "2019-20"):
        whole = [
            {code: total(rows) for code, rows in _districts(name, school_year).items() if not _hidden(rows)}
            for name in BREAKDOWNS
        ]
        for first, second in zip(whole, whole[1:] + whole[:1], strict=True):
            shared = first.keys() & second.keys()
            assert {code: first[code] for code in shared} == {code: second[code] for code in shared}
            compared += len(shared)
    assert compared > 250


def test_no_single_hidden_count_by_race_can_be_recovered_but_some_pairs_can() -> None:
    by_race, special = (_districts(name, "2018-19") for name in ("absenteeism", "absenteeism-special-education"))
    left = [
        (len(_hidden(rows)), total(special[code]) - total(rows))
        for code, rows in by_race.items()
        if _hidden(rows) and not _hidden(special[code])
    ]
    assert not [hidden for hidden, _ in left if hidden == 1]
    # A hidden count is never zero, so two that add up to 2 are 1 each.
    assert left.count((2, 2)) == 7


def test_greenwich_reports_almost_no_absenteeism_in_2019_20() -> None:
    greenwich = [row for name in BREAKDOWNS for row in of_year(name, "2019-20") if row["district_code"] == "0570011"]
    assert {row["chronically_absent"] for row in greenwich} == {"", "0"}
    assert total(_districts("absenteeism-special-education", "2018-19")["0570011"]) == 347


def test_a_learner_can_clean_the_raw_excerpt_with_pandas() -> None:
    path = DATASETS / "absenteeism" / "absenteeism-raw-excerpt.csv"
    assert list(pd.read_csv(path).columns) == [f"column_{number}" for number in range(1, 6)]
    raw = pd.read_csv(path, skiprows=4)
    assert list(raw.columns) == ["District", "District Code", "Race/Ethnicity", "Student Count", "%"]
    districts = raw[raw["District"] != "State Level"]
    cleaned = {
        (code.strip('="'), group): ("", "true") if count == "*" else (count, "false")
        for code, group, count in districts[["District Code", "Race/Ethnicity", "Student Count"]].itertuples(
            index=False
        )
    }
    tidy = {
        (row["district_code"], row["student_group"]): (row["chronically_absent"], row["count_suppressed"])
        for row in of_year("absenteeism", "2018-19")
    }
    assert len(cleaned) == 40
    assert cleaned == {key: tidy[key] for key in cleaned}
    assert len(raw) - len(districts) == 7


def test_no_hidden_count_of_the_raw_excerpt_can_be_recovered() -> None:
    excerpt = {row["column_2"].strip('="') for row in table("absenteeism/absenteeism-raw-excerpt.csv")}
    for code, rows in _districts("absenteeism", "2018-19").items():
        hidden = len(_hidden(rows))
        if code in excerpt and hidden:
            rest = total(_districts("absenteeism-special-education", "2018-19")[code]) - total(rows)
            assert hidden > 1
            assert rest > hidden + 5


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    nineteen, twenty = (of_year("absenteeism", year) for year in ("2018-19", "2019-20"))
    hidden = {
        (year, what): sum(row[f"{what}_suppressed"] == "true" for row in rows)
        for year, rows in (("19", nineteen), ("20", twenty))
        for what in ("count", "percent")
    }
    (greenwich,) = [
        float(row["attendance_rate"])
        for row in table("school-attendance/school-attendance.csv")
        if (row["district_code"], row["student_group"], row["school_year"]) == ("0570011", "All Students", "2019-20")
    ]
    codes = [len({row["district_code"] for row in rows}) for rows in (nineteen, twenty)]
    assert len(nineteen) == len(twenty) == 1_235
    proved = [
        "53,191 students in 2018-19 and 62,190 in 2019-20",
        "It had 347 students chronically absent in 2018-19",
        f"has {greenwich:.2%} attendance there".replace("%", " %"),
        "a count from 1 to 5. The smallest printed count above zero is 6.",
        "fewer than 20 students",
        f"{hidden['19', 'count']} of 1,235 counts and {hidden['19', 'percent']} percents are hidden in 2018-19, "
        f"and {hidden['20', 'count']} counts and {hidden['20', 'percent']} percents in 2019-20",
        "of 2018-19 add up to 51,657. That leaves out 1,534 students.",
        "the state has 51 Native Hawaiian or other Pacific Islander students, the districts 6; "
        "156 American Indian students, the districts 18",
        "until mid-March 2020",
        f"There are {codes[0]} districts in 2018-19 and {codes[1]} in 2019-20.",
    ]
    assert unproved_numbers("absenteeism", proved) == []
    gone = {row["district"] for row in nineteen} - {row["district"] for row in twenty}
    assert gone == {"Trailblazers Academy District"}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exports in EdSight's layout, written from the tables. A test copies what it changes."""
    folder = tmp_path_factory.mktemp("exports")
    (folder / FOLDER).parent.mkdir()
    for name, (breakdown, file, column) in BREAKDOWNS.items():
        years = {row["school_year"] for row in table("absenteeism/absenteeism-state.csv")}
        for school_year in sorted(year for year in years if state(year, breakdown)):
            path = folder / f"{FOLDER}{school_year}_{file}.csv"
            path.write_text(_export(name, breakdown, column, school_year), encoding="utf-8", newline="")
    return folder


@pytest.fixture
def sources(exports: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exports, tmp_path / "sources"))


def test_the_stand_in_exports_give_the_same_tables_byte_for_byte(sources: Path, tmp_path: Path) -> None:
    _build(sources, tmp_path / "out")
    for path in (DATASETS / "absenteeism").glob("*.csv"):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), path.name


def _replace(old: str, new: str) -> Callable[[str], str]:
    def change(content: str) -> str:
        assert old in content
        return content.replace(old, new, 1)

    return change


HARTFORD = '"Hartford School District","=""0640011""",'

# A damage to one export, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[str, Callable[[str], str], type[SourceError], list[str]]] = {
    "another year's export has this name": (
        RACE_2019,
        _replace("2018-19", "2019-20"),
        ValueWrong,
        [RACE_2019, "row 1", "2018-19"],
    ),
    "the title lines were cut off": (
        RACE_2019,
        lambda text: text[text.index('"District"') :],
        ValueWrong,
        [RACE_2019, "row 1"],
    ),
    "a web page was saved in place of an export": (
        MEALS_2019,
        lambda text: "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
        ValueWrong,
        [MEALS_2019, "<!DOCTYPE html>"],
    ),
    "an export is empty": (MEALS_2019, lambda text: "", ValueWrong, [MEALS_2019, "row 1"]),
    "the count's column was renamed": (
        RACE_2019,
        _replace('"Student Count"', '"Students"'),
        ColumnMissing,
        [RACE_2019, "row 5", "Student Count"],
    ),
    "an old export has no percent": (
        f"{FOLDER}2011-12_race.csv",
        _replace('"% Chronically Absent"', '"Rate"'),
        ColumnMissing,
        ["2011-12", "% Chronically Absent"],
    ),
    "the export ends in the middle of a row": (
        RACE_2019,
        lambda text: text[: text.rindex(',"=""1690011')],
        RowDamaged,
        [RACE_2019, "cut short"],
    ),
    "the export ends after a whole row": (
        MEALS_2019,
        lambda text: text[: text.index('"Wolcott')],
        FigureWrong,
        [MEALS_2019, "51,639"],
    ),
    "the export ends before the state": (
        SPECIAL_EDUCATION_2019,
        lambda text: text[: text.index('"State Level"')],
        RowMissing,
        [SPECIAL_EDUCATION_2019, "2 of 2 are missing"],
    ),
    "a spreadsheet unwrapped the codes": (
        RACE_2019,
        lambda text: re.sub(r'=""0*(\d+)""', r"\1", text),
        ValueWrong,
        [RACE_2019, "District Code", "spreadsheet"],
    ),
    "a group has a new name": (
        RACE_2019,
        _replace(f'{HARTFORD}"Asian"', f'{HARTFORD}"Asian American"'),
        ValueWrong,
        [RACE_2019, "Asian American", "new category"],
    ),
    "the state has a new name": (
        RACE_2019,
        lambda text: text.replace("State Level", "Statewide"),
        ValueWrong,
        [RACE_2019, "Statewide"],
    ),
    "a row is there twice": (
        RACE_2019,
        _replace(f'{HARTFORD}"Asian"', f'{HARTFORD}"White"'),
        RowMissing,
        [RACE_2019, "0640011", "twice"],
    ),
    "a small count is printed": (
        RACE_2019,
        lambda text: re.sub(r'("Ledyard [^\r]*"White"),"\d+"', r'\1,"3"', text),
        ValueWrong,
        [RACE_2019, "Student Count", "a count of 3"],
    ),
    "a percent is printed beside a hidden count": (
        RACE_2019,
        _replace('"*","*"', '"*","4.5"'),
        ValueWrong,
        [RACE_2019, "column %", "hidden"],
    ),
    "a count is not a number": (RACE_2019, _replace('"*","*"', '"N/A","*"'), ValueWrong, [RACE_2019, "N/A"]),
    "a count changed": (
        RACE_2019,
        lambda text: re.sub(r'("Hartford [^\r]*"White"),"\d+"', r'\1,"77"', text),
        FigureWrong,
        [RACE_2019, "51,657"],
    ),
    "the state's count changed": (
        RACE_2019,
        lambda text: re.sub(r'("State Level"[^\r]*"White"),"17953"', r'\1,"17954"', text),
        FigureWrong,
        [RACE_2019, "53,192", "53,191"],
    ),
    "the districts have more students than the state": (
        RACE_2019,
        lambda text: re.sub(r'("Hartford [^\r]*"Native[^\r"]*"),"\d+"', r'\1,"60"', text),
        FigureWrong,
        [RACE_2019, "Native Hawaiian", "51"],
    ),
    "a district of the excerpt is gone": (
        RACE_2019,
        lambda text: text.replace("Brookfield School District", "Brookfield Schools"),
        RowMissing,
        [RACE_2019, "Brookfield School District"],
    ),
    "the export is in UTF-16": (
        RACE_2019,
        lambda text: text.encode("utf-16").decode("latin-1"),
        SourceUnreadable,
        [RACE_2019, "UTF-16"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_export_is_named_and_nothing_is_written(damage: str, sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    path = sources / file
    before = path.read_text(encoding="utf-8")
    after = change(path.read_bytes().decode())
    assert after != before
    path.write_bytes(after.encode("latin-1"))
    with pytest.raises(error) as caught:
        _build(sources, tmp_path / "out")
    for words in named:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_export_that_is_not_there_is_named(sources: Path, tmp_path: Path) -> None:
    (sources / MEALS_2019).unlink()
    with pytest.raises(SourceMissing, match="2018-19_lunch"):
        _build(sources, tmp_path / "out")


def _build(sources: Path, destination: Path) -> None:
    load_recipe(DATASETS / "absenteeism")(sources, destination)


def _districts(name: str, school_year: str) -> dict[str, Rows]:
    districts: dict[str, Rows] = {}
    for row in of_year(name, school_year):
        districts.setdefault(row["district_code"], []).append(row)
    return districts


def _hidden(rows: Rows) -> Rows:
    return [row for row in rows if row["count_suppressed"] == "true"]


def _export(name: str, breakdown: str, column: str, school_year: str) -> str:
    """Return an export with its rows of districts, if the table has them, and of the state in between."""
    counted = any(row["chronically_absent"] for row in state(school_year, breakdown))
    titles = [f'"Chronic Absenteeism, {school_year}"', f'"All Districts, {column}"', ""]
    header = ["District", "District Code", column, "% Chronically Absent"]
    if counted:
        titles.append('"",,,"Chronically Absent",')
        header[3:] = ["Student Count", "%"]
    called = "NOTSET" if school_year == "2017-18" else "State Level"
    rows = [{**row, "district": called, "district_code": "0000000"} for row in state(school_year, breakdown)] + of_year(
        name, school_year
    )
    # EdSight lists districts and the state by name.
    rows.sort(key=lambda row: (row["district"] > called) - (row["district"] < called))
    lines = []
    for row in rows:
        numbers = [row["chronically_absent"] or "*", row["percent"] or "*"] if counted else [row["percent"]]
        lines.append([row["district"], f'="{row["district_code"]}"', row["student_group"], *numbers])
    return export_text(titles, header, lines)
