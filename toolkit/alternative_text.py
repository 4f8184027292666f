"""Help with the alternative text of a chart: the plain facts that it needs, and a friendly look at one.

Nothing here judges style. The facts come from the chart itself, so they hold whatever its colors and size.
"""

from __future__ import annotations

import math
import re
from typing import Any

from toolkit.chart import ChartFacts, Layer, Mark, describe_chart
from toolkit.town_map import is_map, map_facts_sentence

SHORTEST = 40
LONGEST = 300
"""In characters. Nobody can pause inside a longer one and go back a line: the rest belongs beside the chart."""

_KINDS = {"bar": "Bar chart", "barh": "Bar chart", "line": "Line chart", "scatter": "Scatter chart"}
_PICTURE_OF = re.compile(r"(an?|the|this)?\s*(image|picture|photo|graphic|screenshot)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_WORD = re.compile(r"[^\W_]+")
_SAYS_NOTHING = frozenset(
    "a an the this of by in for and with chart graph bar line scatter plot map shows showing".split()
)


def chart_facts_sentence(chart: Any) -> str:
    """Return what a good alternative text needs: kind, what is compared, range, the largest and the smallest value.

    `chart` is a matplotlib Axes, a Figure with one, or ChartFacts; also a map, with its shapes in this folder. It is a
    list of facts, not yet a good text: that says in addition what the reader should take away.
    """
    facts = describe_chart(chart)
    if is_map(facts):
        return map_facts_sentence(facts)
    layers = [layer for layer in facts.layers if _shown(layer)]
    if not layers:
        return "A chart without bars, lines or points."
    kinds = " and ".join(dict.fromkeys(_KINDS[layer.kind] for layer in layers)).capitalize()
    sentences = [f"{kinds}{_compared(facts, layers[0])}."]
    for layer in layers:
        sentences.append(_extremes(facts, layer, name=layer.label if len(layers) > 1 else ""))
    return " ".join(sentences)


def check_alternative_text(text: str, chart: Any) -> list[str]:
    """Return what to look at again in the alternative text of `chart`, in plain sentences. Empty if nothing."""
    facts, written = describe_chart(chart), " ".join(text.split())
    if not written:
        return ["There is no text yet. Say what kind of chart it is, what it compares, and what one sees."]
    found = []
    if _PICTURE_OF.match(written):
        found.append("Begin with the chart itself: a screen reader says by itself that this is an image.")
    if _repeats_title(written, facts.title):
        found.append("This repeats the title, which a reader hears anyway. Add what the chart shows.")
    elif len(written) < SHORTEST:
        found.append("This is short. Add what is compared, and the largest or the smallest value.")
    if not _numbers_told(written, facts):
        found.append("It names no number of the chart. Give at least one, such as the largest value.")
    if len(written) > LONGEST:
        found.append(
            f"It has {len(written)} characters. Keep it to {LONGEST}, and put the rest into a text or table beside it."
        )
    return found


def _compared(facts: ChartFacts, layer: Layer) -> str:
    """What stands on the axes, value first."""
    value, by = (facts.x_label, facts.y_label) if layer.kind == "barh" else (facts.y_label, facts.x_label)
    words = f" of {value}" if value else ""
    words += f" by {by}" if by else ""
    return words + (f", titled “{facts.title}”" if facts.title else "")


def _extremes(facts: ChartFacts, layer: Layer, name: str) -> str:
    marks = _shown(layer)
    what = {"line": "point", "scatter": "point"}.get(layer.kind, "bar")
    count = f"{len(marks)} {what}{'s' if len(marks) != 1 else ''}"
    opening = f"{name}: {count}" if name else count[0].upper() + count[1:]
    values = [_value(layer, mark) for mark in marks]
    least, most = min(values), max(values)
    if least == most:
        return f"{opening}, all at {_figure(most)}."
    told = f"{opening}, from {_figure(least)} to {_figure(most)}."
    for word, value in (("Largest", most), ("Smallest", least)):
        there = [mark for mark in marks if _value(layer, mark) == value]
        others = f" and {len(there) - 1} more" if len(there) > 1 else ""
        told += f" {word}: {_figure(value)} ({_place(facts, layer, there[0])}{others})."
    if layer.kind == "line":
        for word, mark in (("First", marks[0]), ("Last", marks[-1])):
            told += f" {word}: {_figure(mark.y)} ({_place(facts, layer, mark)})."
    return told


def _shown(layer: Layer) -> list[Mark]:
    """The marks that have a place: a gap in a line has none."""
    return [mark for mark in layer.marks if math.isfinite(mark.x) and math.isfinite(mark.y)]


def _value(layer: Layer, mark: Mark) -> float:
    return mark.x if layer.kind == "barh" else mark.y


def _place(facts: ChartFacts, layer: Layer, mark: Mark) -> str:
    """What a mark is about: its category, or where it stands on the axis."""
    if layer.kind in ("line", "scatter") and all(_is_figure(tick) for tick in facts.x_ticks):
        return f"{mark.x:.10g}"  # a year has no comma
    # Without a label the axis has dates, or other marks' names: its own number would mean nothing to a reader.
    return mark.label or f"{layer.marks.index(mark) + 1} of {len(layer.marks)}"


def _figure(value: float) -> str:
    if value and abs(value) < 0.01:
        return f"{value:.2g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _is_figure(tick: str) -> bool:
    return bool(re.fullmatch(r"[−-]?[\d.,]*", tick))


def _repeats_title(text: str, title: str) -> bool:
    """Whether the text has no word beyond the title's, apart from those that any chart's text may have."""
    told = {word.lower() for word in _WORD.findall(text)} - _SAYS_NOTHING
    return bool(told) and told <= {word.lower() for word in _WORD.findall(title)}


def _numbers_told(text: str, facts: ChartFacts) -> bool:
    """Whether the text has a number that is the chart's or its author's own, and not just a year of the title."""
    values = {_figure(_value(layer, mark)) for layer in facts.layers for mark in _shown(layer)}
    in_title = set(_NUMBER.findall(facts.title))
    return any(number not in in_title or number in values for number in _NUMBER.findall(text))
