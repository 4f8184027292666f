"""A recommended path as a page shows it: with the titles of its lessons, links to those that exist, and its rule."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.survey.answers import Answer as Row
from toolkit.survey.instrument import Band, Instrument, Question
from toolkit.survey.recommend import Recommendation, for_person
from toolkit.survey.tables import scores
from tracker.learning.catalogue import listed_lessons
from tracker.surveys.instruments import lesson_paths, planned_titles


@dataclass(frozen=True)
class LessonLink:
    """A lesson by its title. `address` is empty while it is still to come."""

    title: str
    address: str


@dataclass(frozen=True)
class Advice:
    """`why` says what the recommendation follows from; `nothing` stands for it where no path can be named."""

    why: str
    path: str
    address: str
    first: list[LessonLink]
    besides: list[LessonLink]
    rule: str
    nothing: str


@dataclass(frozen=True)
class Standing:
    """A person's own points, and what they mean."""

    points: int
    of: int
    band: Band


def advice(found: Recommendation, topics: Question | None = None) -> Advice:
    """`topics` is the question whose items `found` names."""
    why = found.words.partition("Recommended path:")[0].strip() if found.path else ""
    for item in topics.items if topics else ():
        why = why.replace(f"{item.id} (", f"{item.text} (")
    written = {lesson.slug: lesson.title for lesson in listed_lessons()}
    titles = planned_titles() | written

    def links(slugs: tuple[str, ...]) -> list[LessonLink]:
        return [
            LessonLink(titles.get(slug, slug), f"/lessons/{slug}.html" if slug in written else "") for slug in slugs
        ]

    return Advice(
        why=why,
        path=found.path.title if found.path else "",
        address=f"/paths/{found.path.id}.html" if found.path else "",
        first=links(found.first),
        besides=links(found.besides),
        rule=found.rule,
        nothing="" if found.path else found.words,
    )


def advice_for_person(instrument: Instrument, rows: list[Row]) -> Advice | None:
    """The path for who gave these answers; None if the survey says nothing about lessons."""
    says_something = any(
        choice.path or choice.points is not None for question in instrument.questions for choice in question.choices
    )
    return advice(for_person(instrument, rows, lesson_paths())) if says_something else None


def standing(instrument: Instrument, rows: list[Row]) -> Standing | None:
    """The points of a complete form, with their band."""
    points = next(iter(scores(rows, instrument).values()), None)
    band = next((b for b in instrument.bands if points is not None and b.least <= points <= b.greatest), None)
    return Standing(points, instrument.bands[-1].greatest, band) if points is not None and band else None
