"""Units by how far their people are, with what is overdue and what has expired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from tracker.assignments.late import late
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
    """Count these people. A fixed number of queries; the database counts, nobody's row is read."""
    by_unit = counts_by_unit(there, seen.course.lessons)
    them = late(there, seen.course.lessons, seen.today)
    overdue = dict(there.filter(them.overdue).order_by().values_list("unit").annotate(Count("pk")))
    by_unit = {pk: counts + Counts(overdue=overdue.get(pk, 0)) for pk, counts in by_unit.items()}
    return Counted(by_unit, sum(overdue.values()), there.filter(them.expired).count())
