"""Who is overdue, and for whom a completion has expired, as conditions that the database answers for thousands.

The rules are those of due.py, which works out everything about one person after another. A test holds the two
together. Here it is enough to look at each assignment by itself: a person is overdue in a lesson if any assignment
says so, because of several the most urgent counts, and one that is overdue is more urgent than one that is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tracker.assignments.audience import audiences, in_force, near, reaching
from tracker.assignments.due import FAIR, counts_still, months_later
from tracker.assignments.models import Arrival, AssignedLesson, Assignment
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Person

NOBODY = Q(pk=None)


@dataclass(frozen=True)
class Late:
    """Conditions on people."""

    overdue: Q
    expired: Q


def late(people: QuerySet[Person], lessons: Collection[Lesson], today: date) -> Late:
    """The conditions for these people and lessons. Four queries, however many people."""
    pressing = Q(due__lt=today) | Q(renew_months__isnull=False)
    assignments = list(near(in_force(today).filter(pressing), people))
    reached = reaching(audiences(assignments))
    overdue, expired = [], []
    for each in assignments:
        asked = AssignedLesson.objects.filter(assignment=each.pk, lesson__in=[lesson.pk for lesson in lessons])
        if each.due < today:
            last = _last_arrival(each, today)
            there = Q() if last >= today else Q(Exists(_arrivals(each).filter(since__lte=last)))
            missing = asked.filter(~Exists(_completions(each, today)), since__lte=last)
            overdue.append(reached[each.pk] & there & Q(Exists(missing)))
        if each.renew_months is not None:
            gone = asked.filter(Exists(_passed()), ~Exists(_completions(each, today)))
            expired.append(reached[each.pk] & Q(Exists(gone)))
    return Late(_any(overdue), _any(expired))


def _any(conditions: Iterable[Q]) -> Q:
    """One of them, at least. One alone stands alone: beside another, PostgreSQL would ask it twice."""
    return reduce(or_, conditions, Q()) or NOBODY


def first_day_that_counts(renew_months: int, today: date) -> date:
    """The first day of which a completion has not expired today."""
    day = months_later(today, -renew_months)
    return day if counts_still(day, renew_months, today) else day + timedelta(days=1)


def _last_arrival(assignment: Assignment, today: date) -> date:
    """Whoever, and whatever lesson, arrived by that day has no more time; the others have at least FAIR."""
    return max(assignment.made_on, today - FAIR - timedelta(days=1))


def _arrivals(assignment: Assignment) -> QuerySet[Arrival]:
    return Arrival.objects.filter(assignment=assignment.pk, person=OuterRef("pk"))


def _passed() -> QuerySet[Submission]:
    """Of the person two queries further out, in the lesson right outside."""
    return Submission.objects.filter(person=OuterRef(OuterRef("pk")), lesson=OuterRef("lesson"), passed=True)


def _completions(assignment: Assignment, today: date) -> QuerySet[Submission]:
    """Those of them that count today."""
    if assignment.renew_months is None:
        return _passed()
    first = first_day_that_counts(assignment.renew_months, today)
    return _passed().filter(received_at__gte=datetime.combine(first, time.min, timezone.get_current_timezone()))
