"""A small lesson of the tests' own, with a code task, a chart task and a free-text task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from academy.attempts import with_answers
from autograder.notebook import Lesson, read_curriculum, read_lesson, release
from autograder.notebook.compile import to_bytes

LESSONS = Path(__file__).parent / "fixtures" / "lessons"
DATA = [LESSONS / "branches.csv"]


@pytest.fixture(scope="session")
def lesson() -> Lesson:
    return read_lesson(LESSONS / "count-books", read_curriculum(LESSONS).glossary)


@pytest.fixture
def blank(lesson: Lesson) -> dict[str, Any]:
    """The notebook as a learner gets it."""
    return json.loads(to_bytes(release(lesson)))


@pytest.fixture
def solved(lesson: Lesson) -> dict[str, Any]:
    """The notebook as a learner hands it in who did everything right, free text included."""
    notebook = json.loads(to_bytes(with_answers(lesson, {"my-agency": "Our visitor log."})))
    return notebook


def cell(notebook: dict[str, Any], id: str) -> dict[str, Any]:
    return next(each for each in notebook["cells"] if each.get("id") == id)


def as_bytes(notebook: dict[str, Any]) -> bytes:
    return json.dumps(notebook).encode()
