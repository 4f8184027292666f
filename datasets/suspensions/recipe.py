"""Build the table of suspensions from the exports of EdSight, the Department of Education's data site.

An export wraps codes as ="2850013" so that spreadsheets keep their zeros, prints “*” for a number that it hides, and
“N/A” for reasons that it does not give. It has no title and no row for the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from academy.data.edsight import district_code_not_state
from academy.data.errors import ValueWrong
from academy.data.recipe import SourceRow, TableRow, read_source_rows, require_figure, require_once, write_tables

RACE_2017_18 = "suspension-rates/suspension-rates__2017-18_race.csv"
RACE_2018_19 = "suspension-rates/suspension-rates__2018-19_race.csv"
RACE_2019_20 = "suspension-rates/suspension-rates__2019-20_race.csv"
FILES = {"2017-18": RACE_2017_18, "2018-19": RACE_2018_19, "2019-20": RACE_2019_20}

GROUP = "Race/Ethnicity"
GROUPS = (
    "American Indian or Alaska Native",
    "Asian",
    "Black or African American",
    "Hispanic/Latino of any race",
    "Native Hawaiian or Other Pacific Islander",
    "Two or More Races",
    "White",
)
COUNT, PERCENT = "Count", "%"

# What stands in a cell that holds no number, and how our table says so.
STATUS = {"*": "suppressed", "N/A": "printed_as_na"}
PUBLISHED = "published"
# The publisher hides counts from 1 to 5.
SMALLEST_COUNT = 6

# What the printed counts add up to. No title names the year, so this also tells one year's file from another's.
TOTALS = {"2017-18": 35_746, "2018-19": 35_865, "2019-20": 25_506}


def build(sources: Path, destination: Path) -> None:
    """Write suspensions.csv. Raises SourceError before anything is written."""
    published = read(sources)
    table = prepare(published)
    validate(table)
    write_tables(destination, {"suspensions.csv": table})


def read(sources: Path) -> dict[str, list[SourceRow]]:
    """Return the rows of each school year, still as published."""
    columns = ["District", "District Code", GROUP, COUNT, PERCENT]
    return {school_year: read_source_rows(sources, file, columns) for school_year, file in FILES.items()}


def prepare(published: Mapping[str, list[SourceRow]]) -> list[TableRow]:
    """Return one row a school year, district and group, in the order of the exports."""
    table: list[TableRow] = []
    for school_year, rows in published.items():
        require_once(rows, "District Code", GROUP)
        table += [_table_row(school_year, row) for row in rows]
    return table


def validate(table: list[TableRow]) -> None:
    """Hold the printed counts of each year against their sum."""
    for school_year, file in FILES.items():
        total = sum(int(row["suspended"] or 0) for row in table if row["school_year"] == school_year)
        require_figure(f"{file}, column {COUNT}", "the sum", total, TOTALS[school_year])


def _table_row(school_year: str, row: SourceRow) -> TableRow:
    count, percent = _count(row), _percent(row)
    if (count is None) != (percent is None):
        raise ValueWrong(
            row.place(PERCENT),
            f"the percent is “{row[PERCENT]}” and the count “{row[COUNT]}”; both are printed, or neither.",
            "Compare the row with EdSight before you change the recipe.",
        )
    return {
        "school_year": school_year,
        "district_code": district_code_not_state(row),
        "district": row.text("District"),
        "student_group": row.one_of(GROUP, GROUPS),
        "suspended": count,
        "percent": percent,
        "count_status": STATUS.get(row[COUNT], PUBLISHED),
        "percent_status": STATUS.get(row[PERCENT], PUBLISHED),
    }


def _count(row: SourceRow) -> int | None:
    """Return the count, or None where none is printed."""
    if row[COUNT] in STATUS:
        return None
    count = row.whole_number(COUNT)
    if count < SMALLEST_COUNT:
        raise ValueWrong(
            row.place(COUNT),
            f"a count of {count} is printed; the smallest so far is {SMALLEST_COUNT}.",
            "A count from 1 to 5 must not be published. A zero would be new: what does “N/A” mean then?",
        )
    return count


def _percent(row: SourceRow) -> Decimal | None:
    return None if row[PERCENT] in STATUS else row.decimal(PERCENT)
