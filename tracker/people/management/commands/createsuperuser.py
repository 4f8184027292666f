from __future__ import annotations

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.db.models import QuerySet

from tracker.audit.log import note
from tracker.people.models import Person


class Command(createsuperuser.Command):
    help = "Make an administrator, who sees and changes everything. It is written down in the audit log."

    def handle(self, *args: Any, **options: Any) -> None:
        before = set(_administrators())
        super().handle(*args, **options)
        for made in Person.objects.filter(pk__in=set(_administrators()) - before):
            note(None, "person.administrator", made.email, concerning=made)


def _administrators() -> QuerySet[Person, int]:
    return Person.objects.filter(is_administrator=True).values_list("pk", flat=True)
