"""Build the monthly table of COVID-19 cases, deaths and tests by town, and the counts of how often totals fell.

The source has one row a town and report date, with counts from the beginning of the pandemic. Such a count should
never fall. It does, and the two small tables count how often: that needs every report, the monthly table does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from academy.data.errors import FigureWrong
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

TOWN_REPORTS = "covid-town/COVID-19_Tests__Cases__and_Deaths__By_Town_.csv"

# Published column, and ours. In the file the first one ends with a space.
COUNTS = {
    "Total cases": "cases",
    "Confirmed cases": "confirmed_cases",
    "Probable cases": "probable_cases",
    "Case rate": "case_rate",
    "Total deaths": "deaths",
    "People tested": "people_tested",
    "Number of tests": "tests",
}
ALWAYS_FILLED = ("Total cases", "Total deaths")
CUMULATIVE = {"cases": "Total cases", "deaths": "Total deaths"}

# What the file holds until this day, which later editions do not change.
CLOSED_DAY = date(2021, 1, 12)
REPORT_DATES = 236
CASES, DEATHS = 219_747, 6_533
FALLS = {"cases": 1_414, "deaths": 434}


@dataclass(frozen=True)
class Fall:
    """One count of one town that is lower than in the report before."""

    what: str
    town: str
    day: date
    by: int


Reports = dict[date, dict[str, SourceRow]]
"""The rows by report date, and on each by town."""


def build(sources: Path, destination: Path) -> None:
    """Write the three tables. Raises SourceError before anything is written."""
    reports = read(sources)
    falls = find_falls(reports)
    months = prepare_months(reports)
    validate(reports, falls)
    write_tables(
        destination,
        {
            "covid-town.csv": months,
            "covid-town-falls-by-month.csv": count_by_month(reports, falls),
            "covid-town-falls-by-town.csv": count_by_town(reports, falls),
        },
    )


def read(sources: Path) -> Reports:
    """Return the reports in the order of their dates. Each holds every town once."""
    towns = list(read_town_populations())
    rows = read_source_rows(sources, TOWN_REPORTS, ["Last update date", "Town", *COUNTS])
    require_once(rows, "Last update date", "Town")
    by_day: dict[date, list[SourceRow]] = {}
    for row in rows:
        by_day.setdefault(row.day("Last update date", "%m/%d/%Y"), []).append(row)
    return {day: index_once(f"{TOWN_REPORTS}, {day}", by_day[day], "Town", towns) for day in sorted(by_day)}


def prepare_months(reports: Reports) -> list[TableRow]:
    """Return one row a month and town, of the last report of the month."""
    last = {(day.year, day.month): day for day in reports}
    return [
        {
            "report_date": day,
            "town": town,
            **{ours: _count(row, column) for column, ours in COUNTS.items()},
        }
        for day in last.values()
        for town, row in sorted(reports[day].items())
    ]


def find_falls(reports: Reports) -> list[Fall]:
    """Return where a count is lower than in the report before."""
    falls: list[Fall] = []
    for before, day in pairwise(reports):
        for town, row in reports[day].items():
            for what, column in CUMULATIVE.items():
                difference = reports[before][town].whole_number(column) - row.whole_number(column)
                if difference > 0:
                    falls.append(Fall(what, town, day, difference))
    return falls


def count_by_month(reports: Reports, falls: Sequence[Fall]) -> list[TableRow]:
    """Return one row a month: how many reports, and how many falls."""
    dates = Counter(day.replace(day=1) for day in reports)
    counts = Counter((fall.what, fall.day.replace(day=1)) for fall in falls)
    return [
        {
            "month": month,
            "report_dates": dates[month],
            "falls_in_cases": counts["cases", month],
            "falls_in_deaths": counts["deaths", month],
        }
        for month in dates
    ]


def count_by_town(reports: Reports, falls: Sequence[Fall]) -> list[TableRow]:
    """Return one row a town: how many falls, and how much they took back in all."""
    counts = Counter((fall.what, fall.town) for fall in falls)
    taken_back: Counter[tuple[str, str]] = Counter()
    for fall in falls:
        taken_back[fall.what, fall.town] += fall.by
    return [
        {
            "town": town,
            "falls_in_cases": counts["cases", town],
            "cases_taken_back": taken_back["cases", town],
            "falls_in_deaths": counts["deaths", town],
            "deaths_taken_back": taken_back["deaths", town],
        }
        for town in sorted(next(iter(reports.values())))
    ]


def validate(reports: Reports, falls: Sequence[Fall]) -> None:
    """Hold the reports until the closed day against their figures."""
    until = [day for day in reports if day <= CLOSED_DAY]
    place = f"{TOWN_REPORTS}, until {CLOSED_DAY}"
    require_figure(place, "the number of report dates", len(until), REPORT_DATES)
    if CLOSED_DAY not in reports:
        raise FigureWrong(place, "there is no report of that day.", "Download the file again.")
    closed = reports[CLOSED_DAY].values()
    require_figure(place, "the number of cases", sum(row.whole_number("Total cases") for row in closed), CASES)
    require_figure(place, "the number of deaths", sum(row.whole_number("Total deaths") for row in closed), DEATHS)
    for what, published in FALLS.items():
        found = sum(fall.what == what and fall.day <= CLOSED_DAY for fall in falls)
        require_figure(place, f"how often the {what} of a town fall", found, published)


def _count(row: SourceRow, column: str) -> int | None:
    if column in ALWAYS_FILLED or row[column]:
        return row.whole_number(column)
    return None
