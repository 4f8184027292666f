"""What somebody changed on an administration page, in words that say which people and which rights."""

from __future__ import annotations

from typing import Any

from django import forms

from tracker.people.people_by_email import PeopleByEmail


class SaysWhatChanged:
    """For a ModelAdmin: its history names who was put in charge or into a group, and who no longer is."""

    def construct_change_message(self, request: Any, form: Any, formsets: Any, add: bool = False) -> Any:
        message: list[dict[str, Any]] = super().construct_change_message(  # type: ignore[misc]
            request, form, formsets, add
        )
        # The form of a new password says that “password” has changed, and has no such field.
        words = {name: _change_of(name, form) for name in form.changed_data if name in form.fields}
        told = [said for said in words.values() if said]
        if add and told:
            message.append({"changed": {"fields": told}})
        elif told and message and message[0].get("changed", {}).get("fields"):
            silent = [str(form.fields[name].label or name) for name, said in words.items() if not said]
            message[0]["changed"]["fields"] = [*silent, *told]
        return message


def _change_of(name: str, form: forms.ModelForm[Any]) -> str:
    """One field's change in words; empty where its name says enough."""
    field, before, now = form.fields[name], form.initial.get(name), form.cleaned_data.get(name)
    label = field.label or name.replace("_", " ").capitalize()
    if isinstance(field, PeopleByEmail):
        had, has = ({person.email for person in people or []} for people in (before, now))
        changes = [("added", has - had), ("removed", had - has)]
        said = "; ".join(f"{verb}: {', '.join(sorted(who))}" for verb, who in changes if who)
        return f"{label} ({said})"
    if isinstance(field, forms.BooleanField):
        return f"{label} ({'yes' if now else 'no'})"
    if isinstance(field, forms.ModelChoiceField):
        return f"{label} (now: {now or 'none'})"
    return ""
