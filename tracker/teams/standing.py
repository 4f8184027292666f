"""How far people are, asked of the database in one go: for counting units, and for finding, sorting and paging people.

The states are those of tracker/learning/progress.py, which says what each means. Here they are conditions that the
database can answer for thousands of people without anybody's row being read. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from tracker.learning.models import Lesson, Start, Submission
from tracker.learning.progress import State, of_lessons
from tracker.people.models import Person
from tracker.teams.measures import Counts

_States = Submission.State


def with_completed(people: QuerySet[Person], lessons: Collection[Lesson]) -> QuerySet[Person, Any]:
    """The people, each with `completed`: how many of the lessons are complete."""
    passed = _handed_in(lessons).filter(passed=True).order_by().values("person")
    counted = passed.annotate(lessons=Count("lesson", distinct=True)).values("lessons")
    return people.annotate(completed=Coalesce(Subquery(counted, output_field=IntegerField()), Value(0)))


def counts_by_unit(people: QuerySet[Person], lessons: Sequence[Lesson]) -> dict[int, Counts]:
    """The people of each unit by how far they are, overdue left out. One query."""
    rows = (
        people.order_by()
        .annotate(begun=begun(lessons))
        .values("unit")
        .annotate(
            people=Count("pk"),
            complete=Count("pk", filter=_all_complete(lessons)),
            idle=Count("pk", filter=Q(begun=False)),
        )
    )
    return {row["unit"]: Counts(row["people"], row["complete"], row["idle"]) for row in rows}


def _all_complete(lessons: Sequence[Lesson]) -> Q:
    """Whether a person has completed every one of the lessons, and there are some."""
    if not lessons:
        return Q(pk=None)
    of_person = Submission.objects.filter(lesson=OuterRef("pk"), passed=True)
    missing = Lesson.objects.filter(
        ~Exists(of_person.filter(person=OuterRef(OuterRef("pk")))), pk__in=[lesson.pk for lesson in lessons]
    ).order_by()
    # Nearly everybody lacks the last one, and of them nothing else needs to be asked.
    last = Submission.objects.filter(person=OuterRef("pk"), lesson=lessons[-1].pk, passed=True)
    return Q(Exists(last)) & ~Q(Exists(missing))


def begun(lessons: Collection[Lesson]) -> Exists | Q:
    """Whether a person has opened, downloaded or handed in one of the lessons."""
    return Exists(_handed_in(lessons)) | Exists(_started(lessons))


def stuck(lessons: Collection[Lesson], before: datetime) -> Exists:
    """Whether a person needs another try in one of the lessons, and the newest try was handed in before that time."""
    same = Submission.objects.filter(person=OuterRef("person"), lesson=OuterRef("lesson"))
    in_the_way = same.filter(
        Q(passed=True) | Q(state__in=[_States.WAITING, _States.GRADING]) | Q(received_at__gte=before)
    )
    return Exists(
        _handed_in(lessons).filter(~Exists(in_the_way), state=_States.GRADED, passed=False, received_at__lt=before)
    )


def in_state(state: State, lessons: Collection[Lesson]) -> Exists:
    """Whether a person is in this state in one of the lessons."""
    same = Submission.objects.filter(person=OuterRef("person"), lesson=OuterRef("lesson"))
    tries = _handed_in(lessons)
    unfinished = tries.filter(~Exists(same.filter(passed=True)))
    waiting, grading, graded = (
        Exists(same.filter(state=one)) for one in (_States.WAITING, _States.GRADING, _States.GRADED)
    )
    match state:
        case State.COMPLETE:
            return Exists(tries.filter(passed=True))
        case State.BEING_GRADED:
            return Exists(unfinished.filter(state=_States.GRADING))
        case State.SUBMITTED:
            return Exists(unfinished.filter(Q(state=_States.WAITING) | ~Q(graded), ~grading))
        case State.ANOTHER_TRY:
            return Exists(unfinished.filter(~waiting, ~grading, state=_States.GRADED))
        case State.STARTED:
            return Exists(_started(lessons).filter(~Exists(same)))
        case State.NOT_STARTED:
            theirs = {"person": OuterRef(OuterRef("pk")), "lesson": OuterRef("pk")}
            untouched = Lesson.objects.filter(pk__in=[lesson.pk for lesson in lessons]).filter(
                ~Exists(Submission.objects.filter(**theirs)), ~Exists(Start.objects.filter(**theirs))
            )
            return Exists(untouched)


def _handed_in(lessons: Collection[Lesson]) -> QuerySet[Submission]:
    return of_lessons(Submission.objects.filter(person=OuterRef("pk")), lessons)


def _started(lessons: Collection[Lesson]) -> QuerySet[Start]:
    return of_lessons(Start.objects.filter(person=OuterRef("pk")), lessons)
