"""The paths of the curriculum, as a list to assign from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as File
from typing import TYPE_CHECKING

from django.conf import settings

from tracker.learning.models import Lesson

if TYPE_CHECKING:
    from autograder.notebook.curriculum import Curriculum

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Path:
    """A path: the lessons that can be assigned, in its order, and the titles of those that are still to come."""

    id: str
    title: str
    purpose: str
    lessons: tuple[Lesson, ...]
    coming: tuple[str, ...]


def paths(listed: Sequence[Lesson]) -> list[Path]:
    """The paths that have a lesson, of those that are on the list."""
    curriculum = _curriculum(settings.LESSONS_FOLDER)
    if curriculum is None:
        return []
    by_slug = {lesson.pk: lesson for lesson in listed}
    planned = {lesson.slug: lesson.title for lesson in curriculum.planned}
    found = [
        Path(
            path.id,
            path.title,
            path.purpose,
            tuple(by_slug[slug] for slug in path.lessons if slug in by_slug),
            tuple(planned[slug] for slug in path.lessons if slug in planned),
        )
        for path in curriculum.paths
    ]
    return [path for path in found if path.lessons]


def _curriculum(folder: File) -> Curriculum | None:
    """The curriculum; none where it cannot be read. Lessons can still be assigned one by one then."""
    from autograder.notebook import LessonError

    files = (folder / "curriculum.yml", folder / "glossary.yml")
    try:
        return _read(folder, tuple(file.stat().st_mtime_ns for file in files))
    except (LessonError, OSError) as error:
        logger.error("The paths cannot be read: %s", error)
        return None


@lru_cache(maxsize=2)
def _read(folder: File, _changed: tuple[int, ...]) -> Curriculum:
    from autograder.notebook import read_curriculum

    return read_curriculum(folder)
