"""The page of the units: what an agency's tree looks like, how many people are in each part, and who manages it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tracker.people.doors import signed_in
from tracker.people.models import Agency, Person, Unit
from tracker.people.scopes import managed_units, manages, overseen_agencies


@dataclass
class Branch:
    """A unit with what stands below it."""

    unit: Unit
    people: int
    managers: list[str]
    below: list[Branch] = field(default_factory=list)

    @property
    def everybody(self) -> int:
        """The people of the unit and of all units below it."""
        return self.people + sum(branch.everybody for branch in self.below)

    def branches(self) -> Iterator[Branch]:
        yield self
        for branch in self.below:
            yield from branch.branches()


@signed_in
@require_safe
def units(request: HttpRequest, viewer: Person) -> HttpResponse:
    """One agency's tree, or the part of it that is the viewer's; a list of agencies, where there are several."""
    if not manages(viewer):
        raise PermissionDenied
    visible = managed_units(viewer)
    agencies = list(
        Agency.objects.filter(Q(pk__in=visible.order_by().values("agency")) | Q(pk__in=overseen_agencies(viewer)))
    )
    agency = _chosen(request, agencies)
    context: dict[str, Any] = {"agencies": agencies, "agency": agency, "imports": overseen_agencies(viewer).exists()}
    if agency:
        branches = tree_of(visible.filter(agency=agency))
        flat = [branch for root in branches for branch in root.branches()]
        context |= {
            "branches": branches,
            "units": len(flat),
            "people": sum(branch.people for branch in flat),
            "unmanaged": [branch.unit.name for branch in branches if not branch.managers and branch.everybody],
        }
    elif viewer.is_administrator:
        context["unplaced"] = Person.objects.filter(unit=None, is_active=True, is_administrator=False).count()
    return render(request, "people/units.html", context)


def tree_of(units: QuerySet[Unit]) -> list[Branch]:
    """The units as a tree, by name. What hangs below none of the others stands at the top. Two queries."""
    managers = Prefetch("managers", Person.objects.filter(is_active=True))
    counted = units.annotate(count=Count("people", filter=Q(people__is_active=True))).prefetch_related(managers)
    branches = {
        unit.pk: Branch(unit, unit.count, [person.name for person in unit.managers.all()])
        for unit in counted.order_by("name", "pk")
    }
    roots: list[Branch] = []
    for branch in branches.values():
        above = branches.get(branch.unit.parent_id) if branch.unit.parent_id else None
        (above.below if above else roots).append(branch)
    return roots


def _chosen(request: HttpRequest, agencies: list[Agency]) -> Agency | None:
    wanted = request.GET.get("agency")
    if wanted is None:
        return agencies[0] if len(agencies) == 1 else None
    for agency in agencies:
        if str(agency.pk) == wanted:
            return agency
    raise Http404
