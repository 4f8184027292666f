"""Whatever happens to the cells of a real lesson's notebook, its answers count; and nothing but answers counts.

What is held fixed, for any sequence of the changes below:

- Of a notebook with full marks, at least one cell holds each answer. Then the cells to run, the learner's scratch work
  aside, are those of the untouched notebook, in its order, each with its text; and the free text is the same.
- Of a blank notebook, no cell holds an answer. Then every answer is still the blank that was given out, or the junk
  that was typed over it.
- Nothing else that was put into either of them is run, unless it works with the lesson's own names.

Free text says nothing about whose it is, so the changes leave it one of its ids, and give those to no other cell.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academy.attempts import with_answers
from academy.data.package import tables
from autograder.notebook import Lesson, NotANotebook, read_curriculum, read_lesson, read_submission, release, repair
from autograder.notebook.compile import to_bytes
from autograder.notebook.repair import Repaired
from autograder.runner import Limits, Status, WarmProcess, grade, warm_process

from .conftest import as_bytes

Notebook = dict[str, Any]
LESSONS = Path(__file__).parents[2] / "lessons"
FREE_TEXT = "One row is one call center on one day."

SCRATCH = ["towns.tail(2)", "print(len(towns))", "towns[towns['town'] == 'Hartford']", "# only a note"]
HOSTILE = [
    "",
    "\u00a0\n",
    "def broken(:",
    "1 / 0",
    "assert False, 'mine now'",
    "while True: pass",
    "raise SystemExit",
    "import sys\nsys.exit()",
    "import os\nos._exit(1)",
    "import builtins\nbuiltins.len = None",
    "get_ipython().ast_transformers.clear()",
    "%reset -f",
    "!kill -9 -1",
    "other = ...\nother",
    "huge = '" + "x" * 300_000 + "'",
    "(" * 5_000,
    "-" * 50_000 + "1",
    "half = '\ud800'",
    "nothing\0 = 1",
    "<script>alert(1)</script>",
]
NO_METADATA: list[Any] = [None, 5, "text", [], {"nbgrader": None}, {"nbgrader": [1]}, {"nbgrader": {"grade_id": {}}}]
NO_CELLS: list[Any] = [None, 5, "text", [], {}, {"cell_type": {}, "source": 5}, {"source": {"a": 1}, "metadata": 7}]


@pytest.fixture(scope="module")
def towns_lesson() -> Lesson:
    return read_lesson(LESSONS / "read-a-table", read_curriculum(LESSONS).glossary)


@pytest.fixture(scope="module")
def full_marks(towns_lesson: Lesson) -> Notebook:
    return read_submission(to_bytes(with_answers(towns_lesson, {"my-agency": FREE_TEXT})))


@pytest.fixture(scope="module")
def untouched(towns_lesson: Lesson) -> Notebook:
    return read_submission(to_bytes(release(towns_lesson)))


# -- what may happen to a notebook ------------------------------------------------------------------------------------


class Changed:
    """A notebook under change. `a` and `b` of every change are any numbers: they choose the cells."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = copy.deepcopy(notebook)
        # The texts that a full-marks notebook must not lose: those that the learner wrote.
        self.answers = {text(each) for each in self.cells if "BEGIN SOLUTION" in text(each) or text(each) == FREE_TEXT}

    @property
    def cells(self) -> list[Any]:
        return self.notebook["cells"]

    def cell(self, number: int) -> dict[str, Any]:
        real = [each for each in self.cells if isinstance(each, dict) and "source" in each]
        return real[number % len(real)]

    def is_last_of_its_answer(self, node: Any) -> bool:
        return text(node) in self.answers and [text(each) for each in self.cells].count(text(node)) == 1

    def duplicate(self, a: int, b: int) -> None:
        """With its id, with a new one, or without."""
        twin = copy.deepcopy(self.cell(a))
        if b % 3 == 1:
            twin["id"] = f"copy-{len(self.cells)}"
        elif b % 3 == 2 and text(twin) != FREE_TEXT:
            twin.pop("id", None)
        self.cells.insert(b % (len(self.cells) + 1), twin)

    def delete(self, a: int, b: int) -> None:
        doomed = self.cells[a % len(self.cells)]
        if not self.is_last_of_its_answer(doomed):
            self.cells.pop(a % len(self.cells))

    def delete_many(self, a: int, b: int) -> None:
        start = a % len(self.cells)
        for node in self.cells[start : start + b % 30]:
            if not self.is_last_of_its_answer(node):
                self.cells[:] = [each for each in self.cells if each is not node]

    def move(self, a: int, b: int) -> None:
        self.cells.insert(b % len(self.cells), self.cells.pop(a % len(self.cells)))

    def turn_round(self, a: int, b: int) -> None:
        self.cells.reverse()

    def edit(self, a: int, b: int) -> None:
        if text(self.cell(a)) not in self.answers:
            self.cell(a)["source"] = HOSTILE[b % len(HOSTILE)]

    def retype(self, a: int, b: int) -> None:
        self.cell(a)["cell_type"] = ["code", "markdown", "raw", "heading", None][b % 5]

    def reflag(self, a: int, b: int) -> None:
        flags = grader(self.cell(a))
        flags.update(grade=bool(b % 2), solution=bool(b % 3), locked=bool(b % 5), points=[99, -1, "many", None][b % 4])

    def swap_metadata(self, a: int, b: int) -> None:
        one, other = self.cell(a), self.cell(b)
        if FREE_TEXT not in (text(one), text(other)):
            one["metadata"], other["metadata"] = other.get("metadata"), one.get("metadata")

    def swap_ids(self, a: int, b: int) -> None:
        one, other = self.cell(a), self.cell(b)
        if FREE_TEXT not in (text(one), text(other)):
            one["id"], other["id"] = other.get("id"), one.get("id")

    def take_the_ids_of_another(self, a: int, b: int) -> None:
        one, other = self.cell(a), self.cell(b)
        if FREE_TEXT not in (text(one), text(other)):
            one.update({"id": other.get("id"), "metadata": copy.deepcopy(other.get("metadata"))})

    def lose_ids(self, a: int, b: int) -> None:
        if text(self.cell(a)) != FREE_TEXT:
            self.cell(a)["metadata"] = NO_METADATA[b % len(NO_METADATA)]
            self.cell(a)["id"] = [None, 7, [], "new"][b % 4]

    def lose_all_ids(self, a: int, b: int) -> None:
        for number in range(len(self.cells)):
            self.lose_ids(number, b)

    def insert_code(self, a: int, b: int) -> None:
        source = [*HOSTILE, *SCRATCH][b % (len(HOSTILE) + len(SCRATCH))]
        new = {"cell_type": ["code", "raw", "markdown"][a % 3], "id": f"new-{a}", "metadata": {}, "source": source}
        self.cells.insert(a % (len(self.cells) + 1), new)

    def insert_what_is_no_cell(self, a: int, b: int) -> None:
        self.cells.insert(a % (len(self.cells) + 1), copy.deepcopy(NO_CELLS[b % len(NO_CELLS)]))

    def change_outputs(self, a: int, b: int) -> None:
        outputs: list[Any] = [None, "all correct", [{"output_type": "error"}], [5], {"text/html": "<script>"}]
        self.cell(a).update(outputs=outputs[b % len(outputs)], execution_count=[-1, "x", None, 10**9][b % 4])

    def save_elsewhere(self, a: int, b: int) -> None:
        """What other editors do to a text: a list of lines, other line ends, spaces at line ends, marks at the start."""
        ends = {0: "\n", 1: "\r\n", 2: "\r", 3: "  \n"}[b % 4]
        plain = text(self.cell(a)).replace("\r\n", "\n").replace("\r", "\n")
        lines = plain.replace("\n", ends).splitlines(keepends=True)
        if text(self.cell(a)) not in self.answers:
            self.cell(a)["source"] = ["\ufeff", *lines] if b % 5 else [*lines, 5, None]

    def change_the_notebook(self, a: int, b: int) -> None:
        metadata: list[Any] = [None, [], "x", {}, {"academy": 5}, {"academy": {"lesson": []}}, {"kernelspec": "R"}]
        self.notebook.update(metadata=metadata[a % len(metadata)], nbformat_minor=[0, 2, 99, "x", None][b % 5])


CHANGES: list[Callable[[Changed, int, int], None]] = [
    change for name, change in vars(Changed).items() if callable(change) and not name.startswith(("_", "is_", "cell"))
]


def text(node: Any) -> str:
    source = node.get("source", "") if isinstance(node, dict) else ""
    return "".join(p for p in source if isinstance(p, str)) if isinstance(source, list) else str(source)


def grader(node: dict[str, Any]) -> dict[str, Any]:
    metadata = node.get("metadata")
    flags = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return flags if isinstance(flags, dict) else {}


def after(notebook: Notebook, listed: list[tuple[Callable[..., None], int, int]]) -> bytes:
    """The file that is handed in after these changes."""
    changed = Changed(notebook)
    for change, a, b in listed:
        change(changed, a, b)
    return as_bytes(changed.notebook)


any_number = st.integers(min_value=0, max_value=9_999)
any_changes = st.lists(st.tuples(st.sampled_from(CHANGES), any_number, any_number), min_size=1, max_size=8)
patient = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

# -- what stays the same ----------------------------------------------------------------------------------------------


def graded_part(repaired: Repaired) -> tuple[list[tuple[str, str | None, str]], dict[str, str]]:
    steps = [(step.id, step.task, bare(step.source)) for step in repaired.steps if not step.extra]
    return steps, {task: bare(text) for task, text in repaired.texts.items()}


def bare(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.splitlines()).strip()


def scratch_work(repaired: Repaired) -> set[str]:
    return {bare(step.source) for step in repaired.steps if step.extra}


@patient
@given(listed=any_changes)
def test_no_change_that_leaves_the_answers_changes_what_is_graded(
    towns_lesson: Lesson, full_marks: Notebook, listed: list[Any]
) -> None:
    whole, mended = repair(towns_lesson, full_marks), repair(towns_lesson, read_submission(after(full_marks, listed)))
    assert graded_part(mended) == graded_part(whole)
    answers = {bare(step.source) for step in whole.steps if step.task}
    assert scratch_work(mended) <= {*SCRATCH, *answers}


@patient
@given(listed=any_changes)
def test_no_change_to_a_blank_notebook_makes_an_answer(
    towns_lesson: Lesson, untouched: Notebook, listed: list[Any]
) -> None:
    whole = repair(towns_lesson, untouched)
    try:
        mended = repair(towns_lesson, read_submission(after(untouched, listed)))
    except NotANotebook as refusal:  # nothing of the lesson was left, so nothing is earned
        assert refusal.code in ("another-lesson", "no-cells")
        return
    junk = {bare(source.replace("\0", "").replace("\ud800", "?")) for source in HOSTILE}
    for given_out, now in zip(graded_part(whole)[0], graded_part(mended)[0], strict=True):
        assert now == given_out or (now[:2] == given_out[:2] and now[1] and now[2] in junk)
    assert scratch_work(mended) <= {*SCRATCH, *junk}


# -- and in real grading ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def warm(towns_lesson: Lesson) -> Iterator[WarmProcess]:
    with warm_process(towns_lesson, tables("towns")) as process:
        yield process


def some_changes(seed: int) -> list[tuple[Callable[..., None], int, int]]:
    chance = random.Random(seed)
    return [(chance.choice(CHANGES), chance.randrange(9_999), chance.randrange(9_999)) for _ in range(8)]


@pytest.mark.parametrize("seed", range(8))
def test_full_marks_stay_full_marks_and_a_blank_notebook_earns_nothing(
    seed: int, towns_lesson: Lesson, full_marks: Notebook, untouched: Notebook, warm: WarmProcess
) -> None:
    limits = Limits(seconds=10)
    solved = grade(towns_lesson, after(full_marks, some_changes(seed)), tables("towns"), limits, warm)
    assert (solved.status, solved.points) == (Status.GRADED, towns_lesson.possible)
    assert next(row for row in solved.tasks if row.id == "my-agency").answer == FREE_TEXT
    blank = grade(towns_lesson, after(untouched, some_changes(seed)), tables("towns"), limits, warm)
    assert (blank.status, blank.points) == (Status.GRADED, 0)
