"""The forms that confirm what cannot be undone."""

from __future__ import annotations

from typing import Any

from django import forms

from tracker.people.models import FailedSignIn, Person
from tracker.people.sign_in import KNOWN, why_locked


class Confirmation(forms.Form):
    """The person's own password, or, for those who sign in elsewhere, their e-mail address typed out."""

    confirmation = forms.CharField(strip=False, max_length=254)

    def __init__(self, person: Person, data: Any = None) -> None:
        super().__init__(data)
        self.person = person
        self.by_password = person.has_usable_password()
        field = self.fields["confirmation"]
        if self.by_password:
            field.label = "Your password"
            field.widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
            field.error_messages["required"] = "Enter your password, so that we know it is you."
        else:
            _ask_for_address(field, "Your work e-mail address, to confirm")

    def clean_confirmation(self) -> str:
        given: str = self.cleaned_data["confirmation"]
        if not self.by_password:
            return _same_address(given, self.person)
        # As on the sign-in page, wrong passwords are counted: nobody tries them out here.
        if too_many := why_locked(self.person.email, KNOWN):
            raise forms.ValidationError(too_many)
        if not self.person.check_password(given):
            FailedSignIn.objects.create(email=self.person.email, network=KNOWN)
            raise forms.ValidationError("This is not your password. Nothing was changed.")
        return given


class TypedAddress(forms.Form):
    """For administrators: the address of whom they delete, typed out, so that it is not the wrong person."""

    confirmation = forms.CharField(max_length=254)

    def __init__(self, person: Person, data: Any = None) -> None:
        super().__init__(data)
        self.person = person
        _ask_for_address(self.fields["confirmation"], "Their work e-mail address, to confirm")

    def clean_confirmation(self) -> str:
        return _same_address(self.cleaned_data["confirmation"], self.person)


class Refusal(forms.Form):
    reason = forms.CharField(
        label="Why not, and until when",
        max_length=1_000,
        help_text="The person reads this on their page.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Give a reason. The person has a right to it."},
    )


def _ask_for_address(field: forms.Field, label: str) -> None:
    field.label = label
    field.widget = forms.EmailInput(attrs={"autocomplete": "off"})
    field.error_messages["required"] = "Type the e-mail address."


def _same_address(given: str, person: Person) -> str:
    if given.strip().lower() != person.email:
        raise forms.ValidationError("This is another e-mail address. Nothing was changed.")
    return given
