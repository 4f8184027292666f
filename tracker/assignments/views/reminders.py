"""A person's own choice of what they get mail about."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from tracker.assignments.models import ReminderChoice
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import manages


class ChoiceForm(forms.Form):
    upcoming = forms.BooleanField(required=False, label="Lessons that are due in the next 14 days")
    team = forms.BooleanField(
        required=False, label="Counts of my team: how many people have something overdue, or due soon"
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: HttpRequest, viewer: Person) -> HttpResponse:
    kept = ReminderChoice.objects.filter(person=viewer).first() or ReminderChoice(person=viewer)
    form = ChoiceForm(request.POST if request.method == "POST" else None, initial=model_to_dict(kept))
    if not manages(viewer):
        del form.fields["team"]
    if form.is_bound and form.is_valid():
        ReminderChoice.objects.update_or_create(person=viewer, defaults=form.cleaned_data)
        messages.success(request, "Your choice is saved.")
        return redirect("reminder-choice")
    return render(request, "assignments/reminder_choice.html", {"form": form})
