"""Which path of lessons to take, by a rule that is shown with each recommendation. It is advice, never an order.

A path comes from the curriculum, which the caller gives: toolkit reads no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from toolkit.survey.answers import Answer
from toolkit.survey.instrument import Instrument, Question
from toolkit.survey.tables import Row

MOST_POINTS_THAT_NEED_HELP = 1
TOPICS = 5
FEWEST_TOPICS = 3

CHOOSING = (
    "Of the paths that hold at least half of these lessons, it is the shortest. Where no path holds half of them, "
    "it is the path that holds most. Of equals, it is the one that stands first in the curriculum."
)
PERSON_RULE = (
    f"The rule: a question that you answered with {MOST_POINTS_THAT_NEED_HELP} point or none needs its lessons. "
    "If your kind of work has a path of its own, it is that one. " + CHOOSING
)
AGENCY_RULE = (
    f"The rule: the {TOPICS} topics that most people call important, of those whose shares are shown, need their "
    "lessons. " + CHOOSING
)


@dataclass(frozen=True)
class Path:
    """A way through the lessons. `planned` are those that are still to come."""

    id: str
    title: str
    lessons: tuple[str, ...]
    planned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Recommendation:
    """A path, or None where nothing can be said. `first` are its lessons that are needed, `besides` those it lacks."""

    path: Path | None
    first: tuple[str, ...]
    besides: tuple[str, ...]
    rule: str
    words: str


def paths_of(curriculum: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the paths of lessons/curriculum.yml, given as its data."""
    planned = frozenset(lesson["slug"] for lesson in curriculum.get("planned", ()))
    return tuple(
        Path(path["id"], path["title"], tuple(path["lessons"]), planned & frozenset(path["lessons"]))
        for path in curriculum["paths"]
    )


def for_person(instrument: Instrument, answers: Iterable[Answer], paths: Sequence[Path]) -> Recommendation:
    """Return the path for the person of one form."""
    needed: list[str] = []
    own: Path | None = None
    by_id = {path.id: path for path in paths}
    for answer in answers:
        question = instrument.question(answer.question)
        choice = next((c for c in question.choices if c.value == answer.answer), None) if question else None
        if question is None or choice is None:
            continue
        if choice.path is not None:
            own = by_id.get(choice.path, own)
        if choice.points is not None and choice.points <= MOST_POINTS_THAT_NEED_HELP:
            needed += question.lessons
    return _recommend(needed, paths, PERSON_RULE, own)


def for_agency(question: Question, rows: Iterable[Row], paths: Sequence[Path]) -> Recommendation:
    """Return the path for the people behind `rows`: one row for each topic of a grid, such as one agency's.

    Only shares that are shown count, so a recommendation tells nothing that the table hides.
    """
    first = question.groups[0]
    lessons = {item.id: item.lessons for item in question.items}
    shares = [(row.shares.get(first), row.slot[1]) for row in rows]
    shown = [(share, item) for share, item in shares if share is not None and lessons.get(item)]
    if len(shown) < FEWEST_TOPICS:
        words = f"Fewer than {FEWEST_TOPICS} topics have a share that is shown. Take the path for all who answered."
        return Recommendation(None, (), (), AGENCY_RULE, words)
    top = sorted(shown, key=lambda pair: -pair[0])[:TOPICS]
    return _recommend([slug for _, item in top for slug in lessons[item]], paths, AGENCY_RULE, None, top)


def _recommend(
    needed: Sequence[str],
    paths: Sequence[Path],
    rule: str,
    own: Path | None,
    top: Sequence[tuple[Decimal, str]] = (),
) -> Recommendation:
    lessons = list(dict.fromkeys(needed))
    path = own or _fitting(lessons, paths)
    if path is None:
        return Recommendation(None, (), (), rule, "No lesson is needed by this rule. Take what interests you.")
    first = tuple(slug for slug in path.lessons if slug in lessons)
    besides = tuple(slug for slug in lessons if slug not in path.lessons)
    words = f"Recommended path: {path.title}. It holds {len(first)} of the {len(lessons)} lessons that are needed"
    words += f": {', '.join(first)}." if first else "."
    if besides:
        words += f" Needed too, and not in it: {', '.join(besides)}."
    if coming := [slug for slug in first if slug in path.planned]:
        words += f" Still to come: {', '.join(coming)}."
    if top:
        words = (
            "The topics that most people call important: "
            + ", ".join(f"{item} ({share} %)" for share, item in top)
            + f". {words}"
        )
    return Recommendation(path, first, besides, rule, words)


def _fitting(needed: Sequence[str], paths: Sequence[Path]) -> Path | None:
    """The shortest path with half of the lessons, else the one with most of them."""
    holds = {path.id: sum(slug in path.lessons for slug in needed) for path in paths}
    half = [path for path in paths if needed and 2 * holds[path.id] >= len(needed)]
    if half:
        return min(half, key=lambda path: len(path.lessons))
    some = [path for path in paths if holds[path.id]]
    return max(some, key=lambda path: holds[path.id], default=None)
