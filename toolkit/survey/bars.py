"""A report's table as a bar chart in SVG: the first column's shares, each bar with its label and number beside it.

The table stands beside the chart and says the same, so that nobody needs to see the chart. It has a title and a
description for those who hear it, and no meaning in color alone.
"""

from __future__ import annotations

from html import escape

from toolkit.survey.report import Part

WIDTH, LINE, LEFT, TOP = 720, 44, 16, 56
_BAR, _INK, _GROUND = "#1d5b8f", "#1a1a1a", "#e6ebf0"
_LONGEST_LABEL = 90


def bar_chart(part: Part, identifier: str) -> str:
    """Return the SVG of a part; empty if it has no shares. `identifier` sets its names apart on a page."""
    column = part.main
    lines = [(row.label, row.shares.get(column), row.of) for row in part.rows]
    if not any(share is not None for _, share, _ in lines):
        return ""
    height = TOP + LINE * len(lines) + 8
    told = "; ".join(f"{label}: {part.empty if share is None else f'{share} %'}" for label, share, _ in lines)
    shapes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height}" '
        f'aria-labelledby="{identifier}-title {identifier}-text" font-family="sans-serif" font-size="15">',
        f'<title id="{identifier}-title">{escape(part.title)}</title>',
        f'<desc id="{identifier}-text">{escape(f"{column.capitalize()}, in percent. {told}.")}</desc>',
        f'<text x="{LEFT}" y="24" font-weight="bold" fill="{_INK}">{escape(column.capitalize())}, in percent</text>',
    ]
    full = WIDTH - LEFT - 90
    for place, (label, share, of) in enumerate(lines):
        y = TOP + LINE * place
        short = label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
        shapes.append(f'<text x="{LEFT}" y="{y}" fill="{_INK}">{escape(short)}</text>')
        shapes.append(f'<rect x="{LEFT}" y="{y + 6}" width="{full}" height="16" fill="{_GROUND}"/>')
        if share is not None:
            shapes.append(
                f'<rect x="{LEFT}" y="{y + 6}" width="{full * float(share) / 100:.1f}" height="16" fill="{_BAR}"/>'
            )
        number = part.empty if share is None else f"{share} %"
        number += f" of {of}" if share is not None and of else ""
        shapes.append(f'<text x="{LEFT + full + 6}" y="{y + 19}" font-size="13" fill="{_INK}">{number}</text>')
    return "\n".join([*shapes, "</svg>"]) + "\n"
