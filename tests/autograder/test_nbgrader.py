"""A trainer who uses plain nbgrader can use our lessons as they are: the whole round, with nbgrader's own engine."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from academy.attempts import with_answers
from academy.project import DATASETS, WORKSHEETS
from academy.project import LESSONS as CURRICULUM
from autograder.lesson_files import lesson_files
from autograder.notebook import Lesson, compile_lesson, read_curriculum, read_lesson, release
from autograder.notebook.compile import to_bytes
from autograder.notebook.regions import CODE_STUB, TEXT_STUB

from .conftest import DATA, as_bytes
from .course.classroom import Classroom


class Course:
    """An nbgrader course directory with one assignment, and its command line."""

    def __init__(self, folder: Path, lesson: Lesson, data: Sequence[Path]) -> None:
        self.folder, self.name, self.data = folder, lesson.slug, data
        (folder / "nbgrader_config.py").write_text(
            "c = get_config()\n"
            "c.CourseDirectory.course_id = 'workshop'\n"
            "c.CourseDirectory.root = '.'\n"
            f"c.ClearSolutions.code_stub = {{'python': {CODE_STUB!r}}}\n"
            f"c.ClearSolutions.text_stub = {TEXT_STUB!r}\n"
        )
        self.put("source", to_bytes(compile_lesson(lesson)))
        self.run("generate_assignment", self.name)

    def put(self, step: str, notebook: bytes) -> None:
        place = self.folder / step / self.name
        place.mkdir(parents=True)
        (place / f"{self.name}.ipynb").write_bytes(notebook)
        for table in self.data:
            shutil.copy(table, place)

    def submit(self, learner: str, notebook: bytes) -> None:
        self.put(f"submitted/{learner}", notebook)

    def notebook(self, step: str) -> dict[str, Any]:
        return json.loads((self.folder / step / self.name / f"{self.name}.ipynb").read_text())

    def scores(self) -> dict[str, dict[str, str]]:
        """The row of each learner in nbgrader's own export."""
        self.run("export", "--to", "grades.csv")
        return {row["student_id"]: row for row in csv.DictReader((self.folder / "grades.csv").open())}

    def run(self, *command: str) -> None:
        # nbgrader calls programs that live beside Python.
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *command],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, lesson: Lesson) -> Course:
    return Course(tmp_path_factory.mktemp("course"), lesson, DATA)


def test_nbgrader_releases_the_same_notebook_as_we_do(course: Course, lesson: Lesson) -> None:
    theirs = course.notebook("release")["cells"]
    ours = json.loads(to_bytes(release(lesson)))["cells"]

    def read(cells: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(each["cell_type"], "".join(each["source"]).rstrip()) for each in cells]

    assert read(theirs) == read(ours)


def test_a_submission_goes_all_the_way_to_the_export(
    course: Course, solved: dict[str, Any], blank: dict[str, Any]
) -> None:
    course.submit("ana", as_bytes(solved))
    course.submit("ben", as_bytes(blank))
    course.run("autograde", course.name)
    course.run("generate_feedback", course.name)
    rows = course.scores()
    assert float(rows["ana"]["raw_score"]) == 5
    assert float(rows["ben"]["raw_score"]) == 0
    assert float(rows["ana"]["max_score"]) == 6
    assert (course.folder / "feedback" / "ana" / course.name / f"{course.name}.html").is_file()


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """A course in which every lesson of the curriculum can be given out."""
    stubs = f"c.ClearSolutions.code_stub = {{'python': {CODE_STUB!r}}}\nc.ClearSolutions.text_stub = {TEXT_STUB!r}"
    return Classroom(tmp_path_factory.mktemp("all") / "course", stubs)


@pytest.mark.parametrize("slug", read_curriculum(CURRICULUM).lessons)
def test_the_solutions_of_every_lesson_earn_all_its_points(slug: str, classroom: Classroom) -> None:
    lesson = read_lesson(CURRICULUM / slug, read_curriculum(CURRICULUM).glossary)
    files = {file.name: file.read_bytes() for file in lesson_files(lesson, DATASETS, WORKSHEETS)}
    classroom.assign(slug, {slug: to_bytes(compile_lesson(lesson))}, files)
    classroom.hand_in("ana", slug, {slug: to_bytes(with_answers(lesson, {}))}, files)
    done = classroom.api().autograde(slug, "ana")
    assert done["success"], done["log"]
    scores = classroom.scores(slug, "ana")
    assert sum(score or 0 for score in scores.values()) == lesson.possible
    assert len(scores) == len(lesson.tasks)
