"""A build does only what changed: an edited word runs no notebook, an edited table runs just the lessons that use it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from academy.site.lessons import prepare, remove_others
from autograder.notebook import Lesson, read_curriculum, read_lesson
from autograder.notebook.publish import FigureMissing, FigureWithoutText

LESSONS = Path(__file__).parent.parent / "autograder" / "fixtures" / "lessons"
GLOSSARY = read_curriculum(LESSONS).glossary


class Desk:
    """A copy of the tests' lesson and its table, to edit and to prepare."""

    def __init__(self, folder: Path) -> None:
        self.build = folder / "build"
        self.table = Path(shutil.copy(LESSONS / "branches.csv", folder))
        self.folder = Path(shutil.copytree(LESSONS / "count-books", folder / "count-books"))

    def edit(self, old: str, new: str) -> None:
        file = self.folder / "lesson.md"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def lesson(self) -> Lesson:
        return read_lesson(self.folder, GLOSSARY)

    def prepare(self) -> bool:
        return prepare(self.lesson(), [self.table], self.build)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_lesson_is_executed_once_and_again_only_for_code_or_data(desk: Desk) -> None:
    assert desk.prepare()
    assert not desk.prepare()
    desk.edit("That was all.", "That was really all.")
    assert not desk.prepare(), "an edited word needs no run"
    assert "really all" in (desk.build / "pages" / "count-books.ipynb").read_text()
    desk.table.write_text(desk.table.read_text().replace("Riverside,75", "Riverside,80"))
    desk.edit("[40, 75, 120]", "[40, 80, 120]")
    assert desk.prepare(), "an edited table needs a run"
    assert "80" in (desk.build / "pages" / "count-books.ipynb").read_text()


def test_what_is_written_for_learners_is_the_same_everywhere(desk: Desk) -> None:
    desk.prepare()
    site = desk.build / "site" / "downloads"
    notebook = (site / "count-books.ipynb").read_bytes()
    assert (desk.build / "learner" / "count-books" / "count-books.ipynb").read_bytes() == notebook
    with zipfile.ZipFile(site / "count-books.zip") as archive:
        assert archive.read("count-books/count-books.ipynb") == notebook
        assert archive.read("count-books/branches.csv") == desk.table.read_bytes()
    assert not any(cell.get("outputs") for cell in json.loads(notebook)["cells"])


def test_a_downloaded_lesson_finds_its_tools_where_this_project_is_not_installed(desk: Desk, tmp_path: Path) -> None:
    desk.prepare()
    with zipfile.ZipFile(desk.build / "site" / "downloads" / "count-books.zip") as archive:
        archive.extractall(tmp_path / "at-home")
    code = "import toolkit.worksheet; from toolkit import plain_messages; print(toolkit.__file__)"
    bare = [sys.executable, "-S", "-c", code]
    home = tmp_path / "at-home" / "count-books"
    done = subprocess.run(bare, cwd=home, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == home / "toolkit" / "__init__.py"


def test_a_figure_without_words_for_it_stops_the_build(desk: Desk) -> None:
    desk.edit("branches\n```", "branches\n```\n\n```{code-cell} ipython3\nbranches.plot.bar(x='branch')\n```")
    with pytest.raises(FigureWithoutText, match="has no text alternative"):
        desk.prepare()


def test_a_figure_that_is_described_but_not_drawn_stops_the_build(desk: Desk) -> None:
    desk.edit("{code-cell} ipython3\nimport", "{code-cell} ipython3\n---\nmystnb: {image: {alt: A chart}}\n---\nimport")
    with pytest.raises(FigureMissing, match="draws none"):
        desk.prepare()


def test_a_lesson_that_is_gone_leaves_nothing_behind(desk: Desk) -> None:
    desk.prepare()
    remove_others([], desk.build)
    assert not [path for path in desk.build.rglob("*count-books*")]
