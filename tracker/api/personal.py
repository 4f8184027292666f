"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

from tracker.api.models import Token
from tracker.people.models import Person
from tracker.people.stored import Stored, rows

COVERS = ("api.Token",)


def personal_data(person: Person) -> list[Stored]:
    tokens = rows(
        Token.objects.filter(owner=person),
        program="name",
        ends_with="ending",
        may_read="scopes",
        made="made_at",
        expires="expires_at",
        revoked="revoked_at",
        last_used="last_used_at",
    )
    says = "Tokens that you made for programs. Only a digest of each is stored, and it is left out."
    return [Stored("api-tokens", says, tokens, "Deleted. Programs that use them stop working.")]


def forget(person: Person) -> None:
    """Nothing is left to do: they go with the person."""
