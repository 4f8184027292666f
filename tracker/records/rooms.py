"""The rooms that store something about people. A room that is missing here is found by tests/tracker."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import cast

from tracker.people.models import Person
from tracker.people.stored import Room, Stored

ROOMS: Sequence[Room] = [
    cast(Room, import_module(f"tracker.{name}.personal"))
    for name in (
        "people",
        "sign_on",
        "audit",
        "learning",
        "assignments",
        "attendance",
        "certificates",
        "surveys",
        "teams",
        "api",
        "records",
    )
]


def personal_data(person: Person) -> list[Stored]:
    """Everything that is stored about a person, list by list."""
    return [stored for room in ROOMS for stored in room.personal_data(person)]
