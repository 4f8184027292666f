"""Results of workshops: notebooks that a trainer collected and graded with nbgrader, kept beside those handed in here.

A notebook is known again by its person, its lesson and the time at which it was handed in (or its content, where no
time was kept). So the same results can be brought in as often as you like: what is new is added, and what was graded
otherwise since then is corrected in its place. A review that somebody wrote in the tracker is never replaced.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from autograder.notebook.lesson import PASS_MARK
from autograder.outcomes import outcome
from tracker.audit.log import note
from tracker.learning.models import Lesson, Review, StoredNotebook, Submission, TaskResult
from tracker.learning.reviews import carry_review
from tracker.learning.text import storable
from tracker.people.models import Person


@dataclass(frozen=True)
class HandReview:
    """Points and comment that a trainer gave to a free text in the workshop's gradebook."""

    points: float
    comment: str = ""


@dataclass(frozen=True)
class WorkshopTask:
    """What one task got. `outcome` is a code of the autograder."""

    id: str
    number: int
    title: str
    manual: bool
    points: float
    possible: float
    outcome: str
    message: str = ""
    answer: str = ""
    rubric: tuple[str, ...] = ()
    review: HandReview | None = None


@dataclass(frozen=True)
class WorkshopResult:
    """One learner's graded notebook. `handed_in` is None where nobody wrote the time down."""

    slug: str
    version: str
    handed_in: datetime | None
    notebook: bytes
    tasks: tuple[WorkshopTask, ...]

    @property
    def points(self) -> float:
        return sum(task.points for task in self.tasks if not task.manual)

    @property
    def possible(self) -> float:
        return sum(task.possible for task in self.tasks if not task.manual)

    @property
    def passed(self) -> bool:
        return self.points >= PASS_MARK * self.possible


class Change(StrEnum):
    """What recording a result changes."""

    NEW = "new"
    CORRECTED = "corrected"
    NONE = "unchanged"


@transaction.atomic
def record(person: Person, lesson: Lesson, result: WorkshopResult) -> Change:
    """Bring one result in."""
    # Two people who publish at once wait for each other here.
    Person.objects.select_for_update().get(pk=person.pk)
    found = _find(person, lesson, result)
    now = timezone.now()
    sha256 = hashlib.sha256(result.notebook).hexdigest()
    facts = _facts(result) | {"sha256": sha256, "size": len(result.notebook)}
    if found is None:
        found = Submission.objects.create(
            person=person,
            lesson=lesson,
            way=Submission.Way.WORKSHOP,
            received_at=result.handed_in or now,
            state=Submission.State.GRADED,
            graded_at=now,
            **facts,
        )
        change = Change.NEW
    elif _differs(found, facts):
        Submission.objects.filter(pk=found.pk).update(graded_at=now, **facts)
        change = Change.CORRECTED
    else:
        change = Change.NONE
    if change is Change.NEW or found.sha256 != sha256:
        gzipped = gzip.compress(result.notebook, compresslevel=6, mtime=0)
        StoredNotebook.objects.update_or_create(submission=found, defaults={"gzipped": gzipped})
    tasks_changed = [_record_task(found, task) for task in result.tasks]
    if change is Change.NONE and any(tasks_changed):
        change = Change.CORRECTED
    if change is not Change.NONE:
        note(None, "grading.workshop", f"{person.name}: {lesson}", concerning=person, result=change.value)
    return change


def _find(person: Person, lesson: Lesson, result: WorkshopResult) -> Submission | None:
    earlier = Submission.objects.filter(person=person, lesson=lesson, way=Submission.Way.WORKSHOP)
    if result.handed_in:
        return earlier.filter(received_at=result.handed_in).first()
    return earlier.filter(sha256=hashlib.sha256(result.notebook).hexdigest()).first()


def _facts(result: WorkshopResult) -> dict[str, Any]:
    words = outcome("graded")
    return {
        "lesson_version": result.version,
        "outcome": words.code,
        "message": words.message,
        "help": words.help,
        "points": result.points,
        "possible": result.possible,
        "passed": result.passed,
    }


def _record_task(submission: Submission, task: WorkshopTask) -> bool:
    """Write one row and its review. True where something was there already, and is another now."""
    facts = {
        "number": task.number,
        "title": task.title,
        "manual": task.manual,
        "points": 0 if task.manual else task.points,
        "possible": task.possible,
        "outcome": task.outcome,
        "message": storable(task.message),
        "answer": storable(task.answer),
        "rubric": list(task.rubric),
    }
    row = TaskResult.objects.filter(submission=submission, task=task.id).first()
    changed = row is not None and _differs(row, facts)
    is_new = row is None
    if row is None or changed:
        row, _ = TaskResult.objects.update_or_create(submission=submission, task=task.id, defaults=facts)
    if task.review:
        changed |= _record_review(row, task.review, is_new)
    elif is_new:
        carry_review(row)
    return changed


def _record_review(row: TaskResult, given: HandReview, is_new: bool) -> bool:
    review = Review.objects.filter(task_result=row).first()
    facts: dict[str, Any] = {"points": given.points, "comment": storable(given.comment)}
    if review is None:
        Review.objects.create(task_result=row, reviewer=None, **facts)
        return not is_new
    if review.reviewer_id is not None or not _differs(review, facts):
        return False
    Review.objects.filter(pk=review.pk).update(at=timezone.now(), **facts)
    return True


def _differs(row: object, facts: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in facts.items())
