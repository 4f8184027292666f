"""The catalogue of lessons: a copy of what lessons/ holds, so that pages need not read the sources."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from tracker.learning.models import Lesson

if TYPE_CHECKING:
    from autograder.notebook import Curriculum
    from autograder.notebook import Lesson as Source


@transaction.atomic
def sync_lessons(sources: Iterable[Source]) -> None:
    """Make the catalogue equal to the sources, given in teaching order. Nothing that people did is ever deleted."""
    listed = []
    for position, source in enumerate(sources, start=1):
        facts = {
            "title": source.title,
            "track": source.track,
            "minutes": source.minutes,
            "question": source.question,
            "possible": source.possible,
            "version": source.version,
            "position": position,
        }
        Lesson.objects.update_or_create(slug=source.slug, defaults=facts)
        listed.append(source.slug)
    Lesson.objects.exclude(slug__in=listed).update(position=None)


def read_sources(folder: Path) -> list[Source]:
    """Read all lessons of the curriculum, in teaching order."""
    from autograder.notebook import read_lesson

    curriculum = curriculum_in(folder)
    return [read_lesson(folder / slug, curriculum.glossary) for slug in curriculum.lessons]


def curriculum_in(folder: Path) -> Curriculum:
    """The curriculum of a folder, read again only when its files have changed. Raises LessonError, OSError."""
    files = (folder / "curriculum.yml", folder / "glossary.yml")
    return _read_curriculum(folder, tuple(file.stat().st_mtime_ns for file in files))


@lru_cache(maxsize=4)
def _read_curriculum(folder: Path, _changed: tuple[int, ...]) -> Curriculum:
    from autograder.notebook import read_curriculum

    return read_curriculum(folder)


def read_source(folder: Path, slug: str) -> Source:
    """Read one lesson, again only when a file of it, or the glossary, has changed."""
    files = [*sorted((folder / slug).iterdir()), folder / "glossary.yml"]
    return _read_source(folder, slug, tuple((file.name, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=64)
def _read_source(folder: Path, slug: str, _files: tuple[tuple[str, int], ...]) -> Source:
    from autograder.notebook import read_lesson

    return read_lesson(folder / slug, curriculum_in(folder).glossary)


def listed_lessons() -> list[Lesson]:
    """The lessons of the curriculum, in teaching order."""
    return list(Lesson.objects.filter(position__isnull=False).order_by("position"))
