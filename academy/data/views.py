"""What `academy data list` and `academy data describe` print: lines of at most 100 characters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from academy.data.package import Column, Package, Table
from academy.data.rows import count_rows
from academy.data.words import TYPES, Allowed, allowed, size_text, span_text

WIDTH = 100
_WIDEST_NAME = 34
_MOST_VALUES = 8


def list_lines(packages: Iterable[Package]) -> list[str]:
    """Return one line for each dataset, below its topic. Raises PackageBroken where a table is not there."""
    ordered = sorted(packages, key=lambda package: (package.category, package.slug))
    rows = [
        (f"  {package.slug}", f"{count_rows(package.tables[0]):,}", "-".join(_years(package)), _marked_title(package))
        for package in ordered
    ]
    header = ("Name", "Rows", "Time", "Title")
    names, counts, times = (max(len(row[column]) for row in [header, *rows]) for column in range(3))

    def line(name: str, count: str, time: str, title: str) -> str:
        start = f"{name:{names}}  {count:>{counts}}  {time:{times}}  "
        return start + textwrap.shorten(title, WIDTH - len(start), placeholder=" …")

    lines = [line(*header)]
    for category, members in groupby(zip(ordered, rows, strict=True), key=lambda member: member[0].category):
        lines += ["", category, *(line(*row) for _, row in members)]
    return [*lines, "", f"{len(ordered)} datasets. All about one of them: academy data describe NAME"]


def description_lines(package: Package) -> list[str]:
    """Return what a dataset holds, where it is from, and what every column means."""
    facts = {
        "Agency": package.agency,
        "One row is": package.row_label,
        "Place": package.geographic_unit,
        "Time": span_text(*package.temporal_coverage),
        "Publisher updates": package.update_frequency,
        "Category": package.category,
        "Tags": ", ".join(package.tags),
        "Terms": package.terms,
        "Credit": package.attribution,
        "Questions": package.contact,
        "Made up": "yes, by the project" if package.synthetic else "no",
    }
    lines = [package.title, "=" * len(package.title), "", *textwrap.wrap(package.description, WIDTH), ""]
    if package.content_note:
        lines += [*hanging("Note: ", package.content_note), ""]
    for word, value in facts.items():
        lines += hanging(f"{word:18}", value)
    lines += ["", "Sources"] if package.sources else ["", "Sources: none; the recipe makes these data up."]
    for source in package.sources:
        portal = f", portal id {source.portal_id}" if source.portal_id else ""
        published = f"{source.agency}: {source.title} ({source.vintage}{portal})."
        lines += hanging("  - ", f"{published} Read {source.retrieved}. {source.landing_page}")
    for table in package.tables:
        lines += ["", *_table_lines(table)]
    return [*lines, "", "How to cite", *hanging("  ", package.citation)]


def hanging(first: str, text: str) -> list[str]:
    """Wrap a text behind its first word. Web addresses stay whole, so that they can be clicked and copied."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=False,
    )


def _years(package: Package) -> list[str]:
    return sorted({moment[:4] for moment in package.temporal_coverage})


def _marked_title(package: Package) -> str:
    return f"Made up: {package.title}" if package.synthetic else package.title


def _table_lines(table: Table) -> Iterator[str]:
    row, column = ("shape", "property") if table.format == "geojson" else ("row", "column")
    columns = f"{len(table.columns)} {column if len(table.columns) == 1 else _plural(column)}"
    yield f"{table.path.name}: {table.title}"
    yield from hanging("  ", table.description)
    yield from hanging(
        "  ",
        f"{count_rows(table):,} {_plural(row)}, {columns}, {size_text(table.bytes)}. One {row} is: {table.row_label}.",
    )
    if table.kept_apart:
        yield "  Kept apart: it holds the answers, and learners do not get it."
    names = min(max(len(each.name) for each in table.columns), _WIDEST_NAME) + 2
    for each in table.columns:
        yield from hanging(f"    {each.name:{names - 2}}  ", _column_text(each))


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def _column_text(column: Column) -> str:
    unit = "" if column.unit == "none" else f", {column.unit}"
    rules = "".join(f"; {rule}" for rule in _rules(allowed(column)))
    kind = TYPES[column.type]
    empty = "" if column.missing == "Never empty" else f" If empty: {column.missing[0].lower()}{column.missing[1:]}."
    return f"{column.description} {kind[0].upper()}{kind[1:]}{unit}{rules}.{empty}"


def _rules(rule: Allowed) -> Iterator[str]:
    yield from rule.rules
    if rule.pattern:
        yield f"form {rule.pattern}"
    if rule.values:
        yield _values_text(rule.values)


def _values_text(values: Sequence[str]) -> str:
    shown = ", ".join(values[:_MOST_VALUES])
    more = f" and {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else ""
    return f"one of: {shown}{more}"
