"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

from tracker.certificates.models import Certificate
from tracker.people.models import Person
from tracker.people.stored import Stored, rows

COVERS = ("certificates.Certificate",)


def personal_data(person: Person) -> list[Stored]:
    made = rows(
        Certificate.objects.filter(person=person),
        code="code",
        kind="kind",
        lesson_or_path="slug",
        title="title",
        name="name",
        version="version",
        planned_minutes="minutes",
        lessons="lessons",
        lessons_to_come="to_come",
        completed="completed_at",
        made="made_at",
        withdrawn="withdrawn_at",
        withdrawn_by="withdrawn_by",
        reason="reason",
    )
    return [Stored("certificates", "Your certificates.", made, "Deleted. Their codes stop working.")]


def forget(person: Person) -> None:
    """Nothing is left to do: they go with the person."""
