"""Risks of a use of data: how likely times how bad, as words and as a table, and what an ethics assessment still lacks.

The table says each level in words, so it reads the same without color. The limits are this project's own: three steps
each way, numbered 1 to 3; their product is low up to 2, high from 6, and medium between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

LIKELIHOOD = ("unlikely", "possible", "likely")
IMPACT = ("minor", "serious", "severe")
LEVELS = ("low", "medium", "high")
_MEDIUM, _HIGH = 3, 6
"""The least product of a medium and of a high risk."""
_CORNER = "How likely, how bad"
_FEWEST_WORDS = 3
"""A mitigation is a step that someone else could check; one or two words are none."""


class NotAStep(ValueError):
    """A risk was rated with a word that is not a step of the scale."""

    def __init__(self, word: object, steps: tuple[str, ...]) -> None:
        super().__init__(f"“{word}” is not one of the steps. Choose {', '.join(steps[:-1])} or {steps[-1]}.")


def level(likelihood: str, impact: str) -> str:
    """Return how much a risk weighs: low, medium or high. Raises NotAStep for a word that is not on the scale."""
    product = _step(likelihood, LIKELIHOOD) * _step(impact, IMPACT)
    return LEVELS[(product >= _MEDIUM) + (product >= _HIGH)]


def matrix(risks: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Return the risk matrix as rows of text, the heading first: each box says its level and which risks are in it.

    Risks are numbered from 1 in their order. One that is not rated yet is in no box.
    """
    boxes: dict[tuple[str, str], list[str]] = {}
    for number, risk in enumerate(_rows(list(risks)), 1):
        boxes.setdefault((_word(risk.get("likelihood")), _word(risk.get("impact"))), []).append(str(number))
    return [
        [_CORNER, *IMPACT],
        *(
            [likelihood, *(_box(level(likelihood, impact), boxes.get((likelihood, impact), [])) for impact in IMPACT)]
            for likelihood in reversed(LIKELIHOOD)
        ),
    ]


def matrix_as_markdown(risks: Iterable[Mapping[str, Any]]) -> str:
    """Return the risk matrix as a Markdown table, for a page to keep."""
    heading, *rows = matrix(risks)
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def open_points(filled: Mapping[str, Any]) -> list[str]:
    """Return what an ethics assessment still lacks, one sentence each. Empty when nothing is open.

    It looks for what no single field can show: a high risk without a mitigation or an owner, people who could be harmed
    and were not asked, research without a review, a missing notice, a decision that goes too far.
    """
    return [
        *_about_review(filled),
        *_about_people(filled),
        *_about_notice(filled),
        *(sentence for number, risk in _high(filled) for sentence in _about_risk(number, risk)),
        *_about_decision(filled),
    ]


def advice(filled: Mapping[str, Any]) -> list[str]:
    """Return the result of an ethics assessment in plain sentences: its risks by level, then what is still open.

    A worksheet that is half filled in gets advice on the half that is there.
    """
    rated = [weight for risk in _rows(filled.get("risks")) if (weight := _level_of(risk))]
    said = []
    if rated:
        counts = [f"{rated.count(weight)} {weight}" for weight in reversed(LEVELS)]
        said.append(f"Risks by level: {', '.join(counts)}.")
    still_open = open_points(filled)
    if rated and not still_open:
        said.append("Nothing is open: each high risk has a step and a role that sees to it.")
    return said + still_open


def _about_review(filled: Mapping[str, Any]) -> Iterator[str]:
    asked = _text(filled.get("review"))
    kind = _word(filled.get("kind_of_use"))
    if kind == "research" and not asked:
        yield "This is research. Ask the review board (IRB) of the agency that holds the data before you begin."
    if kind == "not sure" and not asked:
        yield "You are not sure if this is research. Ask your agency data officer which board decides it."


def _about_people(filled: Mapping[str, Any]) -> Iterator[str]:
    for row in _rows(filled.get("people")):
        group = _text(row.get("group"))
        if group and _word(row.get("asked")) == "no":
            yield f"Could be harmed, and not asked: “{group}”. Ask them, or someone who speaks for them."


def _about_notice(filled: Mapping[str, Any]) -> Iterator[str]:
    if _word(filled.get("consent")) == "not told":
        yield "The people in the data were not told. Tell them of this use, or say why the law does not ask for it."
    if _word(filled.get("foi_notice")) == "no":
        yield "The form does not say that answers may become public. Add the notice (State Data Plan, principle 7)."


def _about_risk(number: int, risk: Mapping[str, Any]) -> Iterator[str]:
    name = f"Risk {number} (“{_text(risk.get('risk'))}”)" if _text(risk.get("risk")) else f"Risk {number}"
    if not _has_mitigation(risk):
        yield f"{name} is high. Say what you will change, as a step that someone else could check."
    elif not _text(risk.get("owner")):
        yield f"{name} is high, and its step belongs to nobody yet. Name a role that sees to it."


def _about_decision(filled: Mapping[str, Any]) -> Iterator[str]:
    decision = _word(filled.get("decision"))
    high = _high(filled)
    if decision.startswith("go ahead") and any(not _has_mitigation(risk) for _, risk in high):
        yield "You decided to go ahead while a high risk has no step against it. Change the use, or the decision."
    elif decision == "go ahead" and high:
        yield "At least one risk is high, so go ahead only with the changes that you wrote down."


def _high(filled: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """The high risks, each with its number on the worksheet."""
    rows = enumerate(_rows(filled.get("risks")), 1)
    return [(number, risk) for number, risk in rows if _level_of(risk) == "high"]


def _level_of(risk: Mapping[str, Any]) -> str:
    """The level of a row of the worksheet, or nothing while it is not rated."""
    try:
        return level(_word(risk.get("likelihood")), _word(risk.get("impact")))
    except NotAStep:
        return ""


def _has_mitigation(risk: Mapping[str, Any]) -> bool:
    return len(_text(risk.get("mitigation")).split()) >= _FEWEST_WORDS


def _step(word: object, steps: tuple[str, ...]) -> int:
    said = _word(word)
    if said not in steps:
        raise NotAStep(word, steps)
    return steps.index(said) + 1


def _box(weight: str, numbers: list[str]) -> str:
    if not numbers:
        return weight
    return f"{weight}: risk{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _rows(answer: object) -> list[Mapping[str, Any]]:
    """The rows of a table on the worksheet. A row of another kind counts as empty, so that numbers stay right."""
    rows = answer if isinstance(answer, list | tuple) else []
    return [row if isinstance(row, Mapping) else {} for row in rows]


def _text(answer: object) -> str:
    return " ".join(answer.split()) if isinstance(answer, str) else ""


def _word(answer: object) -> str:
    """One of several choices, as the scale writes it."""
    return _text(answer).strip(" .").casefold()
