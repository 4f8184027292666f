"""How long things are kept: what goes, what stays, and that the privacy page says the same."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.tracker.cast import Cast
from tracker.assignments.models import Mail
from tracker.audit.log import note
from tracker.audit.models import Entry
from tracker.certificates.making import Standing, check, make
from tracker.certificates.models import WrongCode
from tracker.home import HOME
from tracker.learning.models import Review, StoredNotebook, Submission, TaskResult
from tracker.learning.progress import progress_of
from tracker.learning.reviews import review
from tracker.people.models import FailedSignIn, PasswordLinkAsked, Person
from tracker.people.scopes import oneself
from tracker.records import retention
from tracker.records.periods import PERIODS, PeriodNotUnderstood, from_environment
from tracker.surveys.instruments import newest_edition
from tracker.surveys.models import Campaign, Draft

Browser = Callable[[Person | None], Client]
HandIn = Callable[..., Submission]


def command(*options: str) -> str:
    out = io.StringIO()
    call_command("apply_retention", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def old(cast: Cast, graded_submission: HandIn) -> Submission:
    """A reviewed notebook that was handed in three years ago."""
    submission = graded_submission(cast.learner, 4, text="my words")
    review(submission.task_results.get(manual=True), cast.trainer, 1, "a comment")
    Submission.objects.update(received_at=timezone.now() - timedelta(days=1_095))
    submission.refresh_from_db()
    return submission


# What goes and what stays


@pytest.mark.django_db
def test_old_notebooks_and_answers_go_and_completion_stays(cast: Cast, old: Submission, as_: Browser) -> None:
    certificate = make(cast.learner, "lesson", "add-numbers")
    before = progress_of(oneself(cast.learner), [old.lesson])[cast.learner.pk, "add-numbers"]
    said = command()
    assert "1 removed: notebooks" in said and "3 removed: task results" in said
    for model in (StoredNotebook, TaskResult, Review):
        assert not model.objects.exists()  # type: ignore[attr-defined]
    after = progress_of(oneself(cast.learner), [old.lesson])[cast.learner.pk, "add-numbers"]
    assert (after.state, after.completed_at, after.best) == (before.state, before.completed_at, before.best)
    assert check(certificate).standing is Standing.HOLDS


@pytest.mark.django_db
def test_the_learner_reads_that_the_details_are_gone_and_the_points_are_not(
    cast: Cast, old: Submission, as_: Browser
) -> None:
    command()
    browser = as_(cast.learner)
    page = browser.get(f"/my/results/{old.pk}/").content.decode()
    assert "4 of 5 points" in page and "The details of this result were deleted" in page
    assert "It earned no points" not in page
    gone = browser.get(f"/my/results/{old.pk}/notebook")
    assert gone.status_code == 410 and "This notebook is deleted" in gone.content.decode()
    assert "4 of 5" in as_(cast.trainer).get(f"/cohorts/submissions/{old.pk}/").content.decode()


@pytest.mark.django_db
def test_what_is_young_enough_stays_to_the_day(cast: Cast, old: Submission, settings: LazySettings) -> None:
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"notebooks": 1_096, "answers": 1_096}
    command()
    assert StoredNotebook.objects.exists() and TaskResult.objects.exists()
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"notebooks": 1_094}
    command()
    assert not StoredNotebook.objects.exists() and TaskResult.objects.exists()


@pytest.mark.django_db
def test_a_notebook_that_still_waits_to_be_graded_stays_however_old(cast: Cast, hand_in: HandIn) -> None:
    hand_in(cast.learner)
    Submission.objects.update(received_at=timezone.now() - timedelta(days=5_000))
    command()
    assert StoredNotebook.objects.exists()


@pytest.mark.django_db
def test_every_other_kind_goes_when_its_time_is_over_and_not_before(cast: Cast, client: Client) -> None:
    now = timezone.now()
    days = {period.name: period.days for period in PERIODS}
    for age in (-1, 1):  # a day before its time is over, and a day after
        long_ago = now - timedelta(days=days["sign_in_failures"], hours=age)
        FailedSignIn.objects.create(email="lena@example.org", at=long_ago)
        PasswordLinkAsked.objects.create(email="lena@example.org", at=long_ago)
        WrongCode.objects.create(address="0" * 64, at=long_ago)
        Mail.objects.create(person=cast.learner, day=timezone.localdate(now) - timedelta(days=days["emails"] + age))
        line = note(cast.manager, "team.export", "Roads")
        Entry.housekeeping.filter(pk=line.pk).update(at=now - timedelta(days=days["audit"] + age))
    client.force_login(cast.learner)
    client.force_login(cast.learner)
    Session.objects.filter(pk=Session.objects.values("pk")[:1]).update(expire_date=now - timedelta(minutes=1))
    Session.objects.create(session_key="running", session_data="", expire_date=now + timedelta(minutes=9))
    command()
    for model in (FailedSignIn, PasswordLinkAsked, WrongCode, Mail):
        assert model.objects.count() == 1, model  # type: ignore[attr-defined]
    assert Entry.objects.filter(action="team.export").count() == 1
    assert Session.objects.filter(session_key="running").exists()
    assert not Session.objects.filter(expire_date__lt=now).exists()


@pytest.mark.django_db
def test_a_dry_run_says_the_same_and_removes_nothing(cast: Cast, old: Submission) -> None:
    said = command("--dry-run")
    assert "1 would be removed: notebooks" in said
    assert StoredNotebook.objects.count() == 1 and TaskResult.objects.count() == 3
    assert not Entry.objects.filter(action="records.retention").exists()
    assert command() == said.replace("would be removed", "removed")
    entry = Entry.objects.get(action="records.retention")
    assert (entry.actor, entry.facts["notebooks"]) == (None, 1)


@pytest.mark.django_db
def test_survey_forms_that_were_never_sent_go_when_the_survey_closes_but_not_in_a_dry_run(cast: Cast) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    edition = newest_edition("course-feedback")
    campaign = Campaign.objects.create(name="closed", edition=edition, opens=yesterday, closes=yesterday)
    Draft.objects.create(person=cast.learner, campaign=campaign, edition=edition)
    assert "1 would be removed: survey drafts" in command("--dry-run")
    assert Draft.objects.exists()
    assert "1 removed: survey drafts" in command()
    assert not Draft.objects.exists()


@pytest.mark.django_db
def test_much_goes_in_small_pieces(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    yesterday = timezone.now() - timedelta(days=2)
    FailedSignIn.objects.bulk_create(FailedSignIn(email=f"{n}@example.org", at=yesterday) for n in range(10))
    assert "10 removed: wrong passwords" in command()
    assert not FailedSignIn.objects.exists()


# The settings


def test_the_environment_changes_a_period_and_nonsense_is_refused() -> None:
    defaults = {period.name: period.days for period in PERIODS}
    assert from_environment({}) == defaults
    assert from_environment({"ACADEMY_KEEP_NOTEBOOKS_DAYS": "30"}) == defaults | {"notebooks": 30}
    for nonsense in ("0", "-5", "a year", "1.5", "²"):
        with pytest.raises(PeriodNotUnderstood, match=r"ACADEMY_KEEP_AUDIT_DAYS.*whole number of days"):
            from_environment({"ACADEMY_KEEP_AUDIT_DAYS": nonsense})


def test_every_rule_has_a_period_and_every_period_a_rule() -> None:
    assert {rule.period for rule in retention.RULES} == {period.name for period in PERIODS}


# The privacy page


def privacy_page() -> str:
    return (HOME / "book" / "privacy.md").read_text(encoding="utf-8")


def test_the_privacy_page_says_the_same_days_as_the_settings() -> None:
    said = dict(re.findall(r"^\* - (.+)\n  - ([\d,]+) days?$", privacy_page(), flags=re.MULTILINE))
    assert {what: int(days.replace(",", "")) for what, days in said.items()} == {
        period.what: period.days for period in PERIODS
    }


def test_the_privacy_page_says_how_long_one_stays_signed_in(settings: LazySettings) -> None:
    hours = settings.SESSION_COOKIE_AGE // 3600
    assert f"You are signed in for {hours} hours at most." in privacy_page()


def test_the_privacy_page_says_how_long_survey_answers_are_kept() -> None:
    import yaml

    years = {yaml.safe_load(path.read_text())["keep_years"] for path in (HOME / "surveys").glob("*.yml")}
    assert years == {1, 2}
    assert "one or two years after the survey closes" in privacy_page()


@pytest.mark.django_db
def test_a_person_s_own_page_says_the_days_that_hold_here(cast: Cast, as_: Browser, settings: LazySettings) -> None:
    settings.KEEP_DAYS = settings.KEEP_DAYS | {"notebooks": 4_321}
    assert "<td>4321</td>" in as_(cast.learner).get("/my/data/").content.decode()
