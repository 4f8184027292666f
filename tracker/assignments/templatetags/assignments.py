"""What a learner's page shows of assignments: {% load assignments %} {% dues viewer lines as dues %}."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django import template
from django.utils import timezone

from tracker.assignments.due import Due, due_of
from tracker.assignments.models import Assignment
from tracker.learning.models import Lesson
from tracker.people.models import Person
from tracker.people.scopes import oneself

register = template.Library()


class HasLesson(Protocol):
    @property
    def lesson(self) -> Lesson: ...


@dataclass(frozen=True)
class Dues:
    """What is due of one person. `by_lesson` has all that is assigned, `open` what is to be done, overdue first."""

    by_lesson: dict[str, Due]
    open: list[tuple[Lesson, Due]]
    notes: list[Assignment]
    """The assignments of what is open that have a note."""

    @property
    def overdue(self) -> int:
        return sum(due.overdue for _, due in self.open)


@register.simple_tag
def dues(person: Person, lines: Sequence[HasLesson]) -> Dues:
    lessons = {line.lesson.pk: line.lesson for line in lines}
    found = {slug: due for (_, slug), due in due_of(oneself(person), lessons.values(), timezone.localdate()).items()}
    # What is overdue is the earliest. A completion that is about to expire is to be done, too.
    to_do = sorted(
        (due.on, position, slug)
        for position, slug in enumerate(lessons)
        if (due := found.get(slug)) and (not due.done or due.soon)
    )
    asking = {found[slug].assignment for _, _, slug in to_do}
    notes = Assignment.objects.filter(pk__in=asking).exclude(note="") if asking else []
    return Dues(found, [(lessons[slug], found[slug]) for _, _, slug in to_do], list(notes))


@register.filter
def of(all_dues: Dues, slug: str) -> Due | None:
    return all_dues.by_lesson.get(slug)
