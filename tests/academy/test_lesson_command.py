"""`academy lesson`: an author starts from a lesson that holds, and is told what to mend."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from academy.cli import main
from academy.project import DATASETS, LESSONS
from academy.reading import prose
from autograder.notebook import Lesson, compile_lesson, publish, read_curriculum, read_lesson, release
from autograder.notebook.compile import to_bytes
from autograder.notebook.lesson import Role

TEMPLATE = Path(__file__).parent.parent.parent / "academy" / "lesson_template"
MARK = "AUTHOR:"


def run(*words: str, lessons: Path) -> Result:
    return CliRunner().invoke(main, ["lesson", *words, "--lessons", str(lessons)])


def list_lesson(slug: str, lessons: Path) -> None:
    """What the author does by hand after `academy lesson new`."""
    file = lessons / "curriculum.yml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"lessons": [slug]}))


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """A folder of lessons that has no lesson yet."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    for name in ("curriculum.yml", "glossary.yml"):
        shutil.copy(LESSONS / name, folder)
    file = folder / "curriculum.yml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | {"lessons": []}))
    return folder


@pytest.fixture
def started(lessons: Path) -> Path:
    """A lesson that was started and listed, not yet written."""
    assert run("new", "count-groups", lessons=lessons).exit_code == 0
    list_lesson("count-groups", lessons)
    return lessons / "count-groups"


def read(folder: Path) -> Lesson:
    return read_lesson(folder, read_curriculum(folder.parent).glossary, {"towns"})


# -- starting ---------------------------------------------------------------------------------------------------------


def test_a_new_lesson_passes_every_check_once_it_is_listed(started: Path) -> None:
    done = run("check", lessons=started.parent)
    assert done.exit_code == 0, done.output
    assert re.fullmatch(r"count-groups: sound \(\d+ s\)\n", done.output)


def test_a_new_lesson_bears_its_slug_and_nothing_is_left_to_fill_in(started: Path) -> None:
    assert {path.name for path in started.iterdir()} == {"lesson.md", "attempts.yml", "trainer.md"}
    for file in started.iterdir():
        assert "SLUG" not in file.read_text(encoding="utf-8")
    assert "academy lesson check count-groups" in (started / "lesson.md").read_text(encoding="utf-8")


def test_a_worksheet_of_the_lesson_lies_beside_its_examples_answers_and_checks(started: Path) -> None:
    file = started / "lesson.md"
    text = file.read_text(encoding="utf-8").replace("data: [towns]", "data: [towns]\n  worksheets: [citation]")
    read = 'from toolkit.worksheet import read_worksheet as _read\nassert _read("citation")["title"]'
    for line in ("plain_messages()\n", "towns_per_region = ...\n", "assert towns_per_region is not"):
        told = ', "Here is no worksheet."\n' if line.startswith("assert") else "\n"
        assert f"\n{line}" in text
        text = text.replace(f"\n{line}", f"\n{read}{told}{line}", 1)
    file.write_text(text, encoding="utf-8")
    done = run("check", lessons=started.parent)
    assert done.exit_code == 0, done.output


def test_the_command_says_what_to_do_next(lessons: Path) -> None:
    told = run("new", "count-groups", lessons=lessons).output
    assert f"Put “count-groups” under “lessons:” in {lessons / 'curriculum.yml'}" in told
    assert "academy lesson check count-groups" in told


def test_the_authors_comments_reach_nobody_else(started: Path) -> None:
    assert (started / "lesson.md").read_text(encoding="utf-8").count(MARK) > 10
    lesson = read(started)
    page = compile_lesson(lesson)
    for cell in page.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    for notebook in (compile_lesson(lesson), release(lesson), publish(lesson, page)):
        assert MARK not in to_bytes(notebook).decode()


@pytest.mark.parametrize(
    "slug", ["Count-Groups", "01-count", "count_groups", "count--groups", "../count", "-count", "é"]
)
def test_a_slug_that_would_break_an_address_is_refused(slug: str, lessons: Path) -> None:
    before = sorted(lessons.iterdir())
    done = CliRunner().invoke(main, ["lesson", "new", "--lessons", str(lessons), "--", slug])
    assert done.exit_code == 2
    assert "is no slug. Use lower-case words with hyphens, such as read-a-table." in done.output
    assert sorted(lessons.iterdir()) == before


def test_a_lesson_that_is_there_is_never_overwritten(started: Path) -> None:
    (started / "lesson.md").write_text("My own words.")
    done = run("new", "count-groups", lessons=started.parent)
    assert done.exit_code == 1
    assert "exists already. Choose another slug, or go on with that lesson." in done.output
    assert (started / "lesson.md").read_text() == "My own words."


# -- checking ---------------------------------------------------------------------------------------------------------


def line_of(file: Path, text: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("old", "new", "told_at", "problem", "advice"),
    [
        ("region (2 points)", "region (3 points)", "### Task 1.", "promises 3 points, its metadata give 2.", "Make the two agree: the heading, and “points” of the check."),
        ("Task 1. The", "Task 4. The", "### Task 4.", "The heading says Task 4, but this is task 1.", "Write Task 1."),
        ("data: [towns]", "data: [cities]", "data: [cities]", "There is no dataset “cities”.", "add the folder datasets/cities/."),
        ("data: [towns]", "data: [towns]\n  worksheets: [citaton]", "worksheets:", "There is no worksheet “citaton”.", "add the file worksheets/citaton.json."),
        ("  minutes: 10\n", "", "lesson:", "The lesson does not say its minutes.", "Add “minutes:” below “lesson:”."),
        ("(glossary:row)", "(glossary:roe)", "(glossary:roe)", "The glossary has no term “roe”.", "Add it to lessons/glossary.yml, or correct the link."),
        ("### END SOLUTION", "", "### BEGIN SOLUTION", "is never closed", "Add the missing marker"),
        ("# Check your answer: click here, then press Shift and Enter.\n", "", "import pandas as _pd", "A folded cell shows its first line", "Begin it: # Check your answer"),
        ("_counts = _pd", "counts = _pd", "# Check your answer", "It would leave “counts” behind", "Call it “_counts”."),
        ('_towns = _pd.read_csv("towns.csv")', "_towns = towns", "_towns = towns", "It uses “towns”, which is not among its answers.", "what it imports or reads itself."),
    ],
    ids=lambda value: value[:20],
)  # fmt: skip
def test_a_broken_source_is_told_with_file_line_and_what_to_do(
    old: str, new: str, told_at: str, problem: str, advice: str, started: Path
) -> None:
    file = started / "lesson.md"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    done = run("check", lessons=started.parent)
    assert done.exit_code == 1
    first, second = done.output.split("  - ")[1].splitlines()[:2]
    assert first.startswith(f"{file}:{line_of(file, told_at)}: ")
    assert problem in first
    assert advice in second


def test_an_attempt_that_breaks_its_promise_is_told(started: Path) -> None:
    file = started / "attempts.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("message: add up to 1", "message: add up to 169"), encoding="utf-8")
    done = run("check", "count-groups", lessons=started.parent)
    assert done.exit_code == 1
    assert "“per-region”, attempt “gave shares in place of counts” must be told “add up to 169”" in done.output


def test_missing_parts_are_told(started: Path) -> None:
    (started / "trainer.md").unlink()
    assert "trainer.md is missing. Write the trainer's note." in run("check", lessons=started.parent).output
    (started / "attempts.yml").unlink()
    done = run("check", lessons=started.parent)
    assert done.exit_code == 1
    assert "attempts.yml is missing. Without attempts, a grade proves nothing." in done.output


def test_a_lesson_that_is_not_listed_is_told(lessons: Path) -> None:
    run("new", "count-groups", lessons=lessons)
    done = run("check", lessons=lessons)
    assert done.exit_code == 1
    assert "The lesson “count-groups” is not listed." in done.output and "under “lessons:”" in done.output


def test_an_unknown_lesson_is_refused_with_those_that_exist(started: Path) -> None:
    done = run("check", "count-grups", lessons=started.parent)
    assert done.exit_code == 2
    assert "There are: count-groups." in done.output


def test_the_lessons_are_listed_in_teaching_order() -> None:
    done = CliRunner().invoke(main, ["lesson", "list"])
    slugs = read_curriculum(LESSONS).lessons
    assert done.output == "".join(f"{number:02d}  {slug}\n" for number, slug in enumerate(slugs, 1))


def test_the_template_teaches_on_a_dataset_that_exists() -> None:
    facts = yaml.safe_load((TEMPLATE / "lesson.md").read_text(encoding="utf-8").split("---\n")[1])["lesson"]
    assert facts["data"] and all((DATASETS / slug / "datapackage.json").is_file() for slug in facts["data"])


def test_a_sign_in_code_takes_no_prose_with_it() -> None:
    lesson = read_lesson(LESSONS / "read-a-table", read_curriculum(LESSONS).glossary)
    text = next(cell for cell in lesson.cells if cell.role is Role.TEXT)
    cell = replace(text, source="Use `<` here. It counts.\n\nThen use `>` there.")
    assert prose(replace(lesson, cells=(cell,))) == "Use this here. It counts.\n\nThen use this there."
