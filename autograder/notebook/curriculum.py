"""The curriculum as a value: lessons in order, tracks, paths, and the glossary that the lessons use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from autograder.notebook.errors import LessonError


@dataclass(frozen=True)
class ClassRule:
    """When data belong to a class: the answers that lead to it, by question, and the class that must hold too.

    Of the classes that hold, the one with the lowest order is the one to act by.
    """

    id: str
    order: int
    when: Mapping[str, tuple[str, ...]]
    within: str | None = None


@dataclass(frozen=True)
class Term:
    """One entry of the glossary. `plain` is our own sentence; `definition` is the State's, where there is one."""

    id: str
    term: str
    plain: str
    definition: str | None = None
    sources: tuple[str, ...] = ()
    note: str | None = None
    rule: ClassRule | None = None
    """For the four classes of data only."""


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
    """Read the glossary: term id to Term. Raises LessonError where the rules of the classes of data do not hold up."""
    text = file.read_text(encoding="utf-8")
    terms = {id: _term(id, dict(entry)) for id, entry in yaml.safe_load(text)["terms"].items()}
    for id, problem in _faults_of_rules([term for term in terms.values() if term.rule]):
        line = next((n for n, line in enumerate(text.split("\n"), 1) if line == f"  {id}:"), 1)
        raise LessonError(file, line, problem, "Compare it with the other classes of data, and mend the part “class:”.")
    return terms


def _term(id: str, entry: dict[str, Any]) -> Term:
    rule = entry.pop("class", None)
    if rule is not None:
        answers = {question: tuple(map(str, listed)) for question, listed in rule.pop("when", {}).items()}
        rule = ClassRule(**rule, when=answers)
    return Term(id, **(entry | {"sources": tuple(entry.get("sources", ())), "rule": rule}))


def _faults_of_rules(classes: list[Term]) -> Iterator[tuple[str, str]]:
    """What would keep a rule from being followed: (term id, problem)."""
    seen: dict[object, str] = {}
    known = {term.rule.id for term in classes if term.rule}
    for term in classes:
        rule = term.rule
        assert rule is not None
        for sign in (rule.id, rule.order):
            if sign in seen:
                yield term.id, f"The class “{rule.id}” has the id or the order of “{seen[sign]}”."
            seen[sign] = term.id
        if rule.within is not None and rule.within not in known - {rule.id}:
            yield term.id, f"The class “{rule.id}” is within “{rule.within}”, which is no other class."
        if not rule.when or not all(rule.when.values()):
            yield term.id, f"The class “{rule.id}” does not say which answers lead to it."
