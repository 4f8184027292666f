"""How easy a color is to read on another: the contrast ratio of WCAG 2.1, the web's accessibility standard."""

from __future__ import annotations

import re

TEXT = 4.5
"""The least ratio for body text (WCAG 2.1, success criterion 1.4.3, level AA)."""
LARGE_TEXT = 3.0
"""The least ratio for large text, the edges of controls and the parts of a chart (1.4.3 and 1.4.11, level AA)."""

_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


class NotAColor(ValueError):
    """A color was not written as a hexadecimal code."""

    def __init__(self, color: str) -> None:
        super().__init__(f"“{color}” is not a color code. Write a # and six digits from 0 to f, such as #1a5c57.")


def contrast_ratio(first: str, second: str) -> float:
    """Return the contrast of two colors, from 1 (the same color) to 21 (black on white). The order does not matter.

    Colors are hexadecimal codes: "#1a5c57", or "#fff" for short. Raises NotAColor for anything else.
    Source: WCAG 2.1, definition of "contrast ratio".
    """
    darker, lighter = sorted((relative_luminance(first), relative_luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def relative_luminance(color: str) -> float:
    """Return how bright a color looks, from 0 (black) to 1 (white). Source: WCAG 2.1, "relative luminance"."""
    red, green, blue = (_linear(channel) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[int, int, int]:
    match = _HEX.fullmatch(color.strip())
    if match is None:
        raise NotAColor(color)
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _linear(channel: int) -> float:
    """One channel of a screen color, 0-255, as an amount of light, 0-1."""
    share = channel / 255
    # WCAG prints 0.03928 here. The sRGB standard has 0.04045; no 8-bit value lies between the two.
    return share / 12.92 if share <= 0.03928 else float(((share + 0.055) / 1.055) ** 2.4)
