"""`academy grade` with stock nbgrader: in its place for trusted notebooks, and beside it as a measure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook

from academy.cli import main
from tests.autograder.course.classroom import Classroom, answer, answered, check, notebook

CELLS = [
    answer("a", "a = 1"),
    check("a-check", "assert a == 1", 2),
    answer("b", "b = 2"),
    check("b-check", "assert b == 2"),
]


def academy(room: Classroom, *words: str) -> Result:
    return CliRunner().invoke(main, ["grade", str(room.folder), "ps1", *words])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    room = Classroom(tmp_path_factory.mktemp("command") / "course")
    room.assign("ps1", {"p1": notebook(CELLS)})
    solution = room.solution("ps1", "p1")
    room.hand_in("ana", "ps1", {"p1": solution})
    room.hand_in("ben", "ps1", {"p1": answered(solution, {"a": "a = 7"})})
    return room


@pytest.fixture
def room(fresh: Classroom, tmp_path: Path) -> Classroom:
    shutil.copytree(fresh.folder, tmp_path / "course")
    return Classroom(tmp_path / "course")


def set_score(gradebook: Path, score: float | None = None) -> float | None:
    """Ana's score for the first check; with `score`, after it was set to that."""
    with Gradebook(f"sqlite:///{gradebook}") as book:
        grade = book.find_grade("a-check", "p1", "ps1", "ana")
        if score is not None:
            grade.auto_score = score
            book.db.commit()
        return grade.auto_score


def test_stock_nbgrader_is_for_notebooks_that_somebody_trusts(room: Classroom) -> None:
    for words in (["--engine", "stock"], ["--verify", "1"]):
        done = academy(room, *words)
        assert done.exit_code == 2
        assert "Stock nbgrader runs learners' code with all your rights" in done.output
        assert "If you trust every notebook that was handed in, say so: --trusted" in done.output
    assert room.graded_notebooks("ps1") == []


def test_stock_nbgrader_grades_trusted_notebooks(room: Classroom) -> None:
    room.hand_in("eve", "ps1", {"p1": b"not a notebook"})
    done = academy(room, "--engine", "stock", "--trusted")
    assert done.exit_code == 3
    assert "ps1: 2 of 3 graded by stock nbgrader." in done.output
    assert "1 could not be graded. That is no fault of the learners, and no score was stored:" in done.output
    assert room.scores("ps1", "ana") == {"a-check": 2, "b-check": 1}
    assert room.scores("ps1", "ben") == {"a-check": 0, "b-check": 1}


def test_verify_says_that_stock_gives_the_same_and_names_the_cell_where_it_does_not(room: Classroom) -> None:
    same = academy(room, "--verify", "2", "--trusted")
    assert (same.exit_code, same.output.splitlines()[-1]) == (
        0,
        "Stock nbgrader gives the same points, cell by cell, to all 2 that were compared.",
    )
    set_score(room.folder / "gradebook.db", 0)
    other = academy(room, "--verify", "2", "--trusted")
    assert other.exit_code == 3
    assert other.output.splitlines()[-2:] == [
        "Stock nbgrader differs, of 2 that were compared:",
        "  ana  p1/a-check: here 0.0, stock 2.0",
    ]
    # The comparison is made in a copy: the course itself is as it was.
    assert set_score(room.folder / "gradebook.db") == 0


def test_the_comparison_leaves_a_gradebook_that_lies_elsewhere_alone(room: Classroom, tmp_path: Path) -> None:
    gradebook = tmp_path / "grades.db"
    shutil.move(room.folder / "gradebook.db", gradebook)
    (room.folder / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.db_url = 'sqlite:///{gradebook}'\n"
    )
    academy(room)
    set_score(gradebook, 0)
    done = academy(room, "--verify", "2", "--trusted")
    assert "  ana  p1/a-check: here 0.0, stock 2.0" in done.output
    assert set_score(gradebook) == 0
