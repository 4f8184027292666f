"""A course of the tests' own, made with plain nbgrader; graded by us, or in a copy by stock nbgrader."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_locked, is_solution, is_task
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder.course import Course, Engine, Grading, Local, Summary, Where

Notebook = dict[str, Any]
Row = tuple[str, str, str]
"""Learner, notebook, cell."""

BIN = Path(sys.executable).parent


# -- cells of an assignment, as its instructor writes them ------------------------------------------------------------


def text(source: str) -> Notebook:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str) -> Notebook:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def answer(id: str, solution: str, *, before: str = "") -> Notebook:
    """A cell to answer in. `before` stands outside the solution, so learners get it."""
    return _marked(code(f"{before}### BEGIN SOLUTION\n{solution}\n### END SOLUTION"), id, solution=True)


def check(id: str, source: str, points: float = 1) -> Notebook:
    return _marked(code(source), id, grade=True, locked=True, points=points)


def locked(id: str, source: str) -> Notebook:
    return _marked(code(source), id, locked=True)


def essay(id: str, points: float = 2) -> Notebook:
    """An answer in words, which a person grades."""
    return _marked(text("The model answer."), id, grade=True, solution=True, points=points)


def essay_in_code(id: str, solution: str, points: float = 2) -> Notebook:
    """An answer in code, which a person grades."""
    return _marked(
        code(f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION"), id, grade=True, solution=True, points=points
    )


def task(id: str, points: float = 2) -> Notebook:
    """A task that learners answer in cells of their own."""
    return _marked(text("Write about it below."), id, locked=True, task=True, points=points)


def _marked(cell: Notebook, id: str, points: float | None = None, **flags: bool) -> Notebook:
    marks = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
    marks |= {"grade_id": id, "schema_version": 3} | ({} if points is None else {"points": points})
    return {**cell, "id": re.sub(r"\W", "-", id), "metadata": {"nbgrader": marks}}


def notebook(cells: Iterable[Notebook]) -> Notebook:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    numbered = [{"id": f"cell-{n}", **cell} for n, cell in enumerate(cells)]
    return {"cells": numbered, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def cell_of(found: Notebook, id: str) -> Notebook:
    return next(cell for cell in found["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == id)


def answered(blank: Notebook, answers: Mapping[str, str]) -> Notebook:
    """The notebook with these answers in it, by grade_id."""
    filled: Notebook = json.loads(json.dumps(blank))
    for id, source in answers.items():
        cell_of(filled, id)["source"] = source
    return filled


# -- the course -------------------------------------------------------------------------------------------------------


class Classroom:
    """A course folder. `settings` are lines of its nbgrader_config.py."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        if str(BIN) not in os.environ["PATH"].split(os.pathsep):
            # nbgrader starts a program that lies beside Python.
            os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        if settings:
            (folder / "nbgrader_config.py").write_text(f"c = get_config()\n{settings}\n")

    # -- before grading --

    def assign(
        self,
        name: str,
        notebooks: Mapping[str, Notebook | bytes],
        files: Mapping[str, bytes] | None = None,
        due: str | None = None,
    ) -> None:
        """Put an assignment into the course, and generate it as nbgrader does."""
        self._put(self.folder / "source" / name, notebooks, files or {})
        if due:
            with self.gradebook() as gradebook:
                gradebook.update_or_create_assignment(name, duedate=due)
        done = self.api().generate_assignment(name)
        assert done["success"], done["log"]

    def hand_in(
        self,
        learner: str,
        assignment: str,
        notebooks: Mapping[str, Notebook | bytes],
        files: Mapping[str, bytes] | None = None,
        at: str | None = None,
    ) -> Path:
        """What a learner hands in, in place of what they handed in before. `at` is when."""
        stamp = {} if at is None else {"timestamp.txt": at.encode()}
        folder = self.folder / "submitted" / learner / assignment
        shutil.rmtree(folder, ignore_errors=True)
        self._put(folder, notebooks, {**(files or {}), **stamp})
        return folder

    def released(self, assignment: str, name: str) -> Notebook:
        return self._read("release", assignment, name)

    def solution(self, assignment: str, name: str) -> Notebook:
        return self._read("source", assignment, name)

    def _put(self, folder: Path, notebooks: Mapping[str, Notebook | bytes], files: Mapping[str, bytes]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in notebooks.items():
            written = content if isinstance(content, bytes) else json.dumps(content).encode()
            (folder / f"{name}.ipynb").write_bytes(written)
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)

    def _read(self, step: str, assignment: str, name: str) -> Notebook:
        return json.loads((self.folder / step / assignment / f"{name}.ipynb").read_text())

    # -- grading --

    def grade(
        self, assignment: str, engine: Engine | None = None, *, again: bool = False, run: Where | None = None
    ) -> Summary:
        with Course(self.folder) as course:
            grading = Grading(course, assignment, engine or Local(1), again=again, run=run)
            list(grading)
            return grading.summary

    def copy_for_stock(self) -> Classroom:
        """A copy of the course as it is before grading, for stock nbgrader to grade."""
        folder = self.folder.with_name(f"{self.folder.name}-stock")
        left_out = shutil.ignore_patterns("autograded", "grading.*", ".grading.lock")
        shutil.copytree(self.folder, folder, symlinks=True, ignore=left_out)
        return Classroom(folder)

    def nbgrader(self, *words: str, fails: bool = False) -> str:
        """Run nbgrader's own command line in the course. Returns what it says."""
        environment = dict(os.environ)
        for name in ("MPLBACKEND", "PYTEST_CURRENT_TEST"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert (done.returncode != 0) == fails, done.stderr[-3_000:]
        return done.stdout + done.stderr

    # -- what came of it --

    def api(self) -> NbGraderAPI:
        configuration = Config()
        if (self.folder / "nbgrader_config.py").is_file():
            configuration = PyFileConfigLoader("nbgrader_config.py", path=str(self.folder)).load_config()
        configuration.CourseDirectory.root = str(self.folder)
        return NbGraderAPI(CourseDirectory(config=configuration), config=configuration)

    def gradebook(self) -> Gradebook:
        return Gradebook(f"sqlite:///{self.folder}/gradebook.db")

    def _query(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        rows = sqlite3.connect(self.folder / "gradebook.db")
        try:
            return rows.execute(query, values).fetchall()
        finally:
            rows.close()

    def grades(self, assignment: str) -> dict[Row, tuple[float | None, float | None, bool]]:
        """Of every graded cell: the automatic score, the manual one, and whether a person must look."""
        listed = self._query(_GRADES, assignment)
        found = {(who, name, id): (auto, manual, bool(needs)) for who, name, id, auto, manual, needs in listed}
        assert len(found) == len(listed), "A cell has two grades."
        return found

    def scores(self, assignment: str, learner: str) -> dict[str, float | None]:
        """A learner's automatic scores, by cell."""
        return {id: auto for (who, _, id), (auto, _, _) in self.grades(assignment).items() if who == learner}

    def comments(self, assignment: str) -> dict[Row, str | None]:
        return {(who, name, id): said for who, name, id, said in self._query(_COMMENTS, assignment)}

    def graded_notebooks(self, assignment: str) -> list[Path]:
        folder = self.folder / "autograded"
        return sorted(path.relative_to(folder) for path in folder.glob(f"*/{assignment}/*.ipynb"))

    def graded(self, learner: str, assignment: str, name: str) -> Notebook:
        return self._read(f"autograded/{learner}", assignment, name)


_FROM = """
    join submitted_notebook on {}.notebook_id = submitted_notebook.id
    join notebook on submitted_notebook.notebook_id = notebook.id
    join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id
    join assignment on submitted_assignment.assignment_id = assignment.id
    join base_cell on {}.cell_id = base_cell.id
    where assignment.name = ?"""
_GRADES = (
    "select student_id, notebook.name, base_cell.name, auto_score, manual_score, needs_manual_grade from grade"
    + _FROM.format("grade", "grade")
)
_COMMENTS = "select student_id, notebook.name, base_cell.name, auto_comment from comment" + _FROM.format(
    "comment", "comment"
)


# -- the same as stock ------------------------------------------------------------------------------------------------


def differences(ours: Classroom, stock: Classroom, assignment: str, learners: Sequence[str] | None = None) -> list[str]:
    """Every row of the gradebook, and every cell of the graded notebooks, that is not as stock nbgrader has it."""

    def chosen(learner: str) -> bool:
        return learners is None or learner in learners

    found: list[str] = []
    both = (ours.grades(assignment), stock.grades(assignment)), (ours.comments(assignment), stock.comments(assignment))
    for here, there in both:
        for row in sorted(here.keys() | there.keys()):
            if chosen(row[0]) and here.get(row, "no row") != there.get(row, "no row"):
                found.append(f"{'/'.join(row)}: {here.get(row, 'no row')}, stock {there.get(row, 'no row')}")
    notebooks = {path for room in (ours, stock) for path in room.graded_notebooks(assignment) if chosen(path.parts[0])}
    for path in sorted(notebooks):
        files = [room.folder / "autograded" / path for room in (ours, stock)]
        if not all(file.is_file() for file in files):
            found.append(f"{path}: is there only once")
            continue
        cells = [_cells(file) for file in files]
        if len(cells[0]) != len(cells[1]):
            found.append(f"{path}: {len(cells[0])} cells, stock {len(cells[1])}")
        found += [
            f"{path}, cell {n}, {key}: {one[key]!r}, stock {other[key]!r}"
            for n, (one, other) in enumerate(zip(*cells, strict=False))
            for key in one
            if one[key] != other[key]
        ]
    return found


def _cells(file: Path) -> list[dict[str, Any]]:
    """What matters of every cell: all but times, numbers of processes, whose home it was, and where stock cuts a stream."""
    return [
        {
            "kind": cell.cell_type,
            "source": cell.source,
            "marks": _marks(cell),
            "count": cell.get("execution_count"),
            "outputs": list(_merged(cell.get("outputs", []))),
        }
        for cell in nbformat.read(file, as_version=4).cells
    ]


def _marks(cell: nbformat.NotebookNode) -> Notebook:
    """nbgrader's marks as nbgrader reads them: which flags were written out depends on who saved the file."""
    marks = dict(cell.metadata.get("nbgrader", {}))
    if not marks.get("grade_id"):
        return {}
    kinds = {"grade": is_grade(cell), "solution": is_solution(cell), "locked": is_locked(cell), "task": is_task(cell)}
    return marks | kinds


_PROCESS = re.compile(r"(?<=ipykernel_)\d+|(?<=/)\d+(?=\.py)|0x[0-9a-f]{6,}")


def _merged(outputs: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    last: dict[str, Any] | None = None
    shown = _PROCESS.sub("N", json.dumps(outputs)).replace(str(Path.home()), "~")
    for output in json.loads(shown):
        if last and output["output_type"] == "stream" == last["output_type"] and output["name"] == last["name"]:
            last["text"] += output["text"]
            continue
        if last:
            yield last
        last = output
    if last:
        yield last
