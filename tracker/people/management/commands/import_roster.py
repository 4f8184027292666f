from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.people.roster.apply import Consent, RosterRefused, take_over
from tracker.people.roster.files import RosterUnreadable
from tracker.people.roster.plan import Request, What, make_plan
from tracker.people.roster.report import Report, report_of


class Command(BaseCommand):
    help = (
        "Take over a roster, CSV or XLSX, with the columns name, e-mail, agency and unit; also parent unit, manager "
        "of, and data officer, where they are known. Either the whole file or nothing, unless rows may be left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Show what would change, and change nothing.")
        parser.add_argument("--leave-out-faults", action="store_true", help="Take over the rows without a fault.")
        parser.add_argument("--close-missing", action="store_true", help="Close the accounts that are not in the file.")
        parser.add_argument("--new-units", action="store_true", help="Make the units that are not there yet.")
        parser.add_argument("--agency", default="", help="Whose people they are, if the file does not say.")
        parser.add_argument("--report", type=Path, help="Write every row of the report to this CSV file.")

    def handle(self, *args: Any, file: Path, dry_run: bool, report: Path | None, **options: Any) -> None:
        try:
            request = Request(file.read_bytes(), options["agency"], options["new_units"])
            consent = Consent(None, options["leave_out_faults"], options["close_missing"])
            problem = None
            try:
                done = report_of(make_plan(request, None)) if dry_run else take_over(request, consent, None)
            except RosterRefused as refusal:
                problem, done = refusal, report_of(make_plan(request, None))
        except (OSError, RosterUnreadable) as fault:
            raise CommandError(str(fault)) from None
        self._show(done)
        if report:
            report.write_text("\ufeff" + done.to_csv(), encoding="utf-8", newline="")
        if problem:
            raise CommandError(str(problem))
        self.stdout.write("Nothing was changed: this was a dry run." if dry_run else "Taken over.")

    def _show(self, report: Report) -> None:
        for words in report.notes:
            self.stdout.write(words)
        for line in report.lines:
            if line.what != What.SAME:
                place = f"line {line.line}: " if line.line else ""
                person = " ".join(part for part in (line.name, f"<{line.email}>" if line.email else "") if part)
                self.stdout.write(f"{line.what:<22} {place}{person} {line.details}".rstrip())
        self.stdout.write(", ".join(f"{what}: {count:,}" for what, count in sorted(report.counts.items())) + ".")
