"""Writes the audit log, and says who may read it. The only place that writes."""

from __future__ import annotations

from django.db.models import QuerySet

from tracker.audit.models import Entry
from tracker.people.models import Agency, Person
from tracker.people.scopes import audited

ADMINISTRATORS_ONLY = ("grading.", "certificates.", "records.")
"""Actions whose lines belong to no agency. They would tell a data officer how often somebody tried, or that somebody
asked to be deleted, which is not an agency's to know."""


def note(
    actor: Person | None,
    action: str,
    about: str,
    *,
    concerning: Person | None = None,
    agency: Agency | None = None,
    **facts: str | int | bool | None,
) -> Entry:
    """Write down that `actor` (None: the academy itself, or a command) did `action` to `about`.

    `facts` are a few plain values, such as how many rows. Never an answer, a score or a password.

    The line belongs to `agency`, whose data officers may read it. Without one it belongs to the agency of the person
    whom it is `concerning`; without that, to the actor's. What an administrator does, who acts for every agency,
    belongs to none unless it says so.
    """
    if action.startswith(ADMINISTRATORS_ONLY):
        agency = None
    elif agency is None:
        agency = _agency_of(concerning or (None if actor is None or actor.is_administrator else actor))
    return Entry.objects.create(
        actor=actor,
        actor_name=f"{actor.name} <{actor.email}>"[:300] if actor else "",
        action=action,
        about=about[:300],
        concerning=concerning,
        agency=agency,
        facts=facts,
    )


def entries_for(viewer: Person) -> QuerySet[Entry]:
    """The lines that the viewer may read: all for administrators, those of their agency for data officers."""
    return Entry.objects.filter(audited(viewer))


def _agency_of(person: Person | None) -> Agency | None:
    return person.unit.agency if person and person.unit else None
