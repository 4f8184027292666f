"""School attendance: its figures, what two editions say of the same year, and what the recipe says to a changed file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from committed_tables import table
from test_absenteeism import Rows, total, unproved_numbers

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

MAY = "school-attendance/School_Attendance_by_Student_Group_and_District_2022-2023_asof_May2023.csv"
JUNE = "school-attendance/School_Attendance_by_Student_Group_and_District__2021-2022.csv"
YEARS = {"2023-05": ("2022-23", "2021-22", "2020-21", "2019-20"), "2022-06": ("2021-22", "2020-21", "2019-20")}

ALL = "All Students"
RACES = ("All other races", "Black or African American", "Hispanic/Latino of any race", "White")
FREE, REDUCED = "Free Meal Eligible", "Reduced Price Meal Eligible"
BOTH_MEALS = "Free/Reduced Price Meal Eligible"
HIGH_NEEDS = ("Students With High Needs", "Students Without High Needs")
HOMELESS = "Students Experiencing Homelessness"


def districts(school_year: str | None = None) -> Rows:
    rows = table("school-attendance/school-attendance.csv")
    return [row for row in rows if school_year in (None, row["school_year"])]


def state(edition: str, school_year: str) -> dict[str, dict[str, str]]:
    """Return the state's rows of one edition and year, by group."""
    return {
        row["student_group"]: row
        for row in table("school-attendance/school-attendance-state.csv")
        if (row["edition"], row["school_year"]) == (edition, school_year)
    }


def students(edition: str, school_year: str, group: str = ALL) -> int:
    return int(state(edition, school_year)[group]["students"])


def by_district(school_year: str) -> dict[str, dict[str, int]]:
    """Return the printed number of students, by district code and group."""
    counts: dict[str, dict[str, int]] = {}
    for row in districts(school_year):
        if row["students"]:
            counts.setdefault(row["district_code"], {})[row["student_group"]] = int(row["students"])
    return counts


def test_the_state_had_500285_students_and_attended_91_69_percent_in_the_edition_of_june_2022() -> None:
    row = state("2022-06", "2021-22")[ALL]
    assert (row["students"], row["attendance_rate"], row["year_to_date"]) == ("500285", "0.9169", "true")


def test_the_newer_edition_revises_the_years_of_the_older_one() -> None:
    assert (students("2022-06", "2020-21"), students("2023-05", "2020-21")) == (496_092, 496_458)
    assert (students("2022-06", "2021-22"), students("2023-05", "2021-22")) == (500_285, 495_156)
    assert state("2023-05", "2021-22")[ALL]["year_to_date"] == "false"


def test_each_edition_has_thirteen_groups_of_the_state_in_each_of_its_years() -> None:
    for edition, years in YEARS.items():
        assert [len(state(edition, year)) for year in years] == [13] * len(years)
    assert len(table("school-attendance/school-attendance-state.csv")) == 13 * 7


def test_no_printed_group_has_fewer_than_20_students() -> None:
    assert min(int(row["students"]) for row in districts() if row["students"]) == 20


def test_a_small_group_has_no_row_in_any_year() -> None:
    newest = {(row["district_code"], row["student_group"]) for row in districts("2022-23")}
    for school_year in YEARS["2023-05"]:
        assert {(row["district_code"], row["student_group"]) for row in districts(school_year)} == newest
    assert not [row for row in districts("2022-23") if row["suppressed"] == "true"]
    assert sum(group == HOMELESS for _, group in newest) == 21


def test_blank_cells_are_flagged_and_blank_together() -> None:
    for row in districts():
        assert (row["students"] == "") == (row["attendance_rate"] == "") == (row["suppressed"] == "true")


def test_all_students_are_under_no_category() -> None:
    assert {row["student_group"] for row in districts() if row["category"] == ""} == {ALL}
    assert {row["category"] for row in districts() if row["student_group"] == ALL} == {""}


def test_rates_are_shares() -> None:
    rates = [float(row["attendance_rate"]) for row in districts() if row["attendance_rate"]]
    assert (min(rates), max(rates)) == (0.6627, 1.0)


def test_codes_have_their_zeros_back_and_are_those_of_the_other_tables_on_schools() -> None:
    codes = {row["district_code"] for row in districts()}
    assert len(codes) == 200
    assert all(re.fullmatch(r"\d{7}", code) for code in codes)
    known = {row["district_code"] for row in table("absenteeism/absenteeism.csv")}
    # A district that began later.
    assert codes - known == {"2310018"}
    assert "00000CT" not in codes


@pytest.mark.parametrize("school_year", YEARS["2023-05"])
def test_a_printed_whole_is_the_sum_of_its_printed_parts(school_year: str) -> None:
    compared = 0
    for counts in by_district(school_year).values():
        for whole, parts in ((ALL, RACES), (ALL, HIGH_NEEDS), (BOTH_MEALS, (FREE, REDUCED))):
            if counts.keys() >= {whole, *parts}:
                assert sum(counts[part] for part in parts) == counts[whole]
                compared += 1
    assert compared > 400


@pytest.mark.parametrize("school_year", YEARS["2023-05"])
def test_a_single_group_by_race_is_never_left_out_alone(school_year: str) -> None:
    left_out = [sum(race not in counts for race in RACES) for counts in by_district(school_year).values()]
    assert 1 not in left_out
    assert left_out.count(2) > 50


def test_nine_left_out_groups_with_reduced_price_meals_can_be_computed() -> None:
    rest = [
        counts[BOTH_MEALS] - counts[FREE]
        for counts in by_district("2022-23").values()
        if counts.keys() >= {BOTH_MEALS, FREE} and REDUCED not in counts
    ]
    assert len(rest) == 9
    assert max(rest) < 20


def test_greenwich_reports_nearly_full_attendance_in_2019_20() -> None:
    high = [row for row in districts("2019-20") if row["attendance_rate"] > "0.9850"]
    assert {row["district"] for row in high} == {"Greenwich School District"}
    assert {row["attendance_rate"] for row in high if row["student_group"] == ALL} == {"0.9996"}
    assert [row["student_group"] for row in high if float(row["attendance_rate"]) == 1] == [REDUCED]


def test_the_wide_table_has_the_same_numbers_as_the_long_one() -> None:
    wide = pd.read_csv(DATASETS / "school-attendance/school-attendance-wide.csv", dtype=str)
    long = wide.melt(id_vars=["district_code", "district"], var_name="what", value_name="number")
    reshaped = dict(zip(zip(long["district_code"], long["what"], strict=True), long["number"].fillna(""), strict=True))
    expected = {}
    for row in districts():
        if row["student_group"] == ALL:
            year = row["school_year"].replace("-", "_")
            expected[row["district_code"], f"students_{year}"] = row["students"]
            expected[row["district_code"], f"attendance_rate_{year}"] = row["attendance_rate"]
    assert reshaped == expected


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    newest = districts("2022-23")
    codes = {row["district_code"] for row in newest}
    older = students("2022-06", "2021-22")
    missed = older - sum(students("2022-06", "2021-22", group) for group in HIGH_NEEDS)
    extra = {
        year: students("2023-05", year)
        - total((row for row in districts(year) if row["student_group"] == ALL), "students")
        for year in ("2022-23", "2019-20")
    }
    blank = sum(row["suppressed"] == "true" for row in districts())
    homeless = [students(edition, "2021-22", HOMELESS) for edition in ("2022-06", "2023-05")]
    proved = [
        "99.96 % for all students, and 100 % for one group. No other rate of that year is above 98.5 %.",
        f"For 2021-22 it misses {missed:,} of {older:,}.",
        f"a few more students than its districts: {extra['2022-23']} in 2022-23, and {extra['2019-20']} in 2019-20.",
        "A group of fewer than 20 students in 2022-23 has no row.",
        f"Of {13 * len(codes):,} possible rows, {len(newest):,} are there. "
        f"Only {sum(row['student_group'] == HOMELESS for row in newest)} of {len(codes)} districts have a row",
        f"The smallest printed group has 20 students. In earlier years {blank} groups are blank",
        "In 9 districts of 2022-23 the group with reduced price meals is missing",
        "496,092 students in the edition of June 2022 and 496,458 in that of May 2023",
        "For 2021-22 it has 500,285, then 495,156.",
        f"Its students experiencing homelessness go from {homeless[0]:,} to {homeless[1]:,}.",
        "In the edition of June 2022, students with and without high needs do not add up to all.",
        "In the edition of May 2023 they add up.",
        "Districts in the edition of June 2022",
    ]
    assert unproved_numbers("school-attendance", proved) == []
    for year in YEARS["2023-05"]:
        assert sum(students("2023-05", year, group) for group in HIGH_NEEDS) == students("2023-05", year)


@pytest.fixture
def sources(real_sources: Path, tmp_path: Path) -> Path:
    """Copies of the two files that a test may change."""
    folder = tmp_path / "sources"
    (folder / "school-attendance").mkdir(parents=True)
    for file in (MAY, JUNE):
        (folder / file).write_bytes((real_sources / file).read_bytes())
    return folder


def test_a_fresh_export_of_the_portal_gives_the_same_tables_byte_for_byte(sources: Path, tmp_path: Path) -> None:
    for file, period, day in ((MAY, "May 2023", "2023-06-16T00:00:00.000"), (JUNE, "June 2022", "2022-07-22")):
        (sources / file).write_text(_as_the_portal_writes_it(sources / file, period, day), encoding="utf-8", newline="")
    _build(sources, tmp_path / "out")
    for path in (DATASETS / "school-attendance").glob("*.csv"):
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes(), path.name


def _replace(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


# A damage to one file, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[str, Callable[[str], str], type[SourceError], list[str]]] = {
    "a year's column is gone": (
        MAY,
        _replace("2020-2021 attendance rate", "2020-2021 rate"),
        ColumnMissing,
        ["row 1", "2020-2021 attendance rate"],
    ),
    "the newest year is no longer year to date": (
        JUNE,
        _replace("2021-2022 student count - year to date", "2021-2022 student count"),
        ColumnMissing,
        ["row 2", "year to date"],
    ),
    "a web page was saved in place of the export": (
        MAY,
        lambda text: "<!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
        ColumnMissing,
        ["District code"],
    ),
    "the file ends in the middle of a row": (
        MAY,
        lambda text: text[: text.rindex(",May-23")],
        RowDamaged,
        ["cut short", "Reporting period"],
    ),
    "the file ends after a whole row": (
        JUNE,
        lambda text: text[: text.index("9030022")],
        FigureWrong,
        ["all districts", "500,281"],
    ),
    "the state has no row for a group": (
        MAY,
        lambda text: re.sub(r"00000CT,Connecticut,English[^\n]*\n", "", text),
        RowMissing,
        ["English Learners"],
    ),
    "the file reports up to another month": (
        MAY,
        _replace("May-23", "June-23"),
        ValueWrong,
        ["Reporting period", "June-23"],
    ),
    "a group is new": (
        MAY,
        _replace("English Learners,English Learners", "English Learners,Multilingual Learners"),
        ValueWrong,
        ["Student group", "Multilingual Learners"],
    ),
    "a category is new": (
        MAY,
        _replace("English Learners,English Learners", "Language,English Learners"),
        ValueWrong,
        ["Category", "Language"],
    ),
    "a row is there twice": (
        MAY,
        _replace("9030022,The Woodstock Academy District,Race/Ethnicity,White", "9030022,The,,All Students"),
        RowMissing,
        ["9030022", "twice"],
    ),
    "a code is damaged": (MAY, _replace("9030022,", "9.03E+06,"), ValueWrong, ["District code", "9.03E+06"]),
    "the state has another name": (MAY, _replace("CT,Connecticut", "CT,All districts"), ValueWrong, ["All districts"]),
    "a small group is printed": (
        MAY,
        _replace(
            "9030022,The Woodstock Academy District,Race/Ethnicity,White,864", "9030022,The,Race/Ethnicity,White,8"
        ),
        ValueWrong,
        ["student count", "a group of 8"],
    ),
    "a rate is a percent": (MAY, _replace("494006,0.9232", "494006,92.32"), ValueWrong, ["attendance rate", "92.32"]),
    "the newest year is blank": (
        MAY,
        _replace("Race/Ethnicity,White,864,0.9168", "Race/Ethnicity,White,,"),
        ValueWrong,
        ["2022-2023 student count"],
    ),
    "one of two cells is blank": (MAY, _replace("495156,0.9211", "495156,"), ValueWrong, ["2021-2022 attendance"]),
    "the state's count changed": (MAY, _replace("494006", "494007"), FigureWrong, ["the state is 494,007"]),
    "races no longer add up": (
        MAY,
        _replace("Connecticut,Race/Ethnicity,White,234522", "Connecticut,Race/Ethnicity,White,234523"),
        FigureWrong,
        ["00000CT", "494,007"],
    ),
    "meals no longer add up": (MAY, _replace("171312", "171313"), FigureWrong, ["00000CT", "200,045", "200,044"]),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_file_is_named_and_nothing_is_written(damage: str, sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    before = (sources / file).read_bytes().decode()
    after = change(before)
    assert after != before
    (sources / file).write_bytes(after.encode())
    with pytest.raises(error) as caught:
        _build(sources, tmp_path / "out")
    for words in (file, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there_is_named(sources: Path, tmp_path: Path) -> None:
    (sources / JUNE).unlink()
    with pytest.raises(SourceMissing, match="2021-2022"):
        _build(sources, tmp_path / "out")


def _as_the_portal_writes_it(path: Path, period: str, day: str) -> str:
    """Return a stored copy with what spreadsheets took from it: no title, whole codes, line feeds, plain dates."""
    lines = path.read_text(encoding="utf-8").splitlines()
    header, *rows = csv.reader(lines if lines[0].startswith("District code") else lines[1:])
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row[0].zfill(7), *row[1:-2], period, day] for row in rows)
    return output.getvalue()


def _build(sources: Path, destination: Path) -> None:
    load_recipe(DATASETS / "school-attendance")(sources, destination)
