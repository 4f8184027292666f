"""The report of a survey: parts with tables, as Markdown for a page and as rows for a spreadsheet.

What people wrote in their own words is counted here, and never quoted: `open_answers` is for those who may read it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median

from toolkit.disclosure import EDUCATION_RULE
from toolkit.survey.answers import Answer
from toolkit.survey.instrument import WAVES, Instrument, Question
from toolkit.survey.sheet import guarded
from toolkit.survey.tables import (
    SMALLEST_GROUP,
    Counts,
    Row,
    SharesOf,
    Slot,
    before_and_after,
    count,
    first_and_second,
    forms,
    how_many,
    picked,
    scores,
    top_two_box,
)

HIDDEN, DASHES, EITHER = "hidden", "--", "either"
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&$])")

SMALL_COUNTS = "Some counts here are of 1 to 5 people. Before you publish them, ask if anybody could tell who they are."
NOT_REPORTED = "Not applicable is not reported in this table. So totals may not equal 100 %."
COMBINED = "The two strongest answers on each side are added together."
FIRST_AND_SECOND = "First and second choices are added together. Each person has two, so the shares add up to 200 %."


@dataclass(frozen=True)
class Part:
    """One question's table. `columns` are the keys of its rows' counts; `empty` is printed where nothing is known."""

    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = HIDDEN
    first_column: str = ""
    apart: str = ""
    """The heading of the answers that are in no share."""

    baseline: str = ""
    """The heading of the figures to compare with; empty where there are none."""

    beside: Mapping[Slot, Decimal | None] | None = None

    @property
    def main(self) -> str:
        """The column that tells most: the first, or both choices of a ranking together."""
        return EITHER if EITHER in self.columns else next(iter(self.columns), "")


@dataclass(frozen=True)
class Report:
    title: str
    people: int | None
    notes: tuple[str, ...]
    parts: tuple[Part, ...]


def full_report(
    instrument: Instrument,
    answers: Sequence[Answer],
    *,
    shares_of: SharesOf = "applicable",
    decimals: int = 0,
    baseline: Mapping[Slot, Decimal | None] | None = None,
    baseline_name: str = "",
) -> Report:
    """Return the report of all who answered together, small counts too. By unit, toolkit.survey.units makes it.

    `baseline` has the share of the first group of each item, such as “agree”, from a survey to compare with.
    """
    people = forms(answers)
    counts = count(answers)
    parts = [
        replace(part, beside=baseline, baseline=baseline_name) if baseline and _compares(part, baseline) else part
        for question in instrument.questions
        if (part := _part(question, counts, answers, people, shares_of, decimals))
    ]
    if instrument.waves:
        parts.append(Part("Before and after", notes=(before_and_after(answers, instrument).words,)))
    if instrument.bands:
        parts.append(_bands(instrument, answers))
    notes = [f"{how_many(people)} answered version {instrument.version}."]
    if any(EDUCATION_RULE.is_small(n or 0) for part in parts for row in part.rows for n in row.counts.values()):
        notes.append(SMALL_COUNTS)
    return Report(instrument.title, people, tuple(notes), tuple(parts))


def counted_report(
    title: str,
    questions: Sequence[Question],
    counts: Counts,
    people: int | None,
    *,
    notes: tuple[str, ...] = (),
    shares_of: SharesOf = "applicable",
    decimals: int = 0,
) -> Report:
    """Return the report of a survey of which only counts are known: its scales, grids and rankings."""
    made = (_table_part(question, counts, people, shares_of, decimals) for question in questions)
    return Report(title, people, notes, tuple(part for part in made if part))


def open_answers(instrument: Instrument, answers: Sequence[Answer]) -> list[tuple[str, str]]:
    """Return (question, what was written), for those who may read it; in alphabetical order, not form by form."""
    asked = {question.id: question.text for question in instrument.questions if question.kind == "text"}
    return sorted((asked[answer.question], answer.answer) for answer in answers if answer.question in asked)


# -- parts ------------------------------------------------------------------------------------------------------------


def _part(
    question: Question, counts: Counts, answers: Sequence[Answer], people: int, shares_of: SharesOf, decimals: int
) -> Part | None:
    table = _table_part(question, counts, people, shares_of, decimals)
    if table is not None:
        return table
    given = [answer for answer in answers if answer.question == question.id]
    if question.kind in ("choice", "several"):
        of = forms(given)
        rows = tuple(picked(question, counts, of, decimals))
        several = ("People could pick several, so the shares may add up to more than 100 %.",)
        return Part(question.text, ("chosen",), rows, several if question.kind == "several" else ())
    if question.kind == "number":
        numbers = [float(answer.answer) for answer in given]
        told = f"{how_many(len(numbers))} gave a number."
        if len(numbers) >= SMALLEST_GROUP:
            told += f" Half of them said {median(numbers):g} or less."
        return Part(question.text, notes=(told,))
    told = f"{how_many(len(given))} wrote something. It is not quoted here. Who may read it was said on the form."
    return Part(question.text, notes=(told,))


def _table_part(
    question: Question, counts: Counts, people: int | None, shares_of: SharesOf, decimals: int
) -> Part | None:
    if question.kind in ("scale", "grid") and question.groups:
        rows = top_two_box(question, counts, shares_of, decimals, people)
        apart = apart_title(question)
        notes = [COMBINED]
        if apart and shares_of == "answered":
            notes.append(NOT_REPORTED)
        elif apart:
            notes.append(f"“{apart}” is counted apart and is in no share. Rounded shares may not add up to 100 %.")
        return Part(question.text, question.groups, tuple(rows), tuple(notes), apart=apart)
    if question.kind == "ranking":
        columns = (*question.slots, EITHER)
        return Part(question.text, columns, tuple(first_and_second(question, counts, decimals)), (FIRST_AND_SECOND,))
    return None


def apart_title(question: Question) -> str:
    """The answers that are in no share, such as “This does not apply to us”; empty if there are none."""
    return " / ".join(choice.text for choice in question.choices if choice.apart)


def _bands(instrument: Instrument, answers: Sequence[Answer]) -> Part:
    found = scores(answers, instrument)
    sizes = Counter(wave for _, wave in found)
    waves = [wave for wave in (*WAVES, "") if sizes[wave] >= SMALLEST_GROUP]
    note = "A score is what people say of themselves. It is no test, and says nothing about one person's work."
    if not waves:
        return Part("Scores", notes=(f"Fewer than {SMALLEST_GROUP} people answered every question. {note}",))
    rows = []
    for band in instrument.bands:
        counts = {
            wave or "people": sum(
                1 for (_, at), score in found.items() if at == wave and band.least <= score <= band.greatest
            )
            for wave in waves
        }
        label = f"{band.name} ({band.least} to {band.greatest} points)"
        rows.append(Row(label, ("bands", band.name), counts, dict.fromkeys(counts), None))
    columns = tuple(wave or "people" for wave in waves)
    return Part("Scores", columns, tuple(rows), (note,))


def _compares(part: Part, baseline: Mapping[Slot, Decimal | None]) -> bool:
    return any(row.slot in baseline for row in part.rows)


# -- as text ----------------------------------------------------------------------------------------------------------


def as_markdown(report: Report) -> str:
    """Return the report as Markdown: a heading, what was counted, and a table for each question."""
    blocks = [f"# {_escaped(report.title)}", *report.notes]
    for part in report.parts:
        blocks.append(f"## {_escaped(part.title)}")
        if part.rows:
            blocks.append(_markdown_table(part))
        blocks += part.notes
    return "\n\n".join(blocks) + "\n"


def _markdown_table(part: Part) -> str:
    header, rows = table_cells(part)
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _escaped(text: str) -> str:
    """The text on one line, shown as it was written and never as Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def table_cells(part: Part) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the heading and the lines of a part's table, as they are printed."""
    titles = {"of": "Answers", "apart": part.apart, "unanswered": "No answer"}
    known = [
        name
        for name, title in titles.items()
        if (title if name == "apart" else any(getattr(row, name) is not None for row in part.rows))
    ]
    header = (
        part.first_column,
        *(column.capitalize() for column in part.columns),
        *((f"{part.baseline}: {part.main}",) if part.beside is not None else ()),
        *(titles[name] for name in known),
    )
    lines = [
        (
            row.label,
            *(_cell(row, column, part.empty) for column in part.columns),
            *((_percent(part.beside.get(row.slot), DASHES),) if part.beside is not None else ()),
            *(_number(getattr(row, name), part.empty) for name in known),
        )
        for row in part.rows
    ]
    return header, lines


def _cell(row: Row, column: str, empty: str) -> str:
    """A share with its count beside it, or the one that is known."""
    number, share = row.counts.get(column), row.shares.get(column)
    if share is None:
        return _number(number, empty)
    return _percent(share, empty) if number is None else f"{share} % ({number})"


def _percent(share: Decimal | None, empty: str) -> str:
    return empty if share is None else f"{share} %"


def _number(number: int | None, empty: str) -> str:
    return empty if number is None else str(number)


HEADER = ("question", "item", "label", "unit", "answer", "count", "percent", "of", "not_applicable", "no_answer")


def as_rows(report: Report) -> list[tuple[str, ...]]:
    """Return every figure of the report on a row of its own, under HEADER. What is hidden or unknown is empty."""
    return [
        (
            row.slot[0],
            row.slot[1],
            row.label,
            row.unit,
            column,
            _number(row.counts.get(column), ""),
            "" if row.shares.get(column) is None else str(row.shares[column]),
            *(_number(each, "") for each in (row.of, row.apart, row.unanswered)),
        )
        for part in report.parts
        for row in part.rows
        for column in part.columns
    ]


def as_csv(report: Report) -> str:
    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows([guarded(cell) for cell in row] for row in as_rows(report))
    return page.getvalue()
