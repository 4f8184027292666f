"""A published report as tables to read: one group beside everybody, and beside an earlier survey where there is one.

Everything here is made of the stored figures, which were audited; nothing is counted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from toolkit.disclosure import EDUCATION_RULE
from toolkit.survey.bars import bar_chart
from toolkit.survey.instrument import Instrument, Question
from toolkit.survey.recommend import Path, Recommendation, for_agency
from toolkit.survey.report import EITHER, HIDDEN, Part, apart_title
from toolkit.survey.tables import Row, Slot, percent
from tracker.surveys.instruments import baseline_of
from tracker.surveys.models import Publication


@dataclass(frozen=True)
class Figure:
    """One published number: what it is about, of which unit. None stands for what is hidden."""

    slot: Slot
    unit: str
    label: str
    column: str
    count: int | None
    share: Decimal | None
    of: int | None
    apart: int | None


@dataclass(frozen=True)
class Table:
    """A question's table, with small bars of its first column."""

    question: str
    identifier: str
    header: list[str]
    rows: list[list[str]]
    bars: str
    notes: list[str]


class Figures:
    """The figures of a publication, found by slot, unit and column."""

    def __init__(self, publication: Publication) -> None:
        self.all = [_figure(row) for row in publication.figures]
        self.units = list(dict.fromkeys((each.unit, each.label) for each in self.all))
        self._by_key = {(each.slot, each.unit, each.column): each for each in self.all}

    def row(self, question: Question, item: str, label: str, columns: Iterable[str], unit: str) -> Row:
        """One line of a table: what the unit answered about one item."""
        found = {column: self._by_key.get(((question.id, item), unit, column)) for column in columns}
        first = next((each for each in found.values() if each), None)
        return Row(
            label,
            (question.id, item),
            {column: each.count if each else None for column, each in found.items()},
            {column: each.share if each else None for column, each in found.items()},
            first.of if first else None,
            first.apart if first else None,
            unit=unit,
        )


@dataclass(frozen=True)
class Shown:
    """What a page shows: a unit, by its key and its name, and perhaps another to compare it with."""

    unit: str
    label: str
    beside: tuple[str, str] | None = None


def tables(figures: Figures, instrument: Instrument, shown: Shown) -> list[Table]:
    """Every question as a table."""
    baseline = baseline_of(instrument)
    made = []
    for number, question in enumerate(instrument.questions, 1):
        if not any(each.slot[0] == question.id for each in figures.all):
            continue
        identifier = f"question-{number}"
        if question.kind in ("scale", "grid") and question.groups:
            made.append(_scale(figures, question, identifier, shown, baseline))
        elif question.kind == "ranking":
            made.append(_ranking(figures, question, identifier, shown, baseline))
        else:
            made.append(_choice(figures, question, identifier, shown))
    return made


def recommendation(
    figures: Figures, instrument: Instrument, unit: str, paths: tuple[Path, ...]
) -> tuple[Question, Recommendation] | None:
    """The recommended path, from the shares that are shown, and the question it follows from; None if none asks."""
    for question in instrument.questions:
        if question.kind == "grid" and "important" in question.groups:
            rows = [figures.row(question, item.id, item.text, question.groups, unit) for item in question.items]
            return question, for_agency(question, rows, paths)
    return None


def _scale(
    figures: Figures, question: Question, identifier: str, shown: Shown, baseline: Mapping[Slot, Decimal | None]
) -> Table:
    first = question.groups[0]
    other, other_label = shown.beside or (shown.unit, "")
    items = [(item.id, item.text) for item in question.items] or [("", question.text)]
    rows = [figures.row(question, item, text, question.groups, shown.unit) for item, text in items]
    beside = [figures.row(question, item, text, question.groups, other) for item, text in items]
    published = any(row.slot in baseline for row in rows)
    header = ["", *(group.capitalize() for group in question.groups), "Answers"]
    header += [apart_title(question)] if apart_title(question) else []
    header += [f"{other_label}: {first}"] if shown.beside else []
    header += [f"Statewide 2024: {first}"] if published else []
    lines = []
    for row, everybody in zip(rows, beside, strict=True):
        line = [row.label, *(_share(row, group) for group in question.groups), _number(row.of)]
        line += [_number(row.apart)] if apart_title(question) else []
        line += [_share(everybody, first)] if shown.beside else []
        line += [_percent(baseline.get(row.slot))] if published else []
        lines.append(line)
    chart = _bars(Part(f"{question.text} {shown.label}", question.groups, tuple(rows)), identifier)
    return Table(question.text, identifier, header, lines, chart, [])


def _ranking(
    figures: Figures, question: Question, identifier: str, shown: Shown, baseline: Mapping[Slot, Decimal | None]
) -> Table:
    columns = (*question.slots, EITHER)
    other, other_label = shown.beside or (shown.unit, "")
    rows = _with_shares([figures.row(question, item.id, item.text, columns, shown.unit) for item in question.items])
    beside = _with_shares([figures.row(question, item.id, item.text, columns, other) for item in question.items])
    published = any(row.slot in baseline for row in rows)
    header = ["", "First choice", "Second choice", "Either"]
    header += [f"{other_label}: either"] if shown.beside else []
    header += ["Statewide 2024: either"] if published else []
    lines = []
    for row, everybody in zip(rows, beside, strict=True):
        line = [row.label, *(_number(row.counts[place]) for place in question.slots), _share(row, EITHER)]
        line += [_share(everybody, EITHER)] if shown.beside else []
        line += [_percent(baseline.get(row.slot))] if published else []
        lines.append(line)
    chart = _bars(Part(f"{question.text} {shown.label}", columns, tuple(rows)), identifier)
    notes = ["Each person has two choices, so the shares of “either” add up to 200 %."]
    return Table(question.text, identifier, header, lines, chart, notes)


def _choice(figures: Figures, question: Question, identifier: str, shown: Shown) -> Table:
    labels = list(dict.fromkeys(each.column for each in figures.all if each.slot[0] == question.id))
    groups = [(shown.unit, shown.label), *([shown.beside] if shown.beside else [])]
    rows = [[figures.row(question, "", text, (text,), unit) for unit, _ in groups] for text in labels]
    header = ["", *(label for _, label in groups)]
    lines = [[row[0].label, *(_number(each.counts[each.label]) for each in row)] for row in rows]
    notes = ["People could pick several."] if question.kind == "several" else []
    return Table(question.text, identifier, header, lines, "", notes)


def _bars(part: Part, identifier: str) -> str:
    """The part's chart; none where most of its bars would be hidden."""
    shown = sum(row.shares.get(part.main) is not None for row in part.rows)
    return bar_chart(part, identifier) if 2 * shown >= len(part.rows) else ""


def _with_shares(rows: list[Row]) -> list[Row]:
    """The rows of a ranking with the share of “either”: of all who chose a first, where every such count is shown."""
    first = [row.counts["first"] for row in rows]
    shown = [number for number in first if number is not None]
    of = sum(shown)
    if len(shown) < len(first):
        return rows
    return [
        Row(row.label, row.slot, row.counts, {EITHER: _share_of(row.counts[EITHER], of)}, of, unit=row.unit)
        for row in rows
    ]


def _share_of(count: int | None, of: int) -> Decimal | None:
    return None if count is None or EDUCATION_RULE.share(count, of).hidden else percent(count, of)


def _figure(row: list[str]) -> Figure:
    question, item, label, unit, column, count, share, of, apart, _ = row
    return Figure(
        (question, item),
        unit,
        label,
        column,
        int(count) if count else None,
        Decimal(share) if share else None,
        int(of) if of else None,
        int(apart) if apart else None,
    )


def _share(row: Row, column: str) -> str:
    number, share = row.counts.get(column), row.shares.get(column)
    if share is None:
        return _number(number)
    return f"{share} % ({number})"


def _number(number: int | None) -> str:
    return HIDDEN if number is None else str(number)


def _percent(share: Decimal | None) -> str:
    return "–" if share is None else f"{share} %"
