"""What a chart says, as plain facts: for checks that look at a chart's meaning, never at its pixels."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Mark:
    """One bar, or one point of a line or scatter. `label` is its category where the axis has named ticks.

    On an axis of dates, `x` is matplotlib's number of the day.
    """

    x: float
    y: float
    label: str
    color: str


@dataclass(frozen=True)
class Layer:
    """Marks drawn together. `kind` is bar, barh, line or scatter."""

    kind: str
    label: str
    marks: tuple[Mark, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """What the marks show, in the order drawn: the length of a bar that lies flat, else the height."""
        return tuple(mark.x if self.kind == "barh" else mark.y for mark in self.marks)

    @property
    def by_label(self) -> dict[str, float]:
        """Category to value, for marks on an axis with named ticks."""
        return {mark.label: value for mark, value in zip(self.marks, self.values, strict=True) if mark.label}

    @property
    def dates(self) -> tuple[datetime.date, ...]:
        """The days of the marks. It means something on an axis of dates only, and not for the bars of pandas."""
        from matplotlib.dates import num2date

        return tuple(num2date(mark.x).date() for mark in self.marks)


@dataclass(frozen=True)
class ChartFacts:
    """The facts of one pair of axes. Limits are in data units."""

    title: str
    x_label: str
    y_label: str
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    x_ticks: tuple[str, ...]
    y_ticks: tuple[str, ...]
    legend: tuple[str, ...]
    notes: tuple[str, ...]
    layers: tuple[Layer, ...]

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(layer.kind for layer in self.layers)

    @property
    def value_label(self) -> str:
        """What is written on the axis that shows the values: the lower axis where bars lie flat."""
        return self.x_label if "barh" in self.kinds else self.y_label

    @property
    def value_limits(self) -> tuple[float, float]:
        """Where the axis that shows the values begins and ends, from low to high."""
        low, high = sorted(self.x_limits if "barh" in self.kinds else self.y_limits)
        return low, high

    @property
    def bars_start_at_zero(self) -> bool:
        """Whether zero is on the axis that the bars are measured by. True for a chart without bars."""
        low, high = self.value_limits
        return not self.kinds & {"bar", "barh"} or low <= 0 <= high

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> ChartFacts:
        layers = tuple(
            Layer(layer["kind"], layer["label"], tuple(Mark(**mark) for mark in layer["marks"]))
            for layer in facts["layers"]
        )
        plain: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in facts.items()}
        return cls(**(plain | {"layers": layers}))


def describe_chart(chart: Any) -> ChartFacts:
    """Return the facts of a matplotlib Axes, or of a Figure with one. Facts are returned as they are.

    Raises TypeError where `chart` is something else, ValueError for a figure with several axes.
    """
    if isinstance(chart, ChartFacts):
        return chart
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if isinstance(chart, Figure):
        if len(chart.axes) != 1:
            raise ValueError(f"The figure has {len(chart.axes)} pairs of axes; one is needed.")
        chart = chart.axes[0]
    if not isinstance(chart, Axes):
        raise TypeError("This is not a chart.")
    axes: Any = chart
    axes.figure.canvas.draw()
    legend = axes.get_legend()
    low, high = _pair(axes.get_xlim())
    day = _day_numbers(axes)
    return ChartFacts(
        title=axes.get_title() or axes.get_title(loc="left") or axes.get_title(loc="right"),
        x_label=axes.get_xlabel(),
        y_label=axes.get_ylabel(),
        x_limits=(day(low), day(high)),
        y_limits=_pair(axes.get_ylim()),
        x_ticks=tuple(tick.get_text() for tick in axes.get_xticklabels()),
        y_ticks=tuple(tick.get_text() for tick in axes.get_yticklabels()),
        legend=tuple(text.get_text() for text in legend.get_texts()) if legend else (),
        notes=tuple(text.get_text() for text in axes.texts),
        layers=(*_bars(axes), *_lines(axes), *_scatters(axes)),
    )


def _bars(axes: Any) -> list[Layer]:
    from matplotlib.container import BarContainer

    layers = []
    for container in axes.containers:
        if not isinstance(container, BarContainer):
            continue
        flat = container.orientation == "horizontal"
        names = _names(axes.yaxis if flat else axes.xaxis)
        marks = []
        for bar in container.patches:
            x, y = bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height() / 2
            place = y if flat else x
            value = bar.get_width() if flat else bar.get_height()
            x, y = (value, place) if flat else (place, value)
            marks.append(Mark(float(x), float(y), names.get(round(place, 6), ""), _color(bar.get_facecolor())))
        layers.append(Layer("barh" if flat else "bar", _label(container), tuple(marks)))
    return layers


def _lines(axes: Any) -> list[Layer]:
    names, day = _names(axes.xaxis), _day_numbers(axes)
    layers = []
    for line in axes.get_lines():
        points = zip(line.get_xdata(orig=False), line.get_ydata(orig=False), strict=True)
        marks = (
            Mark(day(float(x)), float(y), names.get(round(float(x), 6), ""), _color(line.get_color()))
            for x, y in points
        )
        layers.append(Layer("line", _label(line), tuple(marks)))
    return layers


def _scatters(axes: Any) -> list[Layer]:
    from matplotlib.collections import PathCollection

    layers = []
    for collection in axes.collections:
        if isinstance(collection, PathCollection):
            colors = collection.get_facecolor()
            color = _color(colors[0]) if len(colors) else ""
            offsets: Any = collection.get_offsets()
            marks = (Mark(float(x), float(y), "", color) for x, y in offsets)
            layers.append(Layer("scatter", _label(collection), tuple(marks)))
    return layers


def _day_numbers(axes: Any) -> Callable[[float], float]:
    """Return what turns a place along the axis into matplotlib's number of the day, where pandas counts in periods.

    It does so for a time series whose dates lie evenly: the 2,900th week or the 670th month. A week is told by its last
    day, as its label is; any other period by its first.
    """
    periods = getattr(axes, "freq", None)
    if periods is None:
        return float
    import pandas as pd
    from matplotlib.dates import date2num

    def day(place: float) -> float:
        period: Any = pd.Period(ordinal=round(place), freq=periods)
        moment = period.end_time.normalize() if period.freqstr.startswith("W") else period.start_time
        return float(date2num(moment))

    return day


def _names(axis: Any) -> dict[float, str]:
    """Tick position to its text."""
    return {
        round(float(place), 6): tick.get_text()
        for place, tick in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
    }


def _label(artist: Any) -> str:
    label = str(artist.get_label())
    return "" if label.startswith("_") else label


def _color(color: Any) -> str:
    from matplotlib.colors import to_hex

    return str(to_hex(color))


def _pair(limits: Any) -> tuple[float, float]:
    low, high = limits
    return float(low), float(high)
