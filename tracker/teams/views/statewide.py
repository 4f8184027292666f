"""The statewide page: counts of every agency side by side, for the Chief Data Officer's office. No people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import sees_statewide
from tracker.teams.measures import Share
from tracker.teams.models import StatewideRelease
from tracker.teams.statewide import BETWEEN, POLICY, NotPublished, next_release, publish

RELEASES_LISTED = 40


@dataclass(frozen=True)
class Figure:
    """One count of the page; None where it is hidden. The share has a rule of its own: no small groups."""

    count: int | None
    of: int

    @property
    def share(self) -> Share | None:
        if self.count is None or POLICY.share(self.count, self.of).hidden:
            return None
        return Share(self.count, self.of)


@dataclass(frozen=True)
class Line:
    title: str
    people: int
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Total:
    """One measure for the whole state."""

    title: str
    lessons: int
    figure: Figure


@signed_in
@require_safe
def statewide(request: HttpRequest, viewer: Person) -> HttpResponse:
    _may_see(viewer)
    return _page(request, viewer, StatewideRelease.objects.defer("counted").first())


@signed_in
@require_safe
def earlier(request: HttpRequest, viewer: Person, on: date) -> HttpResponse:
    """A release of before, as it was published."""
    _may_see(viewer)
    return _page(request, viewer, get_object_or_404(StatewideRelease.objects.defer("counted"), on=on))


@signed_in
@require_POST
def publish_now(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Make today's release. For administrators: the office reads, it does not decide when."""
    if not viewer.is_administrator:
        raise PermissionDenied
    try:
        release = publish(timezone.localdate(), viewer)
    except NotPublished as reason:
        return _page(request, viewer, StatewideRelease.objects.defer("counted").first(), str(reason), status=409)
    messages.success(request, f"The counts of {release.on:%B} {release.on.day}, {release.on.year} are published.")
    return redirect("statewide")


def _may_see(viewer: Person) -> None:
    if not sees_statewide(viewer):
        raise PermissionDenied


def _page(
    request: HttpRequest, viewer: Person, release: StatewideRelease | None, problem: str = "", status: int = 200
) -> HttpResponse:
    due = next_release()
    context: dict[str, Any] = {
        "release": release,
        "releases": StatewideRelease.objects.values_list("on", flat=True)[:RELEASES_LISTED],
        "policy": POLICY,
        "largest_hidden": POLICY.smallest_count - 1,
        "days": BETWEEN.days,
        "due": due,
        "may_publish": viewer.is_administrator and (due is None or due <= timezone.localdate()),
        "problem": problem,
    }
    if release:
        context |= _tables(release.shown)
    return render(request, "teams/statewide.html", context, status=status)


def _tables(shown: dict[str, Any]) -> dict[str, Any]:
    everybody = shown["people"]

    def totals(name: str) -> list[Total]:
        return [Total(one["title"], one["lessons"], Figure(one["complete"], everybody)) for one in shown[name]]

    lines = [
        Line(row["agency"], row["people"], tuple(Figure(count, row["people"]) for count in row["complete"]))
        for row in shown["agencies"]
    ]
    together = shown["together"]
    return {
        "people": everybody,
        "lessons": totals("lessons"),
        "paths": totals("paths"),
        "lines": lines,
        "together": together,
        "agencies": len(lines) + sum(len(names) - 1 for names in together.values()),
    }
