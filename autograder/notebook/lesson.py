"""A lesson as a value: its facts, its cells and its tasks. Nothing here can change once read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

PASS_MARK = 0.8
"""The share of the auto-graded points that completes a lesson (the curriculum's rule)."""


class Role(StrEnum):
    """What a cell is for."""

    TEXT = "text"
    WORKED = "worked"
    """A worked example: code that the learner runs and reads."""
    PROMPT = "prompt"
    ANSWER = "answer"
    CHECK = "check"
    REVIEW = "review"
    """A free-text answer, read by a person."""


@dataclass(frozen=True)
class Cell:
    """One cell of the source. `id` is derived from the grade_id or the position, so it is the same at every build."""

    id: str
    role: Role
    source: str
    line: int
    task: str | None
    metadata: Mapping[str, Any]

    @property
    def is_code(self) -> bool:
        return self.role in (Role.WORKED, Role.ANSWER, Role.CHECK)


@dataclass(frozen=True)
class Objective:
    id: str
    text: str


@dataclass(frozen=True)
class Task:
    """One graded question. `answers` are the names that its check may see; `rubric` is for free text only."""

    id: str
    number: int
    title: str
    kind: str
    objective: str
    points: int
    answers: tuple[str, ...]
    rubric: tuple[str, ...]

    @property
    def manual(self) -> bool:
        """True for a free-text task: a person reads it, and it never blocks completion."""
        return self.kind == "agency"


@dataclass(frozen=True)
class Lesson:
    slug: str
    title: str
    track: str
    minutes: int
    question: str
    objectives: tuple[Objective, ...]
    topics: tuple[str, ...]
    principles: tuple[int, ...]
    data: tuple[str, ...]
    worksheets: tuple[str, ...]
    prerequisites: tuple[str, ...]
    content_note: str | None
    tasks: tuple[Task, ...]
    cells: tuple[Cell, ...]
    terms: Mapping[str, str]
    """The glossary terms that the lesson uses: id to plain definition."""
    folder: Path
    version: str
    """A digest of the source: two lessons with the same version are the same to the letter."""

    @property
    def possible(self) -> int:
        """The points that the checks can give; free text is not among them."""
        return sum(task.points for task in self.tasks if not task.manual)

    def task(self, id: str) -> Task:
        return next(task for task in self.tasks if task.id == id)

    def cell(self, id: str) -> Cell:
        return next(cell for cell in self.cells if cell.id == id)
