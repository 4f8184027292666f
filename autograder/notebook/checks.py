"""The grader's own copy of a lesson's checks. It never leaves the server, and never enters a learner's process."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.notebook import regions
from autograder.notebook.lesson import Lesson, Role


@dataclass(frozen=True)
class Check:
    """The tests of one task. `visible` and `hidden` are code; `answers` the only names they may see."""

    task: str
    points: int
    answers: tuple[str, ...]
    visible: str
    hidden: str


def checks(lesson: Lesson) -> tuple[Check, ...]:
    """Return the checks of all auto-graded tasks, in the lesson's order."""
    return tuple(
        Check(
            task=task.id,
            points=task.points,
            answers=task.answers,
            visible=regions.without(source, regions.HIDDEN),
            hidden=regions.inside(source, regions.HIDDEN),
        )
        for task in lesson.tasks
        if not task.manual
        for source in [next(cell.source for cell in lesson.cells if cell.task == task.id and cell.role is Role.CHECK)]
    )
