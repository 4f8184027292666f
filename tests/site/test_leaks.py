"""A site that holds a secret is not published, however the secret got there and however it is spelled."""

from __future__ import annotations

import html
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.site import leaks
from academy.site.leaks import SecretLeaked, assert_no_leaks
from autograder.notebook import Lesson, compile_lesson, read_curriculum, read_lesson, release
from autograder.notebook.compile import to_bytes

LESSONS = Path(__file__).parent.parent / "autograder" / "fixtures" / "lessons"
HIDDEN = 'assert _facts.title, "Give the chart a title that says what it shows."'


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read_lesson(LESSONS / "count-books", read_curriculum(LESSONS).glossary)


def put(site: Path, name: str, content: bytes | str) -> Path:
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return site


def test_what_learners_are_given_is_no_leak(tmp_path: Path, lesson: Lesson) -> None:
    put(tmp_path, "downloads/count-books.ipynb", to_bytes(release(lesson)))
    put(tmp_path, "index.html", "<p>Main Street, Riverside, Hilltop</p>")
    assert_no_leaks([lesson], tmp_path)


def highlighted(code: str) -> str:
    """Code as a page shows it, every word in a tag of its own."""
    return "<pre>" + " ".join(f"<span>{html.escape(word)}</span>" for word in code.split()) + "</pre>"


LEAKS = {
    "page.html": highlighted(HIDDEN),
    "plain.html": f"<pre>{HIDDEN}</pre>",
    "_sources/lesson.md": f"```\n{HIDDEN}\n```",
    "search.js": "Search.setIndex(" + json.dumps({"text": HIDDEN}) + ")",
    "lite/files/notebook.ipynb": json.dumps({"cells": [{"source": ["import pandas\n", HIDDEN + "\n"]}]}),
    "model-answer.html": "<p>Our visitor log. One row is one visit.</p>",
    "solution.html": "<p>chart = branches.plot.barh(x=&quot;branch&quot;, y=&quot;loans&quot;, title=&quot;Main Street lends most&quot;)</p>",
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_secret_is_found_in(name: str, tmp_path: Path, lesson: Lesson) -> None:
    with pytest.raises(SecretLeaked, match=name.rpartition("/")[2]):
        assert_no_leaks([lesson], put(tmp_path, name, LEAKS[name]))


def test_a_canary_is_found_even_in_a_file_of_an_unknown_kind(tmp_path: Path, lesson: Lesson) -> None:
    notebook = to_bytes(compile_lesson(lesson))
    start = notebook.index(b"canary-")
    with pytest.raises(SecretLeaked, match=r"data\.bin holds “canary-"):
        assert_no_leaks([lesson], put(tmp_path, "data.bin", b"\x00\xff" + notebook[start : start + 23]))


def test_a_secret_is_found_inside_an_archive(tmp_path: Path, lesson: Lesson) -> None:
    with zipfile.ZipFile(tmp_path / "lesson.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep/instructor.ipynb", to_bytes(compile_lesson(lesson)))
    with pytest.raises(SecretLeaked, match=r"lesson.zip/deep/instructor.ipynb"):
        assert_no_leaks([lesson], tmp_path)


# -- remembering ------------------------------------------------------------------------------------------------------


class Desk:
    """A site of one page, a lesson to edit, and the memory of the check."""

    def __init__(self, folder: Path) -> None:
        self.site, self.memory = folder / "site", folder / "memory.json"
        self.folder = Path(shutil.copytree(LESSONS / "count-books", folder / "count-books"))
        put(self.site, "page.html", "<p># Anything but a title.</p>")

    def edit(self, old: str, new: str) -> None:
        file = self.folder / "lesson.md"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def check(self, *kept_apart: Path) -> None:
        read = read_lesson(self.folder, read_curriculum(LESSONS).glossary)
        assert_no_leaks([read], self.site, kept_apart=kept_apart, memory=self.memory)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk where the check was done once."""
    desk = Desk(tmp_path)
    desk.check()
    return desk


def test_what_was_found_clean_is_not_searched_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    readings = leaks._readings
    monkeypatch.setattr(leaks, "_readings", lambda name, content: searched.append(name) or readings(name, content))
    desk.check()
    assert searched == []
    put(desk.site, "other.html", "<p>New.</p>")
    desk.check()
    assert searched == ["other.html"]
    desk.edit("Main Street lends most", "The busiest is Main Street")
    desk.check()
    assert searched == ["other.html", "other.html", "page.html"], "new secrets are looked for everywhere"


def test_a_secret_in_a_changed_page_is_found(desk: Desk) -> None:
    put(desk.site, "page.html", LEAKS["page.html"])
    for _ in range(2):
        with pytest.raises(SecretLeaked, match=r"page\.html"):
            desk.check()


def test_a_page_that_an_edited_lesson_makes_a_leak_is_found(desk: Desk) -> None:
    desk.edit("assert _facts.title,", "# Anything but a title.\nassert _facts.title,")
    with pytest.raises(SecretLeaked, match=r"page\.html"):
        desk.check()


def test_a_page_that_holds_a_table_newly_kept_apart_is_found(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("Anything but a title.")
    with pytest.raises(SecretLeaked, match=r"page\.html holds the answers of answers\.csv"):
        desk.check(tmp_path / "answers.csv")


def test_a_file_that_is_read_in_another_way_under_its_new_name_is_searched_again(desk: Desk) -> None:
    put(desk.site, "page.bin", LEAKS["plain.html"])
    desk.check()
    (desk.site / "page.bin").rename(desk.site / "renamed.html")
    with pytest.raises(SecretLeaked, match=r"renamed\.html"):
        desk.check()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"secrets": 1, "files": []}', "{"])
def test_a_damaged_memory_is_no_memory(content: str, desk: Desk) -> None:
    desk.memory.write_text(content)
    put(desk.site, "page.html", LEAKS["page.html"])
    with pytest.raises(SecretLeaked):
        desk.check()


def test_another_way_of_searching_searches_everything(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_THIS_PROGRAM", b"another way")
    monkeypatch.setattr(leaks, "_readings", lambda name, content: [HIDDEN])
    with pytest.raises(SecretLeaked):
        desk.check()


words = st.lists(st.sampled_from(["a", "b", "ab", "assert", "“", ""]), max_size=6).map(" ".join)


@given(text=words, line=words.map(leaks._plain))
def test_a_line_is_found_wherever_it_stands(text: str, line: str) -> None:
    secrets = leaks._Secrets((), b"", (line,), "“{}”")
    file = leaks._File("page.txt", text.encode())
    assert (secrets._line_in(file) == line) == (line in leaks._plain(text))
