"""What happens to an account when somebody leaves, comes back, or goes to another agency.

Their learning stays theirs, and goes with them: it hangs on the person, not on the unit. What they were put in charge
of does not go with them: it belongs to the agency.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tracker.people.models import Agency, Cohort, Person, Unit

BATCH = 5_000


@transaction.atomic
def close_accounts(people: Collection[int]) -> None:
    """Nobody of them can sign in or is in charge of anything any more. Nothing that they learned is deleted."""
    for batch in _batches(people):
        Person.objects.filter(pk__in=batch).update(is_active=False)
        Unit.managers.through._default_manager.filter(person__in=batch).delete()
        Agency.data_officers.through._default_manager.filter(person__in=batch).delete()
        Cohort.trainers.through._default_manager.filter(person__in=batch).delete()


@transaction.atomic
def open_accounts(people: Collection[int]) -> None:
    """They can sign in again, with the password they had. Sessions from before stay ended."""
    for batch in _batches(people):
        Person.objects.filter(pk__in=batch).update(is_active=True, opened_again_at=timezone.now())


@transaction.atomic
def give_up_other_agencies(people: Collection[int]) -> None:
    """After a move: nobody of them manages a unit, or answers for the data, of an agency that is not theirs."""
    for batch in _batches(people):
        managed = Unit.managers.through._default_manager.filter(person__in=batch)
        managed.filter(pk__in=managed.exclude(person__unit__agency=F("unit__agency")).values("pk")).delete()
        overseen = Agency.data_officers.through._default_manager.filter(person__in=batch)
        overseen.filter(pk__in=overseen.exclude(person__unit__agency=F("agency")).values("pk")).delete()


def _batches(people: Collection[int]) -> Iterator[list[int]]:
    rest = iter(people)
    while batch := list(islice(rest, BATCH)):
        yield batch
