"""Build the tables of school attendance from two editions of the state's dataset, one for each school year.

An edition prints the year that it is about, and the years before, side by side. It leaves out a group of fewer than 20
students: its row is not there. Each edition revises the years before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from academy.data.errors import FigureWrong, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    index_once,
    read_source_rows,
    read_source_text,
    require_figure,
    require_once,
    write_tables,
)

MAY_EDITION = "school-attendance/School_Attendance_by_Student_Group_and_District_2022-2023_asof_May2023.csv"
JUNE_EDITION = "school-attendance/School_Attendance_by_Student_Group_and_District__2021-2022.csv"

CODE, DISTRICT, CATEGORY, GROUP = "District code", "District name", "Category", "Student group"
PERIOD = "Reporting period"
STATE_CODE, STATE = "00000CT", "Connecticut"

ALL = "All Students"
RACES = ("All other races", "Black or African American", "Hispanic/Latino of any race", "White")
FREE, REDUCED = "Free Meal Eligible", "Reduced Price Meal Eligible"
FREE_OR_REDUCED = "Free/Reduced Price Meal Eligible"
# The category of each group. The row of all students has none.
GROUPS = {
    ALL: "",
    "Students Experiencing Homelessness": "Homelessness",
    "Students With Disabilities": "Students With Disabilities",
    FREE: "Free/Reduced Lunch",
    REDUCED: "Free/Reduced Lunch",
    FREE_OR_REDUCED: "Free/Reduced Lunch",
    "English Learners": "English Learners",
    **dict.fromkeys(RACES, "Race/Ethnicity"),
    "Students Without High Needs": "High Needs",
    "Students With High Needs": "High Needs",
}

SMALLEST_GROUP = 20


@dataclass(frozen=True)
class Edition:
    """One file: the month that it reports up to, as programs write it, and its years, the newest first.

    `state` and `districts` are how many students it prints for each year, for the state and added up over districts.
    """

    file: str
    month: str
    periods: tuple[str, ...]
    years: tuple[str, ...]
    state: tuple[int, ...]
    districts: tuple[int, ...]

    def column(self, year: str, what: str) -> str:
        """Return the name of a year's column. The newest year's says that the year was not over."""
        return f"{year} {what} - year to date" if year == self.years[0] else f"{year} {what}"


MAY = Edition(
    MAY_EDITION,
    "2023-05",
    ("May 2023", "May-23"),
    ("2022-2023", "2021-2022", "2020-2021", "2019-2020"),
    (494_006, 495_156, 496_458, 508_345),
    (494_003, 495_152, 496_457, 508_239),
)
JUNE = Edition(
    JUNE_EDITION,
    "2022-06",
    ("June 2022", "Jun-22"),
    ("2021-2022", "2020-2021", "2019-2020"),
    (500_285, 496_092, 508_346),
    (500_281, 496_091, 508_240),
)


@dataclass(frozen=True)
class Cell:
    """What an edition prints for one group of one district in one year; None where both cells are blank."""

    row: SourceRow
    code: str
    year: str
    students: int | None
    rate: Decimal | None


def build(sources: Path, destination: Path) -> None:
    """Write the three tables. Raises SourceError before anything is written."""
    editions = {edition.month: (edition, read(sources, edition)) for edition in (MAY, JUNE)}
    for edition, cells in editions.values():
        validate(edition, cells)
    write_tables(destination, prepare(editions))


def read(sources: Path, edition: Edition) -> list[Cell]:
    """Return every cell of an edition, for one year after the other."""
    numbers = [edition.column(year, what) for year in edition.years for what in ("student count", "attendance rate")]
    columns = [CODE, DISTRICT, CATEGORY, GROUP, *numbers, PERIOD]
    rows = read_source_rows(sources, edition.file, columns, title_lines=_title_lines(sources, edition.file))
    require_once(rows, CODE, GROUP)
    for row in rows:
        row.one_of(CATEGORY, [GROUPS[row.one_of(GROUP, GROUPS)]])
        row.one_of(PERIOD, edition.periods)
    return [_cell(edition, row, year) for year in sorted(edition.years) for row in rows]


def prepare(editions: dict[str, tuple[Edition, list[Cell]]]) -> dict[str, list[TableRow]]:
    """Return the tables: districts from the newer edition, the state from both."""
    _, cells = editions[MAY.month]
    districts = [cell for cell in cells if cell.code != STATE_CODE]
    return {
        "school-attendance.csv": [_district_row(cell) for cell in districts],
        "school-attendance-state.csv": [
            _state_row(edition, cell)
            for edition, cells in sorted(editions.values(), key=lambda pair: pair[0].month)
            for cell in cells
            if cell.code == STATE_CODE
        ],
        "school-attendance-wide.csv": _wide(cell for cell in districts if cell.row[GROUP] == ALL),
    }


def validate(edition: Edition, cells: list[Cell]) -> None:
    """Hold the state and the districts against their totals, and the groups against each other."""
    for year, state, districts in zip(edition.years, edition.state, edition.districts, strict=True):
        place = f"{edition.file}, column {edition.column(year, 'student count')}"
        of_year = [cell for cell in cells if cell.year == year]
        groups = index_once(edition.file, (cell.row for cell in of_year if cell.code == STATE_CODE), GROUP, GROUPS)
        require_figure(place, "the state", groups[ALL].whole_number(edition.column(year, "student count")), state)
        counted = sum(cell.students or 0 for cell in of_year if cell.code != STATE_CODE and cell.row[GROUP] == ALL)
        require_figure(place, "all districts", counted, districts)
        students: dict[str, dict[str, int]] = {}
        for cell in of_year:
            if cell.students is not None:
                students.setdefault(cell.code, {})[cell.row[GROUP]] = cell.students
        for code, counts in students.items():
            _require_parts(f"{place}, district {code}", counts, RACES, ALL)
            _require_parts(f"{place}, district {code}", counts, (FREE, REDUCED), FREE_OR_REDUCED)


def _title_lines(sources: Path, file: str) -> int:
    """The portal's export begins with the header; a copy of it may have a title above."""
    return 0 if read_source_text(sources, file).startswith((CODE, f'"{CODE}"')) else 1


def _cell(edition: Edition, row: SourceRow, year: str) -> Cell:
    count, rate = (edition.column(year, what) for what in ("student count", "attendance rate"))
    if not row[count] and not row[rate] and year != edition.years[0]:
        return Cell(row, _code(row), year, None, None)
    students, share = row.whole_number(count), row.decimal(rate)
    if students < SMALLEST_GROUP:
        raise ValueWrong(
            row.place(count),
            f"a group of {students} is printed; groups of fewer than {SMALLEST_GROUP} students are left out.",
            "Do not publish it. Tell the publisher, and compare with the portal.",
        )
    if not 0 <= share <= 1:
        raise ValueWrong(row.place(rate), f"{share} is not a share from 0 to 1.", "Compare with the portal.")
    return Cell(row, _code(row), year, students, share)


def _code(row: SourceRow) -> str:
    """Return the code with the zeros at its front, which the file loses when a spreadsheet saves it."""
    code = row[CODE]
    if code == STATE_CODE:
        row.one_of(DISTRICT, [STATE])
        return code
    if not re.fullmatch(r"\d{5,7}", code):
        raise ValueWrong(row.place(CODE), f"“{code}” is not a district's code.", "Compare with the portal.")
    return code.zfill(7)


def _district_row(cell: Cell) -> TableRow:
    return {
        "school_year": _short(cell.year),
        "district_code": cell.code,
        "district": cell.row.text(DISTRICT),
        "category": cell.row[CATEGORY],
        "student_group": cell.row[GROUP],
        "students": cell.students,
        "attendance_rate": cell.rate,
        "suppressed": cell.students is None,
    }


def _state_row(edition: Edition, cell: Cell) -> TableRow:
    return {
        "edition": edition.month,
        "school_year": _short(cell.year),
        "category": cell.row[CATEGORY],
        "student_group": cell.row[GROUP],
        "students": cell.students,
        "attendance_rate": cell.rate,
        "year_to_date": cell.year == edition.years[0],
    }


def _wide(cells: Iterable[Cell]) -> list[TableRow]:
    """Return one row a district, with the years side by side, as the publisher prints them."""
    districts: dict[str, dict[str, str | int | Decimal | None]] = {}
    for cell in cells:
        row = districts.setdefault(cell.code, {"district_code": cell.code, "district": cell.row[DISTRICT]})
        year = _short(cell.year).replace("-", "_")
        row[f"students_{year}"] = cell.students
        row[f"attendance_rate_{year}"] = cell.rate
    return list(districts.values())


def _short(year: str) -> str:
    """Write 2019-2020 as 2019-20."""
    return f"{year[:5]}{year[-2:]}"


def _require_parts(place: str, counts: dict[str, int], parts: tuple[str, ...], whole: str) -> None:
    """Raise FigureWrong where all parts and their whole are printed, and do not agree."""
    if whole in counts and all(part in counts for part in parts):
        total = sum(counts[part] for part in parts)
        if total != counts[whole]:
            raise FigureWrong(
                place, f"{' + '.join(parts)} is {total:,}; {whole} is {counts[whole]:,}.", "Compare with the portal."
            )
