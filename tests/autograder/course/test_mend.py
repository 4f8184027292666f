"""Courses that others wrote: whatever happens to the cells of a submission, its answers count, and nothing but answers.

What is held fixed, for any sequence of the changes below: of a notebook with full marks, at least one cell holds each
answer, with its mark; or, for answers in code, without one. Then every cell that the gradebook knows is there once, in
the instructor's order, with the instructor's type and flags; what is locked has the instructor's text, and every answer
is the learner's. Of a blank notebook, every answer is still the blank, or the junk that was typed over it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import from_dict
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from autograder.course import Course
from autograder.course import assignment as assignments
from autograder.course.mend import Cell, mend

from .classroom import (
    Classroom,
    Notebook,
    answer,
    answered,
    cell_of,
    check,
    code,
    essay,
    essay_in_code,
    locked,
    notebook,
    task,
    text,
)

CELLS = [
    text("# An assignment"),
    code("import math"),
    locked("given", "numbers = [3, 1, 2]"),
    answer("total", "helper = list(numbers)\ntotal = sum(helper)"),
    check("total-check", "assert total == 6\n### BEGIN HIDDEN TESTS\nassert total > 5\n### END HIDDEN TESTS", 2),
    code("total = 0\nprint('an example')"),
    answer("add", "def add(a, b):\n    return a + b"),
    check("add-check", "assert add(1, 2) == 3"),
    essay("words"),
    essay_in_code("idea", "idea = total + 1"),
    check("idea-check", "assert idea"),
    task("project"),
]
ANSWERS = {
    "total": "total = numbers[0] + numbers[1] + numbers[2]",
    "add": "add = lambda a, b: a + b",
    "words": "My own words.",
    "idea": "idea = 42",
}
JUNK = ["", "   \n", "def broken(:", "1 / 0", "raise SystemExit", "%reset -f", "x = 1", "assert True", "text of mine"]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    room = Classroom(tmp_path_factory.mktemp("mend") / "course")
    room.assign("ps1", {"p1": notebook(CELLS)})
    return room


@pytest.fixture(scope="module")
def known(room: Classroom) -> assignments.Notebook:
    with Course(room.folder) as course:
        return course.assignment("ps1").notebook("p1")


@pytest.fixture(scope="module")
def blank(room: Classroom) -> Notebook:
    return room.released("ps1", "p1")


@pytest.fixture(scope="module")
def solved(blank: Notebook) -> Notebook:
    return answered(blank, ANSWERS)


# -- what may happen to a notebook ------------------------------------------------------------------------------------


class Changed:
    """A notebook under change. `a` and `b` of every change are any numbers: they choose the cells."""

    def __init__(self, given: Notebook) -> None:
        self.cells: list[Notebook] = copy.deepcopy(given["cells"])

    def cell(self, number: int) -> Notebook:
        return self.cells[number % len(self.cells)]

    def duplicate(self, a: int, b: int) -> None:
        twin = copy.deepcopy(self.cell(a))
        if b % 2:
            twin["id"] = f"copy-{b}"
        self.cells.insert(b % (len(self.cells) + 1), twin)

    def delete(self, a: int, b: int) -> None:
        if not self._holds_an_answer(self.cell(a)):
            del self.cells[a % len(self.cells)]
            self.cells = self.cells or [code("")]

    def move(self, a: int, b: int) -> None:
        self.cells.insert(b % len(self.cells), self.cells.pop(a % len(self.cells)))

    def turn_round(self, a: int, b: int) -> None:
        self.cells.reverse()

    def edit(self, a: int, b: int) -> None:
        if not self._holds_an_answer(self.cell(a)):
            self.cell(a)["source"] = JUNK[b % len(JUNK)]

    def retype(self, a: int, b: int) -> None:
        self.cell(a)["cell_type"] = ["code", "markdown", "raw"][b % 3]

    def reflag(self, a: int, b: int) -> None:
        marks = self._marks(self.cell(a))
        marks.update(grade=bool(b % 2), solution=bool(b % 3), locked=bool(b % 5), task=bool(b % 7))
        marks.update(points=[99, -1, "many", None][b % 4], checksum="0", schema_version=b % 9, cell_type="raw")

    def lose_the_mark(self, a: int, b: int) -> None:
        # Of an answer in words, nothing but its mark says whose it is.
        if "".join(self.cell(a)["source"]) != ANSWERS["words"]:
            self.cell(a)["metadata"] = [{}, {"nbgrader": {}}, {"nbgrader": [1]}, {"nbgrader": {"grade_id": 5}}, None][
                b % 5
            ]
            self.cell(a)["id"] = ["new", None, 7, "x" * 99][b % 4]

    def unknown_mark(self, a: int, b: int) -> None:
        self.cells.insert(b % (len(self.cells) + 1), answer(f"unknown-{a}", "y = 2"))

    def insert(self, a: int, b: int) -> None:
        self.cells.insert(b % (len(self.cells) + 1), code(JUNK[a % len(JUNK)]))

    def insert_what_is_no_cell(self, a: int, b: int) -> None:
        nothing: list[Any] = [None, 5, "text", [], {}, {"cell_type": "heading"}, {"cell_type": {}, "source": 5}]
        self.cells.insert(0, code("1"))
        self.others = [*getattr(self, "others", []), nothing[a % len(nothing)]]

    def _marks(self, cell: Notebook) -> dict[str, Any]:
        marks = (cell.get("metadata") or {}).get("nbgrader")
        return marks if isinstance(marks, dict) else {}

    def _holds_an_answer(self, cell: Notebook) -> bool:
        return "".join(cell["source"]) in ANSWERS.values()


CHANGES: list[Callable[[Changed, int, int], None]] = [
    change for name, change in vars(Changed).items() if callable(change) and not name.startswith(("_", "cell"))
]


def after(given: Notebook, listed: list[tuple[Callable[..., None], int, int]]) -> Notebook:
    changed = Changed(given)
    for change, a, b in listed:
        change(changed, a, b)
    return {**given, "cells": [*changed.cells, *getattr(changed, "others", [])]}


any_number = st.integers(min_value=0, max_value=9_999)
any_changes = st.lists(st.tuples(st.sampled_from(CHANGES), any_number, any_number), min_size=1, max_size=8)
patient = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


# -- what stays the same ----------------------------------------------------------------------------------------------


def found(cells: list[Cell]) -> dict[str, Cell]:
    """The cells with a mark, each of which must be there once."""
    marked = [cell for cell in cells if "nbgrader" in cell["metadata"]]
    by_id = {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in marked}
    assert len(by_id) == len(marked)
    return by_id


def flags(cell: Cell) -> tuple[object, ...]:
    node = from_dict(cell)
    points = node.metadata.nbgrader.get("points")
    return cell["cell_type"], is_grade(node), is_solution(node), is_locked(node), is_task(node), points


def is_whole(known: assignments.Notebook, cells: list[Cell]) -> dict[str, str]:
    """That the instructor's part is as it was. Returns the texts of the answers."""
    by_id = found(cells)
    assert list(by_id) == [cell.id for cell in known.cells]
    assert len({cell["id"] for cell in cells}) == len(cells)
    for cell in known.cells:
        mended = by_id[cell.id]
        locked_ = cell.locked and not cell.solution
        assert flags(mended) == (cell.cell_type, cell.grade, cell.solution, locked_, cell.task, cell.points)
        assert mended["metadata"]["nbgrader"]["checksum"] == cell.checksum
        if locked_:
            assert mended["source"] == cell.source
    return {cell.id: by_id[cell.id]["source"] for cell in known.cells if cell.solution}


@patient
@given(listed=any_changes)
def test_no_change_that_leaves_the_answers_changes_what_is_graded(
    known: assignments.Notebook, solved: Notebook, listed: list[Any]
) -> None:
    assert is_whole(known, mend(known, after(solved, listed)).cells) == ANSWERS


@patient
@given(listed=any_changes)
def test_no_change_to_a_blank_notebook_makes_an_answer(
    known: assignments.Notebook, blank: Notebook, listed: list[Any]
) -> None:
    answers = is_whole(known, mend(known, after(blank, listed)).cells)
    for id, source in answers.items():
        assert source == known.by_id[id].source or source in JUNK


def test_an_undamaged_notebook_stays_as_it_is(known: assignments.Notebook, solved: Notebook) -> None:
    extra = {**solved, "cells": [*solved["cells"][:5], code("print('mine')"), *solved["cells"][5:]]}
    for handed_in in (solved, extra):
        mended = mend(known, handed_in)
        assert mended.repairs == ()
        assert [cell["id"] for cell in mended.cells] == [cell.get("id", f"cell-{n + 1}") for n, cell in enumerate(handed_in["cells"])]  # fmt: skip


def test_what_was_mended_is_said_in_plain_words(known: assignments.Notebook, solved: Notebook) -> None:
    damaged = copy.deepcopy(solved)
    cells = damaged["cells"]
    cells.append(copy.deepcopy(cell_of(damaged, "total")))
    cells.remove(cell_of(damaged, "add-check"))
    cell_of(damaged, "given")["source"] = "numbers = [6, 0, 0]"
    cell_of(damaged, "idea")["metadata"] = {}
    assert mend(known, damaged).repairs == (
        "The cell “total” was there 2 times. One was kept.",
        "The cell “idea” had lost its name. It was given back.",
        "A cell had been changed. It was put back as it was.",
        "The cell “add-check” was missing. It was put back, without an answer.",
        "Cells had been moved. They were put back in their order.",
    )
