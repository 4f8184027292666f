"""How hard a lesson reads: the Flesch-Kincaid grade of its prose, by textstat."""

from __future__ import annotations

import re

from autograder.notebook import Lesson
from autograder.notebook.lesson import Role

MAXIMUM_GRADE = 10.0
"""The curriculum's rule: school grade 10 or lower."""

_FENCED = re.compile(r"```.*?```", re.DOTALL)
_NOT_PROSE = (
    re.compile(r"^\s*\|.*$", re.MULTILINE),  # tables
    re.compile(r"^#+ .*$", re.MULTILINE),  # headings are no sentences
    re.compile(r"<summary>.*?</summary>", re.DOTALL),
    re.compile(r"<[^>]+>"),
    re.compile(r"“[^”]*”"),  # quoted terms
)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_CODE = re.compile(r"`[^`]*`")
_BULLET = re.compile(r"^\s*(?:[-*]|\d+\.)\s+(.*?)[.]?\s*$", re.MULTILINE)


def prose(lesson: Lesson) -> str:
    """The sentences of a lesson: no code, headings, tables or quoted terms; a list item counts as a sentence."""
    text = "\n\n".join(cell.source for cell in lesson.cells if cell.role in (Role.TEXT, Role.PROMPT))
    # Code goes first: a < in it would pass for the beginning of a tag.
    text = _LINK.sub(r"\1", _CODE.sub("this", _FENCED.sub(" ", text)))
    for pattern in _NOT_PROSE:
        text = pattern.sub(" ", text)
    return _BULLET.sub(r"\1.", text).replace("**", "").strip()


def reading_grade(text: str) -> float:
    """The US school grade at which the text can be read (Flesch and Kincaid 1975)."""
    import textstat

    return float(textstat.flesch_kincaid_grade(text))
