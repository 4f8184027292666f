"""The completion of a viewer's people as a table for spreadsheets. Rows are made a few hundred people at a time, so
that a state of 50,000 takes as little memory as a team.

person   a row for each person, with the state of every lesson
lesson   a row for each person and lesson, with its days

Never an answer, a score or a try, as on the pages. No cell runs as a formula; days are written as 2026-11-22.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from tempfile import TemporaryFile
from typing import IO, TypeAlias

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone

from toolkit.survey.sheet import guarded
from tracker.learning.models import Lesson
from tracker.people.models import Person
from tracker.teams.matrix import Cell, Line, lines

Row: TypeAlias = Sequence[str]

PEOPLE_AT_A_TIME = 500
ROWS_OF_A_SHEET = 1_000_000
"""A worksheet of Excel holds 1,048,576."""
SHAPES = ("person", "lesson")
_WHO = ("Agency", "Unit", "Name", "E-mail")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""At the start of a CSV file: a spreadsheet takes it for UTF-8 only then."""


def rows(people: QuerySet[Person], lessons: Sequence[Lesson], shape: str, today: date) -> Iterator[Row]:
    """The header, then a row at a time. Every cell is safe to open."""
    make = _by_lesson if shape == "lesson" else _by_person
    yield [_plain(cell) for cell in _header(lessons, shape)]
    for line in _lines(people, lessons, today):
        for row in make(line, lessons):
            yield [_plain(cell) for cell in row]


def as_csv(table: Iterator[Row]) -> Iterator[str]:
    """The table as CSV, some rows at a time."""
    page = io.StringIO(newline="")
    page.write(_MARK)
    writer = csv.writer(page, lineterminator="\r\n")
    for number, row in enumerate(table, 1):
        writer.writerow(row)
        if number % 200 == 0:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def as_workbook(table: Iterator[Row]) -> IO[bytes]:
    """The table as an XLSX file on the disk, which is gone when it is closed. Every cell is text."""
    file = TemporaryFile()  # noqa: SIM115 (the response closes it)
    header = next(table)
    # Constant memory: a row is on the disk as soon as the next one begins.
    with closing(xlsxwriter.Workbook(file, {"constant_memory": True})) as book:
        bold = book.add_format({"bold": True})
        sheet, place = None, 0
        for row in _or_one_empty(table):
            if sheet is None or place > ROWS_OF_A_SHEET:
                sheet, place = book.add_worksheet(), 1
                sheet.freeze_panes(1, 0)
                sheet.set_column(0, len(header) - 1, 24)
                for column, cell in enumerate(header):
                    sheet.write_string(0, column, cell, bold)
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(place, column, cell)
            place += 1
    file.seek(0)
    return file


def _or_one_empty(table: Iterator[Row]) -> Iterator[Row]:
    """A workbook of nobody still has its header."""
    yield next(table, [])
    yield from table


def _lines(people: QuerySet[Person], lessons: Sequence[Lesson], today: date) -> Iterator[Line]:
    ids = people.order_by("unit__agency__name", "unit__name", "name", "email", "pk").values_list("pk", flat=True)
    some: list[int] = []
    for person in ids.iterator(chunk_size=2_000):
        some.append(person)
        if len(some) == PEOPLE_AT_A_TIME:
            yield from lines(some, lessons, today)
            some = []
    if some:
        yield from lines(some, lessons, today)


def _header(lessons: Sequence[Lesson], shape: str) -> Row:
    if shape == "lesson":
        return (*_WHO, "Lesson", "State", "Completed on", "Due", "Overdue", "Assignment", "Awaiting review")
    return (*_WHO, "Lessons completed", "Lessons", *(lesson.title for lesson in lessons))


def _by_person(line: Line, lessons: Sequence[Lesson]) -> Iterator[Row]:
    states = (cell.in_words + (", overdue" if cell.is_overdue else "") for cell in line.cells)
    yield (*_who(line.person), str(line.completed), str(len(lessons)), *states)


def _by_lesson(line: Line, lessons: Sequence[Lesson]) -> Iterator[Row]:
    for lesson, cell in zip(lessons, line.cells, strict=True):
        yield (*_who(line.person), lesson.title, *_facts(cell))


def _facts(cell: Cell) -> Row:
    return (
        cell.in_words,
        timezone.localdate(cell.completed_at).isoformat() if cell.completed_at else "",
        cell.due.on.isoformat() if cell.due else "",
        "yes" if cell.is_overdue else "no",
        cell.due.title if cell.due else "",
        "yes" if cell.progress.awaiting_review else "no",
    )


def _who(person: Person) -> Row:
    unit = person.unit
    return (unit.agency.name if unit else "", unit.name if unit else "", person.name, person.email)


def _plain(cell: str) -> str:
    """One line of text that no file format refuses and no spreadsheet runs."""
    return guarded(_UNPRINTABLE.sub(" ", cell))
