"""How hard a text reads: the school grade at which it can be understood, by the formula of Flesch and Kincaid (1975).

    grade = 0.39 x words per sentence + 11.8 x syllables per word - 15.59

There are two counts of syllables in this project. The check of our own lessons (academy/reading.py) looks words up in
textstat's dictionary, which is too large to send to a browser. This one counts by a few rules of spelling, so that a
learner can try a sentence in the page and see the grade fall. A test holds the two together, text by text.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)(?<!\b[A-Za-z]\.)|\n\s*\n")
"""A mark with space behind it, or an empty line. The dots of 1.5 and of U.S. end nothing."""

_VOWELS = re.compile(r"[aeiouy]+")
_POSSESSIVE = re.compile(r"['’]s?$")
_SILENT = re.compile(
    r"(?<![^aeiouy]l)e$"  # home, but not table
    r"|(?<![cgsxz])(?<![cs]h)(?<![^aeiouy]l)es$"  # homes, but not places
    r"|(?<![td])ed$"  # moved, but not listed
    r"|(?<!el)e(?=(?:ful|less|ly|ment|ness)s?$)"  # likely, but not element
)
_TWO_SOUNDS = re.compile(
    r"(?<![cgstx])(?<!ll)i(?:a|o|en|um$)|(?<![gq])u(?:a|e[lnt])|(?<=[aeiou].)ea$|eo(?!ple)|crea(?=t)"
)
"""Vowels side by side that are spoken apart: period, annual, area, create. But not: nation, million, language."""


class NothingToRead(ValueError):
    """A text without a word has no grade."""

    def __init__(self) -> None:
        super().__init__("There is no word in this text. Give the sentences that you want to grade.")


def reading_grade(text: str) -> float:
    """Return the US school grade at which a plain text can be read, such as 8.3. Raises NothingToRead.

    Give it some sentences: for a text of less than a hundred words one long word moves the grade by much.
    """
    words = _WORD.findall(text)
    if not words:
        raise NothingToRead
    sentences = sum(1 for part in _END.split(text) if _WORD.search(part))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """Return how many syllables a word has, by its spelling: at least one. A number counts as one."""
    parts = _POSSESSIVE.sub("", word.lower()).split("-")
    return sum(max(_sounds(_SILENT.sub("", part)), 1) for part in parts)


def _sounds(spoken: str) -> int:
    return len(_VOWELS.findall(spoken)) + len(_TWO_SOUNDS.findall(spoken))
