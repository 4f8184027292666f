"""A map of the towns in five classes, with about as many towns in each. Towns without a number are hatched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from math import cos, radians
from typing import Any

from academy.site.data.drawing.sheet import EDGE, WIDTH, color, sheet, text_width
from academy.site.data.picture import Numbers
from academy.site.data.words import short_text

CLASSES = ("#8f9a35", "#4d8a55", "#1d7377", "#164c73", "#17204f")
"""Small values to large: each at least 3 to 1 on the paper, and each darker than the one before."""

_LATITUDE = 41.55
"""The middle of the state, where a degree from west to east is three quarters of one from south to north."""
_TOLERANCE = 0.002
"""In degrees: how far off a corner may be drawn, a third of a pixel on a phone."""
_ROW, _SWATCH = 15.0, (16.0, 10.0)

Ring = list[tuple[float, float]]


def towns(numbers: Numbers, shapes: Mapping[str, Any]) -> Any:
    from matplotlib.patches import PathPatch, Rectangle

    outlines = _outlines(shapes)
    values = dict(zip(numbers.x, numbers.series[""], strict=True))
    limits = classes(value for value in values.values() if value is not None)
    filled: dict[str, Any] = {"edgecolor": color("paper"), "linewidth": 0.6}
    groups = []
    for (least, most), shade in zip(limits, _shades(len(limits)), strict=True):
        members = [town for town, value in values.items() if value is not None and least <= value <= most]
        groups.append((_range_text(numbers, least, most), members, filled | {"facecolor": shade}))
    if without := [town for town, value in values.items() if value is None]:
        hatched: dict[str, Any] = {
            "facecolor": color("paper"),
            "edgecolor": color("edge"),
            "hatch": "/////",
            "linewidth": 0.6,
        }
        groups.append(("no data", without, hatched))

    columns = 2 if max(text_width(text) for text, _, _ in groups) < WIDTH / 2 - _SWATCH[0] - 12 else 1
    rows = -(-len(groups) // columns)
    legend_top = max(y for rings in outlines.values() for ring in rings for _, y in ring) + 10
    figure, plot = sheet(legend_top + rows * _ROW + EDGE)
    for place, (text, members, look) in enumerate(groups):
        plot.add_patch(PathPatch(_area([ring for town in members for ring in outlines[town]]), **look))
        x, y = EDGE + place // rows * WIDTH / 2, legend_top + place % rows * _ROW
        plot.add_patch(Rectangle((x, y), *_SWATCH, **look))
        plot.text(x + _SWATCH[0] + 5, y + _SWATCH[1] / 2, text, color=color("ink"), va="center_baseline")
    return figure


def classes(values: Iterable[Decimal], count: int = len(CLASSES)) -> list[tuple[Decimal, Decimal]]:
    """Return the least and greatest value of each class. Equal values share a class, so there may be fewer."""
    ordered = sorted(values)
    starts = sorted({ordered[len(ordered) * part // count] for part in range(count)})
    ends = [max(value for value in ordered if value < following) for _, following in pairwise(starts)]
    return list(zip(starts, [*ends, ordered[-1]], strict=True))


def _shades(count: int) -> list[str]:
    """The colors of so many classes, spread over all five."""
    return [CLASSES[number * (len(CLASSES) - 1) // max(1, count - 1)] for number in range(count)]


def _range_text(numbers: Numbers, least: Decimal, most: Decimal) -> str:
    texts = [short_text(numbers, value) for value in (least, most)]
    return texts[0] if texts[0] == texts[1] else " to ".join(texts)


def _outlines(shapes: Mapping[str, Any]) -> dict[str, list[Ring]]:
    """The rings of each town on the sheet, with fewer corners, the same on both sides of a border."""
    import shapely
    from shapely.geometry import shape

    areas = shapely.coverage_simplify([shape(geometry) for geometry in shapes.values()], _TOLERANCE)
    narrow = cos(radians(_LATITUDE))
    west, _, east, north = shapely.total_bounds(areas)
    scale = (WIDTH - 2 * EDGE) / ((east - west) * narrow)

    def on_sheet(ring: Any) -> Ring:
        return [(EDGE + (x - west) * narrow * scale, EDGE + (north - y) * scale) for x, y, *_ in ring.coords]

    return {
        town: [on_sheet(ring) for part in getattr(area, "geoms", [area]) for ring in (part.exterior, *part.interiors)]
        for town, area in zip(shapes, areas, strict=True)
    }


def _area(rings: Sequence[Ring]) -> Any:
    from matplotlib.path import Path

    return Path.make_compound_path(*(Path(ring, closed=True) for ring in rings))
