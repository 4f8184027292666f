"""A map of Connecticut's towns, planning regions or counties: drawn from a table, and told as plain facts.

The shapes are those of the dataset town-shapes, which lie beside a lesson's notebook. A row of the table finds its
shape by code, never by name. A map is a chart like any other: `toolkit.chart` carries its facts to where checks run,
and `describe_map` reads them there.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.chart import ChartFacts, Layer, describe_chart
from toolkit.contrast import contrast_ratio

if TYPE_CHECKING:
    import pandas as pd

NO_VALUE = "no value"
"""How the legend begins for shapes that have no row in the table, or an empty one."""

_BORDERS = ("#5b6670", "#c9d3dc")
"""For light and for dark shapes: two dark neighbors need a light line between them."""
_WIDEST = 7
"""More classes than this, and neighboring shades look the same."""
_PLAIN = ",.12g"
"""How a limit is written: 250,000 and 0.3, never 2.5e+05."""
_DEGREE = 1.337
"""How much longer a degree to the north is than one to the east, in the middle of Connecticut."""


@dataclass(frozen=True)
class _Kind:
    """Which file holds the shapes of a code, which field names them, and how one and many of them are called."""

    file: str
    name: str
    one: str
    many: str


_KINDS: Mapping[str, _Kind] = {
    "town_fips_2022": _Kind("town-shapes.geojson", "town", "town", "towns"),
    "town_fips_2020": _Kind("town-shapes.geojson", "town", "town", "towns"),
    "planning_region_fips": _Kind("town-shapes-regions.geojson", "planning_region", "region", "regions"),
    "county_fips": _Kind("town-shapes-counties.geojson", "county", "county", "counties"),
}


class MapUnfit(ValueError):
    """A table or a wish from which no map can be drawn."""


class NotACode(MapUnfit):
    """The column to join by is not a code."""

    def __init__(self, by: str) -> None:
        super().__init__(f"“{by}” is not a code that the map knows. After by= give one of: {', '.join(_KINDS)}.")


class ColumnMissing(MapUnfit):
    """The table lacks a column."""

    def __init__(self, column: str, table: pd.DataFrame) -> None:
        super().__init__(f"The table has no column “{column}”. It has: {', '.join(map(str, table.columns))}.")


class NotNumbers(MapUnfit):
    """The column to draw does not hold numbers."""

    def __init__(self, column: str) -> None:
        super().__init__(f"The column “{column}” does not hold numbers. A map needs one number for each place.")


class CodesAreNumbers(MapUnfit):
    """The codes were read as numbers, and lost the zero at the front."""

    def __init__(self, by: str) -> None:
        super().__init__(
            f"The codes in “{by}” are numbers, so the zero at the front is lost. Read the file again with "
            f'dtype={{"{by}": "str"}}.'
        )


class CodesNotOnMap(MapUnfit):
    """Rows of the table have a code that no shape has, so they would vanish from the map."""

    def __init__(self, by: str, strange: Sequence[str], rows: int, known_as: str | None) -> None:
        if known_as:
            advice = f"They are codes of “{known_as}”. Join by that column, or fetch the right codes first."
        else:
            advice = "Take total rows out, and look the other codes up."
        super().__init__(
            f"{len(strange)} of {rows} rows have a code that is not on the map, such as {strange[0]}. {advice}"
        )


class CodeTwice(MapUnfit):
    """One place has several rows, so it is not clear which of them to draw."""

    def __init__(self, code: str, times: int) -> None:
        super().__init__(f"The code {code} stands in {times} rows. Add up first, so that each place has one row.")


class ClassesUnfit(MapUnfit):
    """The limits of the classes cannot be used."""

    def __init__(self) -> None:
        super().__init__(
            f"After up_to= give one to {_WIDEST - 1} numbers in square brackets, each larger than the one before, "
            "such as [0, 0.3, 0.6]."
        )


class LabelUnknown(MapUnfit):
    """A place to label is not on the map."""

    def __init__(self, label: str, kind: _Kind) -> None:
        super().__init__(f"No {kind.one} on the map is called “{label}”. Check the spelling.")


class NotAMap(TypeError):
    """Something else was given where a map is needed."""

    def __init__(self) -> None:
        super().__init__("This is not a map. Begin the line with town_map(.")


# -- drawing ----------------------------------------------------------------------------------------------------------


def town_map(
    table: pd.DataFrame,
    value: str,
    *,
    by: str,
    up_to: Sequence[float],
    title: str = "",
    legend: str = "",
    labels: Iterable[str] = (),
    axes: Any = None,
    folder: Path | str = ".",
) -> Any:
    """Shade the shapes of Connecticut by the column `value` of `table`, and return the matplotlib Axes.

    `by` is the column with the codes; it also says which shapes are drawn, those of towns, regions or counties.
    `up_to` has the highest value of every class but the last, which is over that: [0, 0.3] makes three classes.
    `legend` says in words what is measured, and in which unit. `labels` are names of places to write on the map.
    Darker always means more. Shades differ in lightness, so they work without color vision and on a gray printer; a
    shape without a value is striped. Raises MapUnfit, whose message says what to do.
    """
    from matplotlib import pyplot as plt

    if by not in _KINDS:
        raise NotACode(by)
    kind = _KINDS[by]
    features = json.loads((Path(folder) / kind.file).read_text(encoding="utf-8"))["features"]
    shapes = {feature["properties"][by]: feature for feature in features}
    limits = _limits(up_to)
    values = _values(table, value, by, features)
    wanted = _wanted(labels, shapes, kind)

    if axes is None:
        figure, axes = plt.subplots(figsize=(7, 6.3))
        figure.subplots_adjust(left=0.01, right=0.99, top=0.9, bottom=0.21)
    handles = _draw_classes(axes, _classes(shapes, values, limits), shapes, values, kind)
    _write_names(axes, wanted, shapes, kind)
    _frame(axes, features)
    # A long line is broken, so that it does not run over the edge of the map.
    heading = textwrap.wrap(legend, 55)
    axes.set_title("\n".join(textwrap.wrap(title, 48)), loc="left", fontsize=15, fontweight="bold")
    axes.set_xlabel("\n".join(heading), loc="left", fontsize=13, fontweight="bold")
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, -0.02 - 0.05 * max(1, len(heading))), ncols=2,
        frameon=False, fontsize=12, borderaxespad=0, borderpad=0, handlelength=1.6, handleheight=1.3, columnspacing=1.5,
    )  # fmt: skip
    # Told to describe_map, and not shown.
    axes.set_ylabel(by)
    axes.yaxis.label.set_visible(False)
    return axes


def shades(number: int) -> list[str]:
    """Return `number` shades of blue from light to dark, each clearly darker than the one before."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ramp = LinearSegmentedColormap.from_list("blues", ["#f2f6fa", "#b3cde3", "#6497c4", "#1f5a8a", "#0a2540"])
    return [str(to_hex(ramp(step / (number - 1)))) for step in range(number)]


def _classes(
    shapes: Mapping[str, Any], values: Mapping[str, float], limits: Sequence[float]
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield words, color and codes of every class, and at last of the shapes without a value."""
    for number, (words, color) in enumerate(zip(_words(limits, values), shades(len(limits) + 1), strict=True)):
        yield words, color, [code for code in shapes if code in values and _class(values[code], limits) == number]
    without = [code for code in shapes if code not in values]
    if without:
        yield NO_VALUE, "#ffffff", without


def _draw_classes(
    axes: Any,
    classes: Iterable[tuple[str, str, list[str]]],
    shapes: Mapping[str, Any],
    values: Mapping[str, float],
    kind: _Kind,
) -> list[Any]:
    """Draw the shapes of every class, and return what the legend shows of it."""
    from matplotlib.collections import PolyCollection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for words, color, codes in classes:
        stripes = "////" if words == NO_VALUE else None
        style: dict[str, Any] = {"facecolor": color, "edgecolor": _border(color), "hatch": stripes}
        style["linewidth"] = 0.5 if kind.one == "town" else 1
        told = f"{words} ({_places(len(codes), kind)})"
        rings = [ring for code in codes for ring in _rings(shapes[code]["geometry"])]
        if rings:
            axes.add_collection(PolyCollection(rings, **style), autolim=False)
        handles.append(Patch(label=told, **style))
        # Told to describe_map, and not shown: the code and the value of each place.
        seen = [values.get(code, 0.0) for code in codes]
        axes.add_line(Line2D([float(code) for code in codes], seen, color=color, label=told, visible=False))
    return handles


def _write_names(axes: Any, codes: Iterable[str], shapes: Mapping[str, Any], kind: _Kind) -> None:
    """Write names in the middle of regions and counties, and below towns: many are smaller than their name."""
    from matplotlib.patheffects import withStroke

    for code in codes:
        name = "\n".join(textwrap.wrap(shapes[code]["properties"][kind.name], 15))
        largest = max(_rings(shapes[code]["geometry"]), key=lambda ring: abs(_area_and_middle(ring)[0]))
        _, east, north = _area_and_middle(largest)
        below = kind.one == "town"
        axes.text(
            east,
            min(point[1] for point in largest) - 0.005 if below else north,
            name,
            ha="center",
            va="top" if below else "center",
            fontsize=11,
            color="black",
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )


def _frame(axes: Any, features: list[Any]) -> None:
    """Show the whole state, undistorted, without the axes of a chart."""
    corners = [point for feature in features for ring in _rings(feature["geometry"]) for point in ring]
    east, north = zip(*corners, strict=True)
    axes.set(xlim=(min(east) - 0.02, max(east) + 0.02), ylim=(min(north) - 0.02, max(north) + 0.02))
    axes.set_aspect(_DEGREE)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _limits(up_to: object) -> list[float]:
    try:
        limits = [float(limit) for limit in up_to]  # type: ignore[attr-defined]  # whatever else it is, it raises
    except (TypeError, ValueError):
        raise ClassesUnfit from None
    rising = all(low < high for low, high in pairwise([-inf, *limits]))
    if not 1 <= len(limits) < _WIDEST or not rising:
        raise ClassesUnfit
    return limits


def _values(table: pd.DataFrame, value: str, by: str, features: list[Any]) -> dict[str, float]:
    """Return code to value for the rows that have a value. Raises MapUnfit."""
    import pandas as pd

    if by in table.index.names:
        table = table.reset_index()
    for column in (by, value):
        if column not in table.columns:
            raise ColumnMissing(column, table)
    if pd.api.types.is_numeric_dtype(table[by]):
        raise CodesAreNumbers(by)
    drawn = table[value]
    if pd.api.types.is_bool_dtype(drawn) or not pd.api.types.is_numeric_dtype(drawn) or (drawn.abs() == inf).any():
        raise NotNumbers(value)
    codes = table[by].astype(str)
    known = {feature["properties"][by] for feature in features}
    strange = [code for code in codes if code not in known]
    if strange:
        fields = [field for field in features[0]["properties"] if field in _KINDS and field != by]
        others = (field for field in fields if strange[0] in {feature["properties"][field] for feature in features})
        raise CodesNotOnMap(by, strange, len(codes), next(others, None))
    for code, times in codes.value_counts().items():
        if times > 1:
            raise CodeTwice(str(code), int(times))
    return {code: float(each) for code, each in zip(codes, drawn, strict=True) if pd.notna(each)}


def _border(color: str) -> str:
    return max(_BORDERS, key=lambda border: contrast_ratio(border, color))


def _class(value: float, limits: Sequence[float]) -> int:
    return sum(value > limit for limit in limits)


def _words(limits: Sequence[float], values: Mapping[str, float]) -> list[str]:
    """Return what the legend says of each class: “0”, “over 0, up to 0.3”, “over 0.3”."""
    none_below = limits[0] == 0 and min(values.values(), default=0) >= 0
    told = [f"over {low:{_PLAIN}}, up to {high:{_PLAIN}}" for low, high in pairwise(limits)]
    return ["0" if none_below else f"up to {limits[0]:{_PLAIN}}", *told, f"over {limits[-1]:{_PLAIN}}"]


def _wanted(labels: Iterable[str], shapes: Mapping[str, Any], kind: _Kind) -> list[str]:
    """Return the codes of the places to write on the map. "all" stands for every one of them."""
    codes = {feature["properties"][kind.name]: code for code, feature in shapes.items()}
    if labels == "all":
        return list(shapes)
    wanted = [labels] if isinstance(labels, str) else list(labels)
    for label in wanted:
        if label not in codes:
            raise LabelUnknown(label, kind)
    return [codes[label] for label in wanted]


def _rings(geometry: Mapping[str, Any]) -> list[Any]:
    """Return the outer borders of a shape. The shapes of Connecticut have no holes."""
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [part[0] for part in parts]


def _area_and_middle(ring: Sequence[Any]) -> tuple[float, float, float]:
    """Return the area of a border, negative where it runs clockwise, and its center of gravity."""
    east_0, north_0 = ring[0]
    near = [(east - east_0, north - north_0) for east, north in ring]
    crosses = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in pairwise(near)]
    area = sum(cross for _, _, cross in crosses) / 2
    east = sum((a[0] + b[0]) * cross for a, b, cross in crosses) / (6 * area)
    north = sum((a[1] + b[1]) * cross for a, b, cross in crosses) / (6 * area)
    return area, east_0 + east, north_0 + north


# -- facts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MapClass:
    """The places of one shade. `words` is what the legend says of them; `values` goes from code to value."""

    words: str
    color: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class MapFacts:
    """What a map says. `measure` is the heading of its legend, `by` the codes that joined table and shapes."""

    title: str
    measure: str
    by: str
    legend: tuple[str, ...]
    labels: tuple[str, ...]
    classes: tuple[MapClass, ...]
    without_value: tuple[str, ...]

    @property
    def values(self) -> dict[str, float]:
        """Code to value, for every place that has one."""
        return {code: value for each in self.classes for code, value in each.values.items()}


def is_map(facts: ChartFacts) -> bool:
    """Whether `town_map` drew it."""
    return facts.y_label in _KINDS


def describe_map(chart: Any) -> MapFacts:
    """Return the facts of a map that `town_map` drew: its Axes, its Figure, or its ChartFacts. Raises NotAMap."""
    try:
        facts: ChartFacts = describe_chart(chart)
    except (TypeError, ValueError):
        raise NotAMap from None
    if not is_map(facts):
        raise NotAMap
    without = [layer for layer in facts.layers if layer.label.startswith(f"{NO_VALUE} (")]
    return MapFacts(
        title=" ".join(facts.title.split()),
        measure=" ".join(facts.x_label.split()),
        by=facts.y_label,
        legend=facts.legend,
        labels=tuple(" ".join(note.split()) for note in facts.notes),
        classes=tuple(
            MapClass(layer.label.rpartition(" (")[0], _color(layer), _by_code(layer, facts.y_label))
            for layer in facts.layers
            if layer not in without
        ),
        without_value=tuple(code for layer in without for code in _by_code(layer, facts.y_label)),
    )


def map_facts_sentence(chart: Any, folder: Path | str = ".") -> str:
    """Return what a map says, in words: what is measured, the classes, the highest and the lowest values.

    The words are for people who do not see the map, and told from the map as it is. `folder` has the shapes, for the
    names. Raises NotAMap.
    """
    facts = describe_map(chart)
    kind = _KINDS[facts.by]
    names = _names(Path(folder) / kind.file, facts.by, kind.name)
    places = len(facts.values) + len(facts.without_value)
    titled = f", titled “{facts.title}”" if facts.title else ""
    measure = facts.measure or "not said"
    classes = [*facts.classes, MapClass(NO_VALUE, "", dict.fromkeys(facts.without_value, 0.0))]
    told = "; ".join(f"{each.words}: {_listed(each.values, names, kind)}" for each in classes if each.values)
    return (
        f"Map of {places} {kind.many} of Connecticut{titled}. Shades: {measure}, darker for more. {told}."
        f"{_extreme('Highest', max, facts.values, names, kind)}{_extreme('Lowest', min, facts.values, names, kind)}"
    )


def _extreme(word: str, pick: Any, values: Mapping[str, float], names: Mapping[str, str], kind: _Kind) -> str:
    """Return a sentence on the highest or the lowest value. Where many places share it, they are counted."""
    if not values:
        return ""
    value = pick(values.values())
    there = [code for code, each in values.items() if each == value]
    where = names[there[0]] if len(there) == 1 else _places(len(there), kind)
    told = f"{value:,.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:.4f}"
    return f" {word}: {where}, with {told.removesuffix('.00')}."


def _listed(codes: Iterable[str], names: Mapping[str, str], kind: _Kind) -> str:
    """Return the names of regions or counties, and how many towns: nobody listens to 63 names."""
    there = [names[code] for code in codes]
    return _places(len(there), kind) if kind.one == "town" else ", ".join(there)


def _places(number: int, kind: _Kind) -> str:
    return f"{number} {kind.one if number == 1 else kind.many}"


def _names(file: Path, by: str, name: str) -> dict[str, str]:
    shapes = json.loads(file.read_text(encoding="utf-8"))["features"]
    return {shape["properties"][by]: shape["properties"][name] for shape in shapes}


def _by_code(layer: Layer, by: str) -> dict[str, float]:
    digits = 10 if by.startswith("town") else 5
    return {f"{round(mark.x):0{digits}d}": mark.y for mark in layer.marks}


def _color(layer: Layer) -> str:
    return layer.marks[0].color if layer.marks else ""
