"""What the made-up agencies ask of their people: the first lessons by a day, which in some agencies is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from tracker.assignments.audience import note_arrivals
from tracker.assignments.models import AssignedLesson, Assignment
from tracker.people.models import Agency, Person, Unit

ASKED_FOR = timedelta(days=150)
"""So long ago the assignments were made."""
DUE_AFTER = (timedelta(days=110), timedelta(days=155), timedelta(days=240))
FIRST, MORE = 3, 6
"""How many lessons everybody takes, and how many the division that goes on."""


def assign(number: int, agency: Agency, officer: Person, slugs: Sequence[str], now: datetime) -> None:
    """Ask the whole agency for the first lessons, and its first division for some more."""
    made_on = timezone.localdate(now - ASKED_FOR)
    due = made_on + DUE_AFTER[number % len(DUE_AFTER)]
    ask(
        agency,
        officer,
        "First steps with data",
        slugs[:FIRST],
        made_on,
        due,
        renew_months=12 if number % 4 == 3 else None,
    )
    division = agency.units.exclude(parent=None).order_by("pk")[:1]
    ask(agency, officer, "Going on with data", slugs[FIRST:MORE], made_on, made_on + DUE_AFTER[-1], division)


def ask(
    agency: Agency,
    author: Person,
    title: str,
    slugs: Iterable[str],
    made_on: date,
    due: date,
    units: Iterable[Unit] = (),
    renew_months: int | None = None,
) -> None:
    """Ask an agency, or some of its units, for lessons; everybody who is there was there already on that day."""
    assignment = Assignment.objects.create(
        title=title, agency=agency, author=author, made_on=made_on, due=due, renew_months=renew_months
    )
    assignment.units.set(units)
    AssignedLesson.objects.bulk_create(
        AssignedLesson(assignment=assignment, lesson_id=slug, since=made_on) for slug in slugs
    )
    note_arrivals(Assignment.objects.filter(pk=assignment.pk), made_on)
