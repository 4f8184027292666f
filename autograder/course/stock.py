"""Stock nbgrader: the choice where no sandbox can be had, and the measure that this grader is held to.

It runs learners' code with all the rights of whoever starts it, so it is for notebooks that are trusted.
"""

from __future__ import annotations

import logging
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course.course import Course
from autograder.course.engines import Failure
from autograder.course.errors import CourseError

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Difference:
    """A cell to which stock nbgrader gives other points than the gradebook holds."""

    learner: str
    notebook: str
    cell: str
    ours: float | None
    stock: float | None


def grade_with_stock(
    course: Course, assignment: str, learners: Iterable[str], *, again: bool
) -> Iterator[str | Failure]:
    """Let nbgrader grade, one learner after another. Yields each learner, or why it failed."""
    api = _api(course.directory, course.configuration)
    for learner in learners:
        done = api.autograde(assignment, learner, force=again)
        course.gradebook.db.expire_all()
        yield learner if done["success"] else Failure(learner, _last_line(done.get("log") or done.get("error") or ""))


def compare_with_stock(
    course: Course, assignment: str, learners: Sequence[str], sample: int
) -> tuple[list[str], list[Difference]]:
    """Grade a sample once more with stock nbgrader, in a copy of the course.

    Returns who was in the sample, and where the points differ. The same learners are drawn for the same number.
    """
    drawn = sorted(random.Random(sample).sample(sorted(learners), min(sample, len(learners))))
    with tempfile.TemporaryDirectory(prefix="verify-") as folder:
        copy = _copied(course, assignment, drawn, Path(folder))
        differences: list[Difference] = []
        for result in grade_with_stock(copy, assignment, drawn, again=True):
            if isinstance(result, Failure):
                differences.append(Difference(result.learner, "", result.reason, None, None))
                continue
            ours, theirs = _points(course, assignment, result), _points(copy, assignment, result)
            differences += [
                Difference(result, *cell, ours.get(cell), theirs.get(cell))
                for cell in sorted(ours.keys() | theirs.keys())
                if ours.get(cell) != theirs.get(cell)
            ]
        copy.gradebook.close()
    return drawn, differences


def _api(directory: CourseDirectory, configuration: Config) -> NbGraderAPI:
    configuration = Config(configuration)
    configuration.NbGraderAPI.log_level = logging.ERROR
    return NbGraderAPI(directory, config=configuration)


def _copied(course: Course, assignment: str, learners: Sequence[str], folder: Path) -> Course:
    """A copy of as much of the course as it takes to grade these learners, its gradebook included."""
    url, kept = course.directory.db_url, folder / "gradebook.db"
    if not url.startswith(_SQLITE):
        raise CourseError(f"Only a gradebook that is a file can be compared. This one is {url.split(':')[0]}.")
    with closing(sqlite3.connect(kept)) as rows, closing(sqlite3.connect(url.removeprefix(_SQLITE))) as original:
        original.backup(rows)
    settings = course.folder / "nbgrader_config.py"
    if settings.is_file():
        shutil.copy(settings, folder)
    copy = Course(folder, Config({"CourseDirectory": {"db_url": f"{_SQLITE}{kept}"}}))
    directory = course.directory
    folders = [(directory.source_directory, "."), *((directory.submitted_directory, each) for each in learners)]
    for step, learner in folders:
        place = copy.path(step, learner, assignment)
        if not place.is_relative_to(copy.folder):
            raise CourseError(f"{place} lies outside the course, so it cannot be copied to be compared.")
        shutil.copytree(course.path(step, learner, assignment), place, symlinks=True)
    return copy


def _points(course: Course, assignment: str, learner: str) -> dict[tuple[str, str], float | None]:
    try:
        submission = course.gradebook.find_submission(assignment, learner)
    except MissingEntry:
        return {}
    return {(row.name, grade.cell.name): grade.auto_score for row in submission.notebooks for grade in row.grades}


def _last_line(log: str) -> str:
    lines = [line for line in log.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "nbgrader did not say why."
