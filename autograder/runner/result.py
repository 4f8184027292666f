"""What grading gives back. Three outcomes are kept apart: graded, refused (the file), and our own failure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from autograder.notebook.lesson import PASS_MARK
from autograder.outcomes import Outcome


class Status(StrEnum):
    GRADED = "graded"
    REJECTED = "rejected"
    """The file cannot be graded, and its sender can mend that. It earns no points."""
    OUR_FAILURE = "our_failure"
    """We failed. Never a score: try again."""


@dataclass(frozen=True)
class TaskResult:
    """One task's row. `answer` is the free text of a task that a person reads, None elsewhere."""

    id: str
    title: str
    points: int
    possible: int
    outcome: str
    message: str
    answer: str | None = None
    stage: str | None = None
    """Which tests decided: `visible` or `hidden`; None where all passed or none ran."""


@dataclass(frozen=True)
class Result:
    """`points` of `possible` are those that checks can give; a reviewed task's points are not among them."""

    lesson: str
    status: Status
    outcome: Outcome
    points: int
    possible: int
    tasks: tuple[TaskResult, ...] = ()
    repairs: tuple[str, ...] = ()
    log: str = ""
    """For us, never shown to learners."""

    @property
    def passed(self) -> bool:
        return self.status is Status.GRADED and self.points >= PASS_MARK * self.possible

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Result:
        return cls(
            **(
                facts
                | {
                    "status": Status(facts["status"]),
                    "outcome": Outcome(**facts["outcome"]),
                    "tasks": tuple(TaskResult(**task) for task in facts["tasks"]),
                    "repairs": tuple(facts["repairs"]),
                }
            )
        )
