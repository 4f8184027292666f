"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

from tracker.people.models import Person
from tracker.people.stored import Stored, rows
from tracker.records.models import DeletionRequest

COVERS = ("records.DeletionRequest",)


def personal_data(person: Person) -> list[Stored]:
    asked = rows(DeletionRequest.objects.filter(person=person), asked="asked_at", refused="refused_at", reason="reason")
    return [Stored("deletion-request", "Your request to be deleted, if you made one.", asked)]


def forget(person: Person) -> None:
    """Nothing is left to do: it goes with the person."""
