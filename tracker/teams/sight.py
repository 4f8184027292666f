"""What a page about a team looks at: which people, in which units, and which lessons. Every view here begins with it.

Who may be seen is asked of tracker/people/scopes.py. Who sees several agencies chooses one, so that no page, query or
file of this room is ever about more than one agency's people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from tracker.people.models import Agency, Person, Unit
from tracker.people.scopes import managed_people, managed_units, manages, oversees
from tracker.teams.courses import Course, Courses, courses
from tracker.teams.units import Tree


@dataclass(frozen=True)
class Sight:
    viewer: Person
    agencies: Sequence[Agency]
    """All that the viewer could look at."""
    agency: Agency | None
    """The one looked at; None where there are several and none is chosen, or none at all."""
    tree: Tree
    courses: Courses

    @property
    def course(self) -> Course:
        return self.courses.chosen

    @cached_property
    def people(self) -> QuerySet[Person]:
        """Everybody whom the viewer may see here."""
        seen = managed_people(self.viewer)
        return seen.filter(unit__agency=self.agency) if self.agency else seen.none()

    def people_of(self, unit: Unit) -> QuerySet[Person]:
        """The same in a unit and below it."""
        return self.people.filter(unit__in=self.tree.below(unit))

    @property
    def today(self) -> date:
        return timezone.localdate()

    @property
    def must_choose(self) -> bool:
        return self.agency is None and len(self.agencies) > 1

    def query(self, **more: object) -> str:
        """What an address needs so that the next page looks at the same: empty, or from the question mark on."""
        facts: dict[str, object] = {}
        if self.agency and len(self.agencies) > 1:
            facts["agency"] = self.agency.pk
        if self.course.id:
            facts["path"] = self.course.id
        facts |= {name: value for name, value in more.items() if value not in ("", None)}
        return f"?{urlencode(facts)}" if facts else ""

    # For templates:

    @cached_property
    def reads_the_log(self) -> bool:
        return oversees(self.viewer)

    @property
    def here(self) -> str:
        return self.query()

    @property
    def by_person(self) -> str:
        return self.query(rows="person")

    @property
    def by_lesson(self) -> str:
        return self.query(rows="lesson")


def sight(request: HttpRequest, viewer: Person, unit: int | None = None) -> Sight:
    """What the address asks for, as far as the viewer may see it. A unit's page looks at the unit's agency."""
    if not manages(viewer):
        raise PermissionDenied
    tree = Tree(managed_units(viewer).prefetch_related("agency").order_by("agency__name", "name", "pk"))
    agencies = list({one.agency_id: one.agency for one in tree.units.values()}.values())
    wanted = str(tree.units[unit].agency_id) if unit in tree.units else request.GET.get("agency", "")
    agency = next((one for one in agencies if str(one.pk) == wanted), None)
    if agency is None and len(agencies) == 1:
        agency = agencies[0]
    if agency and len(agencies) > 1:
        tree = tree.within(agency.pk)
    return Sight(viewer, agencies, agency, tree, courses(request.GET.get("path", "")))
