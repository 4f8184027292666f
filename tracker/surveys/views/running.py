"""The pages of whoever runs surveys: opening one, how many have answered, bringing in answers from a file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from toolkit.survey.answers import COLUMNS
from tracker.audit.log import note
from tracker.people.doors import signed_in
from tracker.people.models import Agency, Cohort, Person
from tracker.people.scopes import sees_statewide, surveyed_agencies, taught_cohorts
from tracker.surveys import access
from tracker.surveys.campaigns import ImportRefused, bring_in, open_campaign, taking_part
from tracker.surveys.instruments import (
    DIVIDER,
    VersionNotRaised,
    divider_of,
    instrument_of,
    instruments,
    newest_edition,
)
from tracker.surveys.models import Campaign

LONGEST_DAYS = 400
SENTENCES_SHOWN = 100


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class OpenForm(forms.Form):
    """Offers what the viewer may open, and takes nothing else."""

    instrument = forms.ChoiceField(label="Which survey?")
    whom = forms.ChoiceField(label="Who is asked?")
    opens = forms.DateField(label="First day", widget=DateInput())
    closes = forms.DateField(
        label="Last day", widget=DateInput(), help_text="The report can be published the day after."
    )

    def __init__(self, viewer: Person, *args: Any, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self.agencies = {f"agency-{agency.pk}": agency for agency in surveyed_agencies(viewer)}
        self.cohorts = {f"cohort-{cohort.pk}": cohort for cohort in taught_cohorts(viewer)}
        everybody = [("all", "All agencies")] if sees_statewide(viewer) else []
        groups = [(key, str(group)) for named in (self.agencies, self.cohorts) for key, group in named.items()]
        self.surveys = instruments()
        if not (self.agencies or everybody):
            self.surveys = {name: each for name, each in self.surveys.items() if divider_of(each) != DIVIDER}
        self._choose("instrument", [(name, each.title) for name, each in self.surveys.items()])
        self._choose("whom", [*everybody, *groups])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes, today = data.get("opens"), data.get("closes"), timezone.localdate()
        if opens and opens < today:
            self.add_error("opens", "Choose today or a later day.")
        if opens and closes and not opens <= closes <= opens + timedelta(days=LONGEST_DAYS):
            self.add_error("closes", f"Choose a day from the first day on, at most {LONGEST_DAYS} days later.")
        survey = self.surveys.get(data.get("instrument", ""))
        if survey and data.get("whom") in self.cohorts and divider_of(survey) == DIVIDER:
            self.add_error("whom", "This survey compares agencies. A cohort is asked about its course.")
        return data


class LastDayForm(forms.Form):
    closes = forms.DateField(label="Last day", widget=DateInput())


class ImportForm(forms.Form):
    file = forms.FileField(label="File of answers", help_text=f"A CSV file with the columns {', '.join(COLUMNS)}.")
    leave_out = forms.BooleanField(label="Store the rest, and leave out rows that cannot be counted", required=False)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def survey_open(request: HttpRequest, viewer: Person) -> HttpResponse:
    if not access.may_open_any(viewer):
        raise PermissionDenied
    today = timezone.localdate()
    form = OpenForm(viewer, initial={"opens": today, "closes": today + timedelta(days=20)})
    if request.method == "POST":
        form = OpenForm(viewer, request.POST)
        if form.is_valid():
            facts = form.cleaned_data
            agency: Agency | None = form.agencies.get(facts["whom"])
            cohort: Cohort | None = form.cohorts.get(facts["whom"])
            try:
                campaign = open_campaign(facts["instrument"], agency, cohort, facts["opens"], facts["closes"], viewer)
            except VersionNotRaised as problem:
                form.add_error("instrument", str(problem))
            else:
                note(viewer, "survey.open", f"{campaign}, {campaign.asked}", until=str(campaign.closes))
                return redirect("survey-campaign", campaign.pk)
    return render(request, "surveys/open.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def survey_campaign(request: HttpRequest, viewer: Person, name: str) -> HttpResponse:
    """How many have answered; until when; and which version is asked."""
    campaign = get_object_or_404(access.run_by(viewer), pk=name)
    instrument = instrument_of(campaign.edition)
    newest = instruments().get(instrument.name)
    has_newer = newest is not None and newest.version != instrument.version
    published = list(campaign.publications.all())
    form = LastDayForm(initial={"closes": campaign.closes})
    if request.method == "POST" and not published:
        if "newest" in request.POST and has_newer:
            return _ask_newest(viewer, campaign)
        form = LastDayForm(request.POST)
        if form.is_valid() and _fits(form, campaign):
            before, campaign.closes = campaign.closes, form.cleaned_data["closes"]
            campaign.save(update_fields=["closes"])
            note(viewer, "survey.last_day", str(campaign), before=str(before), now=str(campaign.closes))
            return redirect("survey-campaign", name)
    by_agency = campaign.agency_id is None and campaign.cohort_id is None
    context = {
        "campaign": campaign,
        "survey": instrument,
        "newest": newest if has_newer else None,
        "form": form,
        "published": published,
        "taking_part": taking_part(campaign, surveyed_agencies(viewer) if by_agency else Agency.objects.none()),
        "may_import": access.imported_by(viewer).filter(pk=name).exists() and not published,
        "may_read_open": access.opened_to(viewer).filter(pk=name).exists(),
        "may_export": viewer.is_administrator,
    }
    return render(request, "surveys/campaign.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def survey_import(request: HttpRequest, viewer: Person, name: str) -> HttpResponse:
    """Bring in answers that were collected elsewhere. While a row cannot be counted, nothing is stored unasked."""
    campaign = get_object_or_404(access.imported_by(viewer), pk=name)
    instrument = instrument_of(campaign.edition)
    form, brought = ImportForm(), None
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            leave_out = form.cleaned_data["leave_out"]
            try:
                brought = bring_in(campaign, form.cleaned_data["file"].read(), leave_out=leave_out)
            except ImportRefused as refusal:
                form.add_error("file", str(refusal))
            else:
                if brought.answers:
                    left_out = len(brought.aside)
                    note(
                        viewer,
                        "survey.import",
                        str(campaign),
                        answers=brought.answers,
                        forms=brought.forms,
                        left_out=left_out,
                    )
    refused = bool(form.errors) or (brought is not None and not brought.answers)
    context = {
        "campaign": campaign,
        "survey": instrument,
        "form": form,
        "brought": brought,
        "aside": brought.aside[:SENTENCES_SHOWN] if brought else (),
        "more": max(0, len(brought.aside) - SENTENCES_SHOWN) if brought else 0,
    }
    return render(request, "surveys/import.html", context, status=422 if refused else 200)


def _ask_newest(viewer: Person, campaign: Campaign) -> HttpResponse:
    """From now on the campaign asks what the instrument's file says. Answers to the earlier version keep theirs."""
    before = campaign.edition.version
    campaign.edition = newest_edition(campaign.edition.instrument)
    campaign.save(update_fields=["edition"])
    note(viewer, "survey.version", str(campaign), before=before, now=campaign.edition.version)
    return redirect("survey-campaign", campaign.pk)


def _fits(form: LastDayForm, campaign: Campaign) -> bool:
    closes = form.cleaned_data["closes"]
    earliest = max(campaign.opens, timezone.localdate() - timedelta(days=1))
    latest = campaign.opens + timedelta(days=LONGEST_DAYS)
    if earliest <= closes <= latest:
        return True
    form.add_error("closes", f"Choose a day from {earliest:%B %-d, %Y} to {latest:%B %-d, %Y}.")
    return False
