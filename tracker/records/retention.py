"""What has been kept long enough goes. The periods are settings (periods.py); facts of completion stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tracker.assignments.models import Mail
from tracker.audit.forgetting import lines_before
from tracker.audit.log import note
from tracker.certificates.models import WrongCode
from tracker.learning.models import StoredNotebook, Submission, TaskResult
from tracker.people.models import FailedSignIn, PasswordLinkAsked
from tracker.surveys.retention import forget_expired

BATCH = 1_000


@dataclass(frozen=True)
class Rule:
    """One kind of row. `period` is a name of periods.py; `older_than` finds what is older than a day."""

    period: str
    what: str
    older_than: Callable[[datetime], QuerySet[Any]]


@dataclass(frozen=True)
class Removed:
    what: str
    before: datetime
    count: int


RULES = (
    Rule(
        "notebooks",
        "notebooks",
        # One that is not graded yet stays, however long it takes.
        lambda day: StoredNotebook.objects.filter(
            submission__received_at__lt=day, submission__state=Submission.State.GRADED
        ),
    ),
    Rule(
        "answers",
        "task results, with answers, feedback and reviews",
        lambda day: TaskResult.objects.filter(submission__received_at__lt=day),
    ),
    Rule("sign_in_failures", "wrong passwords", lambda day: FailedSignIn.objects.filter(at__lt=day)),
    Rule("sign_in_failures", "requests for a new password", lambda day: PasswordLinkAsked.objects.filter(at__lt=day)),
    Rule("sign_in_failures", "wrong certificate codes", lambda day: WrongCode.objects.filter(at__lt=day)),
    Rule("emails", "reminders sent", lambda day: Mail.objects.filter(day__lt=timezone.localdate(day))),
    Rule("audit", "lines of the audit log", lines_before),
    Rule("audit", "history of the administration pages", lambda day: LogEntry.objects.filter(action_time__lt=day)),
)


def apply_retention(*, dry_run: bool = False, now: datetime | None = None) -> Iterator[Removed]:
    """Remove what is too old, kind by kind, and say so. A dry run only counts.

    Surveys have their own rule: every form says how long its answers are kept.
    """
    now = now or timezone.now()
    removed = []
    with transaction.atomic():
        for what, count in forget_expired(timezone.localdate(now)).items():
            removed.append(Removed(f"survey {what}", now, count))
        transaction.set_rollback(dry_run)
    yield from removed
    for rule in RULES:
        before = now - timedelta(days=settings.KEEP_DAYS[rule.period])
        found = rule.older_than(before)
        removed.append(Removed(rule.what, before, found.count() if dry_run else _remove(found)))
        yield removed[-1]
    ended = Session.objects.filter(expire_date__lt=now)
    removed.append(Removed("sessions that have ended", now, ended.count() if dry_run else _remove(ended)))
    yield removed[-1]
    counts: dict[str, Any] = {each.what.split(",")[0]: each.count for each in removed if each.count}
    if counts and not dry_run:
        note(None, "records.retention", "what had been kept long enough", **counts)


def _remove(found: QuerySet[Any]) -> int:
    """Delete in small transactions, so that nobody who hands in meanwhile has to wait."""
    count = 0
    while keys := list(found.order_by().values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            found.model._base_manager.filter(pk__in=keys).delete()
        count += len(keys)
    return count
