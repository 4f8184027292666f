"""Free-text answers, read by a trainer with the lesson's rubric."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from tracker.audit.log import note
from tracker.learning.models import Review, TaskResult
from tracker.people.models import Person


@transaction.atomic
def review(answer: TaskResult, reviewer: Person, points: float, comment: str) -> Review:
    """Save points and comment, with who gave them and when. A second review replaces the first."""
    saved, is_new = Review.objects.update_or_create(
        task_result=answer,
        defaults={"reviewer": reviewer, "points": points, "comment": comment, "at": timezone.now()},
    )
    learner = answer.submission.person
    note(
        reviewer,
        "grading.review",
        f"{learner.name}: {answer.submission.lesson}, {answer.title}",
        concerning=learner,
        replaced=not is_new,
    )
    return saved


def carry_review(answer: TaskResult) -> None:
    """Give an answer that was handed in again, word for word, the review it already has: nobody reads it twice."""
    if not (answer.manual and answer.answer):
        return
    same = Review.objects.filter(
        task_result__submission__person=answer.submission.person_id,
        task_result__submission__lesson=answer.submission.lesson_id,
        task_result__task=answer.task,
        task_result__answer=answer.answer,
        task_result__possible=answer.possible,
    )
    if earlier := same.order_by("-at").first():
        Review.objects.create(
            task_result=answer,
            reviewer_id=earlier.reviewer_id,
            points=earlier.points,
            comment=earlier.comment,
            at=earlier.at,
        )
