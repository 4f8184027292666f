"""Build the tables of traffic stops by police department: who was stopped, and what came of it.

Both files are summaries that a newsroom made from the state's records of single stops. No record of a stop, an officer
or a place of a stop is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from academy.data.errors import FigureWrong, ValueWrong
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

DEPARTMENTS = "traffic-stops/mega_towns.csv"
DISPOSITIONS = "traffic-stops/town_disposition_summary.csv"

NAME, TOTAL, RESIDENTS = "DepartmentName", "total", "resident"
# Called an average, it is the sum of all departments.
STATE = "Connecticut average"
# What the files print for no stops at all, and for a number that was not to be had.
NOT_AVAILABLE = "NA"

# Each stop is in one group. The three small ones are put together, so that few numbers are small.
GROUPS = {
    "Black": ("Black",),
    "Hispanic": ("hispanic",),
    "White": ("White.x",),
    "Asian, Indian or Middle Eastern": ("Asian", "Indian", "middle.eastern"),
}
POPULATION = {
    "residents_over_15": "ct_over_15",
    "black_over_15": "black_over_15",
    "hispanic_over_15": "hispanic_over_15",
    "white_over_15": "white_over_15",
}
OUTCOMES = {
    "infraction_ticket": "infraction ticket",
    "misdemeanor_summons": "misdemeanor summons",
    "no_disposition": "no disposition",
    "uniform_arrest": "uniform arrest",
    "verbal_warning": "verbal warning",
    "written_warning": "written warning",
}

# A department with a group of one to five stops has all its groups hidden.
SMALLEST_SHOWN = 6

# Departments that are not those of one whole town.
PART_OF_TOWN = {
    "Groton City": "Groton",
    "Groton Long Point": "Groton",
    "Willimantic": "Windham",
    "Winsted": "Winchester",
}
UNDER_OTHER_NAME = {"Groton Town": "Groton"}
UNIVERSITIES = {"CCSU", "ECSU", "SCSU", "UCONN", "WCSU", "Yale"}
STATE_AGENCIES = {"CAPITOL POLICE", "DMV", "State Police"}

NUMBER_OF_DEPARTMENTS, STOPS = 101, 586_849
# A percent is printed to two decimals.
ROUNDING = Decimal("0.005")


@dataclass(frozen=True)
class Sources:
    """Rows of the two files, still as published, and the names of the 169 towns."""

    departments: list[SourceRow]
    dispositions: list[SourceRow]
    towns: set[str]


def build(sources: Path, destination: Path) -> None:
    """Write the three tables. Raises SourceError before anything is written."""
    published = read(sources)
    tables = prepare(published)
    validate(published)
    write_tables(destination, tables)


def read(sources: Path) -> Sources:
    towns = set(read_town_populations())
    groups = [column for columns in GROUPS.values() for column in columns]
    percents = [f"{outcome}_p" for outcome in OUTCOMES]
    return Sources(
        departments=read_source_rows(
            sources,
            DEPARTMENTS,
            [NAME, TOTAL, RESIDENTS, *groups, *POPULATION.values(), *OUTCOMES, *percents],
        ),
        dispositions=read_source_rows(sources, DISPOSITIONS, [NAME, *OUTCOMES, *percents]),
        towns=towns,
    )


def prepare(published: Sources) -> dict[str, list[TableRow]]:
    """Return the rows of the three tables, by department."""
    require_once(published.departments, NAME)
    departments = sorted(_without_state(published.departments), key=_name)
    require_figure(DEPARTMENTS, "the number of departments", len(departments), NUMBER_OF_DEPARTMENTS)
    summaries = index_once(DISPOSITIONS, published.dispositions, NAME, {row[NAME] for row in departments})
    return {
        "traffic-stops.csv": [row for department in departments for row in _groups(department)],
        "traffic-stops-departments.csv": [
            {
                "department": row[NAME],
                **_kind(row, published.towns),
                "stops": row.whole_number(TOTAL),
                "stops_of_residents": row.whole_number(RESIDENTS),
                **{name: _count(row, column, None) for name, column in POPULATION.items()},
            }
            for row in departments
        ],
        "traffic-stops-dispositions.csv": [
            {
                "department": row[NAME],
                "disposition": outcome,
                "stops": _count(row, column, 0),
                "percent_of_department": _percent(row, column),
                "percent_of_state": _percent(summaries[row[NAME]], column),
            }
            for row in departments
            for column, outcome in OUTCOMES.items()
        ],
    }


def validate(published: Sources) -> None:
    """Hold parts against wholes, departments against the state, and each printed percent against its own whole."""
    departments = _without_state(published.departments)
    require_figure(DEPARTMENTS, "all stops", sum(row.whole_number(TOTAL) for row in departments), STOPS)
    for row in published.departments:
        groups = sum(_stops(row, group) for group in GROUPS)
        require_figure(row.place(TOTAL), "the stops of all groups", groups, row.whole_number(TOTAL))
        outcomes = sum(_count(row, column, 0) or 0 for column in OUTCOMES)
        require_figure(row.place(TOTAL), "the stops of all dispositions", outcomes, row.whole_number(TOTAL))
        _require_percents(row, row.whole_number(TOTAL))
    by_name = {row[NAME]: row for row in departments}
    for row in published.dispositions:
        for column in OUTCOMES:
            wanted = _count(by_name[row[NAME]], column, 0) or 0
            require_figure(row.place(column), "the number in this file", _count(row, column, 0) or 0, wanted)
        # Here the whole is not the department, as the same heading says in the other file, but the state.
        _require_percents(row, STOPS)


def _without_state(rows: list[SourceRow]) -> list[SourceRow]:
    return [row for row in rows if row[NAME] != STATE]


def _name(row: SourceRow) -> str:
    return row[NAME].lower()


def _kind(row: SourceRow, towns: set[str]) -> TableRow:
    name = row[NAME]
    if name in UNIVERSITIES:
        return {"kind": "university", "town": None}
    if name in STATE_AGENCIES:
        return {"kind": "state agency", "town": None}
    if name in PART_OF_TOWN:
        return {"kind": "part of a town", "town": PART_OF_TOWN[name]}
    return {"kind": "town", "town": UNDER_OTHER_NAME.get(name) or row.one_of(NAME, sorted(towns))}


def _groups(row: SourceRow) -> list[TableRow]:
    stops = {group: _stops(row, group) for group in GROUPS}
    hidden = any(0 < count < SMALLEST_SHOWN for count in stops.values())
    return [
        {"department": row[NAME], "group": group, "stops": None if hidden else count, "suppressed": hidden}
        for group, count in stops.items()
    ]


def _stops(row: SourceRow, group: str) -> int:
    return sum(_count(row, column, 0) or 0 for column in GROUPS[group])


def _count(row: SourceRow, column: str, not_available: int | None) -> int | None:
    return not_available if row[column] == NOT_AVAILABLE else row.whole_number(column)


def _percent(row: SourceRow, column: str) -> Decimal | None:
    text = row[f"{column}_p"]
    percent = None if text == NOT_AVAILABLE else row.decimal(f"{column}_p")
    if (percent is None) != (row[column] == NOT_AVAILABLE):
        raise ValueWrong(
            row.place(f"{column}_p"), f"the percent is {text} and the number {row[column]}.", "Download the file again."
        )
    return percent


def _require_percents(row: SourceRow, whole: int) -> None:
    for column in OUTCOMES:
        percent = _percent(row, column)
        if percent is not None and abs(Decimal(100 * row.whole_number(column)) / whole - percent) > ROUNDING:
            raise FigureWrong(
                row.place(f"{column}_p"),
                f"{row[column]} of {whole:,} stops are not {percent} percent.",
                "Compare the source with its publisher before you change the recipe.",
            )
