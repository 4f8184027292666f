"""What the book's pages say of lessons and paths: a lesson's facts, which tasks prove what, and its place on a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from academy.data.package import Package
from academy.site.data.pages import Link
from autograder.notebook import Curriculum, Lesson, read_lesson


@dataclass(frozen=True)
class Proof:
    """A task that proves an objective."""

    id: str
    number: int
    reviewed: bool
    """True for a task of free text, which a person reads."""


@dataclass(frozen=True)
class ObjectiveEntry:
    text: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class Entry:
    """A lesson as the pages speak of it, written or still to come."""

    slug: str
    title: str
    track: Link
    written: bool
    number: int = 0
    minutes: int = 0
    question: str = ""
    points: int = 0
    tasks: int = 0
    reviewed: int = 0
    """Tasks of free text, which a person reads."""
    objectives: tuple[ObjectiveEntry, ...] = ()
    data: tuple[Link, ...] = ()
    content_note: str | None = None
    prerequisites: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class GroupEntry:
    """A track or a path, with all its lessons in order."""

    slug: str
    title: str
    purpose: str
    lessons: tuple[Entry, ...]

    @property
    def written(self) -> tuple[Entry, ...]:
        return tuple(lesson for lesson in self.lessons if lesson.written)

    @property
    def coming(self) -> int:
        """How many lessons are still to come."""
        return len(self.lessons) - len(self.written)

    @property
    def minutes(self) -> int:
        """The time that the written lessons take."""
        return sum(lesson.minutes for lesson in self.written)

    @property
    def assumed(self) -> tuple[tuple[Entry, int], ...]:
        """What its lessons build on without holding it, each once, with the place of the first lesson that does."""
        places: dict[str, tuple[Entry, int]] = {}
        for place, lesson in enumerate(self.lessons, 1):
            for needed in lesson.prerequisites:
                places.setdefault(needed.slug, (needed, place))
        own = {lesson.slug for lesson in self.lessons}
        return tuple(needed for slug, needed in places.items() if slug not in own)


@dataclass(frozen=True)
class Stop:
    """A written lesson's place on a path. Lessons that are still to come are passed over."""

    path: GroupEntry
    number: int
    previous: Entry | None
    next: Entry | None
    passed_before: tuple[Entry, ...]
    passed_after: tuple[Entry, ...]
    """The lessons still to come between this one and the written one before or after it."""


def stops(slug: str, paths: tuple[GroupEntry, ...]) -> list[Stop]:
    """The place of a written lesson on each path that it is part of."""
    found = []
    for path in paths:
        place = next((place for place, lesson in enumerate(path.lessons) if lesson.slug == slug), None)
        if place is not None:
            previous, passed_before = _nearest(path.lessons[:place][::-1])
            following, passed_after = _nearest(path.lessons[place + 1 :])
            found.append(Stop(path, place + 1, previous, following, passed_before[::-1], passed_after))
    return found


def _nearest(lessons: tuple[Entry, ...]) -> tuple[Entry | None, tuple[Entry, ...]]:
    """The first written lesson, and those before it."""
    for place, lesson in enumerate(lessons):
        if lesson.written:
            return lesson, lessons[:place]
    return None, lessons


def entries_of(curriculum: Curriculum, packages: Mapping[str, Package]) -> dict[str, Entry]:
    """Every lesson by its slug, in order: those that are written, then those still to come."""
    tracks = {track.id: Link(track.id, track.title) for track in curriculum.tracks}
    lessons = [read_lesson(curriculum.folder / slug, curriculum.glossary) for slug in curriculum.lessons]
    entries = {
        lesson.slug: _entry(lesson, number, tracks[lesson.track], packages) for number, lesson in enumerate(lessons, 1)
    } | {
        planned.slug: Entry(planned.slug, planned.title, tracks[planned.track], written=False)
        for planned in curriculum.planned
    }
    for lesson in lessons:
        prerequisites = tuple(entries[slug] for slug in lesson.prerequisites)
        entries[lesson.slug] = replace(entries[lesson.slug], prerequisites=prerequisites)
    return entries


def _entry(lesson: Lesson, number: int, track: Link, packages: Mapping[str, Package]) -> Entry:
    proofs = [(task.objective, Proof(task.id, task.number, task.manual)) for task in lesson.tasks]
    return Entry(
        lesson.slug,
        lesson.title,
        track,
        written=True,
        number=number,
        minutes=lesson.minutes,
        question=lesson.question,
        points=lesson.possible,
        tasks=sum(not task.manual for task in lesson.tasks),
        reviewed=sum(task.manual for task in lesson.tasks),
        objectives=tuple(
            ObjectiveEntry(objective.text, tuple(proof for id, proof in proofs if id == objective.id))
            for objective in lesson.objectives
        ),
        data=tuple(Link(slug, packages[slug].title) for slug in lesson.data),
        content_note=lesson.content_note,
    )


def track_entries(curriculum: Curriculum, entries: Mapping[str, Entry]) -> tuple[GroupEntry, ...]:
    return tuple(
        GroupEntry(
            track.id,
            track.title,
            track.purpose,
            tuple(entry for entry in entries.values() if entry.track.slug == track.id),
        )
        for track in curriculum.tracks
    )


def path_entries(curriculum: Curriculum, entries: Mapping[str, Entry]) -> tuple[GroupEntry, ...]:
    return tuple(
        GroupEntry(path.id, path.title, path.purpose, tuple(entries[slug] for slug in path.lessons))
        for path in curriculum.paths
    )
