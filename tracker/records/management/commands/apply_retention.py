from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from tracker.records.retention import apply_retention


class Command(BaseCommand):
    help = (
        "Remove what has been kept long enough: old notebooks, answers, wrong passwords, log lines, and sessions that "
        "have ended. Who completed what, and when, stays. Run it every night. How long: ACADEMY_KEEP_..._DAYS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only say what would be removed.")

    def handle(self, *args: Any, **options: Any) -> None:
        verb = "would be removed" if options["dry_run"] else "removed"
        for removed in apply_retention(dry_run=options["dry_run"]):
            day = timezone.localtime(removed.before)
            self.stdout.write(f"{removed.count} {verb}: {removed.what}, from before {day:%B} {day.day}, {day.year}")
