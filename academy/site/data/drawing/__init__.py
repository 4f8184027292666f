"""A picture drawn as SVG: the same numbers give the same file, to the byte, on every machine.

sheet.py   what all pictures share: width, letters, palette
bars.py, lines.py, maps.py   the three kinds
"""

from __future__ import annotations

import hashlib
import io
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from academy.site.data.drawing.bars import bars
from academy.site.data.drawing.lines import lines
from academy.site.data.drawing.maps import towns
from academy.site.data.drawing.sheet import PALETTE, STYLE
from academy.site.data.picture import TOWN_SHAPES, Numbers, town_shapes

_NOT_WRITTEN = {name: None for name in ("Date", "Creator", "Format", "Type")}
_PATH = re.compile(r'(?<= d=")[^"]*')
_DIGITS = re.compile(r"(\.\d\d)\d+")


def draw(numbers: Numbers, datasets: Path) -> bytes:
    """Return the picture of these numbers as SVG. Raises PictureWrong where a map has no shapes to draw."""
    import matplotlib  # loaded here because it takes half a second, and most builds draw nothing

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        match numbers.kind:
            case "map":
                figure = towns(numbers, town_shapes(datasets))
            case "bars":
                figure = bars(numbers)
            case _:
                figure = lines(numbers)
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata=_NOT_WRITTEN)
    svg = file.getvalue().decode("utf-8")
    # A hundredth of a point is enough, and half the size.
    return _PATH.sub(lambda path: _DIGITS.sub(r"\1", path[0]), svg).encode("utf-8")


def digest(numbers: Numbers, datasets: Path) -> str:
    """Return what decides the picture of these numbers, in one word: where it differs, it is drawn anew."""
    parts = [repr(numbers), _way_of_drawing()]
    if numbers.kind == "map":
        parts.append(hashlib.sha256((datasets / TOWN_SHAPES).read_bytes()).hexdigest())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@cache
def _way_of_drawing() -> str:
    """This folder, the palette, and matplotlib."""
    code = hashlib.sha256(PALETTE.read_bytes())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        code.update(file.read_bytes())
    return f"{code.hexdigest()} {version('matplotlib')}"
