"""The curriculum as a value: lessons in order, tracks, paths, and the glossary that the lessons use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from autograder.notebook.errors import LessonError


@dataclass(frozen=True)
class Term:
    """One entry of the glossary. `plain` is our own sentence; `definition` is the State's, where there is one."""

    id: str
    term: str
    plain: str
    definition: str | None = None
    sources: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Group:
    """A track (a theme) or a path (lessons for one kind of work, written or still to come, in the order to take)."""

    id: str
    title: str
    purpose: str
    lessons: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedLesson:
    slug: str
    title: str
    track: str


@dataclass(frozen=True)
class Curriculum:
    folder: Path
    lessons: tuple[str, ...]
    """Slugs of the lessons that exist, in teaching order."""
    tracks: tuple[Group, ...]
    paths: tuple[Group, ...]
    planned: tuple[PlannedLesson, ...]
    glossary: Mapping[str, Term]


def read_curriculum(folder: Path) -> Curriculum:
    """Read `curriculum.yml` and `glossary.yml` of the lessons folder.

    Raises LessonError where a listed lesson has no folder, or a folder is not listed.
    """
    file = folder / "curriculum.yml"
    facts = yaml.safe_load(file.read_text(encoding="utf-8"))
    listed = tuple(facts["lessons"])
    written = {path.parent.name for path in folder.glob("*/lesson.md")}
    for slug in listed:
        if slug not in written:
            raise LessonError(
                file, 1, f"The lesson “{slug}” has no lesson.md.", f"Write {folder / slug / 'lesson.md'}."
            )
    for slug in sorted(written - set(listed)):
        raise LessonError(file, 1, f"The lesson “{slug}” is not listed.", "Put it in its place under “lessons:”.")
    return Curriculum(
        folder,
        listed,
        tracks=tuple(Group(**track) for track in facts["tracks"]),
        paths=tuple(Group(**(path | {"lessons": tuple(path["lessons"])})) for path in facts["paths"]),
        planned=tuple(PlannedLesson(each["slug"], each["title"], each["track"]) for each in facts["planned"]),
        glossary=read_glossary(folder / "glossary.yml"),
    )


def read_glossary(file: Path) -> dict[str, Term]:
    """Read the glossary: term id to Term."""
    facts = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        id: Term(id, **(entry | {"sources": tuple(entry.get("sources", ()))})) for id, entry in facts["terms"].items()
    }
