"""What all pictures share: their width, the letters, the palette, and a sheet to draw on.

A picture is narrow, so that its text can be read on a phone. It lies on the light paper of the palette, by night too,
as the figures of the lessons do. Its title stands on the page, not in the picture.
"""

from __future__ import annotations

import re
import textwrap
from functools import cache
from typing import Any

from academy.project import ROOT

PALETTE = ROOT / "book" / "look" / "palette.css"
WIDTH = 270.0
"""In points, as every length of a picture: at 320 pixels, its text of 9 points is 10.7 pixels high."""
TEXT, LINE, EDGE = 9.0, 11.5, 4.0
"""The size of the text, the height of a line of it, and the margin around a picture."""
STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": TEXT,
    "svg.fonttype": "path",
    "svg.hashsalt": "connecticut-data-academy",
    "hatch.linewidth": 0.6,
    "text.parse_math": False,  # a dollar sign is one
}


@cache
def color(name: str) -> str:
    """A color of the palette by day."""
    found = re.search(rf"--{name}: light-dark\((#[0-9a-f]{{6}}),", PALETTE.read_text(encoding="utf-8"))
    assert found is not None, name
    return found[1]


def figure(height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH / 72, height / 72), facecolor=color("paper"))


def sheet(height: float) -> tuple[Any, Any]:
    """A figure, and a plot that covers it, measured in points from its upper left corner."""
    whole = figure(height)
    plot = whole.add_axes((0, 0, 1, 1))
    plot.set(xlim=(0, WIDTH), ylim=(height, 0))
    plot.axis("off")
    return whole, plot


@cache
def text_width(text: str) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    letters = FontProperties(family=STYLE["font.family"], size=TEXT)
    return float(text_to_path.get_text_width_height_descent(text, letters, ismath=False)[0])


def wrapped(text: str, width: float) -> list[str]:
    """The text in lines that fit."""
    for characters in range(70, 6, -1):
        lines = textwrap.wrap(text, characters)
        if max(map(text_width, lines), default=0) <= width:
            return lines
    return textwrap.wrap(text, 6)
