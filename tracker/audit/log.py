"""Writes the audit log. The only place that does."""

from __future__ import annotations

from tracker.audit.models import Entry
from tracker.people.models import Person


def note(actor: Person | None, action: str, about: str, **facts: str | int | bool | None) -> Entry:
    """Write down that `actor` (None: the academy itself, or a command) did `action` to `about`.

    `facts` are a few plain values, such as how many rows. Never an answer, a score or a password.
    """
    name = f"{actor.name} <{actor.email}>" if actor else ""
    return Entry.objects.create(actor=actor, actor_name=name[:300], action=action, about=about[:300], facts=facts)
