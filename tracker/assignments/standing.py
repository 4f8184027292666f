"""How far the people of one assignment are: counts, and a list in which those come first who need attention."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.db.models import QuerySet

from tracker.assignments.audience import Audience, reached
from tracker.assignments.due import Due, completions, counts_still, due_by
from tracker.assignments.models import Assignment
from tracker.learning.models import Lesson
from tracker.people.models import Person


@dataclass(frozen=True)
class Forecast:
    """What an assignment would find if it were saved now. Complete are those who have completed every lesson."""

    people: int
    complete: int


@dataclass(frozen=True)
class Standing:
    """How far somebody is in all lessons of the assignment. People who stand alike share one."""

    dues: tuple[Due, ...]

    @cached_property
    def done(self) -> int:
        return sum(due.done for due in self.dues)

    @cached_property
    def on(self) -> date | None:
        """When the first lesson that is not done is due."""
        return min((due.on for due in self.dues if not due.done), default=None)

    @cached_property
    def is_complete(self) -> bool:
        return self.done == len(self.dues)

    @cached_property
    def is_overdue(self) -> bool:
        return any(due.overdue for due in self.dues)

    @cached_property
    def has_expired(self) -> bool:
        return any(due.expired for due in self.dues)

    @cached_property
    def in_words(self) -> str:
        if self.is_complete:
            return "Complete"
        if self.is_overdue:
            return "Overdue"
        return "Expired" if self.has_expired else "Open"


class Line(NamedTuple):
    person: int
    standing: Standing


def forecast(
    audience: Audience, lessons: Collection[Lesson], renew_months: int | None, people: QuerySet[Person], today: date
) -> Forecast:
    """Whom an assignment would reach that is not saved yet."""
    those = reached({0: audience}, people)[0]
    done = completions(people, [lesson.pk for lesson in lessons])
    complete = 0
    for person in those:
        days = [done.get((person, lesson.pk)) for lesson in lessons]
        complete += all(day is not None and counts_still(day, renew_months, today) for day in days)
    return Forecast(len(those), complete)


def lines(assignment: Assignment, people: QuerySet[Person], lessons: Sequence[Lesson], today: date) -> list[Line]:
    """Everybody whom it reaches, the most urgent first. A fixed number of queries."""
    shared: dict[int, Standing] = {}  # by the tuple's identity: comparing all dues of thousands would take long
    found = []
    for person, dues in due_by(assignment, people, lessons, today).items():
        standing = shared.get(id(dues)) or shared.setdefault(id(dues), Standing(dues))
        found.append(Line(person, standing))
    return sorted(found, key=lambda line: (line.standing.is_complete, line.standing.on or date.max, line.person))
