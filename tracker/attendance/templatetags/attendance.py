"""What a learner's page shows of attendance: {% load attendance %} {% my_attendance viewer %}."""

from __future__ import annotations

from typing import Any

from django import template

from tracker.attendance.models import Mark
from tracker.people.models import Person

LATEST = 20

register = template.Library()


@register.inclusion_tag("attendance/my_attendance.html")
def my_attendance(person: Person) -> dict[str, Any]:
    """Where the person was marked, the latest first. All of it is under "Your data"."""
    marks = list(
        Mark.objects.filter(person=person)
        .select_related("meeting__cohort")
        .order_by("-meeting__day", "meeting__title", "-pk")
    )
    present = sum(mark.was == Mark.Was.PRESENT for mark in marks)
    return {"marks": marks[:LATEST], "all": len(marks), "present": present}
