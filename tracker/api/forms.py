"""The form that makes a token."""

from __future__ import annotations

from typing import Any

from django import forms

from tracker.api.models import Token
from tracker.api.tokens import DAYS, MOST_TOKENS, USUAL_DAYS, offered_scopes
from tracker.people.models import Person


class TokenForm(forms.Form):
    name = forms.CharField(
        label="Which program will use it?",
        max_length=80,
        help_text="Such as: nightly import of the HR system. Give each program a token of its own.",
        error_messages={"required": "Say which program will use it."},
    )
    scopes = forms.MultipleChoiceField(
        label="What may it read?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one box.", "invalid_choice": "Tick boxes of this list only."},
    )
    days = forms.TypedChoiceField(
        label="How long should it work?",
        choices=[(days, f"{days} days") for days in DAYS],
        coerce=int,
        initial=USUAL_DAYS,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of the list."},
    )

    def __init__(self, owner: Person, *args: Any, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self.owner = owner
        offered = [(scope.value, scope.label) for scope in offered_scopes(owner)]
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = offered
        if len(offered) == 1:
            self.initial["scopes"] = [offered[0][0]]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        # Also what stops a page that is loaded again from making a second token.
        if Token.objects.working().filter(owner=self.owner, name=name).exists():
            raise forms.ValidationError("You have a working token of this name. Choose another, or revoke that one.")
        return name

    def clean(self) -> dict[str, Any]:
        if Token.objects.working().filter(owner=self.owner).count() >= MOST_TOKENS:
            raise forms.ValidationError(f"You have {MOST_TOKENS} working tokens. Revoke one that you no longer need.")
        return self.cleaned_data
