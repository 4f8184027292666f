"""What this room stores about a person (see tracker/people/stored.py)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from tracker.learning.models import Review, Start, StoredNotebook, Submission, TaskResult
from tracker.people.models import Person
from tracker.people.stored import Stored, rows

COVERS = (
    "learning.Start",
    "learning.Submission",
    "learning.StoredNotebook",
    "learning.TaskResult",
    "learning.Review",
)


def personal_data(person: Person) -> list[Stored]:
    starts = rows(Start.objects.filter(person=person).order_by("at"), lesson="lesson", first_opened="at")
    submissions = rows(
        Submission.objects.filter(person=person).order_by("received_at", "pk"),
        number="pk",
        lesson="lesson",
        handed_in="received_at",
        way="way",
        bytes="size",
        sha256="sha256",
        state="state",
        graded="graded_at",
        lesson_version="lesson_version",
        outcome="outcome",
        message="message",
        points="points",
        of="possible",
        passed="passed",
        repairs="repairs",
    )
    results = rows(
        TaskResult.objects.filter(submission__person=person).order_by("submission__received_at", "number"),
        submission="submission",
        lesson="submission__lesson",
        task="title",
        points="points",
        of="possible",
        outcome="outcome",
        message="message",
        your_answer="answer",
        reviewer_s_points="review__points",
        reviewer_s_comment="review__comment",
        reviewed="review__at",
    )
    given = rows(
        Review.objects.filter(reviewer=person).order_by("at"),
        lesson="task_result__submission__lesson",
        task="task_result__title",
        points="points",
        comment="comment",
        at="at",
    )
    return [
        Stored("lessons-opened", "Which lessons you opened while signed in.", starts),
        Stored(
            "submissions",
            "What you handed in, and what it got. The notebooks lie in the folder “notebooks”. "
            "The grader's technical log is left out.",
            submissions,
            files=lambda: _notebooks(person),
        ),
        Stored("results", "What every task of it got, your written answers, and what reviewers said.", results),
        Stored(
            "reviews-you-wrote",
            "Points and comments that you gave as a trainer. The names of the learners are left out.",
            given,
            "Stays, without your name. It is part of what the learners have.",
        ),
    ]


def forget(person: Person) -> None:
    """Reviews belong to those who got them."""
    Review.objects.filter(reviewer=person).update(reviewer=None)


def _notebooks(person: Person) -> Iterator[tuple[str, bytes]]:
    stored = StoredNotebook.objects.filter(submission__person=person)
    facts = stored.values_list("submission", "submission__lesson", "gzipped")
    for number, slug, gzipped in facts.order_by("submission").iterator(chunk_size=1):
        yield f"notebooks/{slug}-{number}.ipynb", gzip.decompress(gzipped)
