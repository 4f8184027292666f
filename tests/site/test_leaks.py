"""A site that holds a secret is not published, however the secret got there and however it is spelled."""

from __future__ import annotations

import html
import json
import zipfile
from pathlib import Path

import pytest

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
