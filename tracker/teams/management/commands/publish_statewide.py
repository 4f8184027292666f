from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tracker.teams.statewide import NotPublished, next_release, publish


class Command(BaseCommand):
    help = (
        "Publish today's statewide counts, if they are due: once in a quarter of a year. Run it every day, by a timer; "
        "on the days between it does nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        due = next_release()
        if due and today < due:
            self.stdout.write(f"Nothing to do: the next counts are due on {due}.")
            return
        try:
            release = publish(today)
        except NotPublished as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"Published: {release}.")
