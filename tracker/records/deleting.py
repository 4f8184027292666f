"""Deleting a person, for good. Asking for it, and refusing it with a reason.

Whether a request waits for an administrator is a setting (DELETION_WAITS). It does unless an installation says
otherwise: training records of state employees are records of the State, and an agency may destroy those only after the
time that the retention schedule sets and with the approval of the Public Records Administrator (General Statutes
§ 11-8a; Form RC-108). The administrator is
the one who can know whether both are given; the software cannot.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tracker.audit.log import note
from tracker.people.models import Person
from tracker.records.models import DeletionRequest
from tracker.records.rooms import ROOMS


class LastAdministrator(Exception):
    """Without an administrator nobody could run the academy."""

    def __init__(self) -> None:
        super().__init__(
            "This is the only administrator who may sign in. Make somebody else an administrator first, then try again."
        )


def ask(person: Person) -> bool:
    """Ask to be deleted. True where it has been done at once, False where it waits. Raises LastAdministrator."""
    if not settings.DELETION_WAITS:
        delete(person, by=person)
        return True
    _check(person)
    with transaction.atomic():
        facts = {"asked_at": timezone.now(), "refused_at": None, "reason": ""}
        DeletionRequest.objects.update_or_create(person=person, defaults=facts)
        note(person, "records.ask", person.name, concerning=person)
    return False


@transaction.atomic
def take_back(person: Person) -> None:
    """Think again: while it waits, a request can be taken back."""
    if DeletionRequest.objects.filter(person=person).delete()[0]:
        note(person, "records.take_back", person.name, concerning=person)


@transaction.atomic
def refuse(person: Person, by: Person, reason: str) -> None:
    """Say no, in words that the person reads on their page."""
    DeletionRequest.objects.filter(person=person).update(refused_at=timezone.now(), reason=reason)
    note(by, "records.refuse", person.name, concerning=person)


@transaction.atomic
def delete(person: Person, by: Person) -> None:
    """Delete a person and all that is theirs. What others need stays, without the name. Raises LastAdministrator."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    _check(person)
    # Written before the names leave the log: the line then says that it happened, and no longer to whom.
    note(by, "records.delete", person.name, concerning=person)
    for room in ROOMS:
        room.forget(person)
    person.delete()


def _check(person: Person) -> None:
    others = Person.objects.filter(is_administrator=True, is_active=True).exclude(pk=person.pk)
    if person.is_administrator and not others.exists():
        raise LastAdministrator
