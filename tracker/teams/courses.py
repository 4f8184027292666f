"""Which lessons a page is about: all of the curriculum, or those of a path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.assignments.paths import paths
from tracker.learning.catalogue import listed_lessons
from tracker.learning.models import Lesson

ALL = ""


@dataclass(frozen=True)
class Course:
    """Lessons that are looked at together. `id` is a path's, or empty for the whole curriculum."""

    id: str
    title: str
    lessons: tuple[Lesson, ...]

    @property
    def in_words(self) -> str:
        """What completing it means, after "has completed"."""
        count = len(self.lessons)
        lessons = "the lesson" if count == 1 else f"all {count} lessons"
        return f"{lessons} of the path “{self.title}”" if self.id else lessons


@dataclass(frozen=True)
class Courses:
    """All that a page can be about, and what it is about now."""

    offered: Sequence[Course]
    chosen: Course


def courses(wanted: str) -> Courses:
    """The curriculum and its paths, as far as their lessons are written. An unknown id means the whole curriculum."""
    lessons = listed_lessons()
    offered = [Course(ALL, "All lessons", tuple(lessons))]
    offered += [Course(path.id, path.title, path.lessons) for path in paths(lessons)]
    return Courses(offered, next((course for course in offered if course.id == wanted), offered[0]))
