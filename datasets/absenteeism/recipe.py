"""Build the tables of chronic absenteeism from the exports of EdSight, the Department of Education's data site.

An export has title lines, wraps codes as ="2850013" so that spreadsheets keep their zeros, and prints “*” for a number
that it hides. Years with counts give rows for districts; older years, which print percents only, for the state.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from academy.data.edsight import STATE_CODE, district_code, title_lines
from academy.data.errors import FigureWrong, RowMissing, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    index_once,
    read_source_rows,
    require_figure,
    require_once,
    write_tables,
)

RACE_2011_12 = "chronic-absenteeism/chronic-absenteeism__2011-12_race.csv"
RACE_2012_13 = "chronic-absenteeism/chronic-absenteeism__2012-13_race.csv"
RACE_2013_14 = "chronic-absenteeism/chronic-absenteeism__2013-14_race.csv"
RACE_2014_15 = "chronic-absenteeism/chronic-absenteeism__2014-15_race.csv"
RACE_2015_16 = "chronic-absenteeism/chronic-absenteeism__2015-16_race.csv"
RACE_2016_17 = "chronic-absenteeism/chronic-absenteeism__2016-17_race.csv"
RACE_2017_18 = "chronic-absenteeism/chronic-absenteeism__2017-18_race.csv"
RACE_2018_19 = "chronic-absenteeism/chronic-absenteeism__2018-19_race.csv"
RACE_2019_20 = "chronic-absenteeism/chronic-absenteeism__2019-20_race.csv"
MEALS_2017_18 = "chronic-absenteeism/chronic-absenteeism__2017-18_lunch.csv"
MEALS_2018_19 = "chronic-absenteeism/chronic-absenteeism__2018-19_lunch.csv"
MEALS_2019_20 = "chronic-absenteeism/chronic-absenteeism__2019-20_lunch.csv"
SPECIAL_EDUCATION_2018_19 = "chronic-absenteeism/chronic-absenteeism__2018-19_special-education.csv"
SPECIAL_EDUCATION_2019_20 = "chronic-absenteeism/chronic-absenteeism__2019-20_special-education.csv"

COUNT, PERCENT, PERCENT_ALONE = "Student Count", "%", "% Chronically Absent"
PERCENT_ONLY_YEARS = ("2011-12", "2012-13", "2013-14", "2014-15", "2015-16", "2016-17", "2017-18")
DISTRICT_YEARS = ("2018-19", "2019-20")

HIDDEN = "*"
# The publisher hides counts from 1 to 5, and prints zeros.
SMALLEST_COUNT = 6
# The exports of 2017-18 call the state's rows NOTSET.
STATE_NAMES = ("State Level", "NOTSET")


@dataclass(frozen=True)
class Breakdown:
    """One way to divide the students: its name, the export's column, the groups, the exports, our table."""

    name: str
    column: str
    groups: tuple[str, ...]
    files: Mapping[str, str]
    table: str


RACE = Breakdown(
    "Race or ethnicity",
    "Race/Ethnicity",
    (
        "American Indian or Alaska Native",
        "Asian",
        "Black or African American",
        "Hispanic/Latino of any race",
        "Native Hawaiian or Other Pacific Islander",
        "Two or More Races",
        "White",
    ),
    {
        "2011-12": RACE_2011_12,
        "2012-13": RACE_2012_13,
        "2013-14": RACE_2013_14,
        "2014-15": RACE_2014_15,
        "2015-16": RACE_2015_16,
        "2016-17": RACE_2016_17,
        "2017-18": RACE_2017_18,
        "2018-19": RACE_2018_19,
        "2019-20": RACE_2019_20,
    },
    "absenteeism.csv",
)
SPECIAL_EDUCATION = Breakdown(
    "Special education",
    "Special Education Status",
    ("Non-Special Education", "Special Education"),
    {"2018-19": SPECIAL_EDUCATION_2018_19, "2019-20": SPECIAL_EDUCATION_2019_20},
    "absenteeism-special-education.csv",
)
MEALS = Breakdown(
    "Meal eligibility",
    "Free/Reduced Price Meal Eligibility",
    ("Eligible For Free Lunch", "Eligible For Reduced Lunch", "Not Eligible For Lunch"),
    {"2017-18": MEALS_2017_18, "2018-19": MEALS_2018_19, "2019-20": MEALS_2019_20},
    "absenteeism-meals.csv",
)
BREAKDOWNS = (RACE, SPECIAL_EDUCATION, MEALS)

STATE_TOTALS = {"2017-18": 55_384, "2018-19": 53_191, "2019-20": 62_190}
# What the districts' printed counts add up to: a file that is cut short has less.
DISTRICT_TOTALS = {
    (RACE.name, "2018-19"): 51_657,
    (RACE.name, "2019-20"): 60_714,
    (SPECIAL_EDUCATION.name, "2018-19"): 52_602,
    (SPECIAL_EDUCATION.name, "2019-20"): 61_482,
    (MEALS.name, "2018-19"): 51_639,
    (MEALS.name, "2019-20"): 60_403,
}

EXCERPT_YEAR = "2018-19"
EXCERPT_DISTRICTS = (
    "Bridgeport School District",
    "Brookfield School District",
    "Hartford School District",
    "Ledyard School District",
    "Regional School District 17",
    "State Level",
    "Waterbury School District",
)
EXCERPT_COLUMNS = 5


@dataclass(frozen=True)
class Export:
    """One file of EdSight: its lines above the header, and its rows."""

    breakdown: Breakdown
    school_year: str
    file: str
    titles: list[str]
    rows: list[SourceRow]

    @property
    def state(self) -> list[SourceRow]:
        return [row for row in self.rows if district_code(row) == STATE_CODE]

    @property
    def districts(self) -> list[SourceRow]:
        return [row for row in self.rows if district_code(row) != STATE_CODE]


def build(sources: Path, destination: Path) -> None:
    """Write the five tables. Raises SourceError before anything is written."""
    exports = read(sources)
    tables = prepare(exports)
    validate(tables)
    write_tables(destination, tables)


def read(sources: Path) -> list[Export]:
    return [
        _export(sources, breakdown, school_year, file)
        for breakdown in BREAKDOWNS
        for school_year, file in breakdown.files.items()
    ]


def prepare(exports: list[Export]) -> dict[str, list[TableRow]]:
    """Return the tables by file name: one for each breakdown, the state's, and the excerpt."""
    tables: dict[str, list[TableRow]] = {breakdown.table: [] for breakdown in BREAKDOWNS}
    state: list[TableRow] = []
    for export in exports:
        require_once(export.rows, "District Code", export.breakdown.column)
        state += _state_rows(export)
        if export.school_year in DISTRICT_YEARS:
            tables[export.breakdown.table] += [_district_row(export, row) for row in export.districts]
    excerpt = next(e for e in exports if e.breakdown is RACE and e.school_year == EXCERPT_YEAR)
    return {**tables, "absenteeism-state.csv": state, "absenteeism-raw-excerpt.csv": _excerpt(excerpt)}


def validate(tables: dict[str, list[TableRow]]) -> None:
    """Hold the state's groups against its totals, and the districts against the state."""
    for breakdown in BREAKDOWNS:
        for school_year, file in breakdown.files.items():
            state = {
                str(row["student_group"]): int(row["chronically_absent"])
                for row in tables["absenteeism-state.csv"]
                if row["breakdown"] == breakdown.name
                and row["school_year"] == school_year
                and row["chronically_absent"] is not None
            }
            if state:
                require_figure(f"{file}, column {COUNT}", "the state", sum(state.values()), STATE_TOTALS[school_year])
            if school_year in DISTRICT_YEARS:
                districts = dict.fromkeys(breakdown.groups, 0)
                for row in tables[breakdown.table]:
                    if row["school_year"] == school_year:
                        districts[str(row["student_group"])] += int(row["chronically_absent"] or 0)
                _require_districts_within_state(file, districts, state)
                published = DISTRICT_TOTALS[breakdown.name, school_year]
                require_figure(f"{file}, column {COUNT}", "all districts", sum(districts.values()), published)


def _export(sources: Path, breakdown: Breakdown, school_year: str, file: str) -> Export:
    """Read one export, and make sure from its title that it is of the right year."""
    titles = title_lines(sources, file, school_year)
    numbers = [PERCENT_ALONE] if breakdown is RACE and school_year in PERCENT_ONLY_YEARS else [COUNT, PERCENT]
    columns = ["District", "District Code", breakdown.column, *numbers]
    rows = read_source_rows(sources, file, columns, title_lines=len(titles))
    return Export(breakdown, school_year, file, titles, rows)


def _state_rows(export: Export) -> list[TableRow]:
    column, groups = export.breakdown.column, export.breakdown.groups
    rows = index_once(export.file, export.state, column, groups)
    state: list[TableRow] = []
    for group in groups:
        row = rows[group]
        row.one_of("District", STATE_NAMES)
        counted = COUNT in row.values
        state.append(
            {
                "school_year": export.school_year,
                "breakdown": export.breakdown.name,
                "student_group": group,
                "chronically_absent": row.whole_number(COUNT) if counted else None,
                "percent": row.decimal(PERCENT if counted else PERCENT_ALONE),
            }
        )
    return state


def _district_row(export: Export, row: SourceRow) -> TableRow:
    count, percent = _count(row), _percent(row)
    if count is None and percent is not None:
        raise ValueWrong(
            row.place(PERCENT),
            "a percent is printed although its count is hidden.",
            "The publisher hides both. Compare with EdSight before you change the recipe.",
        )
    return {
        "school_year": export.school_year,
        "district_code": district_code(row),
        "district": row.text("District"),
        "student_group": row.one_of(export.breakdown.column, export.breakdown.groups),
        "chronically_absent": count,
        "percent": percent,
        "count_suppressed": count is None,
        "percent_suppressed": percent is None,
    }


def _count(row: SourceRow) -> int | None:
    """Return the count, or None where it is hidden."""
    if row[COUNT] == HIDDEN:
        return None
    count = row.whole_number(COUNT)
    if 0 < count < SMALLEST_COUNT:
        raise ValueWrong(
            row.place(COUNT),
            f"a count of {count} is printed; counts from 1 to {SMALLEST_COUNT - 1} are hidden.",
            "Do not publish it. Tell the publisher, and compare with EdSight.",
        )
    return count


def _percent(row: SourceRow) -> Decimal | None:
    return None if row[PERCENT] == HIDDEN else row.decimal(PERCENT)


def _require_districts_within_state(file: str, districts: Mapping[str, int], state: Mapping[str, int]) -> None:
    for group, count in districts.items():
        if count > state[group]:
            raise FigureWrong(
                f"{file}, {group}",
                f"the districts add up to {count:,}, the state has {state[group]:,}.",
                "Compare the source with its publisher.",
            )


def _excerpt(export: Export) -> list[TableRow]:
    """Return a few districts as the export has them, under columns without a meaning. Blank lines are left out."""
    kept = [row for row in export.rows if row["District"] in EXCERPT_DISTRICTS]
    missing = sorted(set(EXCERPT_DISTRICTS) - {row["District"] for row in kept})
    if missing:
        raise RowMissing(
            f"{export.file}, column District", f"not there: {', '.join(missing)}.", "Choose others for the excerpt."
        )
    lines = [cells for cells in csv.reader(export.titles) if cells]
    lines.append(list(kept[0].values))
    lines += [list(row.values.values()) for row in kept]
    return [
        {f"column_{number + 1}": cell for number, cell in enumerate(_padded(cells, EXCERPT_COLUMNS))} for cells in lines
    ]


def _padded(cells: list[str], length: int) -> list[str]:
    return cells + [""] * (length - len(cells))
