"""The files that lie beside a lesson's notebook wherever it runs: the tables of its datasets, then its worksheets.

Server, workshop, download and browser all get them from here, so a lesson finds the same files in every place.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.notebook.lesson import Lesson


class LessonFileMissing(Exception):
    """A file that a lesson needs is not there. The message says which, and what to do."""

    def __init__(self, lesson: Lesson, file: Path) -> None:
        super().__init__(
            f"The lesson {lesson.slug} needs {file}, which is not there.\n"
            f"    Put it there, or take its name out of the front matter of {lesson.folder / 'lesson.md'}."
        )


def lesson_files(lesson: Lesson, datasets: Path, worksheets: Path) -> list[Path]:
    """The files beside the lesson's notebook, each under its own name. Raises LessonFileMissing."""
    files: list[Path] = []
    for slug in lesson.data:
        if not (datasets / slug / "datapackage.json").is_file():
            raise LessonFileMissing(lesson, datasets / slug / "datapackage.json")
        files += tables_of(datasets / slug)
    files += [worksheets / f"{name}.json" for name in lesson.worksheets]
    for file in files:
        if not file.is_file():
            raise LessonFileMissing(lesson, file)
    return files


def tables_of(dataset: Path) -> list[Path]:
    """The tables of a dataset's folder that learners get: all but those with the answers to a made-up puzzle."""
    package = json.loads((dataset / "datapackage.json").read_text(encoding="utf-8"))
    return [dataset / resource["path"] for resource in package["resources"] if not resource.get("kept_apart", False)]
