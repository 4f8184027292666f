"""Making a workshop, or adding lessons and people to one. All is checked first; then only is anything written."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from academy.workshop.course import (
    CONFIGURATION,
    FACTS,
    GRADEBOOK,
    TaskFacts,
    Workshop,
    api_of,
    facts_of,
    gradebook_of,
    read_workshop,
)
from academy.workshop.roster import Learner, Roster, RosterError
from autograder.lesson_files import lesson_files
from autograder.notebook import Lesson, compile_lesson, read_curriculum, read_lesson
from autograder.notebook.compile import to_bytes
from autograder.notebook.regions import CODE_STUB, TEXT_STUB

_PRIVATE = ("source", "release", "submitted", "autograded", "feedback")
"""Folders with solutions, or with what people handed in."""
_OPEN, _PASS_THROUGH, _OWN, _MINE = 0o777, 0o711, 0o700, 0o600


class WorkshopRefused(Exception):
    """Nothing was made. The message says why, and what to do."""


@dataclass(frozen=True)
class Places:
    """Where the project's lessons and their files are."""

    lessons: Path
    datasets: Path
    worksheets: Path


@dataclass
class Made:
    """What one run did."""

    workshop: Workshop
    is_new: bool
    lessons: list[str] = field(default_factory=list)
    changed_since: list[str] = field(default_factory=list)
    """Lessons that were in the workshop before, and have another text in the project by now. They stay as they are."""
    added: int = 0
    updated: int = 0
    not_on_the_roster: int = 0
    people: int = 0


def prepare(
    folder: Path,
    slugs: Sequence[str],
    roster: Roster | None,
    places: Places,
    course_id: str | None = None,
    due: datetime | None = None,
) -> Made:
    """Make the workshop, or add to it. Raises WorkshopRefused, RosterError, LessonError or LessonFileMissing."""
    workshop, is_new = _opened(folder, course_id)
    if (is_new and not roster) or not (slugs or workshop.lessons):
        raise WorkshopRefused("A new workshop needs lessons and a roster. Give --lessons and --roster.")
    lessons = _lessons(slugs, places)
    files = {lesson.slug: lesson_files(lesson, places.datasets, places.worksheets) for lesson in lessons}
    if roster and not is_new:
        _check_against_gradebook(workshop, roster)

    _lay_out(workshop)
    made = Made(workshop, is_new)
    for lesson in lessons:
        if lesson.slug not in workshop.lessons:
            _put_source(workshop, lesson, files[lesson.slug])
            _generate(workshop, lesson.slug)
            workshop.lessons[lesson.slug] = facts_of(lesson)
            workshop.save()
            made.lessons.append(lesson.slug)
        elif workshop.lessons[lesson.slug].version != lesson.version:
            made.changed_since.append(lesson.slug)
    with gradebook_of(workshop) as gradebook:
        for slug in slugs if due else ():
            gradebook.update_or_create_assignment(slug, duedate=_in_utc(due))
        if roster:
            _enroll(gradebook, roster.learners, made)
        made.people = len(gradebook.students)
        due_dates = {each.name: each.duedate for each in gradebook.assignments}
    workshop.gradebook.chmod(_MINE)
    _write_pages(workshop, due_dates)
    return made


def closed_above(folder: Path) -> Path | None:
    """The first folder on the way to this one that other accounts of this machine cannot pass through."""
    return next((each for each in reversed(folder.resolve().parents) if not each.stat().st_mode & 0o001), None)


# -- checks, before anything is written -------------------------------------------------------------------------------


def _opened(folder: Path, course_id: str | None) -> tuple[Workshop, bool]:
    if (folder / FACTS).is_file():
        workshop = read_workshop(folder)
        if course_id not in (None, workshop.course_id):
            raise WorkshopRefused(
                f"This workshop's course is “{workshop.course_id}”, and its grades are kept under that name.\n"
                "    Leave --course-id out, or choose another folder for another course."
            )
        return workshop, False
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkshopRefused(f"{folder} holds something else already. Choose a new folder, or an empty one.")
    name = course_id or re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise WorkshopRefused(
            f"“{name}” cannot name a course. Give --course-id: letters without accents, digits, hyphens"
        )
    return Workshop(folder.resolve(), name), True


def _lessons(slugs: Sequence[str], places: Places) -> list[Lesson]:
    curriculum = read_curriculum(places.lessons)
    if unknown := [slug for slug in slugs if slug not in curriculum.lessons]:
        raise WorkshopRefused(
            f"There is no lesson “{unknown[0]}”. There are: {', '.join(curriculum.lessons)}.\n"
            "    Name them with commas between: --lessons first,second"
        )
    return [read_lesson(places.lessons / slug, curriculum.glossary) for slug in dict.fromkeys(slugs)]


def _check_against_gradebook(workshop: Workshop, roster: Roster) -> None:
    with gradebook_of(workshop) as gradebook:
        known = {student.email.lower(): student.id for student in gradebook.students if student.email}
        ids = {student.id.lower(): student.id for student in gradebook.students}
    coming = {learner.id for learner in roster.learners}
    faults = []
    for learner in roster.learners:
        other = known.get(learner.email.lower())
        if other not in (None, learner.id) and other not in coming:
            faults.append(
                f"“{learner.id}”: the e-mail address {learner.email} belongs to “{other}” in this workshop. "
                f"If they are one person, write {other} as the id."
            )
        if ids.get(learner.id.lower(), learner.id) != learner.id:
            faults.append(
                f"“{learner.id}”: this workshop has “{ids[learner.id.lower()]}”. Write the id as it is there."
            )
    if faults:
        raise RosterError(faults)


# -- what is made -----------------------------------------------------------------------------------------------------


def _lay_out(workshop: Workshop) -> None:
    """Folders and settings. Others can pass through to the exchange, and can look at nothing else."""
    modes = {".": _PASS_THROUGH, **dict.fromkeys(_PRIVATE, _OWN), "exchange": _OPEN, "for-learners": 0o755}
    for name, mode in modes.items():
        place = workshop.folder / name
        if not place.is_dir():
            place.mkdir(parents=True)
            place.chmod(mode)
        elif name == ".":
            place.chmod(mode)
    if not (workshop.folder / CONFIGURATION).exists():
        settings = {"course_id": workshop.course_id, "code_stub": _quoted(CODE_STUB), "text_stub": _quoted(TEXT_STUB)}
        _write(workshop.folder / CONFIGURATION, "nbgrader_config.py.jinja", settings)
    learner = {"course_id": _quoted(workshop.course_id), "exchange": _quoted(str(workshop.exchange))}
    _write(workshop.folder / "for-learners" / CONFIGURATION, "learner_config.py.jinja", learner)
    workshop.save()


def _put_source(workshop: Workshop, lesson: Lesson, files: Sequence[Path]) -> None:
    place = workshop.folder / "source" / lesson.slug
    # A run that was cut short may have left a part of it.
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    (place / f"{lesson.slug}.ipynb").write_bytes(to_bytes(compile_lesson(lesson)))
    for file in files:
        shutil.copyfile(file, place / file.name)


def _generate(workshop: Workshop, slug: str) -> None:
    """The notebook for learners, by nbgrader itself, which thereby learns the tasks and their points."""
    outcome: dict[str, Any] = api_of(workshop).generate_assignment(slug)
    if not outcome["success"]:
        raise WorkshopRefused(
            f"nbgrader could not make the learners' notebook of {slug}. Mend what it names, and run this again.\n"
            f"{outcome.get('log') or ''}\n{outcome.get('error') or ''}"
        )


def _enroll(gradebook: Any, learners: Sequence[Learner], made: Made) -> None:
    known = {student.id: student for student in gradebook.students}
    for learner in learners:
        facts = {"first_name": learner.first_name, "last_name": learner.last_name, "email": learner.email}
        if learner.id not in known:
            made.added += 1
        elif any(getattr(known[learner.id], name) != value for name, value in facts.items()):
            made.updated += 1
        gradebook.update_or_create_student(learner.id, **facts)
    made.not_on_the_roster = len(set(known) - {learner.id for learner in learners})


def _in_utc(due: datetime | None) -> datetime | None:
    """nbgrader keeps times in UTC, without saying so. A day without an hour ends at midnight."""
    if due is None:
        return None
    if (due.hour, due.minute) == (0, 0):
        due = due.replace(hour=23, minute=59)
    return due.astimezone(UTC).replace(tzinfo=None)


# -- pages ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """A lesson as the README shows it."""

    slug: str
    title: str
    auto: int
    by_hand: int
    due: str
    texts: tuple[TaskFacts, ...]
    """The free texts, which the trainer reads."""


def _write_pages(workshop: Workshop, due_dates: dict[str, datetime | None]) -> None:
    lines = list(_lines(workshop, due_dates))
    facts = {"course_id": workshop.course_id, "lessons": lines, "first": lines[0].slug, "gradebook": GRADEBOOK}
    _write(workshop.folder / "README.md", "README.md.jinja", facts)
    # What to look for in free texts is the trainer's.
    (workshop.folder / "README.md").chmod(_MINE)


def _lines(workshop: Workshop, due_dates: dict[str, datetime | None]) -> Iterator[_Line]:
    for slug, lesson in workshop.lessons.items():
        due = due_dates.get(slug)
        shown = f"{due.replace(tzinfo=UTC).astimezone():%B %-d, %Y, %H:%M}" if due else "none"
        auto = sum(task.points for task in lesson.tasks if not task.manual)
        texts = tuple(task for task in lesson.tasks if task.manual)
        yield _Line(slug, lesson.title, auto, sum(task.points for task in texts), shown, texts)


def _write(file: Path, template: str, facts: Mapping[str, object]) -> None:
    pages = Environment(
        loader=PackageLoader("academy.workshop", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    file.write_text(pages.get_template(template).render(facts), encoding="utf-8")


def _quoted(text: str) -> str:
    """As Python writes a text: for a plain text, that is as JSON does."""
    return json.dumps(text, ensure_ascii=False)
