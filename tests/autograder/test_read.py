"""A lesson that a learner would stumble over is not built; its author reads where and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.notebook import (
    Lesson,
    LessonError,
    Term,
    checks,
    compile_lesson,
    read_curriculum,
    read_glossary,
    read_lesson,
)
from autograder.notebook.compile import to_bytes
from autograder.notebook.curriculum import ClassRule

from .conftest import LESSONS

GLOSSARY = read_curriculum(LESSONS).glossary


def read_changed(folder: Path, old: str, new: str, glossary: dict[str, Term] | None = None) -> Lesson:
    """Read the lesson of the tests with one piece of its text changed."""
    place = folder / "count-books"
    shutil.copytree(LESSONS / "count-books", place)
    text = (place / "lesson.md").read_text()
    assert old in text
    (place / "lesson.md").write_text(text.replace(old, new, 1))
    return read_lesson(place, GLOSSARY if glossary is None else glossary, ["branches"], ["citation"])


CHECK = """```{code-cell} ipython3
---
nbgrader: {grade: true, grade_id: busiest-check, locked: true, points: 2, solution: false}"""

FAULTS = {
    "a task without a check": (CHECK, CHECK.replace("nbgrader: {grade: true, grade_id: busiest-check, locked: true, points: 2, solution: false}", "tags: [x]"), "no nbgrader metadata"),
    "two cells of one name": ("grade_id: chart,", "grade_id: busiest,", "used twice"),
    "points that disagree": ("(2 points)", "(4 points)", "promises 4 points, its metadata give 2"),
    "a wrong task number": ("### Task 2.", "### Task 3.", "this is task 2"),
    "a dataset that does not exist": ("data: [branches]", "data: [libraries]", "no dataset “libraries”"),
    "a worksheet that does not exist": ("prerequisites:", "worksheets: [citaton]\n  prerequisites:", "no worksheet “citaton”"),
    "an unknown glossary term": ("glossary:row", "glossary:rwo", "no term “rwo”"),
    "a fact left out": ("  minutes: 10\n", "", "does not say its minutes"),
    "front matter that is no YAML": ("minutes: 10", "minutes: [10", "not YAML"),
    "a solution without its end": ("### END SOLUTION\n", "", "never closed"),
    "a check without a hidden test": ("### BEGIN HIDDEN TESTS\nassert _facts.title", "assert _facts.title", "without “### BEGIN HIDDEN TESTS”"),
    "an assert without a message": (', "Replace the three dots with a name."', "", "no message"),
    "a check that leaves a name behind": ("import pandas as _pd", "import pandas as pd2\n_pd = pd2", "leave “pd2” behind"),
    "a check that uses the learner's other names": ("_branches = _pd.read_csv", "_b = branches\n_branches = _pd.read_csv", "uses “branches”"),
    "a folded check that shows code": ("# Check your answer.\n", "", "shows its first line"),
    "a check that names no answers": ("academy: {answers: [busiest]}\n", "", "names no answers"),
    "a task with too few hints": ("<details><summary>Hint 3</summary>It begins with an M.</details>", "", "fewer than 3 hints"),
    "an objective that a comma cuts off": ('{id: read-a-value, text: Read a value from a table}', '{id: read-a-value, text: Read a value from a table, and more}', "not an id and a text"),
    "an unknown objective": ('"objective": "read-a-value"', '"objective": "fly"', "proves no objective"),
    "an unknown kind of task": ('"kind": "practice"', '"kind": "quiz"', "kind “quiz”"),
    "free text without a rubric": (', "rubric": ["Names a table", "Says what one row is"]', "", "no rubric"),
    "an answer cell without a solution": ('### BEGIN SOLUTION\nbusiest = "Main Street"\n### END SOLUTION', "busiest = 1", "no solution"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_build_stops_at(fault: str, tmp_path: Path) -> None:
    old, new, said = FAULTS[fault]
    with pytest.raises(LessonError) as error:
        read_changed(tmp_path, old, new)
    assert said in str(error.value)
    assert error.value.file == tmp_path / "count-books" / "lesson.md"
    assert error.value.advice


def test_a_lesson_names_its_worksheets_or_has_none(lesson: Lesson, tmp_path: Path) -> None:
    assert lesson.worksheets == ()
    assert read_changed(tmp_path, "prerequisites:", "worksheets: [citation]\n  prerequisites:").worksheets == (
        "citation",
    )


def test_the_line_named_is_the_line_to_mend(tmp_path: Path) -> None:
    with pytest.raises(LessonError) as error:
        read_changed(tmp_path, "glossary:table", "glossary:tabel")
    lines = error.value.file.read_text().splitlines()
    assert "glossary:tabel" in lines[error.value.line - 1]


def test_a_lesson_says_what_it_holds(lesson: Lesson) -> None:
    assert [(task.id, task.points, task.manual) for task in lesson.tasks] == [
        ("busiest", 2, False),
        ("chart", 3, False),
        ("my-agency", 1, True),
    ]
    assert lesson.possible == 5
    assert set(lesson.terms) == {"row", "table"}


def test_the_same_text_gives_the_same_notebook(lesson: Lesson) -> None:
    again = read_lesson(lesson.folder, GLOSSARY)
    assert to_bytes(compile_lesson(lesson)) == to_bytes(compile_lesson(again))


def test_checks_part_what_learners_see_from_what_they_do_not(lesson: Lesson) -> None:
    busiest = checks(lesson)[0]
    assert busiest.answers == ("busiest",)
    assert "not a number" in busiest.visible and "Another branch" not in busiest.visible
    assert "Another branch" in busiest.hidden


def test_a_lesson_that_is_not_listed_is_not_forgotten(tmp_path: Path) -> None:
    shutil.copytree(LESSONS, tmp_path / "lessons")
    shutil.copytree(LESSONS / "count-books", tmp_path / "lessons" / "second")
    with pytest.raises(LessonError, match="“second” is not listed"):
        read_curriculum(tmp_path / "lessons")


# -- the classes of data, in the glossary ------------------------------------------------------------------------------

CLASS = """\
terms:
  open-things:
    term: Open
    plain: Anyone may see them.
    class: {id: open, order: 1, when: {release: ["yes"]}}
  closed-things:
    term: Closed
    plain: Nobody may see them.
    class: {id: closed, order: 2, within: open, when: {release: ["no", never]}}
"""


def test_a_class_of_data_has_its_rule_beside_its_words(tmp_path: Path) -> None:
    file = tmp_path / "glossary.yml"
    file.write_text(CLASS, encoding="utf-8")
    terms = read_glossary(file)
    assert terms["closed-things"].rule == ClassRule("closed", 2, {"release": ("no", "never")}, within="open")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("order: 2", "order: 1", "has the id or the order of “open-things”"),
        ("id: closed", "id: open", "has the id or the order of “open-things”"),
        ("within: open", "within: opne", "is within “opne”, which is no other class"),
        ("within: open", "within: closed", "is within “closed”, which is no other class"),
        ('{release: ["no", never]}', "{release: []}", "does not say which answers lead to it"),
        (', when: {release: ["no", never]}', "", "does not say which answers lead to it"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_its_line(
    old: str, new: str, problem: str, tmp_path: Path
) -> None:
    file = tmp_path / "glossary.yml"
    assert old in CLASS
    file.write_text(CLASS.replace(old, new), encoding="utf-8")
    with pytest.raises(LessonError, match=problem) as error:
        read_glossary(file)
    assert error.value.line == 6
