"""The proof of a lesson's grades: every right and wrong attempt in its attempts.yml, graded for real.

Attempt number n of every task is handed in as one notebook: a wrong answer must cost its own task its points, and
leave the others theirs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from nbformat import NotebookNode

from autograder.notebook import Lesson, release
from autograder.notebook.compile import compile_lesson, to_bytes
from autograder.notebook.release import cut_secrets
from autograder.runner import Result, Status, TaskResult, WarmProcess, grade, warm_process

LEAST_RIGHT, LEAST_WRONG = 2, 3
"""How many right and wrong attempts every auto-graded task needs (the curriculum's rule)."""


class AttemptsError(Exception):
    """attempts.yml is not as docs/structure.md says."""


@dataclass(frozen=True)
class Attempt:
    """`message` is part of what a wrong attempt's learner must read; None marks a right attempt."""

    task: str
    name: str
    code: str
    message: str | None


def read_attempts(lesson: Lesson, *, least_right: int = LEAST_RIGHT, least_wrong: int = LEAST_WRONG) -> list[Attempt]:
    """Read the lesson's attempts. Raises AttemptsError where a task has too few, or an entry is incomplete."""
    file = lesson.folder / "attempts.yml"
    if not file.is_file():
        raise AttemptsError(f"{file} is missing. Without attempts, a grade proves nothing.")
    listed: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    auto = [task.id for task in lesson.tasks if not task.manual]
    if unknown := sorted(set(listed) - set(auto)):
        raise AttemptsError(f"{file}: “{unknown[0]}” is no auto-graded task of this lesson. Remove or rename it.")
    attempts: list[Attempt] = []
    for task in auto:
        right, wrong = (listed.get(task, {}).get(kind) or [] for kind in ("right", "wrong"))
        if len(right) < least_right or len(wrong) < least_wrong:
            raise AttemptsError(
                f"{file}: “{task}” has {len(right)} right and {len(wrong)} wrong attempts. "
                f"It needs {least_right} and {least_wrong}."
            )
        try:
            attempts += [Attempt(task, each["name"], each["code"], None) for each in right]
            attempts += [Attempt(task, each["name"], each["code"], each["message"]) for each in wrong]
        except KeyError as missing:
            raise AttemptsError(f"{file}: an attempt at “{task}” has no {missing}. Add it.") from None
    return attempts


def prove(lesson: Lesson, attempts: Sequence[Attempt], data: Sequence[Path]) -> Iterator[str]:
    """Grade the untouched notebook, the solutions and every attempt; yield a sentence for each broken promise."""
    with warm_process(lesson, data) as warm:
        yield from _broken_promises(lesson, attempts, functools.partial(_graded, lesson, data, warm))


def _broken_promises(
    lesson: Lesson, attempts: Sequence[Attempt], graded: Callable[[NotebookNode], Result]
) -> Iterator[str]:
    blank = graded(release(lesson))
    if blank.points:
        earned = ", ".join(task.id for task in blank.tasks if task.points)
        yield f"The untouched notebook earns {blank.points} points (in {earned}). It must earn none."
    solved = graded(with_answers(lesson, {}))
    for row in solved.tasks:
        if row.points < row.possible and not lesson.task(row.id).manual:
            yield f"The solution of “{row.id}” does not earn its points: {row.message}"
    caught_hidden: set[str] = set()
    for round_ in _rounds(attempts):
        result = graded(with_answers(lesson, {each.task: each.code for each in round_}))
        rows = {row.id: row for row in result.tasks}
        for attempt in round_:
            row = rows[attempt.task]
            yield from _judge(attempt, row)
            if attempt.message is not None and row.stage == "hidden":
                caught_hidden.add(attempt.task)
        for row in result.tasks:
            untried = row.id not in {each.task for each in round_} and not lesson.task(row.id).manual
            if untried and row.points < row.possible:
                yield f"“{row.id}” lost its points because of another task's answer: {row.message}"
    for task in lesson.tasks:
        if not task.manual and task.id not in caught_hidden:
            yield f"No wrong attempt at “{task.id}” gets past the visible tests to be caught by a hidden one. Add one."


def with_answers(lesson: Lesson, answers: dict[str, str]) -> NotebookNode:
    """The learner's notebook with these answers to these tasks, and the solution to every other one."""
    notebook = compile_lesson(lesson)
    for node in notebook.cells:
        if node.id in answers:
            node.source = answers[node.id]
        elif not (node.cell_type == "code" and node.metadata.get("nbgrader", {}).get("solution")):
            cut_secrets(node)
    return notebook


def _rounds(attempts: Sequence[Attempt]) -> Iterator[list[Attempt]]:
    """The first attempts at every task, then the second ones, and so on."""
    by_task: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_task.setdefault(attempt.task, []).append(attempt)
    for number in range(max(map(len, by_task.values()), default=0)):
        yield [tried[number] for tried in by_task.values() if number < len(tried)]


def _judge(attempt: Attempt, row: TaskResult) -> Iterator[str]:
    said = f"“{attempt.task}”, attempt “{attempt.name}”"
    if attempt.message is None:
        if row.points < row.possible:
            yield f"{said} is right, but earns {row.points} of {row.possible}: {row.message}"
    elif row.points:
        yield f"{said} is wrong, but earns {row.points} of {row.possible}."
    elif " ".join(attempt.message.split()) not in " ".join(row.message.split()):
        yield f"{said} must be told “{attempt.message}”, but reads “{row.message}”."


def _graded(lesson: Lesson, data: Sequence[Path], warm: WarmProcess, notebook: NotebookNode) -> Result:
    result = grade(lesson, to_bytes(notebook), data, warm=warm)
    if result.status is not Status.GRADED:
        raise AttemptsError(f"A notebook of {lesson.slug} could not be graded: {result.outcome.message}\n{result.log}")
    return result
