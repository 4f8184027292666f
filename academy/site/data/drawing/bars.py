"""Bars, each below its name and with its number at its end: long names fit on a phone, and no axis is needed."""

from __future__ import annotations

from typing import Any

from academy.site.data.drawing.sheet import EDGE, LINE, WIDTH, color, sheet, text_width, wrapped
from academy.site.data.picture import Numbers
from academy.site.data.words import short_text, x_text

_BAR, _GAP, _BESIDE = 9.0, 7.0, 3.0


def bars(numbers: Numbers) -> Any:
    values = dict(zip(numbers.x, numbers.series[""], strict=True))
    names = {x: wrapped(x_text(numbers, x), WIDTH - 2 * EDGE) for x in values}
    figure, plot = sheet(sum(len(lines) * LINE + _BAR + _GAP for lines in names.values()) + EDGE)
    ends = [(float(value), text_width(short_text(numbers, value)) + _BESIDE) for _, _, value in numbers.marks()]
    room_left = max((width for value, width in ends if value < 0), default=0)
    room_right = max((width for value, width in ends if value >= 0), default=0)
    least, most = min(0, *(value for value, _ in ends)), max(0, *(value for value, _ in ends))
    scale = (WIDTH - 2 * EDGE - room_left - room_right) / ((most - least) or 1)
    zero = EDGE + room_left - least * scale

    top = EDGE
    for x, value in values.items():
        for line in names[x]:
            plot.text(EDGE, top + LINE - 3, line, color=color("ink"))
            top += LINE
        middle = top + _BAR / 2
        if value is None:
            plot.text(zero + _BESIDE, middle, "no data", color=color("ink-soft"), va="center", style="italic")
        else:
            length, outward = float(value) * scale, 1 if value >= 0 else -1
            plot.barh(middle, length, _BAR, left=zero, color=color("accent"))
            plot.text(
                zero + length + _BESIDE * outward, middle, short_text(numbers, value), color=color("ink"),
                va="center_baseline", ha="left" if outward == 1 else "right",
            )  # fmt: skip
        plot.plot([zero, zero], [top - 1, top + _BAR + 1], color=color("edge"), linewidth=0.8)
        top += _BAR + _GAP
    return figure
