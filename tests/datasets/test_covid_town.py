"""COVID-19 by town: the last report of each month, the counts that fall, and what the recipe refuses."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from committed_tables import table
from linked_sources import link_sources

from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, FigureWrong, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

REPORTS = "covid-town/COVID-19_Tests__Cases__and_Deaths__By_Town_.csv"
LAST_DAY = "2021-01-12"


def _monthly() -> list[dict[str, str]]:
    return table("covid-town/covid-town.csv")


def _quality() -> str:
    return (DATASETS / "covid-town/quality.md").read_text(encoding="utf-8")


def test_each_month_has_its_last_report_with_all_169_towns() -> None:
    towns = {row["town"] for row in table("towns/towns.csv")}
    reports: defaultdict[str, set[str]] = defaultdict(set)
    for row in _monthly():
        reports[row["report_date"]].add(row["town"])
    assert len(_monthly()) == 11 * 169
    assert all(found == towns for found in reports.values())
    assert [day[:7] for day in reports] == [*(f"2020-{month:02}" for month in range(3, 13)), "2021-01"]
    assert max(reports) == LAST_DAY
    assert "The last report, of January 12, 2021, is not at the end of its month" in _quality()


def test_the_towns_add_up_to_the_published_cases_and_deaths_of_the_last_day() -> None:
    last = [row for row in _monthly() if row["report_date"] == LAST_DAY]
    assert sum(int(row["cases"]) for row in last) == 219_747
    assert sum(int(row["deaths"]) for row in last) == 6_533
    assert "On January 12, 2021 they add up to 219,747 cases and 6,533 deaths" in _quality()


def test_the_cumulative_counts_fall_1414_times_by_month_and_by_town() -> None:
    by_month = table("covid-town/covid-town-falls-by-month.csv")
    by_town = table("covid-town/covid-town-falls-by-town.csv")
    for rows in (by_month, by_town):
        assert sum(int(row["falls_in_cases"]) for row in rows) == 1_414
        assert sum(int(row["falls_in_deaths"]) for row in rows) == 434
    assert sum(int(row["report_dates"]) for row in by_month) == 236
    cases, deaths = (sum(int(row[f"{what}_taken_back"]) for row in by_town) for what in ("cases", "deaths"))
    assert f"fall 1,414 times, by {cases:,} cases in all, and the deaths 434 times, by {deaths:,}" in _quality()
    for row in by_town:
        for what in ("cases", "deaths"):
            assert int(row[f"{what}_taken_back"]) >= int(row[f"falls_in_{what}"])


def test_falls_are_left_in_the_monthly_table() -> None:
    towns: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in _monthly():
        towns[row["town"]].append((row["report_date"], int(row["cases"])))
    falls = [later[0] for counts in towns.values() for earlier, later in pairwise(counts) if later[1] < earlier[1]]
    assert f"{len(falls)} falls in cases are left, most of them from May to June 2020" in _quality()
    assert falls.count("2020-06-30") > len(falls) / 2


def test_confirmed_probable_and_tests_begin_on_may_31_2020() -> None:
    for row in _monthly():
        for column in ("confirmed_cases", "probable_cases", "people_tested", "tests"):
            assert (row[column] == "") == (row["report_date"] < "2020-05-31")
        assert (row["case_rate"] == "") == (row["report_date"] < "2020-04-16")


def test_in_one_row_confirmed_and_probable_do_not_make_the_cases() -> None:
    odd = [
        (row["town"], row["report_date"], row["confirmed_cases"], row["probable_cases"], row["cases"])
        for row in _monthly()
        if row["confirmed_cases"] and int(row["confirmed_cases"]) + int(row["probable_cases"]) != int(row["cases"])
    ]
    assert odd == [("Windsor", "2020-05-31", "498", "50", "551")]
    assert "In Windsor on May 31, 2020, 498 confirmed and 50 probable cases do not make 551" in _quality()


def test_towns_do_not_add_up_to_the_state_as_the_table_by_age_has_it() -> None:
    day = "2020-12-30"
    towns = sum(int(row["cases"]) for row in _monthly() if row["report_date"] == day)
    by_age = table("covid-race-age/covid-race-age-by-age.csv")
    state = sum(int(row["cases"]) for row in by_age if row["report_date"] == day)
    assert (
        f"on December 30, 2020 they have {towns:,} cases, the table by age in `covid-race-age` has {state:,}"
        in _quality()
    )


def test_reports_are_rare_at_the_end_of_the_week_and_columns_begin_late(real_sources: Path) -> None:
    with (real_sources / REPORTS).open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        assert reader.fieldnames is not None
        assert "Total cases " in reader.fieldnames
        rows = list(reader)
        days = {datetime.strptime(row["Last update date"], "%m/%d/%Y") for row in rows}
    weekdays = [f"{day:%A}" for day in days]
    assert len(days) == 236
    assert len(rows) == 236 * 169
    assert "Every one of 236 reports holds all 169 towns once" in _quality()
    friday, saturday = weekdays.count("Friday"), weekdays.count("Saturday")
    assert f"{friday} of the 236 reports are of a Friday and {saturday} of a Saturday" in _quality()
    late = [day for day in days if f"{day:%A}" in ("Friday", "Saturday") and f"{day:%Y-%m-%d}" > "2020-06-30"]
    assert len(late) == 1
    assert "after June 2020 there is one" in _quality()
    begin = {
        column: min(datetime.strptime(row["Last update date"], "%m/%d/%Y") for row in rows if row[column])
        for column in ("Confirmed cases", "Probable cases", "Number of tests", "Case rate", "People tested")
    }
    confirmed, probable, tests, rate, tested = (f"{day:%B} {day.day}" for day in begin.values())
    assert confirmed == probable == tests
    assert f"begin on {confirmed}, 2020, case rates on {rate}, and people tested on {tested}" in _quality()


# A damage to the file, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[Callable[[str], str], type[SourceError], list[str]]] = {
    "a column is gone": (
        lambda text: text.replace("Total cases ,", "Cases,", 1),
        ColumnMissing,
        ["Total cases"],
    ),
    "a town is missing in one report": (
        lambda text: text.replace("03/24/2020,125,Sharon,1,,,,0,,,,,,,,\n", "", 1),
        RowMissing,
        ["2020-03-24", "1 of 169 are missing", "Sharon"],
    ),
    "a town is there twice in one report": (
        lambda text: text.replace("03/24/2020,125,Sharon,", "03/24/2020,25,Cheshire,", 1),
        RowMissing,
        ["03/24/2020, Cheshire", "twice"],
    ),
    "a town has another name": (
        lambda text: text.replace("03/24/2020,125,Sharon,", "03/24/2020,125,Sharron,", 1),
        RowMissing,
        ["Sharron", "not expected"],
    ),
    "a count is in words": (
        lambda text: text.replace("Sharon,1,,,,0,", "Sharon,one,,,,0,", 1),
        ValueWrong,
        ["column Total cases", "“one”"],
    ),
    "a report is gone": (
        lambda text: "".join(line for line in text.splitlines(keepends=True) if not line.startswith("03/24/2020,")),
        FigureWrong,
        ["report dates", "235", "236"],
    ),
    "the last report is gone": (
        lambda text: text.replace("\n01/12/2021,", "\n01/13/2021,"),
        FigureWrong,
        ["until 2021-01-12", "235"],
    ),
    "a count falls once more": (
        lambda text: text.replace("03/24/2020,125,Sharon,1,", "03/24/2020,125,Sharon,999,", 1),
        FigureWrong,
        ["how often the cases of a town fall", "1,415", "1,414"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    text = (real_sources / REPORTS).read_text(encoding="utf-8")
    assert change(text) != text
    sources = tmp_path / "sources"
    (sources / REPORTS).parent.mkdir(parents=True)
    (sources / REPORTS).write_text(change(text), encoding="utf-8")
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "covid-town")(sources, tmp_path / "out")
    for words in (REPORTS, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_later_reports_are_taken_up_with_dates_as_the_portal_writes_them(real_sources: Path, tmp_path: Path) -> None:
    text = (real_sources / REPORTS).read_text(encoding="utf-8")
    last = [line for line in text.splitlines() if line.startswith("01/12/2021,")]
    later = "\n".join(line.replace("01/12/2021", "2021-01-31T00:00:00.000") for line in last)
    sources = link_sources(real_sources, [], tmp_path / "sources")
    (sources / REPORTS).parent.mkdir(parents=True)
    (sources / REPORTS).write_text(f"{text}{later}\n", encoding="utf-8")
    load_recipe(DATASETS / "covid-town")(sources, tmp_path / "out")
    written = (tmp_path / "out/covid-town.csv").read_text(encoding="utf-8")
    assert written.count("\n2021-01-31,") == 169
    assert LAST_DAY not in written
