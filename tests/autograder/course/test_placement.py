"""Where each check runs: apart from learners' code wherever it can, and never as a learner would have it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from academy.project import DATASETS, LESSONS, WORKSHEETS
from autograder.course import Course, Grading, Local
from autograder.course.choice import ChoiceUnreadable
from autograder.course.placement import place_checks
from autograder.course.worker import Worker
from autograder.lesson_files import lesson_files
from autograder.notebook import compile_lesson, read_curriculum, read_lesson
from autograder.notebook.compile import to_bytes

from .classroom import Classroom, answer, answered, cell_of, check, code, notebook

CELLS = {
    # id: a check, and whether it can run apart
    "value": ("assert total == 6", True),
    "nothing-needed": ("import math\nlimit = 6\nlow = 1", True),
    "module": ("assert math.floor(total) == limit", True),
    "partial": ("0.5 if total == 6 else 0", True),
    "own-function": ("def close(x):\n    return abs(x - total) < limit\nassert close(5)", True),
    "their-function": ("assert add(1, 2) == 3", False),
    "their-class": ("assert Pair(1).one == 1", False),
    "file": ("assert open('made.txt').read() == 'made'", False),
    "figure": ("assert figure.axes[0].get_title() == 'Bars'", False),
    "axes": ("assert axes.get_title() == 'Bars'", False),
    "random": ("import random\nassert round(random.random(), 6) == 0.844422", False),
    "magic": ("%precision 3\nassert total == 6", False),
    "any-name": ("assert globals()['total'] == 6", False),
    "changes": ("numbers.append(4)\nassert len(numbers) == 4", False),
    "needs-the-change": ("assert numbers[-1] == 4", False),
    "makes-for-the-notebook": ("shown = total * 2\nassert shown == 12", False),
    "fails-the-instructor": ("assert total == 7", False),
}
SOLUTION = {
    "all": "total = 1 + 2 + 3\nnumbers = [1, 2, 3]",
    "code": "def add(a, b):\n    return a + b\nclass Pair:\n    def __init__(self, one):\n        self.one = one",
    "drawn": "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.set_title('Bars')",
    "made": "with open('made.txt', 'w') as file:\n    file.write('made')\nimport random\nrandom.seed(0)",
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    room = Classroom(tmp_path_factory.mktemp("placement") / "course")
    answers = [answer(id, solution) for id, solution in SOLUTION.items()]
    checks = [check(id, source) for id, (source, _) in CELLS.items()]
    room.assign("ps1", {"p1": notebook([*answers, *checks, code("print(shown)")])})
    room.assign("plain", {"p1": notebook([answer("a", "a = 1"), check("a-check", "assert a == 1")])})
    return room


@pytest.fixture
def room(fresh: Classroom, tmp_path: Path) -> Classroom:
    shutil.copytree(fresh.folder, tmp_path / "course")
    return Classroom(tmp_path / "course")


def chosen(room: Classroom) -> dict[str, object]:
    return yaml.safe_load((room.folder / "grading.yml").read_text())


@pytest.fixture(scope="module")
def graded(fresh: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    folder = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(fresh.folder, folder)
    room = Classroom(folder)
    solution = room.solution("ps1", "p1")
    room.hand_in("right", "ps1", {"p1": solution})
    # The names that the checks make for each other, given other values where the learner's own cells stand.
    meddled = {
        "all": "total = 99\nlimit = 99\nnumbers = []\nclose = lambda x: True\nimport math\nmath.floor = lambda x: 99"
    }
    room.hand_in("meddler", "ps1", {"p1": answered(solution, meddled)})
    room.grade("ps1")
    return room


def test_a_check_runs_apart_wherever_that_gives_the_same_grade(room: Classroom) -> None:
    with Course(room.folder) as course:
        places = Grading(course, "ps1", Local(1)).assignment.notebook("p1").places
    assert {id for id, where in places.items() if where == "apart"} == {id for id, (_, can) in CELLS.items() if can}
    assert set(places) == set(CELLS)


def test_the_choice_is_written_down_with_the_checks_that_it_is_about(graded: Classroom) -> None:
    listed = [f"p1/{id}" for id, (_, can) in CELLS.items() if not can]
    assert chosen(graded) == {"ps1": {"run": "sandbox", "checks": listed}}
    assert (graded.folder / "grading.yml").read_text().startswith("# How checks are run that need more")


def test_a_check_that_did_not_run_apart_is_marked_in_the_graded_notebook(graded: Classroom) -> None:
    found = graded.graded("right", "ps1", "p1")
    marked = {id for id in CELLS if "academy" in cell_of(found, id)["metadata"]}
    assert marked == {id for id, (_, can) in CELLS.items() if not can}
    assert cell_of(found, "file")["metadata"]["academy"] == {"ran": "in the learner's sandbox"}


def test_every_check_passes_on_the_solution_wherever_it_runs(graded: Classroom) -> None:
    scores = graded.scores("ps1", "right")
    assert {id for id, score in scores.items() if score != 1} == {"partial", "fails-the-instructor"}
    assert (scores["partial"], scores["fails-the-instructor"]) == (0.5, 0)


def test_what_one_check_makes_for_the_next_never_comes_from_the_learner(graded: Classroom) -> None:
    scores = graded.scores("ps1", "meddler")
    assert {id: scores[id] for id in ("value", "module", "own-function")} == {
        "value": 0,
        "module": 0,
        "own-function": 0,
    }


def test_checks_by_hand_are_not_run_and_wait_for_a_person(room: Classroom) -> None:
    room.hand_in("right", "ps1", {"p1": room.solution("ps1", "p1")})
    room.grade("ps1", run="by hand")
    grades = room.grades("ps1")
    assert {row[2] for row, grade in grades.items() if grade == (None, None, True)} == {
        id for id, (_, can) in CELLS.items() if not can
    }
    assert cell_of(room.graded("right", "ps1", "p1"), "file")["outputs"] == []
    assert chosen(room)["ps1"]["run"] == "by hand"  # type: ignore[index]
    # The choice is kept: nobody needs to say it again.
    assert room.grade("ps1").unchanged == 1


def test_an_assignment_whose_checks_all_run_apart_needs_no_choice(room: Classroom) -> None:
    room.hand_in("foo", "plain", {"p1": room.solution("plain", "p1")})
    summary = room.grade("plain")
    assert (summary.apart, summary.sandboxed) == (["p1/a-check"], [])
    assert not (room.folder / "grading.yml").exists()


def test_no_learner_has_a_say_in_it(room: Classroom) -> None:
    handed_in = room.solution("plain", "p1")
    handed_in["metadata"]["academy"] = {"places": {"a-check": "sandbox"}, "graded": "yes"}
    cell_of(handed_in, "a-check")["metadata"]["academy"] = {"place": "sandbox"}
    cell_of(handed_in, "a")["source"] = "def a(): pass\na.places = 'sandbox'"
    choice = {"plain": {"run": "sandbox", "checks": ["p1/a-check"]}}
    folder = room.hand_in("foo", "plain", {"p1": handed_in}, {"grading.yml": yaml.safe_dump(choice).encode()})
    shutil.copy(folder / "grading.yml", folder.parent)
    summary = room.grade("plain")
    assert (summary.apart, summary.sandboxed, summary.points) == (["p1/a-check"], [], {"foo": 0})


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("plain: {run: anywhere}", "“run” of plain is 'anywhere'. Write one of: sandbox, by hand."),
        ("plain: [", "is not YAML"),
        ("plain: sandbox", "should hold a part for each assignment"),
    ],
)
def test_a_choice_that_cannot_be_read_is_told(room: Classroom, written: str, said: str) -> None:
    (room.folder / "grading.yml").write_text(written)
    with pytest.raises(ChoiceUnreadable) as problem:
        room.grade("plain")
    assert said in str(problem.value)


def test_every_check_of_every_lesson_of_ours_runs_apart(tmp_path: Path) -> None:
    curriculum = read_curriculum(LESSONS)
    lessons = [read_lesson(LESSONS / slug, curriculum.glossary) for slug in curriculum.lessons]
    files = {f.name: f.read_bytes() for lesson in lessons for f in lesson_files(lesson, DATASETS, WORKSHEETS)}
    room = Classroom(tmp_path / "course")
    room.assign("all", {lesson.slug: to_bytes(compile_lesson(lesson)) for lesson in lessons}, files)
    with Course(room.folder) as course:
        assignment = course.assignment("all")
        solutions = {lesson.slug: course.instructor("all", lesson.slug) for lesson in lessons}
    with Worker(assignment) as worker:
        placed = place_checks(worker, solutions)
    expected = {
        lesson.slug: {f"{task.id}-check": "apart" for task in lesson.tasks if not task.manual} for lesson in lessons
    }
    assert {notebook.name: notebook.places for notebook in placed.notebooks} == expected
    # And each is given just the answers that its task names.
    for lesson in lessons:
        needs = placed.notebook(lesson.slug).needs
        assert {task.id: set(needs[f"{task.id}-check"]) for task in lesson.tasks if not task.manual} == {
            task.id: set(task.answers) for task in lesson.tasks if not task.manual
        }
