"""The proof of grades notices every way in which a lesson could break its promise."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
import yaml

from academy.attempts import Attempt, AttemptsError, prove, read_attempts
from autograder.notebook import Lesson, read_curriculum, read_lesson

LESSONS = Path(__file__).parent.parent / "autograder" / "fixtures" / "lessons"
DATA = [LESSONS / "branches.csv"]


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read_lesson(LESSONS / "count-books", read_curriculum(LESSONS).glossary)


def changed_lesson(folder: Path, old: str, new: str) -> Lesson:
    place = folder / "count-books"
    shutil.copytree(LESSONS / "count-books", place)
    text = (place / "lesson.md").read_text()
    assert old in text
    (place / "lesson.md").write_text(text.replace(old, new, 1))
    return read_lesson(place, read_curriculum(LESSONS).glossary)


def test_a_sound_lesson_breaks_no_promise(lesson: Lesson) -> None:
    assert list(prove(lesson, read_attempts(lesson, least_wrong=2), DATA)) == []


def test_right_attempts_that_lose_and_wrong_ones_that_win_are_named(lesson: Lesson) -> None:
    attempts = [
        Attempt("busiest", "a right one that is not", "busiest = 'Hilltop'", None),
        Attempt(
            "chart", "a wrong one that is not", "chart = branches.plot.bar(x='branch', y='loans', title='x')", "no"
        ),
    ]
    told = "\n".join(prove(lesson, attempts, DATA))
    assert "“a right one that is not” is right, but earns 0 of 2: Another branch lends more." in told
    assert "“a wrong one that is not” is wrong, but earns 3 of 3." in told


def test_a_wrong_attempt_must_get_the_message_meant_for_it(lesson: Lesson) -> None:
    attempts = [Attempt("busiest", "a number", "busiest = 5", "You gave a color")]
    told = "\n".join(prove(lesson, attempts, DATA))
    assert "must be told “You gave a color”, but reads “Give the name of the branch, not a number.”" in told


def test_a_hidden_test_that_no_attempt_needs_is_named(lesson: Lesson) -> None:
    attempts = [Attempt("busiest", "a number", "busiest = 5", "not a number")]
    told = list(prove(lesson, attempts, DATA))
    assert any("No wrong attempt at “busiest” gets past the visible tests" in each for each in told)


def test_a_solution_that_fails_its_own_check_is_named(tmp_path: Path) -> None:
    broken = changed_lesson(tmp_path, 'busiest = "Main Street"', 'busiest = "Riverside"')
    told = "\n".join(prove(broken, [], DATA))
    assert "The solution of “busiest” does not earn its points: Another branch lends more." in told


def test_an_untouched_notebook_that_earns_points_is_named(tmp_path: Path) -> None:
    broken = changed_lesson(tmp_path, "busiest = ...", 'busiest = "Main Street"')
    assert any("untouched notebook earns 2 points (in busiest)" in each for each in prove(broken, [], DATA))


def test_a_wrong_answer_that_costs_another_task_is_named(lesson: Lesson) -> None:
    meddling = Attempt("busiest", "spoils the table", "branches = None\nbusiest = 5", "not a number")
    assert any(
        "“chart” lost its points because of another task's answer" in each for each in prove(lesson, [meddling], DATA)
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"busiest": {"right": []}}, "has 0 right and 0 wrong attempts"),
        ({"cheapest": {}}, "“cheapest” is no auto-graded task"),
        ({"busiest": {"right": [{"name": "x"}, {"name": "y"}], "wrong": [{}, {}]}}, "has no 'code'"),
    ],
)
def test_an_incomplete_list_of_attempts_is_refused(
    change: dict[str, object], said: str, tmp_path: Path, lesson: Lesson
) -> None:
    listed = yaml.safe_load((LESSONS / "count-books" / "attempts.yml").read_text())
    (tmp_path / "attempts.yml").write_text(yaml.safe_dump(listed | change))
    with pytest.raises(AttemptsError, match=said):
        read_attempts(dataclasses.replace(lesson, folder=tmp_path), least_wrong=2)


def test_a_lesson_without_attempts_proves_nothing(tmp_path: Path, lesson: Lesson) -> None:
    with pytest.raises(AttemptsError, match="a grade proves nothing"):
        read_attempts(dataclasses.replace(lesson, folder=tmp_path))
