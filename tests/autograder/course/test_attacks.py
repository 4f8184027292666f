"""What hostile learners hand in to a course: each attack is really made, among honest learners, and graded once.

No attack gains a point, shows a secret, touches anything outside, or keeps anybody else from their grade.
"""

from __future__ import annotations

import hashlib
import html
import json
import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pytest
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from academy.attempts import with_answers
from autograder.course import Course, Grading, Local, Summary, Where
from autograder.course import worker as workers
from autograder.notebook import Lesson, compile_lesson
from autograder.notebook.compile import to_bytes

from ..conftest import DATA
from .attacks import CODE, FILES, FULL, NAME, NAMES, Code, File, Notebook
from .classroom import Classroom, answer, answered, cell_of, check, notebook, text

OWN_WORDS = "The honest learner's own words, which are nobody else's."
PROTECTED = "from autograder.course.feedback import protect\nprotect(c)\nc.ExecutePreprocessor.timeout = 6"
SECRET = re.compile(
    r"canary-[0-9a-f]{16}|BEGIN HIDDEN|idxmax\(\)|sorted\(max|honest learner's own|root:[x*]?:|SQLite format"
)
"""What only hidden tests, solutions, other learners' notebooks and the host hold."""


@dataclass
class Graded:
    """A course after one round of grading."""

    room: Classroom
    assignment: str
    summary: Summary
    attacks: dict[str, Code | File]
    """By the learner who made them."""
    honest: list[str]
    before: dict[str, str]
    """What lay outside of the graded notebooks, before anything was graded."""
    left_behind: list[str] = field(default_factory=list)

    def page(self, learner: str) -> str:
        """The page of feedback, as it is read."""
        return (self.room.folder / "feedback" / learner / self.assignment / f"{self.assignment}.html").read_text()


MADE = [*CODE, *FILES]
"""All attacks, in the order of grading."""


@pytest.fixture(scope="module", params=MADE, ids=lambda attack: attack.name)
def attacker(request: pytest.FixtureRequest, graded: Graded) -> str:
    """Each learner who attacks the lesson's course, in turn."""
    return f"{MADE.index(request.param) + 1:02d}-{request.param.name}"


def test_an_attacker_has_the_points_of_their_honest_part(graded: Graded, attacker: str) -> None:
    assert graded.summary.points[attacker] == graded.attacks[attacker].points
    assert sum(score or 0 for score in graded.room.scores(NAME, attacker).values()) == graded.attacks[attacker].points


def test_an_attacker_reads_no_secret(graded: Graded, attacker: str) -> None:
    assert SECRET.findall(graded.page(attacker)) == []


def test_an_attacker_reads_what_became_of_their_notebook(graded: Graded, attacker: str) -> None:
    assert graded.attacks[attacker].says in html.unescape(graded.page(attacker))


def test_an_attacker_s_page_has_nothing_that_a_browser_would_run_or_load(graded: Graded, attacker: str) -> None:
    page = graded.page(attacker)
    assert re.findall(r"<(?:script|iframe|object|embed|form|input|link|base|svg|math)\b", page, re.IGNORECASE) == []
    assert re.findall(r"<[^>]*\s(?:on\w+|srcdoc|formaction)\s*=", page) == []
    assert re.findall(r"<[^>]*\shref=[\"'](?!#|https?://|mailto:)[^>]*>", page) == []
    assert re.findall(r"<[^>]*\ssrc=[\"'](?!data:image/)[^>]*>", page) == []


def test_honest_learners_before_between_and_after_have_full_marks(graded: Graded) -> None:
    assert {learner: graded.summary.points.get(learner) for learner in graded.honest} == dict.fromkeys(
        graded.honest, FULL
    )
    order = sorted([*graded.honest, *graded.attacks])
    assert {order[0], order[-1]} <= set(graded.honest)


def test_nobody_writes_into_what_is_said_of_how_they_were_graded(graded: Graded) -> None:
    forger = next(learner for learner in graded.attacks if learner.endswith("fakes-outputs"))
    assert "given by the trainer" not in graded.page(forger)


def test_no_attack_is_our_failure(graded: Graded) -> None:
    assert graded.summary.failed == []


def test_what_others_handed_in_and_what_the_course_is_made_of_is_untouched(graded: Graded) -> None:
    assert contents(graded.room.folder) == graded.before


def test_every_row_of_the_gradebook_is_of_a_learner_who_handed_something_in(graded: Graded) -> None:
    learners = {row[0] for row in graded.room.grades(NAME)}
    assert learners == {*graded.honest, *graded.attacks}


def test_no_process_and_no_file_is_left_behind(graded: Graded) -> None:
    assert graded.left_behind == []
    assert not Path("/tmp/pwned-by-a-notebook").exists()
    assert not (graded.room.folder / "pwned").exists()


def test_graded_folders_hold_plain_files_only(graded: Graded) -> None:
    everything = list((graded.room.folder / "autograded").rglob("*"))
    assert [str(path) for path in everything if path.is_symlink() or not (path.is_file() or path.is_dir())] == []


def test_the_log_has_a_line_for_each_file_that_is_no_notebook_and_no_control_character(graded: Graded) -> None:
    log = (graded.room.folder / "grading.log").read_text()
    assert log.replace("\n", "").isprintable()
    for learner in graded.summary.refused:
        assert f" {learner}: {NAME}: refused: " in log


# -- a course in another person's style -------------------------------------------------------------------------------


class Another:
    """A course whose checks partly need a function of the learner's, so that these run in the learner's sandbox."""

    name = "ps1"
    solutions: ClassVar = {"total": "total = 6", "half": "half = 0.5", "double": "def double(x):\n    return 2 * x"}

    def __init__(self, folder: Path, run: Where, handed_in: dict[str, dict[str, str]]) -> None:
        self.room = Classroom(folder, PROTECTED)
        cells = [
            text("# Numbers"),
            answer("total", self.solutions["total"]),
            check(
                "total-check", "assert total\n### BEGIN HIDDEN TESTS\nassert total == 2 * 3\n### END HIDDEN TESTS", 2
            ),
            answer("half", self.solutions["half"]),
            check("half-check", "### BEGIN HIDDEN TESTS\n6 * half\n### END HIDDEN TESTS", 3),
            answer("double", self.solutions["double"]),
            check("double-check", "### BEGIN HIDDEN TESTS\nassert double(21) == 42\n### END HIDDEN TESTS", 4),
            check("again-check", "### BEGIN HIDDEN TESTS\nassert double(4) == 8\n### END HIDDEN TESTS", 4),
        ]
        self.room.assign(self.name, {self.name: notebook(cells)})
        blank = self.room.released(self.name, self.name)
        for learner, answers in handed_in.items():
            self.room.hand_in(learner, self.name, {self.name: answered(blank, answers)})
        with shorter_runs():
            self.summary = self.room.grade(self.name, Local(2), run=run)
        write_feedback(self.room, self.name)

    def page(self, learner: str) -> str:
        return html.unescape((self.room.folder / "feedback" / learner / self.name / f"{self.name}.html").read_text())


NO_ASSERTS = "import ast\nclass N(ast.NodeTransformer):\n    def visit_Assert(self, node): return ast.Pass()\n"
NO_ASSERTS += "get_ipython().ast_transformers.append(N())\n"
WRONG = {"total": "total = 1", "half": "half = 0", "double": "def double(x):\n    return x"}
IN_OTHER_STYLE = {
    "0-honest": Another.solutions,
    "1-strips-asserts": WRONG | {"total": NO_ASSERTS + "total = 1"},
    "2-leaves-early": WRONG | {"half": "import os\nos._exit(0)"},
    "3-answers-no-number": WRONG | {"half": "half = float('nan')"},
    "4-answers-below-nothing": WRONG | {"half": "half = -1e9"},
    "5-brings-other-modules": WRONG
    | {"total": "import statistics as np, sys\nsys.modules['builtins'] = np\ntotal = 1"},
    "6-honest": Another.solutions,
}


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Another:
    return Another(tmp_path_factory.mktemp("another") / "course", "sandbox", IN_OTHER_STYLE)


@pytest.mark.parametrize("learner", IN_OTHER_STYLE)
def test_checks_that_run_apart_are_safe_whatever_happens_in_the_sandbox(another: Another, learner: str) -> None:
    scores = another.room.scores(another.name, learner)
    expected = (2, 3) if learner.endswith("honest") else (0, 0)
    assert (scores["total-check"], scores["half-check"]) == expected


def test_a_check_in_the_sandbox_that_was_never_reached_gives_no_points(another: Another) -> None:
    scores = another.room.scores(another.name, "2-leaves-early")
    assert (scores["double-check"], scores["again-check"]) == (0, 0)


def test_a_check_in_the_sandbox_can_be_defeated_and_everybody_is_told_that_it_ran_there(another: Another) -> None:
    """That is why the course's owner may choose to grade it by hand."""
    assert another.room.scores(another.name, "1-strips-asserts")["double-check"] == 4
    assert another.summary.sandboxed == ["ps1/double-check", "ps1/again-check"]
    told = "The checks “double-check”, “again-check” ran together with your code"
    assert all(told in another.page(learner) for learner in IN_OTHER_STYLE)


def test_others_in_that_course_have_their_marks_and_nobody_sees_a_hidden_test(another: Another) -> None:
    assert {learner: another.summary.points[learner] for learner in ("0-honest", "6-honest")} == {
        "0-honest": 13,
        "6-honest": 13,
    }
    hidden = re.compile(r"double\(21\)|double\(4\)|2 \* 3|6 \* half|HIDDEN TESTS")
    assert {learner: hidden.findall(another.page(learner)) for learner in IN_OTHER_STYLE} == {
        learner: [] for learner in IN_OTHER_STYLE
    }


def test_by_hand_a_check_that_needs_the_learner_s_code_gives_no_points_and_never_runs(tmp_path: Path) -> None:
    forged = (
        "import json, os\n"
        "shown = [{'output_type': 'execute_result', 'data': {'text/plain': '4'}, 'metadata': {}, 'execution_count': 1}]\n"
        "for n in range(12): os.write(4, json.dumps({'event': 'ran', 'step': str(n), 'outputs': shown}).encode() + b'\\n')\n"
        "os._exit(0)\n"
    )
    handed_in = {"a-forger": WRONG | {"total": NO_ASSERTS + forged + "total = 1"}}
    course = Another(tmp_path / "course", "by hand", handed_in)
    assert course.summary.points == {"a-forger": 0}
    graded = course.room.graded("a-forger", course.name, course.name)
    assert cell_of(graded, "double-check")["outputs"] == []


# -- making the courses -----------------------------------------------------------------------------------------------


@contextmanager
def shorter_runs() -> Iterator[None]:
    """Notebooks that never end are stopped soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "LONGEST", 12.0)
        patch.setattr(workers, "_SPARE", 0.0)
        yield


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, lesson: Lesson) -> Graded:
    room = Classroom(tmp_path_factory.mktemp("course") / "of a lesson", PROTECTED)
    files = {table.name: table.read_bytes() for table in DATA}
    room.assign(NAME, {NAME: to_bytes(compile_lesson(lesson))}, files)
    solved = all_right(lesson, OWN_WORDS)
    attacks: dict[str, Code | File] = {}
    honest = ["00-honest"]
    everything: list[Code | File] = [*CODE, *FILES]
    room.hand_in(honest[0], NAME, {NAME: solved}, files)
    for n, attack in enumerate(everything, 1):
        attacks[f"{n:02d}-{attack.name}"] = attack
        hand_in(room, f"{n:02d}-{attack.name}", attack, all_right(lesson, "An attacker's words."))
        if n % 12 == 0 or n == len(everything):
            honest.append(f"{n:02d}-~honest")
    for name in [*honest[1:], *NAMES]:
        room.hand_in(name, NAME, {NAME: solved}, files)
    return grade(room, NAME, attacks, [*honest, *NAMES])


def all_right(lesson: Lesson, words: str) -> Notebook:
    """A notebook with every answer right, in a learner's hand: without the marks that instructors' solutions bear."""
    solved: Notebook = json.loads(to_bytes(with_answers(lesson, {"my-agency": words})))
    for cell in solved["cells"]:
        lines = "".join(cell["source"]).splitlines()
        cell["source"] = "\n".join(line for line in lines if "canary-" not in line)
    return solved


def hand_in(room: Classroom, learner: str, attack: Code | File, solved: Notebook) -> None:
    folder = room.hand_in(learner, NAME, {}, {table.name: table.read_bytes() for table in DATA})
    if isinstance(attack, Code):
        cell = next(cell for cell in solved["cells"] if cell["id"] == "chart")
        cell["source"] = attack.cell.replace("{course}", str(room.folder)).replace("{{", "{").replace("}}", "}").strip()
        (folder / f"{NAME}.ipynb").write_text(json.dumps(solved), encoding="utf-8")
    else:
        for table in DATA:
            (folder / table.name).unlink()
        attack.put(folder, solved, room.folder)


def grade(room: Classroom, assignment: str, attacks: dict[str, Code | File], honest: list[str]) -> Graded:
    before = contents(room.folder)
    temporary = room.folder.parent / "temporary"
    temporary.mkdir()
    with shorter_runs(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        with Course(room.folder) as course:
            grading = Grading(course, assignment, Local(2))
            list(grading)
    write_feedback(room, assignment)
    left = [str(path) for path in temporary.iterdir()] + [f"process {child}" for child in children()]
    return Graded(room, assignment, grading.summary, attacks, honest, before, left)


def write_feedback(room: Classroom, assignment: str) -> None:
    """As “nbgrader generate_feedback” does, with the course's own settings."""
    settings = PyFileConfigLoader("nbgrader_config.py", path=str(room.folder)).load_config()
    settings.CourseDirectory.root = str(room.folder)
    settings.CourseDirectory.assignment_id = assignment
    GenerateFeedback(
        coursedir=CourseDirectory(config=settings), config=settings, log=logging.getLogger("quiet")
    ).start()


def contents(course: Path) -> dict[str, str]:
    """What lies in the course besides gradebook and graded notebooks, by digest."""
    found = {}
    for path in course.rglob("*"):
        if path.relative_to(course).parts[0] in ("source", "release", "submitted", "nbgrader_config.py"):
            plain = path.is_file() and not path.is_symlink()
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest() if plain else oct(path.lstat().st_mode)
    return found


def children() -> list[str]:
    """Processes that this one has started, and that have not ended."""
    return [child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()]
