"""A session's day and title, and the marks of a list of people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone

from tracker.attendance.models import Mark, Meeting
from tracker.people.models import Person

NOT_MARKED = ""
FIRST_DAY = date(2000, 1, 1)
AHEAD = timedelta(days=366)
THERE_ALREADY = "There is such a session on this day. Give this one another title or day."


class MeetingForm(forms.Form):
    """Adds a session, or corrects its day and title."""

    day = forms.DateField(label="Day", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    title = forms.CharField(
        label="Title (you may leave it empty)",
        help_text="Such as “Charts, part 1”. The members see it too.",
        required=False,
        max_length=120,
    )

    def __init__(self, meeting: Meeting, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"day": meeting.day, "title": meeting.title})
        self.meeting = meeting

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not FIRST_DAY <= day <= timezone.localdate() + AHEAD:
            raise forms.ValidationError("Check the year. A session is at most a year ahead.")
        return day

    def clean(self) -> dict[str, Any]:
        asked = self.cleaned_data
        same = Meeting.objects.filter(cohort=self.meeting.cohort_id, **asked).exclude(pk=self.meeting.pk)
        if {"day", "title"} <= asked.keys() and same.exists():
            self.add_error("title", THERE_ALREADY)
        return asked

    def save(self) -> Meeting | None:
        """The session; None where another trainer has added the same one a moment before, which the form then says."""
        self.meeting.day, self.meeting.title = self.cleaned_data["day"], self.cleaned_data["title"]
        try:
            with transaction.atomic():
                self.meeting.save()
        except IntegrityError:
            self.add_error("title", THERE_ALREADY)
            return None
        return self.meeting


@dataclass(frozen=True)
class Line:
    """A person on the list, with what is chosen for them."""

    person: Person
    was: str
    kept: bool
    """They are marked already, and the mark can be taken back."""

    @property
    def name(self) -> str:
        return f"was-{self.person.pk}"


def lines(people: Sequence[Person], meeting: Meeting) -> Iterator[Line]:
    marks = dict(meeting.marks.filter(person__in=people).values_list("person", "was"))
    for person in people:
        yield Line(person, marks.get(person.pk, NOT_MARKED), person.pk in marks)


def chosen(sent: QueryDict, known: Iterable[int]) -> dict[int, str]:
    """What was chosen for whom. Only people whom the page listed are among them, not who has joined since."""
    on_the_page = set(sent.get("listed", "").split(","))
    rest = Mark.Was.PRESENT.value if "everybody" in sent else None
    found = {}
    for number in known:
        was = sent.get(f"was-{number}", rest) if str(number) in on_the_page else None
        if was == NOT_MARKED or was in Mark.Was.values:
            found[number] = was
    return found
