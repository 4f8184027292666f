from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from tracker.assignments.letters import letters
from tracker.assignments.post import MailServerAway, send_reminders


def _day(text: str) -> date:
    return date.fromisoformat(text)


class Command(BaseCommand):
    help = (
        "Send the reminders of the day: run it once a day. Nobody gets more than one in seven days, "
        "however often it runs. It ends with status 1 if a letter could not be sent; run it again then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Say who would get one, and change nothing.")
        parser.add_argument("--today", type=_day, metavar="YYYY-MM-DD", help="Another day than today.")

    def handle(self, *args: Any, dry_run: bool, today: date | None, **options: Any) -> None:
        day = today or timezone.localdate()
        if dry_run:
            self._show(day)
            return
        try:
            done = send_reminders(day)
        except MailServerAway as error:
            raise CommandError(f"{error} Letters that were not sent are sent by the next run.") from error
        self.stdout.write(f"Reminders sent: {done.sent}.")
        if done.refused or done.unknown:
            raise CommandError(
                f"Refused by the mail server: {done.refused}; the next run tries again. "
                f"Perhaps sent: {done.unknown}; they are not sent again this week."
            )

    def _show(self, day: date) -> None:
        count = 0
        for letter in letters(day):
            count += 1
            team = ", team" if letter.team else ""
            self.stdout.write(
                f"{letter.person.email}: {len(letter.overdue)} overdue, {len(letter.upcoming)} due soon{team}"
            )
        self.stdout.write(f"Reminders that would be sent: {count}.")
