"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from tracker.audit import forgetting
from tracker.audit.models import Entry
from tracker.people.models import Person
from tracker.people.stored import Stored

# LogEntry is the history of Django's administration pages. The audit log says the same.
COVERS = ("audit.Entry", "admin.LogEntry")


def personal_data(person: Person) -> list[Stored]:
    entries = Entry.objects.filter(Q(actor=person) | Q(concerning=person))
    return [
        Stored(
            "audit-log",
            "Lines of the log of changes and exports: what you did, and what was done to your account.",
            [_line(entry, person) for entry in entries],
            "Stays, without your name and address, so that the log stays whole. "
            "In place of your name stands a random number that leads nowhere.",
        )
    ]


def _line(entry: Entry, person: Person) -> dict[str, Any]:
    """A line as it is about this person. Others who stand in it are not named."""
    by = "you" if entry.actor_id == person.pk else "somebody else" if entry.actor_name else "the academy"
    is_about_another = entry.concerning_id not in (None, person.pk)
    return {
        "at": entry.at,
        "done by": by,
        "action": entry.action,
        "about": "another person" if is_about_another else entry.about,
        "details": entry.facts_in_words if by == "you" and not is_about_another else "",
    }


def forget(person: Person) -> None:
    forgetting.forget(person)
