"""Trusted notebooks get from us what stock nbgrader gives them: every score, every comment, every output of every cell.

Stock nbgrader's own test suite is the first witness: its notebooks are graded here as they are installed. Then come
our own lesson, nbgrader's example course, and assignments in other people's manners.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import nbgrader
import pytest

from academy.attempts import with_answers
from academy.project import DATASETS, LESSONS, WORKSHEETS
from autograder.course import Local, Summary
from autograder.lesson_files import lesson_files
from autograder.notebook import compile_lesson, read_curriculum, read_lesson, release
from autograder.notebook.compile import to_bytes

from .classroom import (
    Classroom,
    answer,
    answered,
    check,
    code,
    differences,
    essay,
    essay_in_code,
    locked,
    notebook,
    task,
    text,
)

NBGRADER = Path(nbgrader.__file__).parent
SUITE = NBGRADER / "tests" / "apps" / "files"
GUIDE = NBGRADER / "docs" / "source" / "user_guide"


@dataclass(frozen=True)
class Graded:
    """A course that both have graded."""

    ours: Classroom
    stock: Classroom
    summary: Summary
    assignment: str

    def differences(self, *learners: str) -> list[str]:
        return differences(self.ours, self.stock, self.assignment, learners or None)


def grade_with_both(room: Classroom, assignment: str, workers: int = 1) -> Graded:
    stock = room.copy_for_stock()
    stock.nbgrader("autograde", assignment)
    summary = room.grade(assignment, Local(workers))
    assert summary.failed == []
    return Graded(room, stock, summary, assignment)


def suite(name: str) -> bytes:
    return (SUITE / f"{name}.ipynb").read_bytes()


# -- nbgrader's own test suite ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    room = Classroom(tmp_path_factory.mktemp("submitted") / "course")
    room.assign("ps1", {"p1": suite("submitted-unchanged")})
    for kind in ("unchanged", "changed", "grade-cell-changed", "locked-cell-changed"):
        room.hand_in(kind, "ps1", {"p1": suite(f"submitted-{kind}")})
    for kind in ("cheat-attempt", "cheat-attempt-alternative"):
        room.hand_in(kind, "ps1", {"p1": suite(f"submitted-{kind}")})
    return grade_with_both(room, "ps1")


def test_nbgraders_own_submissions_get_what_its_own_tests_promise(submitted: Graded) -> None:
    with submitted.ours.gradebook() as gradebook:
        found = {
            learner: (row.score, row.max_score, row.needs_manual_grade)
            for learner in ("unchanged", "changed", "cheat-attempt", "cheat-attempt-alternative")
            for row in [gradebook.find_submission_notebook("p1", "ps1", learner)]
        }
    assert found == {
        "unchanged": (1, 7, False),
        "changed": (2, 7, True),
        "cheat-attempt": (1, 7, True),
        "cheat-attempt-alternative": (1, 7, True),
    }


def test_nbgraders_own_submissions_are_graded_as_by_stock_cell_by_cell(submitted: Graded) -> None:
    assert submitted.differences("unchanged", "changed", "grade-cell-changed", "locked-cell-changed") == []


def test_an_untouched_answer_is_no_response(submitted: Graded) -> None:
    comments = submitted.ours.comments("ps1")
    said = [
        {id: comments[learner, "p1", id] for id in ("set_a", "baz", "quux")} for learner in ("unchanged", "changed")
    ]
    assert said == [dict.fromkeys(["set_a", "baz", "quux"], "No response."), dict.fromkeys(["set_a", "baz", "quux"])]


AUTOTESTS = ("simple", "multi", "hidden", "hashed")
CHANGED = {"simple": "simple-changed", "multi": "multi-changed", "hidden": "hidden-changed-wrong", "hashed": "hashed-changed"}  # fmt: skip
WHOLE_NOTEBOOKS = (
    "test",
    "test-hidden-tests",
    "open_relative_file",
    "validation-zero-points",
    "validating-environment-variable",
)


@pytest.fixture(scope="module")
def whole_suite(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """One assignment of all the notebooks that nbgrader's tests generate and grade."""
    room = Classroom(tmp_path_factory.mktemp("suite") / "course")
    (room.folder / "autotests.yml").write_bytes((SUITE / "autotests.yml").read_bytes())
    names = {name: name for name in WHOLE_NOTEBOOKS} | {kind: f"autotest-{kind}" for kind in AUTOTESTS}
    files = {name: (SUITE / name).read_bytes() for name in ("data.txt", "jupyter.png")}
    room.assign("ps1", {name: suite(file) for name, file in names.items()}, files)
    # What one learner leaves out, the other hands in: each of these takes stock nbgrader seconds.
    room.hand_in("blank", "ps1", {name: room.released("ps1", name) for name in WHOLE_NOTEBOOKS})
    changed = {kind: suite(f"autotest-{file}") for kind, file in CHANGED.items()}
    room.hand_in("done", "ps1", {"test": suite("test-with-output"), **changed})
    return grade_with_both(room, "ps1")


def test_every_notebook_of_nbgraders_own_suite_is_graded_as_by_stock(whole_suite: Graded) -> None:
    assert whole_suite.differences() == []


def test_notebooks_that_are_not_handed_in_get_zero(whole_suite: Graded) -> None:
    grades = whole_suite.ours.grades("ps1")
    missing = {row[1]: grade for row, grade in grades.items() if row[0] == "done" and row[1] in WHOLE_NOTEBOOKS[1:]}
    assert missing == dict.fromkeys(WHOLE_NOTEBOOKS[1:], (0, None, False))


def test_the_suites_scores_are_those_that_its_own_tests_name(whole_suite: Graded) -> None:
    with whole_suite.ours.gradebook() as gradebook:
        done = {name: gradebook.find_submission_notebook(name, "ps1", "done").score for name in AUTOTESTS}
        blank = {name: gradebook.find_submission_notebook(name, "ps1", "blank").score for name in WHOLE_NOTEBOOKS}
    assert done == {"simple": 1, "multi": 3, "hidden": 0, "hashed": 1}
    assert (blank["test-hidden-tests"], blank["validating-environment-variable"]) == (0, 0)


def test_solutions_that_stand_outside_the_marks_are_given_out_and_count(whole_suite: Graded) -> None:
    assert whole_suite.ours.scores("ps1", "blank")["open_file"] == 10


# -- cells that take too long -----------------------------------------------------------------------------------------


def test_a_cell_gets_as_long_as_the_course_says_and_the_next_one_runs(tmp_path: Path) -> None:
    room = Classroom(tmp_path / "course", "c.Execute.timeout = 2")
    slow = [answer("work", "def work():\n    return 1"), check("quick", "assert work() == 1")]
    room.assign("ps1", {"p1": notebook([*slow, check("after", "assert done")]), "loop": suite("infinite-loop")})
    sleeps = "import time\ndone = True\ndef work():\n    time.sleep(9)\n    return 1"
    room.hand_in("foo", "ps1", {"p1": answered(room.released("ps1", "p1"), {"work": sleeps})})
    graded = grade_with_both(room, "ps1")
    assert graded.ours.scores("ps1", "foo") == {"quick": 0, "after": 1}
    assert graded.differences() == []


# -- our own lesson ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lesson_course(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    lesson = read_lesson(LESSONS / "read-a-table", read_curriculum(LESSONS).glossary)
    files = {file.name: file.read_bytes() for file in lesson_files(lesson, DATASETS, WORKSHEETS)}
    name = lesson.slug
    room = Classroom(tmp_path_factory.mktemp("lesson") / "course")
    room.assign(name, {name: to_bytes(compile_lesson(lesson))}, files)
    solved, blank = (json.loads(to_bytes(each)) for each in (with_answers(lesson, {}), release(lesson)))
    tasks = [task.id for task in lesson.tasks]
    half = json.loads(json.dumps(solved))
    for each in tasks[::2]:
        cell = next(cell for cell in half["cells"] if cell["id"] == each)
        cell["source"] = next(cell for cell in blank["cells"] if cell["id"] == each)["source"]
    extra = json.loads(json.dumps(solved))
    for place in (9, 5, 2):
        extra["cells"].insert(place, code("len(towns) if 'towns' in dir() else 'not read yet'"))
    broken = json.loads(json.dumps(blank))
    next(cell for cell in broken["cells"] if cell["id"] == tasks[0])["source"] = "no_such_name"
    for learner, handed_in in (("solved", solved), ("half", half), ("extra", extra), ("broken", broken)):
        room.hand_in(learner, name, {name: handed_in}, files)
    return grade_with_both(room, name, workers=2)


def test_our_own_lesson_is_graded_as_by_stock(lesson_course: Graded) -> None:
    assert lesson_course.differences() == []
    points = lesson_course.summary.points
    assert points["solved"] == points["extra"] > points["half"] > points["broken"] == 0


# -- nbgrader's example course ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    def read(folder: Path) -> dict[str, bytes]:
        return {file.stem: file.read_bytes() for file in folder.glob("*.ipynb")}

    picture = {"jupyter.png": (GUIDE / "source" / "ps1" / "jupyter.png").read_bytes()}
    room = Classroom(tmp_path_factory.mktemp("quickstart") / "course")
    room.assign("ps1", read(GUIDE / "source" / "ps1"), picture, due="2015-02-02 15:58:23.948203 UTC")
    for learner in ("bitdiddle", "hacker"):
        folder = GUIDE / "submitted" / learner / "ps1"
        room.hand_in(learner, "ps1", read(folder), picture, at=(folder / "timestamp.txt").read_text())
    room.hand_in("teacher", "ps1", read(GUIDE / "source" / "ps1"))
    return grade_with_both(room, "ps1")


def test_nbgraders_example_course_is_graded_as_by_stock(quickstart: Graded) -> None:
    assert quickstart.differences() == []


# -- other people's manners -------------------------------------------------------------------------------------------

MANNERS = notebook(
    [
        text("# Many manners"),
        code("import numpy as np\nimport matplotlib.pyplot as plt\n%matplotlib inline"),
        answer("squares", "def squares(n):\n    return [i**2 for i in range(1, n + 1)]"),
        check("function", "assert squares(3) == [1, 4, 9]\n### BEGIN HIDDEN TESTS\nassert squares(1) == [1]\n### END HIDDEN TESTS"),
        answer("class", "class Account:\n    def __init__(self):\n        self.balance = 0\n    def add(self, n):\n        self.balance += n"),
        check("object", "account = Account()\naccount.add(5)\nassert account.balance == 5, 'the money is gone'"),
        answer("numbers", "total = sum(squares(10))\nmean = total / 10"),
        check("earlier", "import math\nfrom statistics import median\nassert total == 385\nassert math.isclose(mean, 38.5)"),
        check("import-kept", "assert math.floor(mean) == 38\nassert median([1, 2, total]) == 2"),
        check("partial", "score = 0\nif total == 385: score += 1\nif mean == 38.5: score += 0.5\nscore", 2),
        check("full-by-text", "'all is well'", 2),
        check("warned", "import sys\nif total != 385: print('this costs the points', file=sys.stderr)"),
        answer("table", "import pandas as pd\ntable = pd.DataFrame({'a': [1, 2, 3], 'b': list('xyz')})"),
        check("table-check", "pd.testing.assert_frame_equal(table, pd.DataFrame({'a': [1, 2, 3], 'b': ['x', 'y', 'z']}))"),
        answer("array", "values = np.arange(4) * 2.0"),
        check("array-check", "np.testing.assert_allclose(values, [0, 2, 4, 6])"),
        answer("plot", "fig, ax = plt.subplots()\nax.bar(['a', 'b'], [1, 2])\nax.set_title('Two bars')"),
        check("figure", "assert ax.get_title() == 'Two bars'\nassert len(ax.patches) == 2"),
        answer("file", "with open('out.csv', 'w') as file:\n    file.write('a,b\\n1,2\\n')"),
        check("file-check", "import csv\nwith open('out.csv') as file:\n    rows = list(csv.reader(file))\nassert rows[1] == ['1', '2']"),
        answer("random", "np.random.seed(7)\ndraws = np.random.rand(3)"),
        check("random-check", "assert abs(np.random.rand() - 0.72346518) < 1e-6"),
        check("draws-check", "assert np.allclose(draws, [0.07630829, 0.77991879, 0.43840923])"),
        check("magic", "%%capture shown\nprint(total)\nassert total == 385"),
        check("shell", "lines = !echo {total}\nassert lines == ['385']"),
        locked("given", "given = [3, 1, 2]"),
        answer("sorted", "ordered = sorted(given)"),
        check("uses-given", "assert ordered == sorted(given) and given == [3, 1, 2]"),
        check("changes-given", "given.append(4)\nassert len(given) == 4"),
        check("needs-the-change", "assert given[-1] == 4"),
        check("makes-a-name", "limit = 10\nassert total > limit"),
        code("print('the limit is', limit)"),
        essay("words"),
        essay_in_code("own-idea", "idea = total + 1"),
        task("project"),
    ]
)  # fmt: skip
WRONG = {
    "squares": "def squares(n):\n    return [i**2 for i in range(n)]",
    "class": "class Account:\n    def add(self, n):\n        self.balance = n + 1",
    "numbers": "total = 100\nmean = 38.5",
    "table": "import pandas as pd\ntable = pd.DataFrame({'a': [1, 2, 3], 'b': list('xyw')})",
    "array": "values = list(range(4))",
    "plot": "fig, ax = plt.subplots()\nax.bar(['a', 'b'], [1, 2])",
    "file": "open('out.csv', 'w').close()",
    "random": "draws = [1, 2, 3]",
    "sorted": "given.sort()\nordered = given",
    "words": "My own words.",
    "own-idea": "idea = 5\nidea",
}


@pytest.fixture(scope="module")
def manners(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    room = Classroom(tmp_path_factory.mktemp("manners") / "course")
    room.assign("ps1", {"p1": MANNERS})
    blank = room.released("ps1", "p1")
    room.hand_in("blank", "ps1", {"p1": blank})
    room.hand_in("right", "ps1", {"p1": room.solution("ps1", "p1")})
    room.hand_in("wrong", "ps1", {"p1": answered(blank, WRONG)})
    return grade_with_both(room, "ps1", workers=2)


def test_other_peoples_manners_are_graded_as_by_stock(manners: Graded) -> None:
    assert manners.differences() == []
    scores = manners.ours.scores("ps1", "right")
    assert [id for id, score in scores.items() if score is None] == ["words", "own-idea", "project"]
    assert sum(filter(None, scores.values())) == 20.5
