"""What a package says, as people write it: numbers, times, sizes, and what a cell may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from academy.data.package import Column

TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "date": "date",
    "year": "year",
}
"""The types of columns in plain words."""

# Not after an initial (U.S. Census), Saint or Number.
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\bSt\.)(?<!\bNo\.)\s+(?=[“\"(]?[A-Z0-9])")


@dataclass(frozen=True)
class Allowed:
    """What a cell of a column may hold, beyond its type: rules in words, the form of a text, a list of values."""

    rules: tuple[str, ...]
    pattern: str | None
    values: tuple[str, ...]


def allowed(column: Column) -> Allowed:
    limits = column.constraints
    rules = (
        _range(_limit(column, limits.get("minimum")), _limit(column, limits.get("maximum"))),
        _length(limits.get("minLength"), limits.get("maxLength")),
        "no value twice" if limits.get("unique") else "",
    )
    values = tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in limits.get("enum", ()))
    return Allowed(tuple(rule for rule in rules if rule), limits.get("pattern"), values)


def number_text(value: Decimal) -> str:
    """1234.50 as 1,234.5."""
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def moment_text(moment: str) -> str:
    """A day, month or year as a package writes it, in words: 2012-01 as January 2012."""
    match [int(part) for part in moment.split("-")]:
        case [year, month, day]:
            return f"{date(year, month, day):%B} {day}, {year}"
        case [year, month]:
            return f"{date(year, month, 1):%B} {year}"
        case _:
            return moment


def span_text(start: str, end: str) -> str:
    """A time from one day, month or year to another."""
    return moment_text(start) if start == end else f"{moment_text(start)} to {moment_text(end)}"


def years_text(start: str, end: str) -> str:
    """The years alone, for a short list."""
    return start[:4] if start[:4] == end[:4] else f"{start[:4]} to {end[:4]}"


def size_text(size: int) -> str:
    """A file size as a download is labeled."""
    if size < 1000:
        return f"{size} bytes"
    return f"{round(size / 1000)} KB" if size < 999_500 else f"{size / 1_000_000:.1f} MB"


def first_sentence(text: str) -> str:
    return _SENTENCE_END.split(text.strip(), maxsplit=1)[0]


def _range(least: str | None, most: str | None) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f"{least} or more"
    if least is None:
        return f"{most} or less"
    return least if least == most else f"{least} to {most}"


def _length(least: int | None, most: int | None) -> str:
    if least is None and most is None:
        return ""
    if most is None:
        return f"at least {least} characters"
    if least is None:
        return f"at most {most} characters"
    return f"{least} characters" if least == most else f"{least} to {most} characters"


def _limit(column: Column, limit: Any) -> str | None:
    """A least or greatest value as a reader writes it: 1,000 people, but the year 2020."""
    if limit is None:
        return None
    if column.type not in ("integer", "number"):
        return str(limit)
    return number_text(Decimal(str(limit)))
