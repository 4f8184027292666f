"""Where a viewer may assign, and which assignments they may change or read. Who sees whom stands in people.scopes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from tracker.assignments.audience import audiences, near, reached
from tracker.assignments.models import Assignment
from tracker.people.models import Agency, Cohort, Person, Unit
from tracker.people.scopes import managed_people, managed_units, overseen_agencies, taught_cohorts


@dataclass(frozen=True)
class Place:
    """An agency, or the viewer's part of it, or a cohort: where one assignment stands."""

    key: str
    title: str
    agency: Agency | None = None
    cohort: Cohort | None = None
    whole: bool = True
    """The viewer may assign to all of it; otherwise they choose units."""


@dataclass(frozen=True)
class UnitChoice:
    unit: Unit
    title: str
    """With the units above it that the viewer manages."""


def places(viewer: Person) -> list[Place]:
    """Everywhere the viewer may assign."""
    overseen = set(overseen_agencies(viewer).values_list("pk", flat=True))
    agencies = Agency.objects.filter(Q(pk__in=overseen) | Q(units__in=managed_units(viewer))).distinct()
    return [
        *(Place(f"agency-{agency.pk}", agency.name, agency=agency, whole=agency.pk in overseen) for agency in agencies),
        *(Place(f"cohort-{cohort.pk}", cohort.name, cohort=cohort) for cohort in taught_cohorts(viewer)),
    ]


def place_of(assignment: Assignment, viewer: Person) -> Place:
    """Where an assignment stands that the viewer may change."""
    key = f"cohort-{assignment.cohort_id}" if assignment.cohort_id else f"agency-{assignment.agency_id}"
    return next(place for place in places(viewer) if place.key == key)


def unit_choices(viewer: Person, place: Place) -> list[UnitChoice]:
    """The units of a place that the viewer may choose, each right after the one above it."""
    if place.agency is None:
        return []
    units = {unit.pk: unit for unit in managed_units(viewer).filter(agency=place.agency)}
    below: dict[int | None, list[Unit]] = defaultdict(list)
    for unit in units.values():
        below[unit.parent_id if unit.parent_id in units else None].append(unit)
    found: list[UnitChoice] = []
    rest = [UnitChoice(unit, unit.name) for unit in reversed(below[None])]
    while rest:
        choice = rest.pop()
        found.append(choice)
        rest += [UnitChoice(unit, f"{choice.title} › {unit.name}") for unit in reversed(below[choice.unit.pk])]
    return found


def people_at(viewer: Person, place: Place) -> QuerySet[Person]:
    """The people of a place that the viewer may assign to."""
    if place.cohort:
        return Person.objects.filter(is_active=True, cohorts=place.cohort)
    return managed_people(viewer).filter(unit__agency=place.agency)


def changeable(viewer: Person) -> QuerySet[Assignment]:
    """Assignments that reach only where the viewer may assign, whoever made them."""
    through = Assignment.units.through.objects.filter(assignment=OuterRef("pk"))
    mine = Exists(through) & ~Exists(through.exclude(unit__in=managed_units(viewer)))
    return Assignment.objects.filter(
        Q(cohort__in=taught_cohorts(viewer)) | Q(agency__in=overseen_agencies(viewer)) | Q(mine)
    )


def of_others(viewer: Person, assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Assignments that others made and that reach people whose completion the viewer may see."""
    people = managed_people(viewer)
    others = list(near(assignments, people).exclude(pk__in=changeable(viewer).values("pk")))
    reaching = [pk for pk, those in reached(audiences(others), people).items() if those]
    return Assignment.objects.filter(pk__in=reaching)
