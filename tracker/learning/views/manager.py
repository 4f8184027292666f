"""The manager's page: who has completed what, in their unit and below. Never an answer, a score or the tries."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tracker.learning.catalogue import listed_lessons
from tracker.learning.models import Lesson
from tracker.learning.progress import completions, table
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import managed_people, managed_units, manages


@dataclass(frozen=True)
class LessonTotal:
    lesson: Lesson
    completed: int
    percent: int


@signed_in
@require_safe
def team(request: HttpRequest, viewer: Person) -> HttpResponse:
    if not manages(viewer):
        raise PermissionDenied
    lessons = listed_lessons()
    people = managed_people(viewer).select_related("unit").order_by("unit__name", "name", "email")
    rows = table(people, lessons)
    counts = completions(rows, len(lessons))
    totals = [
        LessonTotal(lesson, count, 100 * count // len(rows) if rows else 0)
        for lesson, count in zip(lessons, counts, strict=True)
    ]
    units = managed_units(viewer).select_related("agency")
    context = {
        "lessons": lessons,
        "rows": rows,
        "totals": totals,
        "units": units,
        "everything": sum(row.completed == len(lessons) for row in rows) if lessons else 0,
    }
    return render(request, "learning/team.html", context)
