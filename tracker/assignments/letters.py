"""Who gets which reminder today. A letter holds the reader's own lessons and, for managers, counts; nothing else.

Written to is who has a lesson that is overdue, or due in the next 14 days unless they chose otherwise; and a manager
or data officer of whose people that is true. Nobody gets a second letter within seven days: one has all parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.template.loader import render_to_string

from tracker.assignments.due import Due, due_of
from tracker.assignments.models import Mail, ReminderChoice
from tracker.learning.catalogue import listed_lessons
from tracker.learning.models import Lesson
from tracker.people.models import Person
from tracker.people.scopes import managed_people

WEEK = timedelta(days=7)
AT_ONCE = 500
"""People looked at together. Memory stays the same for a whole state."""


@dataclass(frozen=True)
class Team:
    """How many of a manager's people have something to do."""

    people: int
    overdue: int
    upcoming: int


@dataclass(frozen=True)
class Letter:
    """One reminder; lessons in the order in which they are due."""

    person: Person
    overdue: Sequence[tuple[Lesson, Due]]
    upcoming: Sequence[tuple[Lesson, Due]]
    team: Team | None = None

    @property
    def subject(self) -> str:
        if count := len(self.overdue):
            return "A lesson is overdue" if count == 1 else f"{count} lessons are overdue"
        if count := len(self.upcoming):
            return "A lesson is due soon" if count == 1 else f"{count} lessons are due soon"
        return "Your team's lessons this week"

    def message(self) -> EmailMultiAlternatives:
        name = one_line(self.person.name)
        context = {"letter": self, "name": name, "address": settings.ADDRESS}
        text = render_to_string("assignments/mail/reminder.txt", context)
        message = EmailMultiAlternatives(self.subject, text, to=[formataddr((name, self.person.email))])
        message.attach_alternative(render_to_string("assignments/mail/reminder.html", context), "text/html")
        return message


def one_line(name: str) -> str:
    """A name as it may stand in a header: no line breaks, no characters that do not print."""
    return "".join(sign for sign in " ".join(name.split()) if sign.isprintable())


def letters(today: date) -> Iterator[Letter]:
    """The letters of the day, a few hundred people at a time."""
    lessons = listed_lessons()
    people = Person.objects.filter(~Exists(recent(today).filter(person=OuterRef("pk"))), is_active=True).order_by("pk")
    last = 0
    while some := list(people.filter(pk__gt=last)[:AT_ONCE]):
        last = some[-1].pk
        yield from _letters(some, lessons, today)


def recent(today: date) -> QuerySet[Mail]:
    """The mail that keeps a person from getting more: sent within seven days, or perhaps sent."""
    return Mail.objects.filter(day__gt=today - WEEK).exclude(state=Mail.State.FAILED)


def _letters(some: Sequence[Person], lessons: Sequence[Lesson], today: date) -> Iterator[Letter]:
    those = Person.objects.filter(pk__in=[person.pk for person in some])
    dues = due_of(those, lessons, today)
    choices = ReminderChoice.objects.in_bulk([person.pk for person in some])
    # An administrator manages everybody on paper. Counts of the whole state are no reminder.
    managing = Q(managed_units__isnull=False) | Q(agencies_overseen__isnull=False)
    managers = set(those.filter(managing, is_administrator=False).values_list("pk", flat=True))
    for person in some:
        choice = choices.get(person.pk) or ReminderChoice()
        own = [(lesson, due) for lesson in lessons if (due := dues.get((person.pk, lesson.pk)))]
        own.sort(key=lambda each: each[1].on)
        letter = Letter(
            person,
            overdue=[each for each in own if each[1].overdue],
            upcoming=[each for each in own if each[1].soon] if choice.upcoming else [],
            team=_team(person, lessons, today) if choice.team and person.pk in managers else None,
        )
        if letter.overdue or letter.upcoming or letter.team:
            yield letter


def _team(manager: Person, lessons: Sequence[Lesson], today: date) -> Team | None:
    """The counts of the manager's people; none where nobody has anything to do."""
    people = managed_people(manager).exclude(pk=manager.pk)
    dues = due_of(people, lessons, today)
    overdue = {person for (person, _), due in dues.items() if due.overdue}
    upcoming = {person for (person, _), due in dues.items() if due.soon}
    if not overdue | upcoming:
        return None
    return Team(len({person for person, _ in dues}), len(overdue), len(upcoming))
