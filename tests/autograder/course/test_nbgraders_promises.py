"""What nbgrader's own tests promise of `nbgrader autograde`, held by us; and, with the reason, where we differ."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import nbgrader
import pytest
from nbgrader.api import MissingEntry

from autograder.course import AssignmentUnknown, NotACourse
from autograder.course.errors import FilesTooLarge, OtherLanguage, SettingsWrong

from .classroom import Classroom, answer, answered, cell_of, check, code, essay, notebook

SUITE = Path(nbgrader.__file__).parent / "tests" / "apps" / "files"
DUE = "2015-02-02 14:58:23.948203 America/Los_Angeles"
AN_HOUR_LATE = "2015-02-02 15:58:23.948203 America/Los_Angeles"
FOUR_HOURS_LATE = "2015-02-02 18:58:23.948203 America/Los_Angeles"


def suite(name: str) -> bytes:
    return (SUITE / f"{name}.ipynb").read_bytes()


UNCHANGED, CHANGED = suite("submitted-unchanged"), suite("submitted-changed")
"""Worth one point, and worth two."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    room = Classroom(tmp_path_factory.mktemp("fresh") / "course")
    room.assign("ps1", {"p1": UNCHANGED}, due=DUE)
    room.assign("ps2", {"p1": suite("test")}, {"jupyter.png": b""})
    return room


@pytest.fixture
def room(fresh: Classroom, tmp_path: Path) -> Classroom:
    """A course with assignments that nobody has handed in yet."""
    shutil.copytree(fresh.folder, tmp_path / "course")
    return Classroom(tmp_path / "course")


# -- who is graded ----------------------------------------------------------------------------------------------------


def test_a_learner_whom_the_gradebook_does_not_know_is_taken_in(room: Classroom) -> None:
    room.hand_in("baz", "ps1", {"p1": CHANGED})
    assert room.grade("ps1").points == {"baz": 2}


def test_but_not_where_the_course_has_set_that_off(room: Classroom) -> None:
    (room.folder / "nbgrader_config.py").write_text("c = get_config()\nc.Autograde.create_student = False\n")
    room.hand_in("baz", "ps1", {"p1": CHANGED})
    summary = room.grade("ps1")
    assert [failure.learner for failure in summary.failed] == ["baz"]
    assert "does not know this learner" in summary.failed[0].reason
    with room.gradebook() as gradebook, pytest.raises(MissingEntry):
        gradebook.find_student("baz")


def test_learners_whom_the_course_leaves_out_are_left_out(room: Classroom) -> None:
    settings = "c = get_config()\nc.CourseDirectory.student_id_exclude = 'bar,baz'\n"
    (room.folder / "nbgrader_config.py").write_text(settings)
    for learner in ("foo", "bar", "baz"):
        room.hand_in(learner, "ps1", {"p1": CHANGED})
    assert room.grade("ps1").points == {"foo": 2}


def test_an_assignment_that_was_never_generated_is_named(room: Classroom) -> None:
    room.hand_in("foo", "ps3", {"p1": CHANGED})
    with pytest.raises(AssignmentUnknown, match=r"no assignment “ps3” with notebooks. There are: ps1, ps2\."):
        room.grade("ps3")


def test_files_too_large_to_give_to_everyone_are_named_before_anybody_is_graded(room: Classroom) -> None:
    with (room.folder / "source" / "ps1" / "pixels.bin").open("wb") as file:
        file.truncate(25_000_000)
    room.hand_in("foo", "ps1", {"p1": CHANGED})
    with pytest.raises(FilesTooLarge, match=r"“ps1” are larger than 20 MB together, or cannot be read: pixels\.bin\."):
        room.grade("ps1")


# -- when it was handed in --------------------------------------------------------------------------------------------


def lateness(room: Classroom, learner: str) -> tuple[float, float, float | None]:
    with room.gradebook() as gradebook:
        submission = gradebook.find_submission("ps1", learner)
        row = submission.notebooks[0]
        return row.score, submission.total_seconds_late, row.late_submission_penalty


@pytest.mark.parametrize(
    ("settings", "late"),
    [
        ("", {"foo": (1, 0, None), "bar": (2, 3600, None), "eve": (2, 14400, None)}),
        (
            "c.LateSubmissionPlugin.penalty_method = 'zero'",
            {"foo": (1, 0, None), "bar": (2, 3600, 2), "eve": (2, 14400, 2)},
        ),
        (
            "c.AssignLatePenalties.plugin_class = 'one_point_an_hour.Plugin'",
            {"foo": (1, 0, None), "bar": (2, 3600, 1), "eve": (2, 14400, 2)},
        ),
    ],
    ids=["none", "all of it", "the course's own plugin"],
)
def test_the_penalty_for_being_late_is_the_one_that_the_course_has_set(
    room: Classroom, settings: str, late: dict[str, tuple[float, float, float | None]]
) -> None:
    (room.folder / "nbgrader_config.py").write_text(f"c = get_config()\n{settings}\n")
    (room.folder / "one_point_an_hour.py").write_text(
        "from nbgrader.plugins import BasePlugin\n\nclass Plugin(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return int(total_seconds_late / 3600)\n"
    )
    room.hand_in("foo", "ps1", {"p1": UNCHANGED}, at=DUE)
    room.hand_in("bar", "ps1", {"p1": CHANGED}, at=AN_HOUR_LATE)
    room.hand_in("eve", "ps1", {"p1": CHANGED}, at=FOUR_HOURS_LATE)
    room.grade("ps1")
    assert {learner: lateness(room, learner) for learner in late} == late


def test_a_plugin_that_cannot_be_had_is_said_before_anything_is_graded(room: Classroom) -> None:
    (room.folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.AssignLatePenalties.plugin_class = 'no_such_plugin.Plugin'\n"
    )
    with pytest.raises(SettingsWrong, match="plugin for late penalties cannot be used"):
        room.grade("ps1")


def test_a_penalty_goes_when_the_date_is_corrected(room: Classroom) -> None:
    (room.folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    )
    room.hand_in("bar", "ps1", {"p1": CHANGED}, at=AN_HOUR_LATE)
    room.grade("ps1")
    assert lateness(room, "bar") == (2, 3600, 2)
    room.hand_in("bar", "ps1", {"p1": CHANGED}, at=DUE)
    room.grade("ps1")
    assert lateness(room, "bar") == (2, 0, None)
    kept = room.folder / "autograded" / "bar" / "ps1" / "timestamp.txt"
    assert kept.read_text() == DUE


def test_a_date_that_is_none_makes_nobody_late(room: Classroom) -> None:
    """Stock nbgrader does not grade at all where the date cannot be read. The learner is not to blame for that file."""
    room.hand_in("foo", "ps1", {"p1": UNCHANGED}, at="")
    room.hand_in("bar", "ps1", {"p1": CHANGED}, at="But I want to be a timestamp string :(")
    assert room.grade("ps1").points == {"foo": 1, "bar": 2}
    assert (lateness(room, "foo"), lateness(room, "bar")) == ((1, 0, None), (2, 0, None))


# -- files beside the notebook ----------------------------------------------------------------------------------------

READS = [
    answer("read", "text = open('data.csv').read(), open('sub/table.csv').read()"),
    code(
        "import helper, os\nwith open('sub/made.txt', 'w') as file:\n    file.write('made')\nsorted(os.listdir('sub'))"
    ),
    check("read-check", "assert text == ('ours', 'ours')"),
    check("helper-check", "assert helper.whose() == 'theirs'"),
]


@pytest.fixture(scope="module")
def with_files(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    room = Classroom(
        tmp_path_factory.mktemp("files") / "course",
        "c.Autograde.exclude_overwriting = {'ps1': ['helper.py', 'sub/notes.txt']}",
    )
    ours = {"data.csv": b"ours", "sub/table.csv": b"ours", "sub/notes.txt": b"ours"}
    room.assign("ps1", {"p1": notebook(READS)}, {**ours, "helper.py": b"def whose(): return 'ours'"})
    theirs = {"data.csv": b"theirs", "sub/table.csv": b"theirs", "sub/notes.txt": b"theirs", "sub/own.txt": b"theirs"}
    helper = {"helper.py": b"def whose(): return 'theirs'"}
    rubbish = {"blah.pyc": b"asdf", ".ipynb_checkpoints/p1-checkpoint.ipynb": b"{}"}
    solution = room.solution("ps1", "p1")
    room.hand_in("foo", "ps1", {"p1": solution, "p1 copy": solution}, {**theirs, **helper, **rubbish}, at=DUE)
    room.hand_in("bar", "ps1", {"p1": solution})
    room.grade("ps1")
    return room


def test_the_courses_files_go_over_those_of_the_learner(with_files: Classroom) -> None:
    folder = with_files.folder / "autograded" / "foo" / "ps1"
    assert ((folder / "data.csv").read_text(), (folder / "sub" / "table.csv").read_text()) == ("ours", "ours")
    assert with_files.scores("ps1", "foo") == {"read-check": 1, "helper-check": 1}


def test_except_those_that_the_course_leaves_to_the_learner(with_files: Classroom) -> None:
    folder = with_files.folder / "autograded" / "foo" / "ps1"
    assert (folder / "sub" / "notes.txt").read_text() == "theirs"
    assert "theirs" in (folder / "helper.py").read_text()
    assert with_files.scores("ps1", "bar") == {"read-check": 1, "helper-check": 0}


def test_the_learners_other_files_lie_beside_the_notebook_and_can_be_written_beside(with_files: Classroom) -> None:
    listed = with_files.graded("foo", "ps1", "p1")["cells"][1]["outputs"][0]["data"]["text/plain"]
    assert "".join(listed) == "['made.txt', 'notes.txt', 'own.txt', 'table.csv']"


def test_what_is_no_part_of_the_assignment_is_left_behind(with_files: Classroom) -> None:
    """What cells write is left behind too: stock nbgrader runs them in the graded folder, we in a room of their own."""
    folder = with_files.folder / "autograded" / "foo" / "ps1"
    kept = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert kept == [
        "data.csv", "helper.py", "p1.ipynb", "sub/notes.txt", "sub/own.txt", "sub/table.csv", "timestamp.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "files", "folder"),
    [
        ("", 0o444, None),
        ("c.Autograde.permissions = 644", 0o644, None),
        ("c.CourseDirectory.groupshared = True", 0o664, 0o2775),
    ],
    ids=["as always", "as the course has set", "shared by a group"],
)
def test_graded_files_have_the_permissions_that_nbgrader_gives_them(
    room: Classroom, settings: str, files: int, folder: int | None
) -> None:
    (room.folder / "nbgrader_config.py").write_text(f"c = get_config()\n{settings}\n")
    room.hand_in("foo", "ps1", {"p1": CHANGED}, {"mine.txt": b"x"})
    room.grade("ps1")
    graded = room.folder / "autograded" / "foo" / "ps1"
    assert {mode(file) for file in graded.iterdir()} == {files}
    assert folder is None or mode(graded) == folder


# -- what is missing or of another kind -------------------------------------------------------------------------------


def test_a_learner_with_no_notebook_of_the_assignment_is_named(room: Classroom) -> None:
    """Stock nbgrader passes over such a learner without a word, or fails. Here the trainer reads who it is."""
    room.hand_in("bar", "ps1", {"p1 (1)": CHANGED})
    room.hand_in("baz", "ps1", {})
    summary = room.grade("ps1")
    assert summary.refused == dict.fromkeys(["bar", "baz"], "No file is named p1.ipynb.")
    assert summary.points == {"bar": 0, "baz": 0}
    assert room.grade("ps1").unchanged == 2


@pytest.mark.parametrize("old", ["test-v0", "test-v1", "test-v2", "too-new"])
def test_notebooks_with_marks_of_another_nbgrader_are_graded_all_the_same(room: Classroom, old: str) -> None:
    """Stock nbgrader stops the whole round at them. What the marks should be is known, so they are put right."""
    room.hand_in("foo", "ps2", {"p1": suite(old)})
    summary = room.grade("ps2")
    assert (summary.failed, summary.points["foo"]) == ([], 0 if old == "too-new" else 3)


def test_the_kernel_is_the_instructors_whatever_the_learner_writes(room: Classroom) -> None:
    handed_in = json.loads(CHANGED)
    handed_in["metadata"]["kernelspec"] = {"name": "blah", "display_name": "blah", "language": "blah"}
    room.hand_in("foo", "ps1", {"p1": handed_in})
    assert room.grade("ps1").points == {"foo": 2}
    assert room.graded("foo", "ps1", "p1")["metadata"]["kernelspec"]["name"] == "python"


def test_an_assignment_in_another_language_is_not_graded_as_python(tmp_path: Path) -> None:
    room = Classroom(tmp_path / "course", "c.ClearSolutions.code_stub = {'R': '# stub', 'python': '# stub'}")
    room.assign("ps1", {"p1": notebook([code("x = 1")])})
    with room.gradebook() as gradebook:
        kernel = {"name": "ir", "display_name": "R", "language": "R"}
        gradebook.update_or_create_notebook("p1", "ps1", kernelspec=json.dumps(kernel))
    with pytest.raises(OtherLanguage, match=r"“p1” is written in R\. Only Python is graded here"):
        room.grade("ps1")


def test_every_notebook_is_run_whatever_the_course_says(room: Classroom) -> None:
    """Stock nbgrader can be told to believe the outputs that were handed in. Then a learner writes their own grade."""
    (room.folder / "nbgrader_config.py").write_text("c = get_config()\nc.Execute.enabled = False\n")
    forged = json.loads(UNCHANGED)
    for cell in forged["cells"]:
        cell.update(outputs=[]) if cell["cell_type"] == "code" else None
    room.hand_in("foo", "ps1", {"p1": forged})
    assert room.grade("ps1").points == {"foo": 1}


# -- grading again ----------------------------------------------------------------------------------------------------


def test_a_score_that_a_person_gave_stays_and_is_marked_for_another_look(room: Classroom) -> None:
    room.hand_in("foo", "ps1", {"p1": CHANGED})
    room.grade("ps1")
    with room.gradebook() as gradebook:
        for id, points in (("baz", 1.5), ("bar", 0.25)):
            grade = gradebook.find_grade(id, "p1", "ps1", "foo")
            grade.manual_score, grade.needs_manual_grade, grade.extra_credit = points, False, 0.5
        gradebook.find_comment("baz", "p1", "ps1", "foo").manual_comment = "Well said."
        gradebook.db.commit()
    assert room.grade("ps1", again=True).points == {"foo": 1 + 0.25 + 1.5 + 2 * 0.5}
    grades = room.grades("ps1")
    assert grades["foo", "p1", "baz"] == (None, 1.5, True)
    assert grades["foo", "p1", "bar"] == (1, 0.25, True)
    assert grades["foo", "p1", "foo"] == (1, None, False)
    with room.gradebook() as gradebook:
        assert gradebook.find_comment("baz", "p1", "ps1", "foo").manual_comment == "Well said."


def test_a_newer_submission_is_graded_and_an_old_one_is_not_graded_twice(room: Classroom) -> None:
    room.hand_in("foo", "ps1", {"p1": UNCHANGED}, {"notes.txt": b"old"}, at=DUE)
    assert room.grade("ps1").points == {"foo": 1}
    assert room.grade("ps1").points == {}
    room.hand_in("foo", "ps1", {"p1": CHANGED}, at=AN_HOUR_LATE)
    assert room.grade("ps1").points == {"foo": 2}
    graded = room.folder / "autograded" / "foo" / "ps1"
    assert sorted(file.name for file in graded.iterdir()) == ["p1.ipynb", "timestamp.txt"]


def test_what_was_graded_by_stock_is_graded_again_and_stock_can_take_over(room: Classroom) -> None:
    room.hand_in("foo", "ps1", {"p1": CHANGED})
    room.nbgrader("autograde", "ps1")
    assert room.grade("ps1").points == {"foo": 2}
    room.nbgrader("autograde", "ps1", "--force")
    assert room.grades("ps1")["foo", "p1", "bar"] == (1, None, False)
    assert room.grade("ps1").points == {"foo": 2}


# -- hidden tests and partial credit ----------------------------------------------------------------------------------


def test_hidden_tests_are_in_the_graded_notebook_and_count(tmp_path: Path) -> None:
    room = Classroom(tmp_path / "course", "c.ClearSolutions.code_stub = {'python': '# YOUR CODE HERE'}")
    room.assign("ps1", {"p1": suite("test-hidden-tests")}, {"jupyter.png": b""})
    released = room.released("ps1", "p1")
    assert "HIDDEN" not in json.dumps(released)
    room.hand_in("foo", "ps1", {"p1": released})
    assert room.grade("ps1").points == {"foo": 1.5}
    assert "HIDDEN" in json.dumps(room.graded("foo", "ps1", "p1"))


def test_more_credit_than_a_cell_is_worth_is_none(tmp_path: Path) -> None:
    """Stock nbgrader fails at it, and the whole submission with it."""
    room = Classroom(tmp_path / "course")
    room.assign("ps1", {"p1": notebook([answer("a", "a = 1"), check("much", "a * 9", 2), check("some", "a / 2", 2)])})
    room.hand_in("foo", "ps1", {"p1": room.solution("ps1", "p1")})
    room.grade("ps1")
    assert room.scores("ps1", "foo") == {"much": 0, "some": 0.5}


def test_a_dead_process_costs_only_what_comes_after_it(tmp_path: Path) -> None:
    """With stock nbgrader a dead kernel ends the round for this learner: no score at all, until somebody edits it."""
    room = Classroom(tmp_path / "course")
    cells = [
        answer("a", "a = 1"),
        check("first", "assert a == 1"),
        answer("b", "b = 2"),
        check("second", "assert b == 2"),
    ]
    room.assign("ps1", {"p1": notebook([*cells, essay("words")])})
    blank = room.released("ps1", "p1")
    fatal = answered(blank, {"a": "a = 1", "b": "import os\nos._exit(1)", "words": "Mine."})
    room.hand_in("foo", "ps1", {"p1": fatal})
    room.grade("ps1")
    assert room.scores("ps1", "foo") == {"first": 1, "second": 0, "words": None}
    graded = room.graded("foo", "ps1", "p1")
    assert "ended the whole notebook" in cell_of(graded, "second")["outputs"][0]["evalue"]


# -- what is no course ------------------------------------------------------------------------------------------------


def test_a_folder_without_gradebook_is_no_course(tmp_path: Path) -> None:
    with pytest.raises(NotACourse, match="is no nbgrader course: it has no gradebook"):
        Classroom(tmp_path / "empty").grade("ps1")


def test_a_gradebook_that_is_none_is_said_to_be_none(tmp_path: Path) -> None:
    room = Classroom(tmp_path / "course")
    (room.folder / "gradebook.db").write_text("not a database" * 100)
    with pytest.raises(NotACourse, match="cannot be read"):
        room.grade("ps1")


def test_an_error_in_the_courses_settings_is_told(room: Classroom) -> None:
    (room.folder / "nbgrader_config.py").write_text("c = get_config(\n")
    with pytest.raises(SettingsWrong, match=r"nbgrader_config.py cannot be read: SyntaxError"):
        room.grade("ps1")


def test_a_course_may_have_folders_and_a_gradebook_of_its_own(tmp_path: Path) -> None:
    room = Classroom(tmp_path / "course")
    room.assign("ps1", {"p1": UNCHANGED})
    room.hand_in("foo", "ps1", {"p1": CHANGED})
    shutil.move(room.folder / "gradebook.db", tmp_path / "grades.db")
    shutil.move(room.folder / "submitted", room.folder / "handed-in")
    (room.folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.submitted_directory = 'handed-in'\n"
        f"c.CourseDirectory.autograded_directory = 'marked'\nc.CourseDirectory.db_url = 'sqlite:///{tmp_path}/grades.db'\n"
    )
    assert room.grade("ps1").points == {"foo": 2}
    assert (room.folder / "marked" / "foo" / "ps1" / "p1.ipynb").is_file()
