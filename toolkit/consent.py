"""What a consent notice still lacks: its elements, and words that the person who fills in the form can read.

The elements are this project's list. The State Data Plan of 2018 asks agencies for consent and a way to say no, access
to one's own data and a contact (principle 6), and a notice that answers may become public (principle 7). The rest is
good practice. It is a help to write, not legal advice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from toolkit.reading import NothingToRead, reading_grade

GOAL = 8.0
"""The school grade at which a notice should be read, or lower: our goal, below the 10 of our own lessons."""

ELEMENTS = {
    "purpose": "the purpose: what you will do with the answers",
    "authority": "the authority: the law or rule that lets you ask",
    "who_sees": "who will see the answers",
    "kept_for": "how long you keep the answers",
    "choice": "whether a person may say no",
    "if_not": "what happens if a person does not answer",
    "foi_notice": "the notice that the answers may become public",
    "withdraw": "how to take a yes back, and see or correct the answers",
    "contact": "the office that answers questions",
}
"""Field of the worksheet consent-notice to the element that it holds, in words."""

_CHOICES = {
    "yes, to all of it": "You are free to say no.",
    "yes, to some questions": "Some questions are free to answer.",
    "no, a law requires it": "The law requires you to answer.",
}
_LATER = re.compile(r"\b(?:one day|may be useful|other purposes|future use|as needed|as appropriate)\b", re.IGNORECASE)
_NO_END = re.compile(r"\b(?:forever|indefinite\w*|as long as|no longer needed)\b", re.IGNORECASE)
_PUBLIC = re.compile(r"\bpublic\b|freedom of information|\bfoi\b", re.IGNORECASE)
_RIGHTS = {
    "take a yes back": r"\b(?:back|withdraw|change your mind|stop)",
    "see the answers": r"\bsee\b",
    "correct them": r"\bcorrect",
}
_PERIOD = re.compile(r"\b(?:day|week|month|year)s?\b|\b20\d\d\b", re.IGNORECASE)


def missing_elements(filled: Mapping[str, Any]) -> list[str]:
    """Return the elements of a notice that nobody has filled in, in words. Empty when all nine are there."""
    return [words for field, words in ELEMENTS.items() if not _text(filled, field)]


def notice_text(filled: Mapping[str, Any]) -> str:
    """Return the notice as it can stand above the first question of a form: what is filled in, sentence by sentence."""
    asks, contact = _text(filled, "what_we_ask"), _text(filled, "contact")
    parts = [
        f"{_text(filled, 'agency') or 'The agency'} asks for: {asks}" if asks else "",
        _text(filled, "purpose"),
        f"We may ask because of {_text(filled, 'authority')}." if _text(filled, "authority") else "",
        _text(filled, "who_sees"),
        _text(filled, "kept_for"),
        _CHOICES.get(_text(filled, "choice"), ""),
        _text(filled, "if_not"),
        _text(filled, "foi_notice"),
        _text(filled, "withdraw"),
        f"Questions? Contact: {contact}." if contact else "",
    ]
    return "\n".join(re.sub(r"([^.?!:])$", r"\1.", part.replace("..", ".")) for part in parts if part)


def advice(filled: Mapping[str, Any]) -> list[str]:
    """Return what to look at again in a notice, half filled in or complete; then its reading grade."""
    return [
        *(f"The notice does not say {words}." for words in missing_elements(filled)),
        *_about_words(filled),
        *_about_choice(filled),
        *_about_reading(filled),
    ]


def _about_words(filled: Mapping[str, Any]) -> Iterator[str]:
    purpose, kept, notice = (_text(filled, field) for field in ("purpose", "kept_for", "foi_notice"))
    if found := _LATER.search(f"{purpose} {_text(filled, 'who_sees')}"):
        yield f"“{found[0]}” could mean anything. Name what you will do, and who will see it."
    if kept and (_NO_END.search(kept) or not _PERIOD.search(kept)):
        yield "Say how long in days, months or years, so that someone can check it."
    if notice and not _PUBLIC.search(notice):
        yield "Say the word public, or name the Freedom of Information Act."
    if rights := _text(filled, "withdraw"):
        lacking = [way for way, words in _RIGHTS.items() if not re.search(words, rights, re.IGNORECASE)]
        if lacking:
            yield f"Say how a person can {' and '.join(lacking)}."


def _about_choice(filled: Mapping[str, Any]) -> Iterator[str]:
    choice, if_not = _text(filled, "choice"), _text(filled, "if_not").lower()
    if choice == "yes, to some questions" and not re.search(r"skip|star|marked|blank|optional|empty", if_not):
        yield "Some questions are free to answer. Say how a person can tell which."
    if choice == "no, a law requires it" and _text(filled, "authority").lower().startswith("none"):
        yield "You say that a law requires the answers, and that there is none. One of the two must change."


def _about_reading(filled: Mapping[str, Any]) -> Iterator[str]:
    try:
        grade = reading_grade(notice_text(filled))
    except NothingToRead:
        return
    told = f"The notice reads at grade {grade:.1f}"
    if grade > GOAL:
        yield f"{told}. The goal is {GOAL:.0f} or lower: shorter sentences, everyday words."
    else:
        yield f"{told}, within the goal of {GOAL:.0f}. Now let someone outside your office read it."


def _text(filled: Mapping[str, Any], field: str) -> str:
    answer = filled.get(field)
    return " ".join(answer.split()) if isinstance(answer, str) else ""
