"""What is due, and when. The rules stand here and nowhere else.

due         on the assignment's day, which is the last that is in time. For a person whom the assignment reaches only
            after it was made, and for a lesson that was added to it, not before 30 days have gone by since.
done        the lesson is complete, and its completion has not expired
expired     the assignment wants the lesson completed again after some months, and the newest completion is older.
            An older completion is never deleted. It is due again on the day on which it stops counting.
overdue     not done, and the day is over
soon        not overdue, and the day is among the next 14; also a completion that is about to expire
several     of several assignments that ask for the same lesson, the one that is due first counts

A day is a day of the installation's time zone.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from tracker.assignments.audience import audiences, in_force, near, reached, reaching
from tracker.assignments.models import Arrival, AssignedLesson, Assignment
from tracker.learning.models import Lesson, Submission
from tracker.people.models import Person

FAIR = timedelta(days=30)
"""What a newcomer gets, at least."""
SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Due:
    """What one person has to do about one assigned lesson."""

    assignment: int
    title: str
    """The assignment's."""
    on: date
    done: bool
    overdue: bool
    soon: bool
    renew: bool
    """The lesson is or was complete, and has to be completed again by that day."""
    expired: bool
    """The completion counts no longer: pages say "Expired", not "Complete"."""


def due_of(people: QuerySet[Person], lessons: Collection[Lesson], today: date) -> dict[tuple[int, str], Due]:
    """What is due of people in lessons, by (person's id, slug). Eight queries, however many people.

    A pair that no assignment asks for is missing.
    """
    assignments = list(near(in_force(today), people))
    facts = {each.pk: each for each in assignments}
    slugs = [lesson.pk for lesson in lessons]
    asked: dict[int, list[tuple[str, date]]] = defaultdict(list)
    rows = AssignedLesson.objects.filter(assignment__in=list(facts), lesson__in=slugs)
    for assignment, lesson, since in rows.values_list("assignment", "lesson", "since"):
        asked[assignment].append((lesson, since))
    arrivals = {
        (assignment, person): since
        for assignment, person, since in Arrival.objects.filter(
            assignment__in=list(facts), person__in=people.order_by()
        ).values_list("assignment", "person", "since")
    }
    completed = completions(people, slugs)

    found: dict[tuple[int, str], Due] = {}
    alike: dict[tuple[int, date, date | None], Due] = {}  # most people of an assignment share one
    for number, those in reached(audiences(assignments), people).items():
        for person in those:
            arrived = arrivals.get((number, person), today)
            for lesson, since in asked[number]:
                key = (number, max(arrived, since), completed.get((person, lesson)))
                due = alike.get(key) or alike.setdefault(key, _due(facts[number], key[1], key[2], today))
                other = found.get((person, lesson))
                if other is None or _urgency(due) < _urgency(other):
                    found[person, lesson] = due
    return found


def due_by(
    assignment: Assignment, people: QuerySet[Person], lessons: Collection[Lesson], today: date
) -> dict[int, tuple[Due, ...]]:
    """What one assignment asks of each person whom it reaches, whatever others ask for. Five queries.

    Most people of an agency stand alike: these share one tuple.
    """
    slugs = [lesson.pk for lesson in lessons]
    rows = AssignedLesson.objects.filter(assignment=assignment, lesson__in=slugs).order_by("pk")
    asked = list(rows.values_list("lesson", "since"))
    if not asked:
        return {}
    if assignment.renew_months is None:  # on which day makes no difference
        completed = dict.fromkeys(_passed(people, slugs).values_list("person", "lesson").distinct(), today)
    else:
        completed = completions(people, slugs)
    arrival = Arrival.objects.filter(assignment=assignment, person=OuterRef("pk")).values("since")
    there = people.order_by().filter(reaching(audiences([assignment]))[assignment.pk])
    alike: dict[tuple[date | None, tuple[date | None, ...]], tuple[Due, ...]] = {}
    found: dict[int, tuple[Due, ...]] = {}
    for person, arrived in there.annotate(arrived=Subquery(arrival)).values_list("pk", "arrived"):
        days = tuple(completed.get((person, lesson)) for lesson, _ in asked)
        if (dues := alike.get((arrived, days))) is None:
            dues = alike[arrived, days] = tuple(
                _due(assignment, max(arrived or today, since), day, today)
                for (_, since), day in zip(asked, days, strict=True)
            )
        found[person] = dues
    return found


def completions(people: QuerySet[Person], slugs: Collection[str]) -> dict[tuple[int, str], date]:
    """The day of each person's newest completion of a lesson."""
    passed = _passed(people, slugs)
    here = timezone.get_current_timezone()
    return {
        (person, lesson): at.astimezone(here).date()
        for person, lesson, at in passed.values_list("person", "lesson").annotate(Max("received_at"))
    }


def _passed(people: QuerySet[Person], slugs: Collection[str]) -> QuerySet[Submission]:
    return Submission.objects.filter(person__in=people.order_by(), lesson__in=slugs, passed=True).order_by()


def _due(assignment: Assignment, since: date, completed: date | None, today: date) -> Due:
    on = assignment.due if since <= assignment.made_on else max(assignment.due, since + FAIR)
    renew = completed is not None and assignment.renew_months is not None
    done = completed is not None
    if completed is not None and assignment.renew_months is not None:
        on = max(on, months_later(completed, assignment.renew_months))
        done = counts_still(completed, assignment.renew_months, today)
    return Due(
        assignment=assignment.pk,
        title=assignment.title,
        on=on,
        done=done,
        overdue=not done and on < today,
        soon=(renew or not done) and today <= on <= today + SOON,
        renew=renew,
        expired=renew and not done,
    )


def _urgency(due: Due) -> tuple[bool, bool, date, int]:
    return due.done, not due.renew, due.on, due.assignment


def counts_still(completed: date, renew_months: int | None, today: date) -> bool:
    """Whether a completion of that day has not expired."""
    return renew_months is None or today <= months_later(completed, renew_months)


def months_later(day: date, months: int) -> date:
    """The same day of the month, or the last of a shorter one."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
