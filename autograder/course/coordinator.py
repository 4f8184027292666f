"""Grades an assignment of a course: what is new or changed, by an engine, into the gradebook. The only writer there."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course.assignment import Assignment, Where
from autograder.course.choice import read_choice, write_choice
from autograder.course.course import Course
from autograder.course.engines import Engine, Failure, Prepared
from autograder.course.placement import place_checks
from autograder.course.record import Recorder
from autograder.course.worker import GradedSubmission

logger = logging.getLogger(__name__)
_LOG = "grading.log"


@dataclass
class Summary:
    """What came of it. Learners are named by their id in the course."""

    assignment: str
    handed_in: int = 0
    unchanged: int = 0
    """Graded before, by the same checks: left as they are."""
    points: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """Files that are no notebook of this assignment, and why. They earn nothing."""
    repaired: dict[str, list[str]] = field(default_factory=dict)
    failed: list[Failure] = field(default_factory=list)
    """Failures of ours: nothing is stored."""
    apart: list[str] = field(default_factory=list)
    sandboxed: list[str] = field(default_factory=list)
    """Checks that could not run apart, by notebook and cell."""
    seconds: float = 0.0

    @property
    def graded(self) -> int:
        return len(self.points)


class Grading:
    """One round of grading. Iterate over it: it yields the id of each learner as their result is stored.

    `again` grades also what is graded already. `run` is what becomes of checks that cannot run apart; None keeps the
    course's choice. Raises AssignmentUnknown, ChoiceUnreadable, CourseBusy, SandboxMissing.
    """

    def __init__(
        self, course: Course, assignment: str, engine: Engine, *, again: bool = False, run: Where | None = None
    ):
        self.course, self.engine = course, engine
        with course.locked():
            pass  # Whoever comes second is told before anything is done.
        try:
            self.assignment = self._placed(course.assignment(assignment), run)
            self.recorder = Recorder(course, self.assignment)
        except BaseException:
            engine.close()
            raise
        self.summary = Summary(assignment)
        for notebook in self.assignment.notebooks:
            for id, where in notebook.places.items():
                (self.summary.apart if where == "apart" else self.summary.sandboxed).append(f"{notebook.name}/{id}")
        self.to_grade = list(self._to_grade(again))

    def _placed(self, assignment: Assignment, run: Where | None) -> Assignment:
        chosen = run or read_choice(self.course.folder, assignment.name)
        worker = self.engine.get_ready(assignment, len(self.course.learners(assignment.name)))
        solutions = {each.name: self.course.instructor(assignment.name, each.name) for each in assignment.notebooks}
        placed = place_checks(worker, solutions, chosen)
        write_choice(self.course.folder, placed, chosen)
        return placed

    def _to_grade(self, again: bool) -> Iterator[str]:
        for learner in self.course.learners(self.assignment.name):
            self.summary.handed_in += 1
            if not self.recorder.may_record(learner):
                self.summary.failed.append(
                    Failure(learner, "The gradebook does not know this learner. Add them to it.")
                )
            elif not again and self.recorder.up_to_date(self._prepared(learner)()):
                self.summary.unchanged += 1
            else:
                yield learner

    def _prepared(self, learner: str) -> Prepared:
        return lambda: self.course.submission(self.assignment, learner)

    def __len__(self) -> int:
        return len(self.to_grade)

    def __iter__(self) -> Iterator[str]:
        started = time.monotonic()
        with self.course.locked(), _Log(self.course.folder) as log, closing(self.engine):
            for result in self.engine.grade(self.assignment, ((each, self._prepared(each)) for each in self.to_grade)):
                if isinstance(result, GradedSubmission):
                    result = self._recorded(result, log)
                if isinstance(result, Failure):
                    self.summary.failed.append(result)
                    log.write(result.learner, f"not graded, our failure: {result.reason}")
                self.summary.seconds = time.monotonic() - started
                yield result.learner

    def _recorded(self, result: GradedSubmission, log: _Log) -> GradedSubmission | Failure:
        """Store a result. Where that fails, nothing of it is stored, and the others go on."""
        try:
            self.summary.points[result.learner] = self.recorder.record(result)
        except Exception as error:
            logger.warning("Storing the result of %s failed", result.learner, exc_info=error)
            return Failure(result.learner, f"{type(error).__name__}: {error}")
        if not result.notebooks:
            wanted = " or ".join(f"{each.name}.ipynb" for each in self.assignment.notebooks)
            self.summary.refused[result.learner] = f"No file is named {wanted}."
            log.write(result.learner, self.summary.refused[result.learner])
        for notebook in result.notebooks:
            if notebook.refused:
                self.summary.refused[result.learner] = notebook.refused.message
                log.write(result.learner, f"{notebook.name}: refused: {notebook.refused.code}")
            if notebook.repairs:
                self.summary.repaired.setdefault(result.learner, []).extend(notebook.repairs)
                log.write(result.learner, f"{notebook.name}: {' '.join(notebook.repairs)}")
            if notebook.log.count("\n"):
                log.write(result.learner, f"{notebook.name}: {notebook.log}")
        return result


class _Log:
    """A line for everything that was not as usual, in the course's own log."""

    def __init__(self, course: Path) -> None:
        self._file = (course / _LOG).open("a", encoding="utf-8")

    def __enter__(self) -> _Log:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, learner: str, message: str) -> None:
        # What learners' programs write must not be able to make lines of its own.
        shown = "".join(letter if letter.isprintable() else " " for letter in message)
        self._file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {learner}: {shown}\n")
        self._file.flush()
