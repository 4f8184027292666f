from __future__ import annotations

import signal
import sys
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, close_old_connections

from tracker.learning.grading import CannotGradeHere, check_this_machine, end_all_leases, grade_next

PAUSE = 1.0
"""Seconds between two looks at an empty queue."""


class Command(BaseCommand):
    help = "Grade the notebooks that wait, one after another, until stopped. Several of these may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until-empty", action="store_true", help="Stop when no notebook waits.")
        parser.add_argument(
            "--only-worker",
            action="store_true",
            help="No other worker runs on this database: take back at once what a killed worker left behind.",
        )

    def handle(self, *args: Any, until_empty: bool, only_worker: bool, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _stop)
        signal.signal(signal.SIGINT, _stop)
        try:
            check_this_machine()
        except CannotGradeHere as missing:
            raise CommandError(str(missing)) from missing
        if only_worker:
            end_all_leases()
        while True:
            close_old_connections()
            try:
                graded = grade_next()
            except CannotGradeHere as missing:
                raise CommandError(str(missing)) from missing
            except OperationalError as error:
                # The database is busy or away. What was claimed comes back with its lease.
                self.stderr.write(f"The database did not answer: {error}. Trying again.")
                graded = False
            if not graded:
                if until_empty:
                    return
                time.sleep(PAUSE)


def _stop(signum: int, frame: FrameType | None) -> None:
    """Leave at once; what is being graded goes back to the queue on the way out."""
    sys.exit(0)
