"""Results as the runner gives them, without running anything."""

from __future__ import annotations

from autograder.notebook import Lesson as Source
from autograder.outcomes import outcome
from autograder.runner import Result, Status, TaskResult
from tracker.learning.grading import Graded


def graded(source: Source, points: int, text: str = "", message: str = "Count once more.") -> Graded:
    """A graded notebook with 0, 1, 4 or 5 of the lesson's 5 points, and this free text."""
    earned = {"total": 4 if points >= 4 else 0, "half": 1 if points in (1, 5) else 0}
    rows = []
    for task in source.tasks:
        if task.manual:
            code = "awaiting-review" if text else "no-answer"
            rows.append(TaskResult(task.id, task.title, 0, task.points, code, outcome(code).message, text))
        else:
            code = "correct" if earned[task.id] else "not-yet"
            words = "Correct." if earned[task.id] else message
            rows.append(TaskResult(task.id, task.title, earned[task.id], task.points, code, words))
    total = sum(earned.values())
    return Graded(source, Result(source.slug, Status.GRADED, outcome("graded"), total, source.possible, tuple(rows)))


def rejected(source: Source) -> Graded:
    """What a file that is no notebook gets."""
    return Graded(source, Result(source.slug, Status.REJECTED, outcome("not-a-notebook"), 0, source.possible))


def our_failure(source: Source) -> Graded:
    """What comes back when the grader itself failed."""
    failed = outcome("our-failure")
    return Graded(source, Result(source.slug, Status.OUR_FAILURE, failed, 0, source.possible, log="no sandbox today"))
