"""People by lessons: which people, in which order, fifty to a page, and what each cell says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify

from tracker.assignments.due import Due, due_of
from tracker.assignments.late import late
from tracker.learning.models import Lesson
from tracker.learning.progress import Progress, State, table
from tracker.people.models import Person
from tracker.teams.measures import STUCK
from tracker.teams.sight import Sight
from tracker.teams.standing import begun, in_state, stuck, with_completed
from tracker.teams.widgets import LongSelect

PEOPLE_ON_A_PAGE = 50
EXPIRED = "Expired"

ALL_COMPLETE, IN_PROGRESS, NONE_STARTED = "all-complete", "in-progress", "none-started"
OVERDUE, LAPSED, STUCK_LONG = "overdue", "expired", "stuck"
STATES = {slugify(state.value): state for state in State}
STATE_CHOICES = [
    ("", "Any"),
    (
        "Needs attention",
        [
            (OVERDUE, "Overdue"),
            (STUCK_LONG, f"Needs another try for more than {STUCK.days} days"),
            (LAPSED, "Expired"),
        ],
    ),
    (
        "All lessons together",
        [(ALL_COMPLETE, "All complete"), (IN_PROGRESS, "Begun, not all complete"), (NONE_STARTED, "None started")],
    ),
    ("In the lesson, or in any", [(slug, state.value) for slug, state in STATES.items()]),
]
ORDERS = {
    "": ("unit__name", "name", "email", "pk"),
    "name": ("name", "email", "pk"),
    "-name": ("-name", "-email", "-pk"),
    "completed": ("completed", "name", "email", "pk"),
    "-completed": ("-completed", "name", "email", "pk"),
}


class Filters(forms.Form):
    """The questions above a matrix. What makes no sense is left out, never an error: addresses are typed and kept."""

    name = forms.CharField(required=False, max_length=200, label="Name or e-mail")
    unit = forms.ChoiceField(required=False, label="Unit")
    lesson = forms.ChoiceField(required=False, label="Lesson")
    state = forms.ChoiceField(required=False, label="State", choices=STATE_CHOICES)
    sort = forms.ChoiceField(required=False, choices=[(order, order) for order in ORDERS], widget=forms.HiddenInput)

    def __init__(self, data: Any, sight: Sight, units: Collection[int]) -> None:
        super().__init__(data, label_suffix="")
        named = [(str(unit.pk), unit.name) for unit in sight.tree.units.values() if unit.pk in units]
        lessons = [(lesson.pk, lesson.title) for lesson in sight.course.lessons]
        self.fields["unit"] = forms.ChoiceField(
            required=False, label="Unit", choices=[("", "All"), *named], widget=LongSelect
        )
        self.fields["lesson"] = forms.ChoiceField(required=False, label="Lesson", choices=[("", "Any"), *lessons])
        self.is_valid()

    def value(self, name: str) -> str:
        return str(self.cleaned_data.get(name, ""))

    @property
    def are_set(self) -> bool:
        return any(self.value(name) for name in ("name", "unit", "lesson", "state"))

    def values(self) -> dict[str, str]:
        return {name: self.value(name) for name in self.fields}


@dataclass(frozen=True)
class Cell:
    """One person in one lesson, as a manager may see it."""

    progress: Progress
    due: Due | None

    @property
    def in_words(self) -> str:
        return EXPIRED if self.due and self.due.expired else self.progress.state.value

    @property
    def completed_at(self) -> datetime | None:
        return self.progress.completed_at

    @property
    def is_overdue(self) -> bool:
        return bool(self.due and self.due.overdue)

    @property
    def due_on(self) -> date | None:
        """The day, while there is still something to do by then."""
        return self.due.on if self.due and (not self.due.done or self.due.soon) else None


@dataclass(frozen=True)
class Line:
    person: Person
    cells: tuple[Cell, ...]

    @property
    def completed(self) -> int:
        return sum(cell.progress.is_complete for cell in self.cells)


@dataclass(frozen=True)
class Matrix:
    lessons: Sequence[Lesson]
    lines: Sequence[Line]
    page: Page[int]
    """The ids of the people on it."""
    filters: Filters


def matrix(asked: Any, sight: Sight, people: QuerySet[Person], units: Collection[int]) -> Matrix:
    """The page that `asked`, an address's parameters, wants of these people, who are in these units."""
    filters = Filters(asked, sight, units)
    found = filtered(people, filters, sight)
    order = ORDERS[filters.value("sort")]
    # All ids in order, in one go: the database would answer the same long question for their number and for a page.
    ids = list(found.order_by(*order).values_list("pk", flat=True))
    page = Paginator(ids, PEOPLE_ON_A_PAGE).get_page(asked.get("page"))
    lessons = [lesson for lesson in sight.course.lessons if filters.value("lesson") in ("", lesson.pk)]
    return Matrix(lessons, lines(list(page), lessons, sight.today), page, filters)


def lines(people: Sequence[int], lessons: Sequence[Lesson], today: date) -> list[Line]:
    """The lines of these people, by their ids, in this order."""
    those = Person.objects.filter(pk__in=people)
    dues = due_of(those, lessons, today)
    by_person = {
        row.person.pk: Line(
            row.person,
            tuple(
                Cell(progress, dues.get((row.person.pk, lesson.pk)))
                for lesson, progress in zip(lessons, row.cells, strict=True)
            ),
        )
        for row in table(those.select_related("unit__agency"), lessons)
    }
    return [by_person[person] for person in people if person in by_person]


def filtered(people: QuerySet[Person], filters: Filters, sight: Sight) -> QuerySet[Person, Any]:
    """Those of the people whom the filters leave; with `completed`, where the order or the state asks for it."""
    lessons = [lesson for lesson in sight.course.lessons if filters.value("lesson") in ("", lesson.pk)]
    if words := filters.value("name"):
        people = people.filter(Q(name__icontains=words) | Q(email__icontains=words))
    if unit := filters.value("unit"):
        people = people.filter(unit__in=sight.tree.below(sight.tree.units[int(unit)]))
    state = filters.value("state")
    if state in (ALL_COMPLETE, IN_PROGRESS) or "completed" in ORDERS[filters.value("sort")][0]:
        people = with_completed(people, lessons)
    condition = _condition(state, people, lessons, sight.today)
    return people if condition is None else people.filter(condition)


def _condition(state: str, people: QuerySet[Person], lessons: Sequence[Lesson], today: date) -> Q | Exists | None:
    if state in STATES:
        return in_state(STATES[state], lessons)
    match state:
        case "overdue":
            return late(people, lessons, today).overdue
        case "expired":
            return late(people, lessons, today).expired
        case "stuck":
            return stuck(lessons, timezone.now() - STUCK)
        case "all-complete":
            return Q(completed__gte=len(lessons))
        case "in-progress":
            return Q(completed__lt=len(lessons)) & Q(begun(lessons))
        case "none-started":
            return ~Q(begun(lessons))
    return None
