"""Reports and answers as files. Nothing in them runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import xlsxwriter
from django.db.models import QuerySet
from django.http import HttpResponse

from toolkit.survey.answers import COLUMNS
from toolkit.survey.report import HEADER
from toolkit.survey.sheet import guarded
from tracker.surveys.models import Answer, Campaign
from tracker.surveys.publishing import read_answers

_NUMBERS = ("count", "percent", "of", "not_applicable", "no_answer")
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""At the start of a CSV file: a spreadsheet takes it for UTF-8 only then."""


def figures_as_csv(rows: Iterable[list[str]]) -> HttpResponse:
    page = io.StringIO(newline="")
    page.write(_MARK)
    csv.writer(page, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in (HEADER, *rows))
    return HttpResponse(page.getvalue(), content_type="text/csv; charset=utf-8")


def figures_as_workbook(rows: Iterable[list[str]], notes: Iterable[str]) -> HttpResponse:
    """Numbers as numbers, all else as text; what is hidden stays empty."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("Figures")
        for column, title in enumerate(HEADER):
            sheet.write_string(0, column, title, bold)
        for line, row in enumerate(rows, 1):
            for column, (title, cell) in enumerate(zip(HEADER, row, strict=True)):
                if cell and title in _NUMBERS:
                    sheet.write_number(line, column, float(cell))
                elif cell:
                    sheet.write_string(line, column, cell)
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        about = book.add_worksheet("How to read it")
        for line, words in enumerate(notes):
            about.write_string(line, 0, words)
    return HttpResponse(content.getvalue(), content_type=_WORKBOOK)


def answers_as_csv(campaign: Campaign, answers: QuerySet[Answer]) -> Iterator[str]:
    """All single answers, a line at a time."""
    yield _MARK + _line(COLUMNS)
    for answer in read_answers(campaign, answers):
        yield _line(answer)


def _line(cells: Iterable[str]) -> str:
    page = io.StringIO(newline="")
    csv.writer(page, lineterminator="\r\n").writerow([guarded(cell) for cell in cells])
    return page.getvalue()
