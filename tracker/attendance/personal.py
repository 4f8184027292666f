"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

from tracker.attendance.models import Mark
from tracker.people.models import Person
from tracker.people.stored import Stored, rows

COVERS = ("attendance.Mark",)


def personal_data(person: Person) -> list[Stored]:
    marks = rows(
        Mark.objects.filter(person=person).order_by("meeting__day", "meeting__title"),
        group="meeting__cohort__name",
        day="meeting__day",
        session="meeting__title",
        you_were="was",
    )
    return [Stored("attendance", "Whether you were at the sessions of your groups.", marks)]


def forget(person: Person) -> None:
    """Nothing is left to do: the marks go with the person."""
