"""A picture said in words: its text alternative, for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from academy.data.words import moment_text
from academy.site.data.picture import Numbers

_MOST_NAMES, _MOST_DECIMALS = 4, 4


def value_text(numbers: Numbers, value: Decimal) -> str:
    """A value as the table below the picture writes it: all with the same number of decimals, at most four."""
    return f"{value:,.{min(_MOST_DECIMALS, numbers.decimals)}f}"


def short_text(numbers: Numbers, value: Decimal) -> str:
    """A value as the picture and its text alternative write it: no cents where there are ten thousands of dollars."""
    most = 0 if numbers.largest >= 10_000 else 2 if numbers.largest >= 10 else _MOST_DECIMALS
    return f"{value:,.{min(most, numbers.decimals)}f}"


def x_text(numbers: Numbers, x: str) -> str:
    """What a mark stands at, as a reader says it."""
    return moment_text(x) if numbers.moments in ("days", "months") else x


def text_alternative(numbers: Numbers) -> str:
    """Return what a picture shows: its kind and subject, how many marks, the largest and the smallest by name."""
    marks = list(numbers.marks())
    values = [value for _, _, value in marks]
    most, least = max(values), min(values)
    subject = f"{_kind(numbers)}: {numbers.title.rstrip('.')}."
    if most == least:
        return f"{subject} Every value is {short_text(numbers, most)}."
    places = {end: _named([_place(numbers, *mark[:2]) for mark in marks if mark[2] == end]) for end in (most, least)}
    return (
        f"{subject} The largest value is {short_text(numbers, most)} ({places[most]}), "
        f"the smallest {short_text(numbers, least)} ({places[least]})."
    )


def _kind(numbers: Numbers) -> str:
    missing = sum(value is None for values in numbers.series.values() for value in values)
    none = f", {missing} without data" if missing and numbers.kind != "lines" else ""
    if numbers.kind == "map":
        return f"Map of {len(numbers.x)} towns{none}"
    if numbers.kind == "bars":
        return f"Chart with {len(numbers.x)} bars{none}"
    lines = len(numbers.series)
    first, last = x_text(numbers, numbers.x[0]), x_text(numbers, numbers.x[-1])
    return f"Chart with {lines} line{'s' if lines > 1 else ''} of {len(numbers.x)} points, from {first} to {last}"


def _place(numbers: Numbers, series: str, x: str) -> str:
    return f"{series}, {x_text(numbers, x)}" if series else x_text(numbers, x)


def _named(places: Sequence[str]) -> str:
    """Few names in full, of many the first and how many more."""
    if len(places) == 1:
        return places[0]
    if len(places) <= _MOST_NAMES:
        separator = "; " if any("," in place for place in places) else ", "
        return f"{separator.join(places[:-1])} and {places[-1]}"
    return f"{places[0]} and {len(places) - 1} more"
