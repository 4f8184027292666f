"""Free-text answers: a trainer reads them with the rubric, and the learner reads what the trainer says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.tracker.cast import Cast
from tracker.learning.models import Review, Submission


def send_review(browser: Client, submission: Submission, points: str, comment: str = "") -> Any:
    answer = submission.task_results.get(manual=True)
    prefix = f"answer-{answer.pk}"
    data = {"answer": answer.pk, f"{prefix}-points": points, f"{prefix}-comment": comment}
    return browser.post(f"/cohorts/submissions/{submission.pk}/", data, follow=True)


@pytest.fixture
def submission(cast: Cast, graded_submission: Callable[..., Submission]) -> Submission:
    return graded_submission(cast.learner, 5, text="We add visits.")


def test_the_cohort_s_page_lists_what_waits_to_be_read(
    cast: Cast, submission: Submission, as_: Callable[..., Client]
) -> None:
    trainer = as_(cast.trainer)
    page = trainer.get(f"/cohorts/{cast.cohort.pk}/").content.decode()
    assert "Lena Lernfeld: Numbers of your own" in page
    send_review(trainer, submission, "2")
    page = trainer.get(f"/cohorts/{cast.cohort.pk}/").content.decode()
    assert "You have read everything" in page


def test_a_trainer_reads_the_answer_with_its_rubric_and_saves_points_and_a_comment(
    cast: Cast, submission: Submission, as_: Callable[..., Client]
) -> None:
    trainer = as_(cast.trainer)
    page = trainer.get(f"/cohorts/submissions/{submission.pk}/").content.decode()
    assert "We add visits." in page
    assert "Says why they may be added" in page
    before = timezone.now()
    answer = send_review(trainer, submission, "1.5", "Which visits?")
    assert "Lena Lernfeld can read it now." in answer.content.decode()
    saved = Review.objects.get()
    assert (saved.reviewer, saved.points, saved.comment) == (cast.trainer, 1.5, "Which visits?")
    assert before <= saved.at <= timezone.now()


def test_the_learner_reads_the_review(cast: Cast, submission: Submission, as_: Callable[..., Client]) -> None:
    learner = as_(cast.learner)
    page = learner.get(f"/my/results/{submission.pk}/").content.decode()
    assert "It waits for a reviewer." in page
    assert "Says why they may be added" in page
    send_review(as_(cast.trainer), submission, "1.5", "Which visits?")
    page = learner.get(f"/my/results/{submission.pk}/").content.decode()
    assert "1.5 of 2 points" in page
    assert "from Theo Trainfield" in page
    assert "Which visits?" in page


def test_a_review_can_be_changed_and_says_who_changed_it(
    cast: Cast, submission: Submission, as_: Callable[..., Client]
) -> None:
    send_review(as_(cast.trainer), submission, "1")
    send_review(as_(cast.administrator), submission, "2", "Seen again.")
    saved = Review.objects.get()
    assert (saved.reviewer, saved.points, saved.comment) == (cast.administrator, 2, "Seen again.")


@pytest.mark.parametrize("points", ["", "-1", "2.5", "many", "nan", "inf"])
def test_points_outside_the_task_s_are_refused_with_a_reason(
    points: str, cast: Cast, submission: Submission, as_: Callable[..., Client]
) -> None:
    answer = send_review(as_(cast.trainer), submission, points, "Do not lose this.")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert "Do not lose this." in answer.content.decode()
    assert not Review.objects.exists()


def test_a_review_does_not_touch_the_score(cast: Cast, submission: Submission, as_: Callable[..., Client]) -> None:
    send_review(as_(cast.trainer), submission, "0")
    submission.refresh_from_db()
    assert (submission.points, submission.possible, submission.passed) == (5, 5, True)


@pytest.mark.parametrize("role", ["learner", "colleague", "manager", "other_manager", "outsider"])
def test_nobody_but_the_cohort_s_trainer_can_review(
    role: str, cast: Cast, submission: Submission, as_: Callable[..., Client]
) -> None:
    answer = send_review(as_(cast.people()[role]), submission, "2")
    assert answer.status_code == 404
    assert not Review.objects.exists()


def test_an_answer_of_another_submission_cannot_be_reached_through_one_s_own_cohort(
    cast: Cast, submission: Submission, graded_submission: Callable[..., Submission], as_: Callable[..., Client]
) -> None:
    """The number of the answer is in the form: one that does not belong to the page is not reviewed."""
    foreign = graded_submission(cast.neighbor, 5, text="none of your business")
    answer = foreign.task_results.get(manual=True)
    data = {"answer": answer.pk, f"answer-{answer.pk}-points": "2"}
    as_(cast.trainer).post(f"/cohorts/submissions/{submission.pk}/", data)
    assert not Review.objects.exists()
