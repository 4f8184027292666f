"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

from tracker.people.models import Person
from tracker.people.stored import Stored, rows
from tracker.teams.models import StatewideRelease

COVERS = ("teams.StatewideRelease",)


def personal_data(person: Person) -> list[Stored]:
    made = rows(StatewideRelease.objects.filter(made_by=person), counts_of="on", published_at="made_at")
    says = "Statewide counts that you published. The counts themselves name nobody."
    return [Stored("statewide-counts-you-published", says, made, "Stays, without your name.")]


def forget(person: Person) -> None:
    """Nothing is left to do: counts that they published lose their name."""
