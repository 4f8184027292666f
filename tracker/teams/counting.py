"""Units by how far their people are, with what is overdue and what has expired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from tracker.assignments.audience import in_force, near
from tracker.assignments.due import Due, due_of
from tracker.assignments.models import AssignedLesson
from tracker.learning.models import Lesson
from tracker.people.models import Person
from tracker.teams.measures import Counts
from tracker.teams.sight import Sight
from tracker.teams.standing import counts_by_unit


@dataclass(frozen=True)
class Counted:
    by_unit: Mapping[int, Counts]
    overdue: int
    """People, in all units."""
    expired: int


def count_units(seen: Sight, there: QuerySet[Person]) -> Counted:
    """Count these people. A fixed number of queries."""
    by_unit = counts_by_unit(there, seen.course.lessons)
    dues = asked_of(there, seen.course.lessons, seen.today)
    overdue = {person for (person, _), due in dues.items() if due.overdue}
    expired = {person for (person, _), due in dues.items() if due.expired}
    if overdue:
        late = Counter(unit for pk, unit in there.order_by().values_list("pk", "unit") if pk in overdue)
        by_unit = {pk: counts + Counts(overdue=late[pk]) for pk, counts in by_unit.items()}
    return Counted(by_unit, len(overdue), len(expired))


def asked_of(there: QuerySet[Person], lessons: Collection[Lesson], today: date) -> dict[tuple[int, str], Due]:
    """What is due of many people: of the lessons that are assigned to anybody, so that no other is looked up."""
    assignments = near(in_force(today), there).order_by().values("pk")
    assigned = set(AssignedLesson.objects.filter(assignment__in=assignments).values_list("lesson", flat=True))
    wanted = [lesson for lesson in lessons if lesson.pk in assigned]
    return due_of(there, wanted, today)
