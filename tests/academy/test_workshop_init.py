"""`academy workshop init`: a trainer gets an nbgrader course that works as it is, and can add to it later."""

from __future__ import annotations

import json
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from nbgrader.apps import NbGraderApp

from academy.cli import main
from academy.workshop.course import api_of, gradebook_of, read_workshop
from academy.workshop.init import closed_above
from autograder.notebook import read_curriculum, read_lesson, release
from autograder.notebook.compile import to_bytes

LESSONS = Path(__file__).parents[1] / "tracker" / "fixtures" / "lessons"
LESSON = "add-numbers"
PEOPLE = ["ana,Ana,Able,ana@example.org", 'ben,Ben,"Sample, Jr.",ben@example.org']


def roster(folder: Path, *lines: str) -> Path:
    file = folder / "roster.csv"
    file.write_text("\n".join(["id,first_name,last_name,email", *lines]), encoding="utf-8")
    return file


def init(folder: Path, *options: object, lessons: Path = LESSONS) -> Result:
    return CliRunner().invoke(
        main, ["workshop", "init", str(folder), "--lessons-folder", str(lessons), *map(str, options)]
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A workshop as the command makes it. Tests that change something take a copy."""
    folder = tmp_path_factory.mktemp("workshops")
    people = roster(folder, *PEOPLE)
    options = ["--lessons", LESSON, "--roster", people, "--course-id", "fall-26", "--due", "2026-12-01 17:00"]
    result = init(folder / "fall", *options)
    assert result.exit_code == 0, result.output
    return folder / "fall", result


@pytest.fixture
def workshop(made: tuple[Path, Result], tmp_path: Path) -> Path:
    shutil.copytree(made[0], tmp_path / "fall")
    return tmp_path / "fall"


@pytest.fixture
def with_towns(tmp_path: Path) -> Path:
    """A folder with one more lesson, which reads the table of the towns."""
    shutil.copytree(LESSONS, tmp_path / "lessons")
    shutil.copytree(tmp_path / "lessons" / LESSON, tmp_path / "lessons" / "add-towns")
    source = tmp_path / "lessons" / "add-towns" / "lesson.md"
    source.write_text(source.read_text().replace("data: []", "data: [towns]"))
    curriculum = tmp_path / "lessons" / "curriculum.yml"
    curriculum.write_text(curriculum.read_text().replace("[add-numbers]", "[add-numbers, add-towns]"))
    return tmp_path / "lessons"


@pytest.fixture
def in_connecticut(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock shows Connecticut's time. The gradebook's is UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def grades(folder: Path) -> dict[str, Any]:
    with gradebook_of(read_workshop(folder)) as gradebook:
        return {
            "assignments": {each.name: each.duedate for each in gradebook.assignments},
            "people": {each.id: (each.first_name, each.last_name, each.email) for each in gradebook.students},
            "points": {each.student_id: each.score for each in gradebook.assignment_submissions(LESSON)},
        }


def give_points(folder: Path) -> None:
    with gradebook_of(read_workshop(folder)) as gradebook:
        gradebook.add_submission(LESSON, "ana")
        gradebook.find_grade("total-check", LESSON, LESSON, "ana").auto_score = 4
        gradebook.db.commit()


# -- a new workshop ---------------------------------------------------------------------------------------------------


def test_a_new_workshop_has_people_a_due_date_and_says_what_comes_next(made: tuple[Path, Result]) -> None:
    folder, result = made
    assert result.output.splitlines()[:3] == [
        f"Made the workshop “fall-26” in {folder}.",
        "  Lessons: 1, new: add-numbers",
        "  People: 2, 2 of them new, 0 with other facts than before",
    ]
    assert result.output.endswith(f"What to do next stands in {folder / 'README.md'}.\n")
    due = datetime(2026, 12, 1, 17).astimezone(UTC).replace(tzinfo=None)
    assert grades(folder) == {
        "assignments": {LESSON: due},
        "people": {"ana": ("Ana", "Able", "ana@example.org"), "ben": ("Ben", "Sample, Jr.", "ben@example.org")},
        "points": {},
    }


def test_learners_get_the_notebook_of_the_site_without_a_secret(made: tuple[Path, Result]) -> None:
    lesson = read_lesson(LESSONS / LESSON, read_curriculum(LESSONS).glossary)
    site = to_bytes(release(lesson))
    text = (made[0] / "release" / LESSON / f"{LESSON}.ipynb").read_text()
    theirs, ours = (["".join(each["source"]).rstrip() for each in json.loads(one)["cells"]] for one in (text, site))
    assert theirs == ours
    assert "canary" in (made[0] / "source" / LESSON / f"{LESSON}.ipynb").read_text()
    assert "canary" not in text


def test_other_accounts_reach_the_exchange_and_nothing_else(made: tuple[Path, Result]) -> None:
    folder = made[0]
    assert {each.name for each in folder.iterdir() if mode(each) & 0o077} == {
        "exchange",
        "for-learners",
        "nbgrader_config.py",
    }
    assert (mode(folder), mode(folder / "exchange")) == (0o711, 0o777)


def test_a_closed_folder_on_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o700)
    tmp_path.chmod(0o755)
    above = closed_above(tmp_path)
    assert closed_above(tmp_path / "mine" / "fall") == (above or tmp_path / "mine")


def test_the_tables_of_a_lesson_lie_beside_both_notebooks(workshop: Path, with_towns: Path) -> None:
    assert init(workshop, "--lessons", "add-towns", lessons=with_towns).exit_code == 0
    assert (workshop / "source" / "add-towns" / "towns.csv").is_file()
    assert (workshop / "release" / "add-towns" / "towns.csv").is_file()


def test_a_notebook_goes_out_and_comes_back_through_the_exchange(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbgrader.utils import get_username

    api = api_of(read_workshop(workshop))
    assert api.release_assignment(LESSON)["success"]
    assert (workshop / "exchange" / "fall-26" / "outbound" / LESSON).is_dir()
    monkeypatch.chdir(tmp_path)
    # Where nbgrader keeps a copy of what was submitted.
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    parts = {"coursedir": api.coursedir, "authenticator": api.authenticator, "parent": api}
    api.coursedir.assignment_id = LESSON
    api.exchange.FetchAssignment(**parts).start()
    api.coursedir.assignment_id = str(tmp_path / LESSON)
    api.exchange.Submit(**parts).start()
    assert api.collect(LESSON)["success"]
    back = workshop / "submitted" / get_username() / LESSON / f"{LESSON}.ipynb"
    assert back.read_bytes() == (workshop / "release" / LESSON / f"{LESSON}.ipynb").read_bytes()


def test_learners_settings_lead_to_the_same_course_and_exchange(made: tuple[Path, Result]) -> None:
    from traitlets.config.loader import PyFileConfigLoader

    settings = PyFileConfigLoader("nbgrader_config.py", path=str(made[0] / "for-learners")).load_config()
    assert (settings.CourseDirectory.course_id, settings.Exchange.root) == ("fall-26", str(made[0] / "exchange"))


def test_the_readme_names_commands_that_exist_and_what_to_look_for(made: tuple[Path, Result]) -> None:
    text = (made[0] / "README.md").read_text(encoding="utf-8")
    assert "| Add numbers | `add-numbers` | 5 | 2 | December 1, 2026, 17:00 |" in text
    assert "- Says why they may be added" in text
    commands = [code.split() for code in re.findall(r"`((?:academy|nbgrader) [^`]+)`", text)]
    assert len(commands) > 12
    for program, *words in commands:
        if program == "nbgrader":
            assert words[0] in NbGraderApp.subcommands
        else:
            assert_known(words)


def assert_known(words: list[str]) -> None:
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group) and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None, words
        command = found
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= known


# -- adding to a workshop ---------------------------------------------------------------------------------------------


def test_more_people_and_lessons_come_in_and_grades_stay(workshop: Path, with_towns: Path, tmp_path: Path) -> None:
    give_points(workshop)
    people = roster(tmp_path, "ana,Ana,Baker,ana@example.org", "cora,Cora,Placeholder,cora@example.org")
    result = init(workshop, "--lessons", f"{LESSON},add-towns", "--roster", people, lessons=with_towns)
    assert result.output.splitlines()[:4] == [
        f"Updated the workshop “fall-26” in {workshop}.",
        "  Lessons: 2, new: add-towns",
        "  People: 3, 1 of them new, 1 with other facts than before",
        "  Not on this roster, but in the workshop: 1. They stay, with their grades.",
    ]
    now = grades(workshop)
    assert (set(now["assignments"]), set(now["people"])) == ({LESSON, "add-towns"}, {"ana", "ben", "cora"})
    assert (now["people"]["ana"][1], now["points"]) == ("Baker", {"ana": 4})
    assert "`add-towns`" in (workshop / "README.md").read_text()


def test_a_lesson_that_changed_since_stays_as_the_group_has_it(workshop: Path, with_towns: Path) -> None:
    source = with_towns / LESSON / "lesson.md"
    source.write_text(source.read_text().replace("What do two and three make?", "What do three and two make?"))
    before = (workshop / "source" / LESSON / f"{LESSON}.ipynb").read_bytes()
    result = init(workshop, "--lessons", LESSON, lessons=with_towns)
    assert f"  {LESSON} has changed in the project since. This workshop keeps the one" in result.output
    assert (workshop / "source" / LESSON / f"{LESSON}.ipynb").read_bytes() == before


def test_a_due_date_can_be_changed_and_a_day_counts_to_its_end_in_connecticut(
    workshop: Path, in_connecticut: None
) -> None:
    assert init(workshop, "--lessons", LESSON, "--due", "2026-12-24").exit_code == 0
    assert grades(workshop)["assignments"] == {LESSON: datetime(2026, 12, 25, 4, 59)}
    assert "| December 24, 2026, 23:59 |" in (workshop / "README.md").read_text()


def test_settings_that_the_trainer_changed_stay(workshop: Path) -> None:
    settings = workshop / "nbgrader_config.py"
    settings.write_text(settings.read_text() + "\nc.Execute.timeout = 300\n")
    assert init(workshop).exit_code == 0
    assert settings.read_text().endswith("c.Execute.timeout = 300\n")


def test_a_moved_workshop_is_mended_by_running_the_command_again(workshop: Path) -> None:
    moved = workshop.rename(workshop.parent / "elsewhere")
    assert init(moved).exit_code == 0
    assert str(moved / "exchange") in (moved / "for-learners" / "nbgrader_config.py").read_text()
    assert api_of(read_workshop(moved)).coursedir.root == str(moved)


def test_what_a_cut_short_run_left_is_made_whole(workshop: Path, with_towns: Path) -> None:
    half = workshop / "source" / "add-towns"
    half.mkdir()
    (half / "add-towns.ipynb").write_text("{")
    assert init(workshop, "--lessons", "add-towns", lessons=with_towns).exit_code == 0
    assert (workshop / "release" / "add-towns" / "add-towns.ipynb").is_file()


def test_an_address_of_somebody_else_in_the_workshop_is_refused(workshop: Path, tmp_path: Path) -> None:
    people = roster(tmp_path, "annie,Ana,Able,Ana@example.org", "BEN,Ben,Sample,ben2@example.org")
    result = init(workshop, "--roster", people)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{people} cannot be used yet. Nothing was made.",
        "  - “annie”: the e-mail address Ana@example.org belongs to “ana” in this workshop. "
        "If they are one person, write ana as the id.",
        "  - “BEN”: this workshop has “ben”. Write the id as it is there.",
    ]
    assert set(grades(workshop)["people"]) == {"ana", "ben"}


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (lambda people: ["--lessons", "add-number", "--roster", people], "There is no lesson “add-number”. There are: add-numbers."),
        (lambda people: ["--lessons", LESSON], "A new workshop needs lessons and a roster."),
        (lambda people: ["--roster", people], "A new workshop needs lessons and a roster."),
        (lambda people: ["--lessons", LESSON, "--roster", people, "--course-id", "a b"], "“a b” cannot name a course."),
        (lambda people: ["--roster", people, "--due", "2026-12-01"], "--due needs --lessons"),
    ],
    ids=["unknown lesson", "no roster", "no lessons", "course name", "due without lessons"],
)  # fmt: skip
def test_what_cannot_be_made_is_told_and_nothing_is_made(
    options: Callable[[Path], list[object]], told: str, tmp_path: Path
) -> None:
    result = init(tmp_path / "fall", *options(roster(tmp_path, *PEOPLE)))
    assert result.exit_code != 0 and told in result.output
    assert not (tmp_path / "fall").exists()


def test_a_faulty_roster_makes_nothing(tmp_path: Path) -> None:
    people = roster(tmp_path, *PEOPLE, "cora,=cmd(),Placeholder,cora@example.org")
    result = init(tmp_path / "fall", "--lessons", LESSON, "--roster", people)
    assert result.exit_code == 1
    assert "Line 4: the first name begins with “=”, as a formula does." in result.stderr
    assert not (tmp_path / "fall").exists()


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    result = init(tmp_path, "--lessons", LESSON, "--roster", roster(tmp_path, *PEOPLE))
    assert result.exit_code == 1
    assert "holds something else already. Choose a new folder, or an empty one." in result.output
    assert {each.name for each in tmp_path.iterdir()} == {"thesis.txt", "roster.csv"}


def test_another_course_name_is_refused_because_grades_are_kept_under_the_first(workshop: Path) -> None:
    result = init(workshop, "--course-id", "spring-27")
    assert result.exit_code == 1
    assert "This workshop's course is “fall-26”" in result.output


def test_a_damaged_workshop_is_told_so(workshop: Path) -> None:
    (workshop / "workshop.json").write_text("{")
    result = init(workshop)
    assert result.exit_code == 1
    assert "workshop.json is damaged. Bring it back from a copy of the folder." in result.output


@pytest.mark.parametrize("command", ["init", "publish"])
def test_a_lost_gradebook_is_told_and_not_made_anew(workshop: Path, command: str) -> None:
    (workshop / "gradebook.db").unlink()
    result = CliRunner().invoke(main, ["workshop", command, str(workshop)])
    assert result.exit_code == 1
    assert "gradebook.db is missing. Bring it back from a copy of the folder." in result.output
    assert not (workshop / "gradebook.db").exists()
