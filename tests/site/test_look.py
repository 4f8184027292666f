"""The colors of every page, read from the one file that defines them: readable by day and by night."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from toolkit.contrast import LARGE_TEXT, TEXT, contrast_ratio

LOOK = Path(__file__).parents[2] / "book" / "look"
PAPERS = ("paper", "paper-soft", "paper-deep")
WORDS = ("ink", "ink-soft", "accent", "accent-strong")
CODE = ("code-keyword", "code-text", "code-number", "code-name", "code-comment")

READ = [(words, paper) for words in WORDS for paper in PAPERS]
READ += [(words, paper) for words in CODE for paper in ("paper", "paper-soft")]
READ += [("on-accent", "accent"), ("on-accent", "accent-strong")]
READ += [
    (words, f"{message}-soft")
    for message in ("good", "warn", "bad")
    for words in (message, "ink", "ink-soft", "accent")
]
READ += [(message, paper) for message in ("good", "warn", "bad") for paper in ("paper", "paper-soft")]
"""Each pair is text on what it stands on."""

SEEN = [("edge", paper) for paper in PAPERS] + [("accent", paper) for paper in PAPERS]
"""Each pair is the edge of a control, or the mark of where the keyboard is, on what it stands on."""


def colors() -> dict[str, tuple[str, str]]:
    """Each color of palette.css by day and by night."""
    text = (LOOK / "palette.css").read_text(encoding="utf-8")
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", text)
    return {name: (day, night) for name, day, night in found}


@pytest.mark.parametrize("time", [0, 1], ids=["day", "night"])
@pytest.mark.parametrize(("words", "paper"), READ)
def test_text_can_be_read(words: str, paper: str, time: int) -> None:
    ratio = contrast_ratio(colors()[words][time], colors()[paper][time])
    assert ratio >= TEXT, f"{words} on {paper}: {ratio:.2f}"


@pytest.mark.parametrize("time", [0, 1], ids=["day", "night"])
@pytest.mark.parametrize(("edge", "paper"), SEEN)
def test_controls_can_be_seen(edge: str, paper: str, time: int) -> None:
    ratio = contrast_ratio(colors()[edge][time], colors()[paper][time])
    assert ratio >= LARGE_TEXT, f"{edge} on {paper}: {ratio:.2f}"


def test_every_color_of_the_palette_is_measured_except_lines_that_only_decorate() -> None:
    measured = {name for pair in (*READ, *SEEN) for name in pair}
    assert set(colors()) - measured == {"line"}


def test_the_book_uses_the_palette_and_no_color_of_its_own() -> None:
    style = (LOOK / "academy.css").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-f]{3,8}\b(?=[;,) ])|rgba?\(|hsla?\(", style)
    assert set(re.findall(r"var\(--([a-z-]+)\)", style)) <= {*colors(), "measure", "page", "round"}
