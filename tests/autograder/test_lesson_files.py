"""Beside a notebook lie the tables that learners get of its datasets, then its worksheets; what is missing is named."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from academy.project import WORKSHEETS
from autograder.lesson_files import LessonFileMissing, lesson_files
from autograder.notebook import Lesson

VISITS = Path(__file__).parent.parent / "site" / "fixtures" / "datasets" / "visits-synthetic"


@pytest.fixture
def datasets(tmp_path: Path) -> Path:
    """A folder with a made-up dataset that has a table of answers, kept apart."""
    shutil.copytree(VISITS, tmp_path / "visits-synthetic")
    return tmp_path


def test_tables_come_first_and_worksheets_follow_without_the_answers_that_are_kept_apart(
    lesson: Lesson, datasets: Path
) -> None:
    with_both = replace(lesson, data=("visits-synthetic",), worksheets=("citation", "story-card"))
    assert lesson_files(with_both, datasets, WORKSHEETS) == [
        datasets / "visits-synthetic" / "visits-synthetic.csv",
        WORKSHEETS / "citation.json",
        WORKSHEETS / "story-card.json",
    ]
    assert (datasets / "visits-synthetic" / "visits-synthetic-answers.csv").is_file()


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"data": ("no-such-data",)}, "no-such-data/datapackage.json"),
        ({"data": ("visits-synthetic",)}, "visits-synthetic/visits-synthetic.csv"),
        ({"data": (), "worksheets": ("citaton",)}, "citaton.json"),
    ],
)
def test_a_file_that_is_missing_is_named_with_what_to_do(
    facts: dict[str, tuple[str, ...]], missing: str, lesson: Lesson, datasets: Path
) -> None:
    (datasets / "visits-synthetic" / "visits-synthetic.csv").unlink()
    with pytest.raises(LessonFileMissing) as told:
        lesson_files(replace(lesson, **facts), datasets, datasets)  # type: ignore[arg-type]
    assert str(told.value).splitlines() == [
        f"The lesson count-books needs {datasets / missing}, which is not there.",
        f"    Put it there, or take its name out of the front matter of {lesson.folder / 'lesson.md'}.",
    ]
