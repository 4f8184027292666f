"""Which surveys a person may answer, run and read. Made of the scopes of people/scopes.py; no view filters by itself.

answer    who the campaign asks
run       see how many have answered, change the last day, publish the report: the statewide office the campaigns of
          agencies, a data officer those of their agency, a trainer those of their cohorts
report    the same, and a data officer the campaigns of all agencies too: their own agency's figures, and everybody's
open      what people wrote in their own words: the statewide office; of a cohort, its trainers
gain      of published reports of whole agencies, or of all, how the average changed: managers too
Managers are in no other of these.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone

from tracker.people.models import Agency, Person, Unit
from tracker.people.scopes import (
    managed_units,
    manages,
    overseen_agencies,
    sees_statewide,
    surveyed_agencies,
    taught_cohorts,
)
from tracker.surveys.models import AgencyAnswer, Campaign


def asked(viewer: Person) -> QuerySet[Campaign]:
    """The campaigns that ask the viewer today."""
    today = timezone.localdate()
    theirs = Q(agency=None, cohort=None) | Q(cohort__in=viewer.cohorts.all())
    theirs |= Q(agency__in=Unit.objects.filter(people=viewer).order_by().values("agency"))
    return Campaign.objects.filter(theirs, opens__lte=today, closes__gte=today).select_related("edition", "cohort")


def run_by(viewer: Person) -> QuerySet[Campaign]:
    """The campaigns that the viewer runs."""
    campaigns = Campaign.objects.select_related("edition", "agency", "cohort")
    theirs = Q(agency__in=surveyed_agencies(viewer)) | Q(cohort__in=taught_cohorts(viewer))
    if sees_statewide(viewer):
        theirs |= Q(agency=None, cohort=None)
    return campaigns.filter(theirs)


def reported_to(viewer: Person) -> QuerySet[Campaign]:
    """The campaigns whose reports the viewer may read, perhaps of one agency only: see `agency_in`."""
    everybody = Campaign.objects.select_related("edition", "agency", "cohort")
    if not overseen_agencies(viewer).exists():
        return run_by(viewer)
    return (run_by(viewer) | everybody.filter(agency=None, cohort=None)).distinct()


def opened_to(viewer: Person) -> QuerySet[Campaign]:
    """The campaigns of which the viewer may read what people wrote in their own words."""
    if sees_statewide(viewer):
        return run_by(viewer)
    return run_by(viewer).filter(cohort__in=taught_cohorts(viewer))


def is_told_gains(viewer: Person) -> bool:
    return manages(viewer) or sees_statewide(viewer)


def gains_told_to(viewer: Person) -> QuerySet[Campaign]:
    """The campaigns of which the viewer may see how the average changed, if `is_told_gains`.

    None of a cohort, whose members are few; and none whose form did not say so to those who filled it in.
    """
    theirs = Q() if sees_statewide(viewer) else Q(agency=None) | Q(agency__in=managed_units(viewer).values("agency"))
    return Campaign.objects.filter(theirs, cohort=None, edition__data__averages_for_managers=True)


def imported_by(viewer: Person) -> QuerySet[Campaign]:
    """The campaigns into which the viewer may bring answers from a file."""
    if viewer.is_administrator:
        return run_by(viewer)
    return run_by(viewer).filter(agency__in=overseen_agencies(viewer))


def may_open_any(viewer: Person) -> bool:
    """Whether the viewer may open a survey for anybody."""
    return surveyed_agencies(viewer).exists() or sees_statewide(viewer) or taught_cohorts(viewer).exists()


def reads_all_units(viewer: Person) -> bool:
    return sees_statewide(viewer)


def units_of(viewer: Person) -> list[str]:
    """The answers to the question about the agency that stand for the viewer's own agencies."""
    agencies: QuerySet[Agency] = overseen_agencies(viewer)
    return list(AgencyAnswer.objects.filter(agency__in=agencies).values_list("answer", flat=True))
