"""Lines over time. Each has its name at its end, and its own color, marker and pattern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isnan
from typing import Any

from academy.data.words import number_text
from academy.site.data.drawing.sheet import EDGE, LINE, WIDTH, color, figure, text_width, wrapped
from academy.site.data.picture import Numbers
from academy.site.data.words import x_text

COLORS = ("accent", "warn", "code-number", "code-keyword")
"""Of the palette."""
_MARKERS, _PATTERNS = ("o", "s", "^", "D"), ("-", "--", "-.", ":")
_MANY, _MOST_MARKERS, _MOST_TICKS, _MOST_STEPS = 30, 8, 5, 5
_HEIGHT, _ABOVE, _BELOW, _NAME = 192.0, 10.0, 20.0, 76.0


def lines(numbers: Numbers) -> Any:
    places, steps = _places(numbers), scale(numbers)
    names = {name: wrapped(name.replace("_", " "), _NAME) for name in numbers.series} if len(numbers.series) > 1 else {}
    left = EDGE + max(text_width(number_text(step)) for step in steps) + 5
    right = EDGE + max((text_width(line) + 7 for name in names.values() for line in name), default=4)
    width, height = WIDTH - left - right, _HEIGHT - _ABOVE - _BELOW

    whole = figure(_HEIGHT)
    plot = whole.add_axes((left / WIDTH, _BELOW / _HEIGHT, width / WIDTH, height / _HEIGHT), facecolor="none")
    margin = (places[-1] - places[0]) * 0.02
    plot.set(xlim=(places[0] - margin, places[-1] + margin), ylim=(float(steps[0]), float(steps[-1])))
    _draw_frame(plot, _ticks(numbers, places), steps)
    ends = {}
    for number, (name, values) in enumerate(numbers.series.items()):
        heights = [float("nan") if value is None else float(value) for value in values]
        plot.plot(
            places, heights, color=color(COLORS[number]), linewidth=1.6, linestyle=_PATTERNS[number], clip_on=False,
            marker=_MARKERS[number], markersize=3.6, markevery=_marked(heights, number, len(numbers.series)),
        )  # fmt: skip
        known = [value for value in values if value is not None]
        ends[name] = float((known[-1] - steps[0]) / (steps[-1] - steps[0])) * height if known else 0.0
    middles = _apart({name: (ends[name], len(lines) * LINE) for name, lines in names.items()}, height)
    for number, (name, text) in enumerate(names.items()):
        plot.annotate(
            "\n".join(text), (1, middles[name] / height), xycoords="axes fraction", va="center", linespacing=1.1,
            xytext=(6, 0), textcoords="offset points", color=color(COLORS[number]),
        )  # fmt: skip
    return whole


def scale(numbers: Numbers) -> list[Decimal]:
    """Return the steps of the scale: from 0, unless all values are far from it."""
    values = [value for _, _, value in numbers.marks()]
    least, most = min(values), max(Decimal(0), *values)
    start = least if least < 0 or least > most * Decimal("0.6") else Decimal(0)
    span = most - start or abs(most) or Decimal(1)
    size = Decimal(1).scaleb((span / _MOST_STEPS).adjusted())
    step = next(size * factor for factor in map(Decimal, ("1", "2", "2.5", "5", "10")) if span <= size * factor * 5)
    first, last = (start / step).to_integral_value(ROUND_FLOOR), (most / step).to_integral_value(ROUND_CEILING)
    return [step * number for number in range(int(first), max(int(last), int(first) + 1) + 1)]


def _draw_frame(plot: Any, ticks: Mapping[str, float], steps: Sequence[Decimal]) -> None:
    plot.spines[["top", "right", "left"]].set_visible(False)
    plot.spines["bottom"].set_color(color("edge"))
    plot.grid(axis="y", color=color("line"), linewidth=0.6)
    plot.set_axisbelow(True)
    plot.set_yticks([float(step) for step in steps], [number_text(step) for step in steps])
    plot.set_xticks(list(ticks.values()), list(ticks))
    plot.tick_params(axis="y", length=0, pad=4, labelcolor=color("ink-soft"))
    plot.tick_params(axis="x", length=3, color=color("edge"), labelcolor=color("ink-soft"))


def _apart(wanted: Mapping[str, tuple[float, float]], height: float) -> dict[str, float]:
    """Return the middle of each name, given the middle it wants and its height: none overlaps, none is cut off."""
    upward = sorted(wanted, key=lambda name: wanted[name][0])
    middles: dict[str, float] = {}
    free = -_BELOW / 2
    for name in upward:
        middle, tall = wanted[name]
        middles[name] = max(middle, free + tall / 2)
        free = middles[name] + tall / 2 + 1
    free = height + _ABOVE - 3
    for name in reversed(upward):
        tall = wanted[name][1]
        middles[name] = min(middles[name], free - tall / 2)
        free = middles[name] - tall / 2 - 1
    return middles


def _marked(heights: Sequence[float], number: int, lines: int) -> list[int]:
    """Return the points of a line that get a marker: all of few; of many, some that tell it from the other lines."""
    if len(heights) <= _MANY:
        return list(range(len(heights)))
    step = len(heights) // _MOST_MARKERS
    # At different points on each line, because lines may run together.
    some = set(range(number * step // lines, len(heights), step)) if lines > 1 else set()
    # A point between two gaps has no line to be seen by.
    between = [isnan(height) for height in (float("nan"), *heights, float("nan"))]
    return sorted(some | {at for at in range(len(heights)) if between[at] and between[at + 2]})


def _places(numbers: Numbers) -> list[float]:
    """Where each x stands: a long time is a long way."""
    match numbers.moments:
        case "days":
            return [float(date.fromisoformat(x).toordinal()) for x in numbers.x]
        case "months":
            return [_month(int(x[:4]), int(x[5:])) for x in numbers.x]
        case "numbers":
            return [float(x) for x in numbers.x]
        case _:
            return [float(place) for place in range(len(numbers.x))]


def _month(year: int, month: int) -> float:
    return year * 12.0 + month


def _ticks(numbers: Numbers, places: Sequence[float]) -> dict[str, float]:
    """The texts below the lines and where they stand: the starts of years, where there are two, or else some of x."""
    years = {}
    if numbers.moments in ("days", "months"):
        for year in range(int(numbers.x[0][:4]), int(numbers.x[-1][:4]) + 1):
            start = _month(year, 1) if numbers.moments == "months" else float(date(year, 1, 1).toordinal())
            if places[0] <= start <= places[-1]:
                years[str(year)] = start
    texts = years if len(years) > 1 else {x_text(numbers, x): at for x, at in zip(numbers.x, places, strict=True)}
    most = max(2, min(_MOST_TICKS, int(200 / (max(map(text_width, texts)) + 12))))
    return dict(list(texts.items())[:: -(-len(texts) // most)])
