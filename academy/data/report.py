"""What a refresh would change in a table, and how a person reads it in a terminal before anything is replaced."""

from __future__ import annotations

import csv
import hashlib
import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = Mapping[str, str]
Key = tuple[str, ...]

# How many rows of a kind are shown one by one.
EXAMPLES = 3
_LABEL = 14


@dataclass(frozen=True)
class Revision:
    """A row whose key stayed and whose values did not: before and after of each column that differs."""

    key: Key
    cells: dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Total:
    """The sum of a column of numbers, before and after. A column that is new or gone has one of them only."""

    column: str
    unit: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class Span:
    """The first and last date or year of a column, before and after; None where it is empty."""

    column: str
    before: tuple[str, str] | None
    after: tuple[str, str] | None


@dataclass(frozen=True)
class TableChange:
    """What differs between the old and the new edition of one table. `key` is empty where a row is known whole only."""

    file: str
    same_file: bool
    rows_before: int
    rows_after: int
    columns: tuple[str, ...]
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    key: Key
    added: list[Key]
    removed: list[Key]
    revised: list[Revision]
    totals: list[Total]
    spans: list[Span]

    @property
    def same_rows(self) -> bool:
        return not (self.added or self.removed or self.revised or self.columns_added or self.columns_removed)


def compare(before: Path, after: Path, resource: Mapping[str, Any]) -> TableChange:
    """Return what changed from one edition of a table to another, row by row: by its primary key, if it has one."""
    columns_before, old = _rows(before)
    columns_after, new = _rows(after)
    both = [name for name in columns_after if name in columns_before]
    key = tuple(resource["schema"].get("primaryKey", ()))
    if not set(key) <= set(both):
        key = ()
    added, removed, revised = _by_key(old, new, key, both) if key else _whole(old, new, both)
    fields = resource["schema"]["fields"]
    return TableChange(
        file=resource["path"],
        same_file=before.read_bytes() == after.read_bytes(),
        rows_before=len(old),
        rows_after=len(new),
        columns=tuple(columns_after),
        columns_added=tuple(name for name in columns_after if name not in columns_before),
        columns_removed=tuple(name for name in columns_before if name not in columns_after),
        key=key,
        added=added,
        removed=removed,
        revised=revised,
        totals=[
            Total(field["name"], field["unit"], _total(old, field["name"]), _total(new, field["name"]))
            for field in fields
            if field["type"] in {"integer", "number"}
        ],
        spans=[
            Span(field["name"], _span(old, field["name"]), _span(new, field["name"]))
            for field in fields
            if field["type"] in {"date", "year"}
        ],
    )


def change_lines(change: TableChange, width: int) -> Iterator[str]:
    """Yield the lines that tell a person what changed in one table."""
    yield change.file
    if change.same_rows:
        order = "" if change.same_file else ", in another order"
        yield from entry("Rows", f"{change.rows_after:,}, each as before{order}", width)
        return
    yield from entry("Rows", _rows_text(change), width)
    yield from _examples("Added", [", ".join(key) for key in change.added], width)
    yield from _examples("Removed", [", ".join(key) for key in change.removed], width)
    yield from _examples("Changed", [_revision_text(revision) for revision in change.revised], width)
    yield from entry("Columns", _columns_text(change), width)
    for span in change.spans:
        yield from entry("Time", f"{span.column}: {_span_text(span)}", width)
    yield from _total_lines(change.totals, width)


def _rows(path: Path) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of a table. Those of shapes are their properties, and a mark of their outline."""
    if path.suffix == ".geojson":
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        shapes = [
            {**{name: _text(value) for name, value in feature["properties"].items()}, "outline": _outline(feature)}
            for feature in features
        ]
        return list(shapes[0]), list(shapes)
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        return list(reader.fieldnames or []), list(reader)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


def _outline(feature: Mapping[str, Any]) -> str:
    """Return a short mark that differs where the outline does."""
    return hashlib.sha256(json.dumps(feature["geometry"]).encode()).hexdigest()[:8]


def _by_key(
    old: Iterable[Row], new: Iterable[Row], key: Key, columns: Sequence[str]
) -> tuple[list[Key], list[Key], list[Revision]]:
    before = {tuple(row[name] for name in key): row for row in old}
    after = {tuple(row[name] for name in key): row for row in new}
    revised = [
        Revision(
            name,
            {column: (before[name][column], row[column]) for column in columns if before[name][column] != row[column]},
        )
        for name, row in after.items()
        if name in before
    ]
    return (
        [name for name in after if name not in before],
        [name for name in before if name not in after],
        [revision for revision in revised if revision.cells],
    )


def _whole(
    old: Iterable[Row], new: Iterable[Row], columns: Sequence[str]
) -> tuple[list[Key], list[Key], list[Revision]]:
    before = Counter(tuple(row[name] for name in columns) for row in old)
    after = Counter(tuple(row[name] for name in columns) for row in new)
    return list((after - before).elements()), list((before - after).elements()), []


def _total(rows: Sequence[Row], column: str) -> Decimal | None:
    if rows and column not in rows[0]:
        return None
    return sum((Decimal(row[column]) for row in rows if row[column]), Decimal())


def _span(rows: Iterable[Row], column: str) -> tuple[str, str] | None:
    """Dates and years are written so that the order of the alphabet is that of time."""
    values = [row[column] for row in rows if row.get(column)]
    return (min(values), max(values)) if values else None


def entry(label: str, text: str, width: int) -> list[str]:
    """Return a label and its text, wrapped behind the label; nothing where there is no text."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=f"  {label:{_LABEL}}",
        subsequent_indent=" " * (_LABEL + 2),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _rows_text(change: TableChange) -> str:
    counts = f"{len(change.added):,} added, {len(change.removed):,} removed"
    if change.key:
        counts += f", {len(change.revised):,} changed (told apart by {' and '.join(change.key)})"
    return f"{_before_and_after(f'{change.rows_before:,}', f'{change.rows_after:,}')}: {counts}"


def _examples(label: str, texts: Sequence[str], width: int) -> Iterator[str]:
    """Yield the first of many, and how many more there are."""
    more = [f"and {len(texts) - EXAMPLES:,} more"] if len(texts) > EXAMPLES else []
    for text in [*texts[:EXAMPLES], *more]:
        yield from entry(label, textwrap.shorten(text, 200, placeholder=" …"), width)
        label = ""


def _revision_text(revision: Revision) -> str:
    cells = [f"{name} {before or 'empty'} → {after or 'empty'}" for name, (before, after) in revision.cells.items()]
    return f"{', '.join(revision.key)}: {', '.join(cells)}"


def _columns_text(change: TableChange) -> str:
    if not (change.columns_added or change.columns_removed):
        return f"{len(change.columns)}, as before"
    parts = {"new": change.columns_added, "gone": change.columns_removed}
    return f"{len(change.columns)}; " + "; ".join(
        f"{word}: {', '.join(names)}" for word, names in parts.items() if names
    )


def _span_text(span: Span) -> str:
    return _before_and_after(*(" to ".join(ends) if ends else "empty" for ends in (span.before, span.after)))


def _before_and_after(before: str, after: str) -> str:
    return f"{after}, as before" if before == after else f"{before} → {after}"


def _total_lines(totals: Sequence[Total], width: int) -> Iterator[str]:
    """Yield the sums that differ, as a table with its numbers right-aligned."""
    moved = [total for total in totals if total.before != total.after]
    if not moved:
        return
    cells = [
        [
            _number(total.before),
            _number(total.after),
            _number((total.after or 0) - (total.before or 0), "+"),
            total.unit,
        ]
        for total in moved
    ]
    names = [f"  {total.column}" for total in moved]
    wide = max(_LABEL, *map(len, names))
    widths = [max(len(row[place]) for row in [*cells, ["before", "after", "difference"]]) for place in range(3)]
    heading = ["before", "after", "difference", ""]
    for name, row in zip(["Sums", *names], [heading, *cells], strict=True):
        numbers = "".join(f"  {cell:>{size}}" for cell, size in zip(row, widths, strict=False))
        line = f"  {name:{wide}}{numbers}"
        unit = f"  {row[-1]}".rstrip()
        yield line + unit if len(line + unit) <= width else line
    still = len(totals) - len(moved)
    if still:
        yield f"    {still} other {'sum is' if still == 1 else 'sums are'} as before"


def _number(value: Decimal | int | None, sign: str = "") -> str:
    return "none" if value is None else f"{value:{sign},}"
