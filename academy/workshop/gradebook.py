"""What a workshop's gradebook says of every learner and lesson, told apart: nothing that is missing is read as a zero.

nbgrader's own export adds a silent 0 for work that was never handed in or waits for a person, so it is not used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from academy.workshop.course import LessonFacts, TaskFacts, Workshop, gradebook_of
from autograder.notebook.regions import TEXT_STUB
from autograder.outcomes import outcome
from tracker.learning.workshops import HandReview, WorkshopResult, WorkshopTask

_LONGEST_MESSAGE = 1_000


class Standing(StrEnum):
    """How far one learner's work in one lesson is, and what the trainer does next."""

    NOT_HANDED_IN = "not handed in"
    NOT_COLLECTED = "handed in, not collected yet: collect, then grade"
    NOT_GRADED = "collected, not graded yet: grade"
    NEWER_NOT_GRADED = "a newer notebook was collected: grade again"
    NO_NOTEBOOK = "what was handed in is not the lesson's notebook: ask for it"
    CHECK_OPEN = "a check waits for your points: give them in formgrader"
    NOT_OF_THIS_WORKSHOP = "the gradebook lacks tasks of this lesson: run “academy workshop init” again"
    GRADED = "graded"


@dataclass(frozen=True)
class Work:
    """One learner in one lesson. `result` is there exactly where the standing is GRADED."""

    learner: str
    name: str
    email: str
    slug: str
    standing: Standing
    result: WorkshopResult | None = None

    @property
    def awaits_review(self) -> bool:
        """A free text waits to be read. It never stops a lesson from being complete."""
        tasks = self.result.tasks if self.result else ()
        return any(task.manual and task.answer and not task.review for task in tasks)


class _Unreadable(Exception):
    """There is no notebook where one was expected."""


def read_works(workshop: Workshop, slugs: list[str]) -> Iterator[Work]:
    """Every learner of the gradebook in each of these lessons, by lesson, then by name."""
    with gradebook_of(workshop) as gradebook:
        students = sorted(gradebook.students, key=lambda each: (each.last_name or "", each.first_name or "", each.id))
        for slug in slugs:
            submitted = {each.student_id: each for each in gradebook.assignment_submissions(slug)}
            for student in students:
                standing, result = _standing(workshop, slug, student.id, submitted.get(student.id))
                name = f"{student.first_name or ''} {student.last_name or ''}".strip() or student.id
                yield Work(student.id, plain(name), (student.email or "").strip(), slug, standing, result)


def plain(text: str) -> str:
    """Text from outside as it can be printed: on one line, with nothing in it that steers a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _standing(workshop: Workshop, slug: str, learner: str, submission: Any) -> tuple[Standing, WorkshopResult | None]:
    place = workshop.path("submitted", learner, slug)
    notebook = next((each for each in submission.notebooks if each.name == slug), None) if submission else None
    if notebook is None:
        if place.is_dir():
            return Standing.NOT_GRADED, None
        return (Standing.NOT_COLLECTED if _waits_in_exchange(workshop, learner, slug) else Standing.NOT_HANDED_IN), None
    facts = workshop.lessons[slug]
    grades = {grade.name: grade for grade in notebook.grades}
    if not all(task.cell in grades for task in facts.tasks):
        return Standing.NOT_OF_THIS_WORKSHOP, None
    checks = [grades[task.cell] for task in facts.tasks if not task.manual]
    if all(grade.auto_score is None and grade.manual_score is None for grade in checks):
        return Standing.NOT_GRADED, None
    if _time_of(place) not in (None, submission.timestamp):
        return Standing.NEWER_NOT_GRADED, None
    if any(grade.needs_manual_grade for grade in checks):
        return Standing.CHECK_OPEN, None
    try:
        return Standing.GRADED, _result(workshop, slug, learner, facts, submission.timestamp, notebook)
    except _Unreadable:
        return Standing.NO_NOTEBOOK, None


def _waits_in_exchange(workshop: Workshop, learner: str, slug: str) -> bool:
    inbound = workshop.exchange / workshop.course_id / "inbound"
    return inbound.is_dir() and any(each.name.startswith(f"{learner}+{slug}+") for each in inbound.iterdir())


def _time_of(place: Path) -> datetime | None:
    """When the collected notebook was handed in, in UTC without saying so, as the gradebook keeps times."""
    from nbgrader.utils import parse_utc

    file = place / "timestamp.txt"
    try:
        found: datetime = parse_utc(file.read_text(encoding="utf-8").strip())
    except (OSError, ValueError, OverflowError):
        return None
    return found


def _result(
    workshop: Workshop, slug: str, learner: str, facts: LessonFacts, timestamp: datetime | None, notebook: Any
) -> WorkshopResult:
    handed_in = _read(workshop.path("submitted", learner, slug) / f"{slug}.ipynb")
    graded = workshop.path("autograded", learner, slug) / f"{slug}.ipynb"
    cells = _cells(handed_in)
    if graded.is_file():
        cells = _cells(_read(graded))
    grades = {grade.name: grade for grade in notebook.grades}
    comments = {each.name: (each.manual_comment or "").strip() for each in notebook.comments}
    tasks = tuple(
        (_by_hand if task.manual else _by_check)(
            task, grades[task.cell], cells.get(task.cell, {}), comments.get(task.id, "")
        )
        for task in facts.tasks
    )
    when = timestamp.replace(tzinfo=UTC) if timestamp else None
    return WorkshopResult(slug, facts.version, when, handed_in, tasks)


def _by_check(task: TaskFacts, grade: Any, cell: Mapping[str, Any], comment: str) -> WorkshopTask:
    # Extra points that a trainer gave cannot make a share that passes 100 %.
    points, possible = max(0.0, min(float(grade.score), grade.max_score)), float(grade.max_score)
    code = "correct" if points >= possible else "not-yet"
    message = outcome(code).message if code == "correct" else comment or _said(cell) or outcome(code).message
    return WorkshopTask(task.id, task.number, task.title, False, points, possible, code, message)


def _by_hand(task: TaskFacts, grade: Any, cell: Mapping[str, Any], comment: str) -> WorkshopTask:
    answer = _text(cell.get("source", "")).strip()
    answer = "" if answer == TEXT_STUB else answer
    # Where the mark stands beside points, the points were given to an earlier text.
    read = grade.manual_score is not None and not grade.needs_manual_grade
    possible = float(grade.max_score)
    review = HandReview(max(0.0, min(float(grade.score), possible)), comment) if read else None
    code = "awaiting-review" if answer or review else "no-answer"
    message = outcome(code).message
    return WorkshopTask(task.id, task.number, task.title, True, 0, possible, code, message, answer, task.rubric, review)


def _said(cell: Mapping[str, Any]) -> str:
    """What the check told the learner: the message of its error."""
    for output in reversed(cell.get("outputs") or []):
        if isinstance(output, dict) and output.get("output_type") == "error":
            said = _text(output.get("evalue") or "")
            if output.get("ename") != "AssertionError":
                said = f"{output.get('ename')}: {said}"
            return said.strip()[:_LONGEST_MESSAGE]
    return ""


def _read(file: Path) -> bytes:
    # A link could lead out of the learner's folder, to something that is not theirs.
    if file.is_symlink() or not file.is_file():
        raise _Unreadable
    return file.read_bytes()


def _cells(notebook: bytes) -> dict[str, Mapping[str, Any]]:
    """The cells that nbgrader knows, by name."""
    try:
        cells = json.loads(notebook)["cells"]
        return {
            str(cell["metadata"]["nbgrader"]["grade_id"]): cell
            for cell in cells
            if "grade_id" in cell.get("metadata", {}).get("nbgrader", {})
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _Unreadable from None


def _text(source: object) -> str:
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    # A database may refuse this letter.
    return text.replace("\0", "")
