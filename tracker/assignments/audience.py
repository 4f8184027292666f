"""Whom an assignment reaches: the only place that says so.

An assignment stands in an agency or in a cohort. In an agency it reaches everybody in its units and in all units
below them, or the whole agency where it names no unit; in a cohort, the members. Where it names people, it reaches
only these, and only while they are there. So who leaves is no longer reached, and who joins is, from that day on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from tracker.assignments.models import Arrival, Assignment
from tracker.people.models import Cohort, Person, Unit


@dataclass(frozen=True)
class Audience:
    """Where an assignment stands, saved or not."""

    agency: int | None
    cohort: int | None
    units: frozenset[int] = frozenset()
    named: frozenset[int] = frozenset()


def in_force(today: date) -> QuerySet[Assignment]:
    """The assignments that ask something of somebody today."""
    return Assignment.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=today))


def near(assignments: QuerySet[Assignment], people: QuerySet[Person]) -> QuerySet[Assignment]:
    """Those in an agency or a cohort of the people: all that could reach them."""
    agencies = people.order_by().values("unit__agency")
    cohorts = Cohort.members.through.objects.filter(person__in=people.order_by()).values("cohort")
    return assignments.filter(Q(agency__in=agencies) | Q(cohort__in=cohorts))


def audiences(assignments: Collection[Assignment]) -> dict[int, Audience]:
    """The audience of each assignment, by its id. Two queries."""
    chosen = [each.pk for each in assignments]
    in_units = Assignment.units.through.objects.filter(assignment__in=chosen)
    units: dict[int, set[int]] = defaultdict(set)
    for assignment, unit in in_units.values_list("assignment", "unit"):
        units[assignment].add(unit)
    by_name = Assignment.people.through.objects.filter(assignment__in=chosen)
    named: dict[int, set[int]] = defaultdict(set)
    for assignment, person in by_name.values_list("assignment", "person"):
        named[assignment].add(person)
    return {
        each.pk: Audience(each.agency_id, each.cohort_id, frozenset(units[each.pk]), frozenset(named[each.pk]))
        for each in assignments
    }


def reached(wanted: Mapping[int, Audience], people: QuerySet[Person]) -> dict[int, set[int]]:
    """The ids of those of the people whom each audience reaches. Three queries."""
    people = people.order_by()
    agencies = {each.agency for each in wanted.values() if each.agency}
    cohorts = {each.cohort for each in wanted.values() if each.cohort}
    of_unit: dict[int, set[int]] = defaultdict(set)
    of_agency: dict[int, set[int]] = defaultdict(set)
    for person, unit, agency in people.filter(unit__agency__in=agencies).values_list("pk", "unit", "unit__agency"):
        of_unit[unit].add(person)
        of_agency[agency].add(person)
    members: dict[int, set[int]] = defaultdict(set)
    enrolled = Cohort.members.through.objects.filter(cohort__in=cohorts, person__in=people)
    for cohort, person in enrolled.values_list("cohort", "person"):
        members[cohort].add(person)
    units = units_reached(wanted)

    found: dict[int, set[int]] = {}
    for key, each in wanted.items():
        there: set[int] = set()
        if each.cohort is not None:
            there = members[each.cohort]
        elif each.agency is not None:
            there = of_agency[each.agency]
            if each.units:
                there = there & set().union(*(of_unit[unit] for unit in units[key]))
        found[key] = there & each.named if each.named else set(there)
    return found


def units_reached(wanted: Mapping[int, Audience]) -> dict[int, set[int]]:
    """The units of each audience that names some, with all below them. One query."""
    agencies = {each.agency for each in wanted.values() if each.agency and each.units}
    children: dict[int | None, list[int]] = defaultdict(list)
    for unit, parent in Unit.objects.filter(agency__in=agencies).order_by().values_list("pk", "parent"):
        children[parent].append(unit)
    return {key: _with_all_below(each.units, children) for key, each in wanted.items() if each.units}


def reaching(wanted: Mapping[int, Audience]) -> dict[int, Q]:
    """The same as `reached`, as conditions on people, for where thousands are counted. One query."""
    units = units_reached(wanted)
    return {key: _reaching(each, units.get(key, set())) for key, each in wanted.items()}


def _reaching(audience: Audience, units: Collection[int]) -> Q:
    if audience.cohort is not None:
        members = Cohort.members.through.objects.filter(cohort=audience.cohort, person=OuterRef("pk"))
        found = Q(Exists(members))
    else:
        found = Q(unit__agency=audience.agency)
        if audience.units:
            found &= Q(unit__in=units)
    return found & Q(pk__in=audience.named) if audience.named else found


@transaction.atomic
def note_arrivals(assignments: Collection[Assignment], today: date) -> None:
    """Write down whom assignments reach since today, and forget whom they reach no longer.

    Called when an assignment is saved, and every day by the reminders. A person whom no row names yet counts as
    arrived today, so a day without it is to nobody's disadvantage.
    """
    now = {
        (assignment, person)
        for assignment, people in reached(audiences(assignments), Person.objects.filter(is_active=True)).items()
        for person in people
    }
    rows = Arrival.objects.filter(assignment__in=[each.pk for each in assignments])
    before = {(assignment, person): pk for pk, assignment, person in rows.values_list("pk", "assignment", "person")}
    gone = [pk for pair, pk in before.items() if pair not in now]
    for start in range(0, len(gone), 500):
        Arrival.objects.filter(pk__in=gone[start : start + 500]).delete()
    fresh = (Arrival(assignment_id=a, person_id=p, since=today) for a, p in sorted(now - before.keys()))
    Arrival.objects.bulk_create(fresh, batch_size=1_000, ignore_conflicts=True)


def _with_all_below(units: Iterable[int], children: Mapping[int | None, list[int]]) -> set[int]:
    seen: set[int] = set()
    rest = list(units)
    while rest:
        unit = rest.pop()
        if unit not in seen:
            seen.add(unit)
            rest += children.get(unit, [])
    return seen
