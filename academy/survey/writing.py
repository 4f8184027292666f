"""Files of a report: tables for spreadsheets, workbooks, charts."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from academy.survey.errors import SurveyRefused
from toolkit.survey.bars import bar_chart
from toolkit.survey.report import Report
from toolkit.survey.sheet import guarded


def give(content: str, to: Path | None, *, for_spreadsheet: bool = False) -> None:
    """Write to a file, or print."""
    # A spreadsheet takes a CSV file for UTF-8 only if it begins with a mark that says so.
    encoded = content.encode("utf-8-sig" if for_spreadsheet else "utf-8", errors="replace")
    if to is None:
        click.echo(encoded, nl=False)
    else:
        to.write_bytes(encoded)


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows as CSV in which nothing runs as a formula."""
    page = io.StringIO(newline="")
    csv.writer(page, lineterminator="\r\n").writerows([guarded(cell) for cell in row] for row in rows)
    return page.getvalue()


def give_workbook(sheets: Mapping[str, Sequence[Mapping[str, str]]], to: Path) -> None:
    """Write sheets of text: nothing in the workbook runs, and no text turns into a date."""
    try:
        import xlsxwriter
    except ModuleNotFoundError:
        raise SurveyRefused("A workbook needs the package XlsxWriter. Install it: pip install XlsxWriter") from None
    with xlsxwriter.Workbook(to) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            header = list(dict.fromkeys(name for row in rows for name in row))
            for column, name in enumerate(header):
                sheet.write_string(0, column, name)
                for place, row in enumerate(rows, 1):
                    if row.get(name):
                        sheet.write_string(place, column, row[name])


def give_charts(report: Report, folder: Path) -> None:
    """Draw each table that has shares, as NN.svg in the order of the report."""
    folder.mkdir(parents=True, exist_ok=True)
    for place, part in enumerate(report.parts, 1):
        if chart := bar_chart(part, f"chart-{place}"):
            (folder / f"{place:02}.svg").write_text(chart, encoding="utf-8")
