"""What is done on the administration pages goes into the audit log, line by line, whichever page it is."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry

from tracker.audit.log import note
from tracker.people.models import Agency, Person, Unit


def note_administration(sender: type[LogEntry], instance: LogEntry, created: bool, **_: Any) -> None:
    """Django's administration has written a line of its own history: write ours."""
    if not created or instance.content_type is None:
        return
    verb = {ADDITION: "add", CHANGE: "change"}.get(int(instance.action_flag), "delete")
    row: object = instance.get_edited_object()
    kind = instance.content_type.model_class()
    about = f"{kind._meta.verbose_name if kind else 'row'} {instance.object_repr}"
    if isinstance(row, Person):
        about += f" <{row.email}>"
    note(
        instance.user,
        f"administration.{verb}",
        about,
        concerning=row if isinstance(row, Person) else None,
        agency=_agency_of(row),
        what=instance.get_change_message(),
    )


def _agency_of(row: object) -> Agency | None:
    if isinstance(row, Person):
        row = row.unit
    if isinstance(row, Unit):
        row = row.agency
    return row if isinstance(row, Agency) else None
