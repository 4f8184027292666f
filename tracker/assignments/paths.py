"""The paths of the curriculum, as a list to assign from."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from tracker.learning.catalogue import curriculum_in
from tracker.learning.models import Lesson

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
    from autograder.notebook import LessonError

    try:
        curriculum = curriculum_in(settings.LESSONS_FOLDER)
    except (LessonError, OSError) as error:
        # Lessons can still be assigned one by one.
        logger.error("The paths cannot be read: %s", error)
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
