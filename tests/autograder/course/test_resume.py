"""Grading can stop at any moment: nothing is lost, nothing is done twice, and no failure of ours becomes a score."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from academy.cli import main
from autograder.course import Course, CourseBusy, Grading, Local, coordinator
from autograder.course.worker import Worker
from autograder.runner import Run, WarmProcess, WarmProcessFailed

from .classroom import Classroom, answer, answered, check, code, essay, notebook, task

ROOT = Path(__file__).parents[3]
CELLS = [
    answer("a", "a = 1"),
    check("a-check", "assert a == 1", 2),
    answer("f", "def f():\n    return 1"),
    check("f-check", "assert f() == 1"),
    essay("words"),
    task("project"),
]
LEARNERS = [f"learner-{n}" for n in range(8)]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    room = Classroom(tmp_path_factory.mktemp("resume") / "course")
    room.assign("ps1", {"p1": notebook(CELLS)})
    right = answered(room.solution("ps1", "p1"), {"words": "My own words."})
    wrong = answered(right, {"a": "a = 2"})
    for learner in LEARNERS:
        room.hand_in(learner, "ps1", {"p1": wrong if learner == LEARNERS[0] else right})
    return room


@pytest.fixture
def room(fresh: Classroom, tmp_path: Path) -> Classroom:
    """A course with eight submissions that nobody has graded: the first is worth one point, the others three."""
    shutil.copytree(fresh.folder, tmp_path / "course")
    return Classroom(tmp_path / "course")


def rows(room: Classroom) -> dict[str, int]:
    tables = sqlite3.connect(room.folder / "gradebook.db")
    try:
        counted = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
        return {table: tables.execute(f"select count(*) from {table}").fetchone()[0] for table in counted}
    finally:
        tables.close()


EVERYTHING = {
    "student": 8,
    "submitted_assignment": 8,
    "submitted_notebook": 8,
    "grade": 4 * 8,
    "comment": 4 * 8,
}
POINTS = {learner: 1.0 if learner == LEARNERS[0] else 3.0 for learner in LEARNERS}


def stored(room: Classroom) -> dict[str, float]:
    with room.gradebook() as gradebook:
        return {row.student.id: row.score for row in gradebook.assignment_submissions("ps1")}


def written(room: Classroom) -> dict[str, int]:
    """When each graded notebook was written."""
    folder = room.folder / "autograded"
    return {str(path): (folder / path).stat().st_mtime_ns for path in room.graded_notebooks("ps1")}


def academy(room: Classroom, *words: str) -> Result:
    return CliRunner().invoke(main, ["grade", str(room.folder), "ps1", *words])


# -- stopped in the middle --------------------------------------------------------------------------------------------


def test_a_round_that_is_killed_goes_on_where_it_was(room: Classroom) -> None:
    command = [sys.executable, "-m", "academy", "grade", str(room.folder), "ps1", "--workers", "1"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True) as program:
        deadline = time.monotonic() + 120
        while len(done := written(room)) < 2:
            assert program.poll() is None and time.monotonic() < deadline, "It ended before it could be killed."
            time.sleep(0.005)
        os.kill(program.pid, signal.SIGKILL)
    done = written(room)
    assert 2 <= len(done) < len(LEARNERS)
    summary = room.grade("ps1")
    assert (summary.unchanged, summary.graded) == (len(done), len(LEARNERS) - len(done))
    assert (stored(room), rows(room)) == (POINTS, EVERYTHING)
    assert {path: when for path, when in written(room).items() if path in done} == done
    left = [path.name for path in (room.folder / "autograded").glob("*/*")]
    assert left == ["ps1"] * len(LEARNERS)


def test_what_was_cut_off_between_gradebook_and_folder_is_graded_again(room: Classroom) -> None:
    room.grade("ps1")
    half = room.folder / "autograded" / LEARNERS[3]
    (half / "ps1").rename(half / ".ps1.new")
    summary = room.grade("ps1")
    assert summary.points == {LEARNERS[3]: 3.0}
    assert (stored(room), rows(room)) == (POINTS, EVERYTHING)
    assert [path.name for path in half.iterdir()] == ["ps1"]


# -- what is graded again, and what is not ----------------------------------------------------------------------------


def test_only_what_has_changed_is_graded_again(room: Classroom) -> None:
    room.grade("ps1", Local(2))
    before = written(room)
    assert (room.grade("ps1").graded, written(room)) == (0, before)
    room.hand_in(LEARNERS[0], "ps1", {"p1": room.solution("ps1", "p1")})
    room.hand_in(LEARNERS[1], "ps1", {"p1": json.loads((room.folder / "submitted" / LEARNERS[2] / "ps1" / "p1.ipynb").read_text())}, {"notes.txt": b"new"})  # fmt: skip
    summary = room.grade("ps1")
    assert (summary.points, summary.unchanged) == ({LEARNERS[0]: 3.0, LEARNERS[1]: 3.0}, 6)
    after = written(room)
    assert {path for path in after if after[path] != before[path]} == {f"{who}/ps1/p1.ipynb" for who in LEARNERS[:2]}
    assert rows(room) == EVERYTHING


def test_changed_checks_grade_everybody_again(room: Classroom) -> None:
    room.grade("ps1", Local(2))
    room.assign("ps1", {"p1": notebook([CELLS[0], check("a-check", "assert a == 2", 2), *CELLS[2:]])})
    summary = room.grade("ps1", Local(2))
    assert summary.points == {learner: 3.0 if learner == LEARNERS[0] else 1.0 for learner in LEARNERS}


def test_a_changed_data_file_and_a_changed_choice_do_too(room: Classroom) -> None:
    for learner in LEARNERS[2:]:
        shutil.rmtree(room.folder / "submitted" / learner)
    room.grade("ps1")
    (room.folder / "source" / "ps1" / "data.csv").write_text("new")
    assert room.grade("ps1").graded == 2
    assert room.grade("ps1", run="by hand").graded == 2
    assert room.grade("ps1").unchanged == 2


# -- our own failures -------------------------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Every warm process fails as long as the list is not empty: placing the checks is over by then."""
    how_often: list[int] = []
    real = WarmProcess.run

    def run(self: WarmProcess, program: str, *words: object) -> Run:
        if program == "learner" and how_often:
            raise WarmProcessFailed("The warm process has ended.")
        return real(self, program, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(WarmProcess, "run", run)
    yield how_often


def test_a_failure_of_ours_stores_nothing_and_the_next_round_grades_it(room: Classroom, failing: list[int]) -> None:
    with Course(room.folder) as course:
        grading = Grading(course, "ps1", Local(1))
        failing.append(1)
        assert sorted(grading) == LEARNERS
    failures = {failure.learner: failure.reason for failure in grading.summary.failed}
    assert failures == dict.fromkeys(LEARNERS, "The warm process has ended.")
    assert (stored(room), written(room)) == ({}, {})
    assert "our failure: The warm process has ended." in (room.folder / "grading.log").read_text()
    failing.clear()
    assert room.grade("ps1", Local(2)).points == POINTS


def test_the_command_says_so_and_ends_with_status_three(
    room: Classroom, failing: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = Grading.__iter__

    def then_fail(self: Grading) -> Iterator[str]:
        failing.append(1)
        return placed(self)

    monkeypatch.setattr(Grading, "__iter__", then_fail)
    done = academy(room, "--workers", "1")
    assert done.exit_code == 3
    assert "ps1: 0 graded, 0 unchanged, 8 failed." in done.output
    assert "8 could not be graded. That is no fault of the learners, and no score was stored:" in done.output
    assert f"    {LEARNERS[0]}: The warm process has ended." in done.output


def test_a_gradebook_that_cannot_be_written_fails_one_and_stops_nobody(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Course(room.folder) as course:
        grading = Grading(course, "ps1", Local(1))
        real = course.gradebook.update_or_create_submission

        def locked(assignment: str, learner: str, **more: object) -> object:
            if learner == LEARNERS[2]:
                raise sqlite3.OperationalError("database is locked")
            return real(assignment, learner, **more)

        monkeypatch.setattr(course.gradebook, "update_or_create_submission", locked)
        list(grading)
    assert [failure.learner for failure in grading.summary.failed] == [LEARNERS[2]]
    assert "database is locked" in grading.summary.failed[0].reason
    assert stored(room) == {learner: points for learner, points in POINTS.items() if learner != LEARNERS[2]}
    assert room.grade("ps1").points == {LEARNERS[2]: 3.0}


def test_what_was_started_to_place_the_checks_ends_where_they_cannot_be_placed(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Local(2)
    begun: list[Worker] = []

    def lost(worker: Worker, *_: object) -> None:
        begun.append(worker)
        raise OSError("No space left on device")

    monkeypatch.setattr(coordinator, "place_checks", lost)
    with Course(room.folder) as course, pytest.raises(OSError, match="No space left"):
        Grading(course, "ps1", engine)
    assert not Path(begun[0]._folder.name).exists()
    assert begun[0].warm._started is None


# -- two at once ------------------------------------------------------------------------------------------------------


def test_of_two_graders_at_once_the_second_is_told(room: Classroom) -> None:
    with Course(room.folder) as course, course.locked():
        with pytest.raises(CourseBusy, match="is being graded already"):
            room.grade("ps1")
        done = academy(room)
        assert done.exit_code == 1
        assert "is being graded already. Wait until that is done, then grade again." in done.output
        assert not (room.folder / "grading.yml").exists()


# -- afterwards -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def after(fresh: Classroom, tmp_path_factory: pytest.TempPathFactory) -> tuple[Classroom, Result]:
    """The course as the command leaves it, low scores, refusals and repairs among them."""
    folder = tmp_path_factory.mktemp("after") / "course"
    shutil.copytree(fresh.folder, folder)
    room = Classroom(folder)
    room.hand_in(LEARNERS[5], "ps1", {"p1": b"not a notebook"})
    room.hand_in(LEARNERS[6], "ps1", {"p1": {**room.released("ps1", "p1"), "cells": room.released("ps1", "p1")["cells"][1:]}})  # fmt: skip
    room.hand_in(LEARNERS[7], "ps1", {"p1": answered(room.solution("ps1", "p1"), {"a": "import os\nos._exit(9)"})})
    return room, academy(room)


def told(done: Result) -> list[str]:
    lines = [line for line in done.output.splitlines() if "submission" not in line]
    return [line.split(" graded")[0] + " graded …" if " a second" in line else line for line in lines if line.strip()]


def test_low_scores_are_no_failure_and_the_summary_reads_well(after: tuple[Classroom, Result]) -> None:
    _, done = after
    assert done.exit_code == 0
    assert told(done) == [
        "ps1: 8 graded …",
        "  Points: lowest 0, median 2, highest 3.",
        "  1 check needs the learner's own code, so it does not run apart (grading.yml):",
        "    p1/f-check",
        "  1 handed in a file that cannot be graded. It earns nothing:",
        f"    {LEARNERS[5]}: This file is not a notebook.",
        "  1 damaged notebook was repaired (grading.log says how).",
    ]


def test_the_formgrader_finds_everything_where_nbgrader_puts_it(after: tuple[Classroom, Result]) -> None:
    room, _ = after
    api = room.api()
    submissions = {each["student"]: each for each in api.get_submissions("ps1")}
    assert {who: (each["score"], each["max_score"], each["autograded"]) for who, each in submissions.items()} == {
        who: ({5: 0.0, 6: 0.0, 7: 0.0, 0: 1.0}.get(n, 3.0), 7.0, True) for n, who in enumerate(LEARNERS)
    }
    assert [who for who in LEARNERS if submissions[who]["needs_manual_grade"]] == [*LEARNERS[:5], *LEARNERS[6:]]
    notebooks = api.get_notebook_submissions("ps1", "p1")
    assert sorted(each["student"] for each in notebooks) == LEARNERS
    assert api.get_assignment("ps1")["num_submissions"] == len(LEARNERS)


def test_feedback_and_export_work_on_what_comes_out(after: tuple[Classroom, Result]) -> None:
    room, _ = after
    room.nbgrader("generate_feedback", "ps1")
    for learner in LEARNERS:
        assert (room.folder / "feedback" / learner / "ps1" / "p1.html").is_file()
    refused = (room.folder / "feedback" / LEARNERS[5] / "ps1" / "p1.html").read_text()
    assert "This file is not a notebook." in refused
    room.nbgrader("export", "--to", "grades.csv")
    exported = {row["student_id"]: row for row in csv.DictReader((room.folder / "grades.csv").open())}
    assert {who: float(row["raw_score"]) for who, row in exported.items()} == stored(room)


def test_nobody_has_handed_anything_in(room: Classroom) -> None:
    shutil.rmtree(room.folder / "submitted")
    done = academy(room)
    assert done.exit_code == 0
    assert "Nobody has handed anything in. Collect first" in done.output


def test_a_check_that_never_ends_on_an_answer_costs_that_answer_its_points(tmp_path: Path) -> None:
    """It is proven on the instructor's solution that the check ends, so this is no failure of ours."""
    room = Classroom(tmp_path / "course", "c.Execute.timeout = 2")
    cells = [
        answer("n", "n = 10"),
        check("counts", "import math\ntotal = 0\nfor each in range(n):\n    total += 1"),
        check("math", "assert math.pi > 3 and n"),
    ]
    room.assign("ps1", {"p1": notebook([*cells, code("print('the end')")])})
    room.hand_in("foo", "ps1", {"p1": answered(room.released("ps1", "p1"), {"n": "n = 10**15"})})
    summary = room.grade("ps1")
    assert (summary.failed, summary.apart) == ([], ["p1/counts", "p1/math"])
    assert room.scores("ps1", "foo") == {"counts": 0, "math": 1}
    shown = [output["ename"] for output in room.graded("foo", "ps1", "p1")["cells"][1]["outputs"]]
    assert shown == ["KeyboardInterrupt", "CellTimeoutError"]
