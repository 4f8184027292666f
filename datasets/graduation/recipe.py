"""Build the table of four-year graduation rates from the exports of EdSight, the Department of Education's data site.

An export has title lines, wraps codes as ="2850013" so that spreadsheets keep their zeros, prints “*” for a number that
it hides, and “N/A” where there is none. It has no row for the state.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from academy.data.edsight import district_code_not_state, title_lines
from academy.data.errors import FigureWrong, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    read_source_rows,
    require_figure,
    require_once,
    write_tables,
)

RATES_2015_16 = "graduation-rates/four-year-graduation-rates__2015-16_special-education_grad.csv"
RATES_2016_17 = "graduation-rates/four-year-graduation-rates__2016-17_special-education_grad.csv"
RATES_2017_18 = "graduation-rates/four-year-graduation-rates__2017-18_special-education_grad.csv"
RATES_2018_19 = "graduation-rates/four-year-graduation-rates__2018-19_special-education_grad.csv"
FILES = {
    "2015-16": RATES_2015_16,
    "2016-17": RATES_2016_17,
    "2017-18": RATES_2017_18,
    "2018-19": RATES_2018_19,
}

GROUP, GROUPS = "Special Education Status", ("Non-Special Education", "Special Education")
COHORT, GRADUATES, RATE = "Four-Year Cohort Count", "Graduation Count", "Graduation Rate"

# What stands in a cell that holds no number, and how our table says so.
STATUS = {"*": "suppressed", "N/A": "printed_as_na"}
PUBLISHED = "published"
# The publisher hides counts from 1 to 5, and rates of fewer than 20 students.
SMALLEST_COUNT, SMALLEST_COHORT_WITH_RATE = 6, 20
# Rates are rounded to a tenth.
ROUNDING = Decimal("0.05")

# What the printed cohorts and graduates add up to: a file that is cut short has less.
COHORT_TOTALS = {"2015-16": 42_449, "2016-17": 42_295, "2017-18": 41_864, "2018-19": 41_865}
GRADUATE_TOTALS = {"2015-16": 30_456, "2016-17": 29_808, "2017-18": 36_716, "2018-19": 36_903}


def build(sources: Path, destination: Path) -> None:
    """Write graduation.csv. Raises SourceError before anything is written."""
    published = read(sources)
    table = prepare(published)
    validate(table)
    write_tables(destination, {"graduation.csv": table})


def read(sources: Path) -> dict[str, list[SourceRow]]:
    """Return the rows of each school year, still as published."""
    return {school_year: _read_year(sources, school_year, file) for school_year, file in FILES.items()}


def prepare(published: Mapping[str, list[SourceRow]]) -> list[TableRow]:
    """Return one row a school year, district and group, in the order of the exports."""
    table: list[TableRow] = []
    for school_year, rows in published.items():
        require_once(rows, "District Code", GROUP)
        table += [_table_row(school_year, row) for row in rows]
    return table


def validate(table: list[TableRow]) -> None:
    """Hold the printed counts of each year against their sums."""
    for school_year, file in FILES.items():
        rows = [row for row in table if row["school_year"] == school_year]
        cohort = sum(int(row["cohort"] or 0) for row in rows)
        graduates = sum(int(row["graduates"] or 0) for row in rows)
        require_figure(f"{file}, column {COHORT}", "the sum", cohort, COHORT_TOTALS[school_year])
        require_figure(f"{file}, column {GRADUATES}", "the sum", graduates, GRADUATE_TOTALS[school_year])


def _read_year(sources: Path, school_year: str, file: str) -> list[SourceRow]:
    """Read one export, and make sure from its title that it is of the right year."""
    titles = title_lines(sources, file, school_year)
    columns = ["District", "District Code", GROUP, COHORT, GRADUATES, RATE]
    return read_source_rows(sources, file, columns, title_lines=len(titles))


def _table_row(school_year: str, row: SourceRow) -> TableRow:
    cohort, graduates = _count(row, COHORT), _count(row, GRADUATES)
    rate = None if row[RATE] in STATUS else row.decimal(RATE)
    _require_rate_of_its_counts(row, cohort, graduates, rate)
    return {
        "school_year": school_year,
        "district_code": district_code_not_state(row),
        "district": row.text("District"),
        "student_group": row.one_of(GROUP, GROUPS),
        "cohort": cohort,
        "graduates": graduates,
        "rate": rate,
        "cohort_status": STATUS.get(row[COHORT], PUBLISHED),
        "graduates_status": STATUS.get(row[GRADUATES], PUBLISHED),
        "rate_status": STATUS.get(row[RATE], PUBLISHED),
    }


def _count(row: SourceRow, column: str) -> int | None:
    """Return the count, or None where none is printed."""
    if row[column] in STATUS:
        return None
    count = row.whole_number(column)
    if 0 < count < SMALLEST_COUNT:
        raise ValueWrong(
            row.place(column),
            f"a count of {count} is printed; counts from 1 to {SMALLEST_COUNT - 1} are hidden.",
            "Do not publish it. Tell the publisher, and compare with EdSight.",
        )
    return count


def _require_rate_of_its_counts(
    row: SourceRow, cohort: int | None, graduates: int | None, rate: Decimal | None
) -> None:
    """Raise FigureWrong unless a printed rate is that of its two counts, in a cohort large enough to print it."""
    if rate is None:
        return
    if cohort is None or graduates is None or cohort < SMALLEST_COHORT_WITH_RATE:
        raise FigureWrong(
            row.place(RATE),
            f"a rate of {rate} is printed for a cohort of {row[COHORT]} with {row[GRADUATES]} graduates.",
            f"Rates come with both counts, in cohorts of {SMALLEST_COHORT_WITH_RATE} or more. Compare with EdSight.",
        )
    if abs(Decimal(100 * graduates) / cohort - rate) > ROUNDING:
        raise FigureWrong(row.place(RATE), f"{graduates} of {cohort} is not {rate} %.", "Compare the row with EdSight.")
