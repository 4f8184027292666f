"""The form of an assignment, for one place and one viewer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from tracker.assignments.audience import Audience, reached
from tracker.assignments.models import Assignment
from tracker.assignments.paths import Path, paths
from tracker.assignments.places import Place, people_at, unit_choices
from tracker.learning.models import Lesson
from tracker.people.models import Person
from tracker.people.people_by_email import PeopleByEmail


class PeopleHere(PeopleByEmail):
    """People of the place. It never tells whether somebody elsewhere has an account."""

    def clean(self, value: Any) -> Any:
        wanted = {line.strip().lower() for line in (value or "").splitlines() if line.strip()}
        known = {person.email: person for person in Person.objects.filter(email__in=wanted)}
        return [known.get(email) or Person(email=email) for email in sorted(wanted)]


class AssignmentForm(forms.Form):
    title = forms.CharField(
        max_length=120,
        help_text="The people whom it reaches read it, and so do their managers.",
        error_messages={"required": "Enter a title."},
    )
    path = forms.ChoiceField(required=False, label="A path")
    lessons = forms.MultipleChoiceField(
        required=False, label="Lessons, besides the path or without one", widget=forms.CheckboxSelectMultiple
    )
    units = forms.MultipleChoiceField(required=False, label="Units", widget=forms.CheckboxSelectMultiple)
    people = PeopleHere(
        label="Only these people",
        help_text="Work e-mail addresses, one a line. Leave it empty to reach everybody there.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    due = forms.DateField(
        label="Due date",
        help_text="The last day on which it is in time.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": "Enter a date, such as 2027-03-31.", "required": "Enter a due date."},
    )
    renew_months = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=120,
        label="Complete again after so many months",
        help_text="Leave it empty if a completion counts for good.",
    )
    note = forms.CharField(
        required=False,
        max_length=500,
        label="Note",
        help_text="A sentence or two on why. The people whom it reaches read it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, viewer: Person, place: Place, lessons: Sequence[Lesson], assignment: Assignment | None, data: Any = None
    ) -> None:
        self.place, self.assignment = place, assignment
        self.here = people_at(viewer, place)
        self.paths = paths(lessons)
        self.by_slug = {lesson.pk: lesson for lesson in lessons}
        units = unit_choices(viewer, place)
        super().__init__(data, initial=self._as_it_is(assignment))
        self.fields["path"].choices = [("", "No path"), *((path.id, self._in_words(path)) for path in self.paths)]  # type: ignore[attr-defined]
        self.fields["lessons"].choices = [(lesson.pk, lesson.title) for lesson in lessons]  # type: ignore[attr-defined]
        self.fields["units"].choices = [(str(choice.unit.pk), choice.title) for choice in units]  # type: ignore[attr-defined]
        all_below = "All units below a chosen one belong to it."
        self.fields["units"].help_text = (
            f"{all_below} Leave all open to reach the whole agency."
            if place.whole
            else f"Choose one, at least. {all_below}"
        )
        if place.cohort:
            del self.fields["units"]
        elif len(units) == 1 and not place.whole and not assignment:
            self.initial["units"] = [str(units[0].unit.pk)]
        for name, field in self.fields.items():
            described = [f"id_{name}_helptext"] if field.help_text else []
            if name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"
                described.append(f"id_{name}_error")
            if not isinstance(field.widget, forms.CheckboxSelectMultiple) and described:
                field.widget.attrs["aria-describedby"] = " ".join(described)

    def _as_it_is(self, assignment: Assignment | None) -> dict[str, Any]:
        if assignment is None:
            return {}
        path = next((path for path in self.paths if path.id == assignment.path), None)
        of_path = {lesson.pk for lesson in path.lessons} if path else set()
        return {
            "title": assignment.title,
            "path": assignment.path,
            "lessons": [slug for slug in assignment.lessons.values_list("pk", flat=True) if slug not in of_path],
            "units": [str(pk) for pk in assignment.units.values_list("pk", flat=True)],
            "people": self.here.filter(assignments_by_name=assignment),
            "due": assignment.due,
            "renew_months": assignment.renew_months,
            "note": assignment.note,
        }

    @staticmethod
    def _in_words(path: Path) -> str:
        lessons = len(path.lessons)
        words = f"{path.title}: {lessons} lesson{'' if lessons == 1 else 's'}"
        return f"{words}, {len(path.coming)} still to come" if path.coming else words

    def clean_due(self) -> Any:
        day = self.cleaned_data["due"]
        unchanged = self.assignment is not None and day == self.assignment.due
        if day < timezone.localdate() and not unchanged:
            raise forms.ValidationError("This day is over. Choose today or a later day, so that people can be in time.")
        return day

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not given.get("path") and not given.get("lessons") and not {"path", "lessons"} & self.errors.keys():
            self.add_error("path", "Choose a path, or one lesson or more below.")
        if not self.place.whole and not given.get("units") and "units" not in self.errors:
            self.add_error("units", "Choose one unit, at least.")
        if not self.errors and given.get("people"):
            there = reached({0: self.audience}, self.here)[0]
            if missing := [person.email for person in given["people"] if person.pk not in there]:
                where = "in this cohort" if self.place.cohort else "in the units that you chose"
                self.add_error("people", f"Not {where}: {', '.join(missing)}. Correct or remove it.")
        return given

    @property
    def audience(self) -> Audience:
        """Where the assignment would stand. For valid forms only."""
        return Audience(
            self.place.agency.pk if self.place.agency else None,
            self.place.cohort.pk if self.place.cohort else None,
            frozenset(int(unit) for unit in self.cleaned_data.get("units", [])),
            frozenset(person.pk for person in self.cleaned_data["people"] if person.pk),
        )

    @property
    def chosen_path(self) -> Path | None:
        return next((path for path in self.paths if path.id == self.cleaned_data["path"]), None)

    @property
    def chosen_lessons(self) -> list[Lesson]:
        """Those of the path, then the others."""
        chosen = list(self.chosen_path.lessons) if self.chosen_path else []
        return chosen + [
            self.by_slug[slug] for slug in self.cleaned_data["lessons"] if self.by_slug[slug] not in chosen
        ]

    @property
    def mark(self) -> str:
        """A digest of what was typed in, in a valid form: what is saved is what was shown before."""
        typed = sorted((name, str(value)) for name, value in self.cleaned_data.items())
        return hashlib.sha256(repr(typed).encode()).hexdigest()
