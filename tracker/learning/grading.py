"""The grading queue: a row is claimed by one conditional UPDATE, graded outside any transaction, recorded in one.

A claim carries a lease. Whatever happens to a worker, its row goes back to the queue when the lease runs out, and only
the worker whose mark is still on the row can record a result: so nothing is lost, and nothing is recorded twice.
"""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from autograder.lesson_files import lesson_files
from tracker.learning.catalogue import read_source
from tracker.learning.models import Submission, TaskResult
from tracker.learning.reviews import carry_review
from tracker.learning.submissions import notebook_of
from tracker.learning.text import storable

if TYPE_CHECKING:
    from autograder.notebook import Lesson as Source
    from autograder.runner import Result, WarmProcesses

LEASE = timedelta(minutes=10)
"""Longer than any grading takes: the runner's own deadlines end far earlier."""
ATTEMPTS = 3
PAUSES = (timedelta(seconds=20), timedelta(minutes=2))
"""How long a row rests after its first and its second failure."""

OUR_FAILURE = (
    "Something went wrong on our side while your notebook was graded. Your notebook is safe and this does not count "
    "against you. We have kept it to grade again; you need not hand it in a second time."
)

logger = logging.getLogger(__name__)
State = Submission.State


@dataclass(frozen=True)
class Graded:
    """A result, with the lesson as it was when it was made."""

    source: Source
    result: Result


Grade = Callable[[str, bytes], Graded]
"""From a lesson's slug and a notebook to its result."""


class CannotGradeHere(Exception):
    """This machine has no sandbox, so it grades nothing. The message says what is missing."""


@functools.cache
def warm_processes() -> WarmProcesses:
    """This worker's warm processes: started for the first notebook of a lesson, kept for the next ones."""
    from autograder.runner import WarmProcesses

    return WarmProcesses()


def grade_with_runner(slug: str, notebook: bytes) -> Graded:
    """Grade in the sandbox, against the lesson as it now stands in lessons/. Raises CannotGradeHere."""
    from autograder.runner import SandboxMissing, grade

    source = read_source(settings.LESSONS_FOLDER, slug)
    data = lesson_files(source, settings.DATASETS_FOLDER, settings.WORKSHEETS_FOLDER)
    try:
        return Graded(source, grade(source, notebook, data, warm=warm_processes().for_lesson(source, data)))
    except SandboxMissing as missing:
        raise CannotGradeHere(str(missing)) from missing


def check_this_machine() -> None:
    """Raise CannotGradeHere unless a sandbox really starts here."""
    from autograder.runner import SandboxMissing, check_sandbox

    try:
        check_sandbox()
    except SandboxMissing as missing:
        raise CannotGradeHere(str(missing)) from missing


def grade_next(grade: Grade = grade_with_runner) -> bool:
    """Grade the submission that has waited longest. False when none is waiting. Raises CannotGradeHere."""
    submission = claim_next()
    if submission is None:
        return False
    try:
        graded = grade(submission.lesson_id, notebook_of(submission))
    except CannotGradeHere:
        hand_back(submission)
        raise
    except Exception:
        logger.exception("Grading submission %s failed on our side.", submission.pk)
        postpone(submission, "")
    except BaseException:
        # The worker is being stopped. That is no failure of the grading: give the row back at once.
        hand_back(submission)
        raise
    else:
        if graded.result.status == "our_failure":
            logger.error("Grading submission %s failed on our side: %s", submission.pk, graded.result.outcome.code)
            postpone(submission, graded.result.log)
        else:
            record(submission, graded)
    return True


def claim_next() -> Submission | None:
    """Take the submission that has waited longest, for the length of a lease."""
    give_back_expired()
    now = timezone.now()
    waiting = Submission.objects.filter(state=State.WAITING, not_before__lte=now)
    while (pk := waiting.order_by("received_at", "pk").values_list("pk", flat=True).first()) is not None:
        mark = secrets.token_hex(16)
        # Where the count is not 1, another worker was faster: look for the next row.
        if waiting.filter(pk=pk).update(
            state=State.GRADING, claim=mark, lease_until=now + LEASE, attempts=F("attempts") + 1
        ):
            return Submission.objects.get(pk=pk)
    return None


def give_back_expired() -> None:
    """Return rows whose worker was lost to the queue; a row that was lost three times is set aside."""
    expired = Submission.objects.filter(state=State.GRADING, lease_until__lte=timezone.now())
    if expired.exists():
        expired.filter(attempts__gte=ATTEMPTS).update(**_set_aside())
        expired.update(state=State.WAITING, claim="", lease_until=None)


def end_all_leases() -> None:
    """Give back every row that is being graded. Only for a worker that is the only one on this database."""
    Submission.objects.filter(state=State.GRADING).update(lease_until=timezone.now())


def record(submission: Submission, graded: Graded) -> bool:
    """Write a result in one transaction. False, and nothing written, where the claim has passed to another worker."""
    result, source = graded.result, graded.source
    with transaction.atomic():
        recorded = _held(submission).update(
            state=State.GRADED,
            claim="",
            lease_until=None,
            graded_at=timezone.now(),
            lesson_version=source.version,
            outcome=result.outcome.code,
            message=storable(result.outcome.message),
            help=storable(result.outcome.help),
            points=result.points,
            possible=result.possible,
            passed=result.passed,
            repairs=[storable(repair) for repair in result.repairs],
            log=storable(result.log),
        )
        if not recorded:
            return False
        for row in TaskResult.objects.bulk_create(_task_results(submission, graded)):
            carry_review(row)
    return True


def postpone(submission: Submission, log: str) -> None:
    """After a failure of ours: try again a little later; after the third, set the row aside for an administrator."""
    if submission.attempts >= ATTEMPTS:
        _held(submission).update(log=storable(log), **_set_aside())
    else:
        pause = PAUSES[submission.attempts - 1]
        _held(submission).update(
            state=State.WAITING, claim="", lease_until=None, log=storable(log), not_before=timezone.now() + pause
        )


def hand_back(submission: Submission) -> None:
    """Return a row to the queue as if it had not been claimed."""
    _held(submission).update(state=State.WAITING, claim="", lease_until=None, attempts=F("attempts") - 1)


def grade_again(submissions: QuerySet[Submission]) -> int:
    """Put submissions that were set aside back into the queue, with all their attempts; return how many."""
    return submissions.filter(state=State.PROBLEM).update(
        state=State.WAITING, attempts=0, message="", not_before=timezone.now()
    )


def _held(submission: Submission) -> QuerySet[Submission]:
    return Submission.objects.filter(pk=submission.pk, state=State.GRADING, claim=submission.claim)


def _set_aside() -> dict[str, object]:
    return {"state": State.PROBLEM, "claim": "", "lease_until": None, "message": OUR_FAILURE}


def _task_results(submission: Submission, graded: Graded) -> list[TaskResult]:
    tasks = {task.id: task for task in graded.source.tasks}
    return [
        TaskResult(
            submission=submission,
            number=tasks[row.id].number,
            task=row.id,
            title=row.title,
            manual=tasks[row.id].manual,
            points=row.points,
            possible=row.possible,
            outcome=row.outcome,
            message=storable(row.message),
            # A blank left as it was given out is no answer, and nobody is asked to review it.
            answer=storable(row.answer or "") if row.outcome == "awaiting-review" else "",
            rubric=list(tasks[row.id].rubric),
        )
        for row in graded.result.tasks
    ]
