"""How far along data governance is: the score of a self-assessment, and what to do first.

The worksheet `maturity-self-assessment` asks eight questions with five levels each. The questions and levels are this
project's own; they follow the principles of Connecticut's State Data Plan. They stand in the order in which work on one
helps with the next, so of two that are equally low, the earlier one comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

LEVELS = ("Not started", "Begun", "Written down", "Followed and checked", "Improving")
"""The five levels, from 1 to 5."""


class Question(NamedTuple):
    """One of the eight: its field in the worksheet, its name, the principle behind it, and the lesson that helps."""

    field: str
    name: str
    principle: int
    lesson: str
    steps: tuple[str, str, str, str]
    """What to do next, at level 1, 2, 3 and 4."""


QUESTIONS = (
    Question(
        "roles",
        "Roles and decisions",
        3,
        "govern-data",
        (
            "Name an owner for your three most used datasets, and tell everyone who they are.",
            "Write down owner, steward and custodian for each high value dataset.",
            "Make a RACI for each high value dataset, and keep a record of decisions.",
            "Set a day each year on which roles and charter are looked at again.",
        ),
    ),
    Question(
        "inventory",
        "Inventory",
        1,
        "govern-data",
        (
            "List ten datasets that you could not work without, one row each.",
            "Try the eight tests on each dataset of the list, and close the gaps.",
            "Set a day each year to check the list, and add each new system when it starts.",
            "Use the list to choose what to share, mend or stop collecting.",
        ),
    ),
    Question(
        "metadata",
        "Description of data",
        4,
        "find-and-judge-data",
        (
            "Describe one much used table, column by column, with the person who knows it.",
            "Choose one template, and fill it in for each high value dataset.",
            "Let somebody check the description each time a table changes.",
            "Give users a way to report a gap, and close each by a date.",
        ),
    ),
    Question(
        "quality",
        "Quality",
        2,
        "clean-and-qualify",
        (
            "Write down the errors that you hear of, in one place.",
            "Write three checks for each table that matters, and run them once.",
            "Run the checks at each update, and keep the results.",
            "Trace the most common error to its source, and mend it there.",
        ),
    ),
    Question(
        "protection",
        "Privacy and security",
        6,
        "classify-and-minimise",
        (
            "Make a list of who has access to data about people.",
            "Classify your high value data, and write down a rule for small counts.",
            "Check the list of access twice a year, and take away what is not needed.",
            "Look at each incident and near miss, and change the rule that let it happen.",
        ),
    ),
    Question(
        "ethics",
        "Ethics and fairness",
        7,
        "ethics",
        (
            "Before your next new use of data about people, ask who could be harmed.",
            "Write down the questions that each new use must answer.",
            "Assess each new use before it starts, and keep the notes.",
            "Ask people in the data what they think of a use, and tell them what you changed.",
        ),
    ),
    Question(
        "sharing",
        "Sharing and access",
        9,
        "share-and-link",
        (
            "Write down how a request came in and how it was answered, for the next ten.",
            "Make one way in for requests, with a form and an owner who decides.",
            "Set a target time for requests, and list your agreements with their end dates.",
            "Measure the time, and publish what is asked for again and again.",
        ),
    ),
    Question(
        "skills",
        "People and skills",
        11,
        "read-a-table",
        (
            "Let the one who knows it show it to a second person.",
            "List the skills that each role needs, and who has them.",
            "Find a stand-in for each role, and plan time for training.",
            "Look at skills once a year, and let people learn from each other.",
        ),
    ),
)


class Score(NamedTuple):
    """The result of a self-assessment: the level of each question that was answered, the mean of them, the lowest."""

    levels: dict[str, int]
    mean: float
    lowest: tuple[Question, ...]

    @property
    def first(self) -> Question:
        """Where to begin: of the lowest, the one that helps with the others."""
        return self.lowest[0]


def score(filled: Mapping[str, Any]) -> Score | None:
    """Return the score of what is filled in; None when no question is answered yet."""
    levels = {question.field: level for question in QUESTIONS if (level := _level(filled.get(question.field)))}
    if not levels:
        return None
    least = min(levels.values())
    lowest = tuple(question for question in QUESTIONS if levels.get(question.field) == least)
    return Score(levels, sum(levels.values()) / len(levels), lowest)


def next_step(question: Question, level: int) -> str:
    """Return what to do next about a question that stands at `level`. There is no step after the fifth."""
    if level > len(question.steps):
        return "Keep it up, and show another unit how you did it."
    return question.steps[level - 1]


def advice(filled: Mapping[str, Any]) -> list[str]:
    """Return the score of a self-assessment and the first thing to do, in plain sentences.

    A worksheet that is half filled in gets advice on the half that is there.
    """
    result = score(filled)
    if result is None:
        return []
    least = result.levels[result.first.field]
    names = _listed([f"“{question.name}”" for question in result.lowest])
    said = [f"Mean level: {result.mean:.1f} of {len(LEVELS)}, from {len(result.levels)} of {len(QUESTIONS)} questions."]
    if len(result.lowest) == len(result.levels):
        said.append(f"All of them stand at level {least} ({LEVELS[least - 1]}).")
    else:
        said.append(f"Lowest: {names}, at level {least} ({LEVELS[least - 1]}). A mean does not show that.")
    said.append(f"Do this first: {next_step(result.first, least)}")
    serves = f"It serves principle {result.first.principle} of the State Data Plan."
    said.append(f"{serves} The lesson “{result.first.lesson}” helps.")
    if len(result.lowest) > 1 and len(result.lowest) < len(result.levels):
        said.append(f"“{result.first.name}” comes first, because it helps with the others.")
    if len(result.levels) < len(QUESTIONS):
        said.append("Answer the other questions, too. The lowest may be among them.")
    return said


def _level(answer: object) -> int | None:
    """The level that an answer begins with: “2. There is a list” is 2. None for anything else."""
    if isinstance(answer, bool):
        return None
    first = str(answer).strip()[:2].rstrip(".").strip()
    return int(first) if first in {str(level) for level in range(1, len(LEVELS) + 1)} else None


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
