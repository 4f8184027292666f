"""A manager's pages: what needs attention, units, people by lessons, and one person. Never an answer or a score."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import managed_people
from tracker.teams.attention import matters
from tracker.teams.counting import count_units
from tracker.teams.matrix import PEOPLE_ON_A_PAGE, lines, matrix
from tracker.teams.sight import Sight, sight
from tracker.teams.units import total


@signed_in
@require_safe
def team(request: HttpRequest, viewer: Person) -> HttpResponse:
    """The front page: what needs attention first, then units, then people."""
    seen = sight(request, viewer)
    if seen.must_choose:
        return _choose_agency(request, seen)
    counted = count_units(seen, seen.people)
    counts = total(counted.by_unit, counted.by_unit)
    few = counts.people <= PEOPLE_ON_A_PAGE
    context = {
        "matters": matters(seen, counted),
        "counts": counts,
        "lines": seen.tree.lines(counted.by_unit),
        # Fifty of some thousand people, in no particular order, would tell nobody anything.
        "matrix": matrix({}, seen, seen.people, seen.tree.units) if few else None,
    }
    return _page(request, "teams/team.html", seen, context)


@signed_in
@require_safe
def people(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Everybody, with filters."""
    seen = sight(request, viewer)
    if seen.must_choose:
        return _choose_agency(request, seen)
    return _page(request, "teams/people.html", seen, _found(request, seen, seen.people, seen.tree.units))


@signed_in
@require_safe
def unit(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    """A unit and all below it: the counts, the units right below, and people by lessons."""
    seen = sight(request, viewer, number)
    chosen = seen.tree.units.get(number)
    if chosen is None:
        raise Http404
    there = seen.people_of(chosen)
    counted = count_units(seen, there)
    context = {
        "unit": chosen,
        "above": seen.tree.units.get(chosen.parent_id or 0),
        "counts": total(counted.by_unit, counted.by_unit),
        "lines": seen.tree.lines(counted.by_unit, chosen),
    } | _found(request, seen, there, seen.tree.below(chosen))
    return _page(request, "teams/unit.html", seen, context)


@signed_in
@require_safe
def person(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    """One person's lessons: states and days."""
    seen = sight(request, viewer)
    found = get_object_or_404(managed_people(viewer).select_related("unit"), pk=number)
    line = lines([found.pk], seen.course.lessons, seen.today)[0]
    context = {"line": line, "rows": list(zip(seen.course.lessons, line.cells, strict=True))}
    return _page(request, "teams/person.html", seen, context)


def _choose_agency(request: HttpRequest, seen: Sight) -> HttpResponse:
    sizes = dict(managed_people(seen.viewer).order_by().values_list("unit__agency").annotate(Count("pk")))
    listed = [(agency, sizes.get(agency.pk, 0)) for agency in seen.agencies]
    return _page(request, "teams/agencies.html", seen, {"agencies": listed})


def _found(request: HttpRequest, seen: Sight, there: QuerySet[Person], units: Collection[int]) -> dict[str, Any]:
    """A matrix with its filters, and the links that sort it."""
    made = matrix(request.GET, seen, there, units)

    def link(**more: object) -> str:
        return seen.query(**(made.filters.values() | more)) + "#who"

    now = made.filters.value("sort")
    directions = {"name": "ascending", "-name": "descending", "completed": "ascending", "-completed": "descending"}
    sort = {
        "by_name": link(sort="-name" if now == "name" else "name"),
        "by_completed": link(sort="-completed" if now == "completed" else "completed"),
        now.lstrip("-"): directions.get(now, ""),
    }
    return {"matrix": made, "sort": sort}


def _page(request: HttpRequest, template: str, seen: Sight, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {"sight": seen, "course": seen.course, **context})
