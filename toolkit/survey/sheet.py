"""Answers as CSV, as people and spreadsheets write it: nothing is lost on the way in, nothing runs on the way out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from toolkit.survey.answers import COLUMNS, Answer, Collected, SetAside
from toolkit.survey.instrument import WAVES, Instrument

MOST_CHARACTERS = 50_000_000

_FORMULA = re.compile(r"(^\s*|[;\t\r\n]\s*)('*)(?=[=+\-@＝＋－＠])")
"""What a spreadsheet would run: at the start of a cell, and behind a sign that some take for the next cell."""


class AnswersUnreadable(ValueError):
    """A file holds no table of answers. The message says what is missing."""


def from_csv(text: str) -> Collected:
    """Return the rows of a CSV table that have an answer. Raises AnswersUnreadable."""
    if len(text) > MOST_CHARACTERS:
        raise AnswersUnreadable(f"The file has {len(text):,} characters. Split it: {MOST_CHARACTERS:,} at most.")
    table = _rows(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
    header = [name.strip().lower() for name in next(table, [])]
    lacking = [name for name in COLUMNS if name not in header]
    if lacking or len(set(header)) != len(header):
        raise AnswersUnreadable(
            f"The first row must name the columns {', '.join(COLUMNS)}, each once. "
            + (f"Missing: {', '.join(lacking)}." if lacking else "One is there twice.")
        )
    answers, rows, aside = [], [], []
    for number, cells in enumerate(table, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            why = f"It has {len(cells)} cells, the header {len(header)}. Put text that has a comma in quotation marks."
            aside.append(SetAside(number, tuple(cells), why))
            continue
        named = {name: _unguarded(cell) for name, cell in zip(header, cells, strict=True)}
        if named["answer"].strip():
            answers.append(Answer(**{name: named[name] for name in COLUMNS}))
            rows.append(number)
    return Collected(tuple(answers), tuple(aside), tuple(rows))


def to_csv(answers: Iterable[Answer]) -> str:
    """Return answers as CSV. One that a spreadsheet would run as a formula gets an apostrophe, and so stays text."""
    return _table(COLUMNS, answers)


def aside_to_csv(aside: Iterable[SetAside]) -> str:
    """Return what was set aside as CSV: the row's number, why, and its cells as they came."""
    return _table(("row", "why", *COLUMNS), ((str(each.row), each.why, *each.cells) for each in aside))


def template(instrument: Instrument) -> str:
    """Return an empty form as CSV: a row for each answer, to fill in the column `answer`."""
    wave = WAVES[0] if instrument.waves else ""
    rows = (
        Answer("1", "", wave, instrument.name, instrument.version, question.id, slot, "")
        for question in instrument.questions
        for slot in question.slots
    )
    return to_csv(rows)


def _rows(text: str) -> Iterator[list[str]]:
    """The rows of CSV with cells of any length. A spreadsheet of some countries sets cells apart by semicolons."""
    first = text.split("\n", 1)[0]
    before = csv.field_size_limit(min(len(text) + 1, 2**31 - 1))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ","))
    except csv.Error as error:
        raise AnswersUnreadable(f"This is not a CSV file ({error}). Save the sheet as CSV in UTF-8.") from None
    finally:
        csv.field_size_limit(before)
    return iter(rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return page.getvalue()


def guarded(cell: str) -> str:
    """The cell with one more apostrophe before what a spreadsheet would run."""
    return _FORMULA.sub(r"\1'\2", cell)


def _unguarded(cell: str) -> str:
    return _FORMULA.sub(lambda found: found[1] + found[2][1:], cell)
