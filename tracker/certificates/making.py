"""Who may have which certificate, and making and withdrawing one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tracker.audit.log import note
from tracker.certificates.models import Certificate
from tracker.learning.catalogue import curriculum_in, listed_lessons, read_source
from tracker.learning.models import Lesson, Submission
from tracker.learning.progress import progress_of
from tracker.people.models import Person
from tracker.people.scopes import oneself

if TYPE_CHECKING:
    from autograder.notebook import Lesson as Source


class NotCompleted(Exception):
    """There is nothing to certify. The message says what is missing."""

    def __init__(self) -> None:
        super().__init__("You have not completed this yet. Complete it first, then make the certificate.")


@dataclass(frozen=True)
class Subject:
    """A lesson or a path that a person has completed: all of its lessons that exist."""

    kind: Certificate.Kind
    slug: str
    title: str
    lessons: tuple[Lesson, ...]
    to_come: tuple[str, ...]
    completed_at: datetime

    @property
    def minutes(self) -> int:
        return sum(lesson.minutes for lesson in self.lessons)


class Standing(StrEnum):
    """Whether a certificate holds."""

    HOLDS = "holds"
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken back"
    """A regrade has taken the completion away."""


@dataclass(frozen=True)
class Checked:
    """What is true of a certificate now."""

    standing: Standing
    completed_at: datetime | None
    """The day of completion as it counts today: another than the certificate's after a regrade."""


def subjects(person: Person) -> list[Subject]:
    """Everything that the person can have a certificate for: paths first, then lessons, in teaching order."""
    lessons = {lesson.slug: lesson for lesson in listed_lessons()}
    completed = _completed(person, lessons.values())
    curriculum = curriculum_in(settings.LESSONS_FOLDER)
    titles = {planned.slug: planned.title for planned in curriculum.planned}
    found = []
    for path in curriculum.paths:
        here = [slug for slug in path.lessons if slug in lessons]
        if here and all(slug in completed for slug in here):
            to_come = tuple(titles.get(slug, slug) for slug in path.lessons if slug not in lessons)
            members = tuple(lessons[slug] for slug in here)
            day = max(completed[slug] for slug in here)
            found.append(Subject(Certificate.Kind.PATH, path.id, path.title, members, to_come, day))
    for slug, lesson in lessons.items():
        if slug in completed:
            found.append(Subject(Certificate.Kind.LESSON, slug, lesson.title, (lesson,), (), completed[slug]))
    return found


@transaction.atomic
def make(person: Person, kind: str, slug: str) -> Certificate:
    """Make a certificate, or return the one that says the same already. Raises NotCompleted.

    One that says something else, such as an earlier name, is replaced, and its code says so from then on.
    """
    # Two clicks wait for each other here.
    person = Person.objects.select_for_update().get(pk=person.pk)
    subject = next((each for each in subjects(person) if (each.kind, each.slug) == (kind, slug)), None)
    if subject is None:
        raise NotCompleted
    facts = _facts(person, subject)
    earlier = Certificate.objects.filter(person=person, kind=kind, slug=slug, withdrawn_at=None).first()
    if earlier:
        if all(getattr(earlier, name) == value for name, value in facts.items()):
            return earlier
        _withdraw(earlier, Certificate.By.REPLACED)
    made = Certificate.objects.create(person=person, kind=kind, slug=slug, **facts)
    note(person, "certificates.make", f"{made.name}: {made.title}", concerning=person, replaces=earlier is not None)
    return made


@transaction.atomic
def withdraw(certificate: Certificate, by: Person, reason: str = "") -> None:
    """Withdraw it for good. Whoever does it for somebody else is an administrator, and gives a reason."""
    owner = by.pk == certificate.person_id
    _withdraw(certificate, Certificate.By.OWNER if owner else Certificate.By.ADMINISTRATOR, reason)
    note(by, "certificates.withdraw", str(certificate), concerning=certificate.person, own=owner)


def check(certificate: Certificate) -> Checked:
    """Ask today's results whether a certificate still holds."""
    slugs = [lesson["slug"] for lesson in certificate.lessons]
    completed = _completed(certificate.person, Lesson.objects.filter(slug__in=slugs))
    day = max(completed.values()) if len(completed) == len(slugs) else None
    if certificate.withdrawn_at:
        return Checked(Standing.WITHDRAWN, day)
    return Checked(Standing.HOLDS if day else Standing.TAKEN_BACK, day)


def _withdraw(certificate: Certificate, by: Certificate.By, reason: str = "") -> None:
    certificate.withdrawn_at, certificate.withdrawn_by, certificate.reason = timezone.now(), by, reason
    certificate.save(update_fields=["withdrawn_at", "withdrawn_by", "reason"])


def _completed(person: Person, lessons: Iterable[Lesson]) -> dict[str, datetime]:
    progress = progress_of(oneself(person), list(lessons))
    return {slug: each.completed_at for (_, slug), each in progress.items() if each.completed_at}


def _facts(person: Person, subject: Subject) -> dict[str, Any]:
    versions = _versions(person, subject.lessons)
    lessons = [_lesson_facts(lesson, versions[lesson.slug]) for lesson in subject.lessons]
    together = "\n".join(f"{lesson['slug']} {lesson['version']}" for lesson in lessons)
    return {
        "name": person.name,
        "title": subject.title,
        "version": hashlib.sha256(together.encode()).hexdigest() if len(lessons) > 1 else lessons[0]["version"],
        "minutes": subject.minutes,
        "lessons": lessons,
        "to_come": list(subject.to_come),
        "completed_at": subject.completed_at,
    }


def _versions(person: Person, lessons: Iterable[Lesson]) -> Mapping[str, str]:
    """The version of every lesson with which the person completed it."""
    passed = Submission.objects.filter(person=person, lesson__in=list(lessons), passed=True)
    # Newest first, so that the first one that passed is what stays in the dict.
    return dict(passed.order_by("-received_at", "-pk").values_list("lesson", "lesson_version"))


def _lesson_facts(lesson: Lesson, version: str) -> dict[str, Any]:
    source = read_source(settings.LESSONS_FOLDER, lesson.slug)
    return {
        "slug": lesson.slug,
        "title": lesson.title,
        "version": version,
        "version_of_objectives": source.version,
        "objectives": _checked_objectives(source),
    }


def _checked_objectives(source: Source) -> list[str]:
    """Only what a check of the lesson looks at: nobody has judged the rest when a lesson is complete."""
    checked = {task.objective for task in source.tasks if not task.manual}
    return [objective.text for objective in source.objectives if objective.id in checked]
