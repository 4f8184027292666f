"""Unemployment claims: totals of two files, the peaks that are no layoffs, and what the recipe refuses."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

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

STATE = "unemployment-claims/unemployment-claims.csv"
BY_TOWN = "unemployment-claims/unemployment-claims-by-town.csv"
BY_INDUSTRY = "unemployment-claims/unemployment-claims-by-industry.csv"
TOWN_FILE = "ui-claims-town/initial_claims_town.csv"
INDUSTRY_FILE = "ui-claims-town/ui_claims_by_industry_r437-8xv7.csv"


def test_there_are_821_weeks_from_2005_to_2020() -> None:
    weeks = [row["week"] for row in table(STATE)]
    assert (len(weeks), weeks[0], weeks[-1]) == (821, "2005-01-09", "2020-12-20")
    assert weeks == sorted(set(weeks))
    assert {date.fromisoformat(week).weekday() for week in weeks} == {6}


def test_the_twelve_weeks_left_out_are_first_weeks_of_a_quarter() -> None:
    weeks = {date.fromisoformat(row["week"]) for row in table(STATE)}
    every = [date(2005, 1, 9) + timedelta(days=7 * number) for number in range(833)]
    assert every[-1] == date(2020, 12, 20)
    missing = [week for week in every if week not in weeks]
    assert len(missing) == 12
    assert all(_is_first_of_quarter(week) for week in missing)
    years = ", ".join(map(str, sorted({week.year for week in missing})))
    assert years.replace(", 2018", " and 2018") in _statement()


def test_towns_out_of_state_and_unknown_make_the_total_in_every_week() -> None:
    for row in table(STATE):
        parts = ("claims_in_towns", "claims_out_of_state", "claims_town_unknown")
        assert sum(int(row[part]) for part in parts) == int(row["claims"])


def test_774_of_816_weekly_totals_are_the_same_in_both_files() -> None:
    both = [row for row in table(STATE) if row["claims_in_industry_file"]]
    differences = {
        row["week"]: abs(int(row["claims"]) - int(row["claims_in_industry_file"]))
        for row in both
        if row["claims"] != row["claims_in_industry_file"]
    }
    assert (len(both), len(both) - len(differences)) == (816, 774)
    assert min(differences) == "2019-10-20"
    assert f"In {len(differences)} weeks since October 2019" in _statement()
    assert f"by up to {max(differences.values()):,} claims" in _statement()


@pytest.mark.parametrize(
    ("week", "before", "claims", "after", "in_industry_file"),
    [
        ("2020-07-05", 8_937, 81_451, 7_411, 81_455),
        ("2020-10-04", 2_977, 36_681, 3_462, 36_631),
    ],
)
def test_a_week_with_an_added_peak_stands_between_ordinary_weeks_and_says_why(
    week: str, before: int, claims: int, after: int, in_industry_file: int
) -> None:
    rows = table(STATE)
    (place,) = [number for number, row in enumerate(rows) if row["week"] == week]
    assert [int(row["claims"]) for row in rows[place - 1 : place + 2]] == [before, claims, after]
    assert int(rows[place]["claims_in_industry_file"]) == in_industry_file
    assert "Pandemic Unemployment Assistance" in rows[place]["remark"]
    assert _is_first_of_quarter(date.fromisoformat(week))


def test_the_pandemic_begins_with_78984_claims_and_no_remark() -> None:
    (row,) = [row for row in table(STATE) if row["week"] == "2020-03-15"]
    assert (row["claims"], row["remark"]) == ("78984", "")


def test_remarks_are_those_of_the_footnotes_only() -> None:
    remarks = Counter(row["remark"] for row in table(STATE) if row["remark"])
    assert remarks["incomplete"] == 3
    assert remarks.total() == 5
    assert {row["week"] for row in table(STATE) if row["remark"] == "incomplete"} == {
        "2020-12-06",
        "2020-12-13",
        "2020-12-20",
    }


def test_every_town_is_there_in_every_week_of_two_years_and_adds_up() -> None:
    towns = [town["town"] for town in table("towns/towns.csv")]
    by_week: dict[str, dict[str, int]] = {}
    for row in table(BY_TOWN):
        assert row["town"] not in by_week.setdefault(row["week"], {})
        by_week[row["week"]][row["town"]] = int(row["claims"])
    state = {row["week"]: int(row["claims_in_towns"]) for row in table(STATE) if row["week"] >= "2019"}
    assert {week: sum(claims.values()) for week, claims in by_week.items()} == state
    assert len(by_week) == 103
    assert all(list(claims) == towns for claims in by_week.values())


def test_every_industry_is_there_in_every_week_and_adds_up() -> None:
    by_week: dict[str, list[int]] = {}
    for row in table(BY_INDUSTRY):
        by_week.setdefault(row["week"], []).append(int(row["claims"]))
    state = {
        row["week"]: int(row["claims_in_industry_file"])
        for row in table(STATE)
        if row["claims_in_industry_file"] and row["week"] >= "2019"
    }
    assert {week: sum(claims) for week, claims in by_week.items()} == state
    assert {len(claims) for claims in by_week.values()} == {22}
    assert max(by_week) == "2020-11-15"


def test_first_weeks_of_a_quarter_are_high_in_every_year_before_the_pandemic() -> None:
    first: list[int] = []
    other: list[int] = []
    for row in table(STATE):
        week = date.fromisoformat(row["week"])
        if week.year < 2020:
            (first if _is_first_of_quarter(week) else other).append(int(row["claims"]))
    assert (
        f"the median is {median(first):,} claims in the first week of a quarter, and {median(other):,}" in _statement()
    )
    for year in range(2005, 2020):
        of_year = [row for row in table(STATE) if row["week"].startswith(str(year))]
        firsts = [int(row["claims"]) for row in of_year if _is_first_of_quarter(date.fromisoformat(row["week"]))]
        assert sum(firsts) / len(firsts) > 1.3 * sum(int(row["claims"]) for row in of_year) / len(of_year)


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    claims = [int(row["claims"]) for row in table(BY_TOWN)]
    assert f"{sum(1 <= number <= 5 for number in claims) / len(claims):.0%}".replace("%", " %") in _statement()
    assert "July 5, 2020 (81,451 claims) and October 4, 2020 (36,681)" in _statement()


def test_empty_cells_of_the_town_file_are_counted_in_the_quality_statement(real_sources: Path) -> None:
    with (real_sources / TOWN_FILE).open(encoding="mac_roman", newline="") as lines:
        places = [row for row in csv.reader(lines) if row[0]][1:]
    assert len(places) == 172
    assert not any("0" in row for row in places)
    assert f"{sum(row.count('') for row in places):,} cells are empty" in _statement()


def test_the_caption_of_the_picture_names_the_three_peaks() -> None:
    weeks = table(STATE)
    peaks = [
        (row["week"], row["claims"])
        for before, row in pairwise(weeks)
        if int(row["claims"]) > max(30_000, 2 * int(before["claims"]))
    ]
    assert peaks == [("2020-03-15", "78984"), ("2020-07-05", "81451"), ("2020-10-04", "36681")]
    descriptor = json.loads((DATASETS / "unemployment-claims" / "datapackage.json").read_text(encoding="utf-8"))
    for words in ("78,984 claims in March", "July 5 and October 4"):
        assert words in descriptor["academy"]["picture"]["caption"]


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


# A damage to one file, the error it must raise, and what the message must name.
DAMAGES = {
    "an industry was renamed": (
        INDUSTRY_FILE,
        _replace(b"retail_trade", b"retail"),
        ColumnMissing,
        ["row 1", "retail_trade"],
    ),
    "the industry file is cut short": (INDUSTRY_FILE, lambda content: content[:-30], RowDamaged, ["cut short"]),
    "a week is there twice in the industry file": (
        INDUSTRY_FILE,
        lambda content: content + content.splitlines(keepends=True)[1],
        RowMissing,
        ["column new_claim_date", "twice"],
    ),
    "a day of the industry file is another": (
        INDUSTRY_FILE,
        _replace(b"2005-01-16T", b"2005-01-17T"),
        RowMissing,
        ["row 3", "column new_claim_date", "2005-01-17"],
    ),
    "the industries do not add up": (
        INDUSTRY_FILE,
        _replace(b"T05:00:00Z,42,9,", b"T05:00:00Z,43,9,"),
        FigureWrong,
        ["row 2", "column total", "4,530", "4,529"],
    ),
    "an old total differs between the files": (
        INDUSTRY_FILE,
        lambda content: _replace(b",419,4529", b",419,4530")(_replace(b"T05:00:00Z,42,", b"T05:00:00Z,43,")(content)),
        FigureWrong,
        ["row 2", "column total", "4,530", "4,529"],
    ),
    "a town is not there": (
        TOWN_FILE,
        _replace(b"\nAnsonia,", b"\n,"),
        RowMissing,
        ["column Town Name", "Ansonia"],
    ),
    "a town has another name": (
        TOWN_FILE,
        _replace(b"Ansonia", b"Ansonya"),
        RowMissing,
        ["column Town Name", "Ansonya", "not expected"],
    ),
    "a town's number changed": (
        TOWN_FILE,
        lambda content: _change_first_cell(content, b"Andover", b"99"),
        FigureWrong,
        ["week 2005-01-09", "the sum of all places"],
    ),
    "a number is a word": (
        TOWN_FILE,
        lambda content: _change_first_cell(content, b"Andover", b"few"),
        ValueWrong,
        ["column January 09,2005", "few"],
    ),
    "a heading is no day": (
        TOWN_FILE,
        _replace(b"July 12, 2020", b"Jul 12 2020"),
        ValueWrong,
        ["row 1", "Jul 12 2020", "not a day"],
    ),
    "a week is another": (
        TOWN_FILE,
        _replace(b"July 12, 2020", b"July 13, 2020"),
        FigureWrong,
        ["row 1", "2020-07-13"],
    ),
    "the first week is another": (
        TOWN_FILE,
        _replace(b"January 09,2005", b"January 02,2005"),
        RowMissing,
        ["row 1", "the first or the last week is not there"],
    ),
    "a town and the total changed": (
        TOWN_FILE,
        lambda content: _change_first_cell(_replace(b'Total,"4,529"', b'Total,"4,530"')(content), b"Andover", b"3"),
        FigureWrong,
        ["week 2005-01-09", "the total is 4,530; published is 4,529"],
    ),
    "the footnotes are gone": (
        TOWN_FILE,
        _replace(b"Big jump for July 5", b"Jump for July 5"),
        RowMissing,
        ["footnote", "Big jump for July 5"],
    ),
    "the town file was saved as UTF-8": (
        TOWN_FILE,
        lambda content: content.decode("mac_roman").encode("utf-8"),
        RowMissing,
        ["footnote", "another encoding"],
    ),
    "the town file was saved as UTF-16": (
        TOWN_FILE,
        lambda content: content.decode("mac_roman").encode("utf-16"),
        SourceUnreadable,
        ["byte order mark of UTF-16"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    sources = _copy(real_sources, tmp_path)
    (sources / file).write_bytes(change((sources / file).read_bytes()))
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "unemployment-claims")(sources, tmp_path / "out")
    for words in [file, *named]:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_fresh_export_with_later_weeks_and_days_without_a_clock_gives_the_same_tables(
    real_sources: Path, tmp_path: Path
) -> None:
    sources = _copy(real_sources, tmp_path)
    content = (sources / INDUSTRY_FILE).read_bytes().replace(b"T05:00:00Z", b"T00:00:00.000")
    content = content.replace(b"T04:00:00Z", b"T00:00:00.000")
    last = content.splitlines(keepends=True)[-1]
    (sources / INDUSTRY_FILE).write_bytes(content + last.replace(b"2020-11-15", b"2021-01-03"))
    load_recipe(DATASETS / "unemployment-claims")(sources, tmp_path / "out")
    for path in (STATE, BY_TOWN, BY_INDUSTRY):
        assert (tmp_path / "out" / Path(path).name).read_bytes() == (DATASETS / path).read_bytes()


def test_a_town_file_without_its_last_weeks_is_refused(real_sources: Path, tmp_path: Path) -> None:
    sources = _copy(real_sources, tmp_path)
    (sources / TOWN_FILE).write_bytes(
        (sources / TOWN_FILE).read_bytes().replace(b',"December 20, 2020"', b',"December 27, 2020"', 1)
    )
    with pytest.raises(FigureWrong, match="the number of weeks to the end of 2020 is 820"):
        load_recipe(DATASETS / "unemployment-claims")(sources, tmp_path / "out")


def _change_first_cell(content: bytes, town: bytes, value: bytes) -> bytes:
    start = content.index(b"\n" + town + b",") + len(town) + 2
    return content[:start] + value + content[content.index(b",", start) :]


def _copy(real_sources: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    for file in (TOWN_FILE, INDUSTRY_FILE):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(real_sources / file, folder / file)
    return folder


def _is_first_of_quarter(week: date) -> bool:
    return week.month in (1, 4, 7, 10) and week.day <= 7


def _statement() -> str:
    return (DATASETS / "unemployment-claims" / "quality.md").read_text(encoding="utf-8")
