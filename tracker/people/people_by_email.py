"""A form field for a set of people: e-mail addresses, one a line. Good for a pasted list, and for screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from tracker.people.models import Person


class PeopleByEmail(forms.CharField):
    widget = forms.Textarea(attrs={"rows": 8})

    def __init__(self, **facts: Any) -> None:
        facts.setdefault("help_text", "Work e-mail addresses, one a line.")
        super().__init__(required=False, **facts)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Iterable) and not isinstance(value, str):
            return "\n".join(sorted(person.email for person in value))
        return value

    def clean(self, value: Any) -> Any:
        wanted = {line.strip().lower() for line in super().clean(value).splitlines() if line.strip()}
        people = list(Person.objects.filter(email__in=wanted))
        if unknown := sorted(wanted - {person.email for person in people}):
            raise forms.ValidationError(f"Nobody has an account with: {', '.join(unknown)}. Correct or remove it.")
        return people

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)
