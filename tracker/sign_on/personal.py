"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

from tracker.people.models import Person
from tracker.people.stored import Stored, rows
from tracker.sign_on.models import GroupRole, Identity

COVERS = ("sign_on.Identity", "sign_on.GroupRole")


def personal_data(person: Person) -> list[Stored]:
    identities = rows(Identity.objects.filter(person=person), issuer="issuer", subject="subject", linked="linked_at")
    roles = rows(
        GroupRole.objects.filter(person=person),
        role="role",
        agency="agency__name",
        unit="unit__name",
        given="given_at",
    )
    return [
        Stored("sign-in-elsewhere", "How your agency's sign-in knows you.", identities),
        Stored("roles-from-groups", "Roles that you have because of a group of your agency's sign-in.", roles),
    ]


def forget(person: Person) -> None:
    """Nothing is left to do: they go with the person."""
