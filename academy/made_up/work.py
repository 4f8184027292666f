"""What the people of the made-up state did: who began when, how many tries a lesson took them, and who got stuck.

Everybody takes the lessons in order. People began at any time of the past year, so the number of completed lessons
rises with time. Some never begin, some only look, some try again and again and then give up.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from academy.made_up.saving import save
from autograder.notebook.lesson import PASS_MARK
from autograder.outcomes import outcome
from tracker.learning.models import Review, Start, StoredNotebook, Submission, TaskResult
from tracker.people.models import Person, Unit

if TYPE_CHECKING:
    from autograder.notebook import Lesson as Source

NEVER_BEGIN, ONLY_LOOK = 0.35, 0.05
PASSES, GIVES_UP = 0.62, 0.15
"""How likely one try passes; and how likely a person whose try fell short leaves it at that."""
LESSONS_ON_AVERAGE = 4
DAYS_BETWEEN = 12
WRITES = 0.6
"""The share of notebooks with an answer in the reader's own words."""
PEOPLE_AT_ONCE = 1_000

NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "id": "made-up", "metadata": {}, "source": "A made-up submission: no notebook."}
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
).encode()
_GZIPPED, _SHA256 = gzip.compress(NOTEBOOK, mtime=0), hashlib.sha256(NOTEBOOK).hexdigest()
_WORDS = (
    "One row is one visit. I will ask whether people who come twice are counted twice.",
    "One row is one application, and the last row is a total, so I will drop it.",
    "Our list has a row for each case and month. I will say so beside the chart.",
    "We count by office, and two offices moved last year. I will name the change.",
)
_COMMENTS = ("Good: you say what a row is.", "Clear. Who else should know?", "Good start. Name the source, too.")


@dataclass(frozen=True)
class TaskShape:
    """What a task's result copies from its lesson."""

    number: int
    id: str
    title: str
    manual: bool
    points: float
    rubric: tuple[str, ...] = ()


@dataclass(frozen=True)
class LessonShape:
    """What a submission copies from its lesson."""

    slug: str
    version: str
    tasks: tuple[TaskShape, ...]

    @property
    def possible(self) -> float:
        return sum(task.points for task in self.tasks if not task.manual)


@dataclass
class Totals:
    """What was done, all in all."""

    submissions: int = 0
    task_results: int = 0
    reviews: int = 0
    busiest: Person | None = None
    """Who tried most, of those who lead nobody."""
    most: int = field(default=0, repr=False)


@dataclass(frozen=True)
class _Try:
    """One notebook, before it is a row."""

    person: Person
    lesson: LessonShape
    at: datetime
    way: Submission.Way
    passes: bool


def shape_of(source: Source) -> LessonShape:
    """The shape of one of the real lessons."""
    tasks = tuple(
        TaskShape(task.number, task.id, task.title, task.manual, task.points, tuple(task.rubric))
        for task in source.tasks
    )
    return LessonShape(source.slug, source.version, tasks)


def do_work(
    people: Sequence[Person],
    taught: Mapping[int, Person],
    lessons: Sequence[LessonShape],
    now: datetime,
    random: Random,
) -> Totals:
    """Write what everybody did until now. `taught` says who teaches whom; those learn in workshops, too."""
    totals = Totals()
    leading = set(Unit.objects.filter(managers__isnull=False).values_list("managers", flat=True))
    for first in range(0, len(people), PEOPLE_AT_ONCE):
        some = people[first : first + PEOPLE_AT_ONCE]
        starts: list[Start] = []
        tries: list[_Try] = []
        for person in some:
            mine = list(_course(person, person.pk in taught, lessons, now, starts, random))
            if len(mine) > totals.most and person.pk not in leading:
                totals.busiest, totals.most = person, len(mine)
            tries += mine
        save(starts)
        submissions = save(_submission(entry, random) for entry in tries)
        save(StoredNotebook(submission=submission, gzipped=_GZIPPED) for submission in submissions)
        results = save(
            result
            for entry, submission in zip(tries, submissions, strict=True)
            for result in _results(entry, submission, random)
        )
        reviews = save(_reviews(results, taught, random))
        totals.submissions += len(submissions)
        totals.task_results += len(results)
        totals.reviews += len(reviews)
    return totals


def _course(
    person: Person,
    in_workshop: bool,
    lessons: Sequence[LessonShape],
    now: datetime,
    starts: list[Start],
    random: Random,
) -> Iterator[_Try]:
    """One person's year."""
    chance = random.random()
    if chance < NEVER_BEGIN and not in_workshop:
        return
    at = _working_hour(now - timedelta(days=random.uniform(1, 360)), random)
    if chance < NEVER_BEGIN + ONLY_LOOK:
        starts.append(Start(person=person, lesson_id=lessons[0].slug, at=at))
        return
    wanted = 1 + int(random.expovariate(1 / (LESSONS_ON_AVERAGE - 0.5)))
    upload = random.random() < 0.15
    for lesson in lessons[:wanted]:
        if at > now:
            return
        starts.append(Start(person=person, lesson_id=lesson.slug, at=at - timedelta(minutes=50)))
        way = Submission.Way.UPLOAD if upload else Submission.Way.BROWSER
        if in_workshop and random.random() < 0.7:
            way = Submission.Way.WORKSHOP
        while True:
            passes = random.random() < PASSES
            yield _Try(person, lesson, at, way, passes)
            at = _working_hour(at + timedelta(hours=random.expovariate(1 / 20)), random)
            if passes:
                break
            if at > now or random.random() < GIVES_UP:
                return
        at = _working_hour(at + timedelta(days=random.expovariate(1 / DAYS_BETWEEN)), random)


def _working_hour(at: datetime, random: Random) -> datetime:
    """The same day, or the Monday after a weekend, between eight and five."""
    at += timedelta(days=max(0, 7 - at.weekday()) if at.weekday() >= 5 else 0)
    return at if 8 <= at.hour < 17 else at.replace(hour=random.randrange(8, 17), minute=random.randrange(60))


def _submission(entry: _Try, random: Random) -> Submission:
    possible = entry.lesson.possible
    points = possible if entry.passes else _short_of(possible, random)
    graded = outcome("graded")
    return Submission(
        person=entry.person,
        lesson_id=entry.lesson.slug,
        received_at=entry.at,
        not_before=entry.at,
        graded_at=entry.at + timedelta(seconds=random.randrange(2, 40)),
        way=entry.way,
        sha256=_SHA256,
        size=len(NOTEBOOK),
        state=Submission.State.GRADED,
        attempts=1,
        lesson_version=entry.lesson.version,
        outcome=graded.code,
        message=graded.message,
        help=graded.help,
        points=points,
        possible=possible,
        passed=entry.passes,
    )


def _short_of(possible: float, random: Random) -> float:
    """Whole points that do not suffice."""
    return float(random.randrange(int(-(-PASS_MARK * possible // 1))))


def _results(entry: _Try, submission: Submission, random: Random) -> Iterator[TaskResult]:
    """A row for each task, which add up to the submission's points."""
    left = submission.points or 0.0
    for task in entry.lesson.tasks:
        points = 0.0 if task.manual else min(left, task.points)
        left -= points
        answer = random.choice(_WORDS) if task.manual and random.random() < WRITES else ""
        code = "no-answer" if task.manual and not answer else "awaiting-review" if task.manual else ""
        code = code or ("correct" if points == task.points else "not-yet")
        yield TaskResult(
            submission=submission,
            number=task.number,
            task=task.id,
            title=task.title,
            manual=task.manual,
            points=points,
            possible=task.points,
            outcome=code,
            message="" if task.manual else outcome(code).message,
            answer=answer,
            rubric=list(task.rubric),
        )


def _reviews(results: Iterable[TaskResult], taught: Mapping[int, Person], random: Random) -> Iterator[Review]:
    """Trainers have read most of what their cohorts wrote."""
    for result in results:
        trainer = taught.get(result.submission.person_id)
        if trainer and result.answer and random.random() < 0.8:
            points = float(random.randrange(int(result.possible) + 1))
            at = result.submission.received_at + timedelta(days=random.randrange(1, 6))
            yield Review(task_result=result, reviewer=trainer, points=points, comment=random.choice(_COMMENTS), at=at)
