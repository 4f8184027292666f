"""Who sees whom: the only place that says so. Every view asks here; none filters people by itself.

learner         their own work
trainer         the members of the cohorts they teach: their work, to review it
manager         the people of their unit and of all units below it: whether they are done, never their answers
data officer    the same of all units of their agency
statewide       counts of every agency, and no people: the office of the state's Chief Data Officer
administrator   everybody
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest

from tracker.people.models import Agency, Cohort, Person, Unit

# The units of the agencies whose data officer a person is, and those they manage, from which it walks down. UNION, not
# UNION ALL, so that a loop in the tree would end; the agency is compared so that a wrong row could never open another.
_MANAGED_AND_BELOW = """
    WITH RECURSIVE below(id, agency_id) AS (
        SELECT people_unit.id, people_unit.agency_id
        FROM people_unit JOIN people_unit_managers ON people_unit_managers.unit_id = people_unit.id
        WHERE people_unit_managers.person_id = %s
        UNION
        SELECT people_unit.id, people_unit.agency_id
        FROM people_unit
        JOIN people_agency_data_officers ON people_agency_data_officers.agency_id = people_unit.agency_id
        WHERE people_agency_data_officers.person_id = %s
        UNION
        SELECT people_unit.id, people_unit.agency_id
        FROM people_unit JOIN below ON people_unit.parent_id = below.id AND people_unit.agency_id = below.agency_id
    )
    SELECT id FROM below
"""
_UNIT_AND_BELOW = """
    WITH RECURSIVE below(id, agency_id) AS (
        SELECT people_unit.id, people_unit.agency_id FROM people_unit WHERE people_unit.id = %s
        UNION
        SELECT people_unit.id, people_unit.agency_id
        FROM people_unit JOIN below ON people_unit.parent_id = below.id AND people_unit.agency_id = below.agency_id
    )
    SELECT id FROM below
"""


def oneself(viewer: Person) -> QuerySet[Person]:
    """The viewer, as a set of people."""
    return Person.objects.filter(pk=viewer.pk)


def managed_units(viewer: Person) -> QuerySet[Unit]:
    """The units that the viewer manages, and all units below them; for a data officer, those of the agency."""
    if viewer.is_administrator:
        return Unit.objects.all()
    return Unit.objects.filter(pk__in=RawSQL(_MANAGED_AND_BELOW, [viewer.pk, viewer.pk]))


def managed_people(viewer: Person) -> QuerySet[Person]:
    """The people whose completion the viewer may see."""
    return Person.objects.filter(is_active=True, unit__in=managed_units(viewer))


def reported_people(viewer: Person) -> QuerySet[Person]:
    """The people whose completion a program may read on the viewer's behalf: the viewer, and those they manage."""
    return Person.objects.filter(Q(pk=viewer.pk) | Q(unit__in=managed_units(viewer)), is_active=True)


def unit_and_below(unit: Unit) -> QuerySet[Unit]:
    """The unit and all units below it. Whether the viewer may see it is asked before."""
    return Unit.objects.filter(pk__in=RawSQL(_UNIT_AND_BELOW, [unit.pk]))


def overseen_agencies(viewer: Person) -> QuerySet[Agency]:
    """The agencies whose data officer the viewer is."""
    return Agency.objects.all() if viewer.is_administrator else Agency.objects.filter(data_officers=viewer)


def sees_statewide(viewer: Person) -> bool:
    """Whether the viewer may see the counts of every agency side by side. They are counts: no person is in them."""
    return viewer.is_administrator or viewer.sees_statewide


def audited(viewer: Person) -> Q:
    """Which lines of the audit log the viewer may read: those of the agencies whose data officer they are."""
    return Q() if viewer.is_administrator else Q(agency__in=overseen_agencies(viewer))


def surveyed_agencies(viewer: Person) -> QuerySet[Agency]:
    """The agencies in which the viewer may open surveys and read their reports: counts, and nobody's answers."""
    return Agency.objects.all() if sees_statewide(viewer) else overseen_agencies(viewer)


def counted_people() -> QuerySet[Person]:
    """Everybody whom statewide counts count. For counts only: no page shows them to whoever sees the counts."""
    return Person.objects.filter(is_active=True, unit__isnull=False)


def taught_cohorts(viewer: Person) -> QuerySet[Cohort]:
    """The cohorts that the viewer teaches."""
    return Cohort.objects.all() if viewer.is_administrator else Cohort.objects.filter(trainers=viewer)


def enrolled_people(cohort: Cohort) -> QuerySet[Person]:
    """The members of a cohort today. Whether the viewer may see it is asked before."""
    return Person.objects.filter(is_active=True, cohorts=cohort)


def reviewed_people(viewer: Person) -> QuerySet[Person]:
    """The people whose submissions the viewer may read and review: never the viewer's own."""
    memberships = Cohort.members.through.objects.filter(person=OuterRef("pk"), cohort__in=taught_cohorts(viewer))
    return Person.objects.filter(Exists(memberships), is_active=True).exclude(pk=viewer.pk)


def manages(viewer: Person) -> bool:
    """Whether the viewer may see anybody's completion: a manager, a data officer, an administrator."""
    return viewer.is_administrator or Unit.objects.filter(managers=viewer).exists() or oversees(viewer)


def oversees(viewer: Person) -> bool:
    return viewer.is_administrator or Agency.objects.filter(data_officers=viewer).exists()


def teaches(viewer: Person) -> bool:
    return viewer.is_administrator or viewer.cohorts_taught.exists()


def assigns(viewer: Person) -> bool:
    """Whether the viewer may assign lessons to anybody."""
    return manages(viewer) or teaches(viewer)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template values: which entries of the menu the viewer gets. Pages that nobody signed in to ask nothing."""
    viewer = getattr(request, "user", AnonymousUser())
    if not isinstance(viewer, Person):
        return {"viewer": None, "is_manager": False, "is_trainer": False, "is_statewide": False}
    return {
        "viewer": viewer,
        "is_manager": manages(viewer),
        "is_trainer": teaches(viewer),
        "is_statewide": sees_statewide(viewer),
    }
