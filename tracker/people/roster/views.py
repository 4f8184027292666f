"""The pages of the roster: bring a file, see row by row what it would change, take it over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tracker.audit.log import note
from tracker.people.doors import signed_in
from tracker.people.models import Person, RosterUpload
from tracker.people.roster import uploads
from tracker.people.roster.apply import APPLIED, Consent, RosterRefused
from tracker.people.roster.files import RosterUnreadable
from tracker.people.roster.plan import Request, What, make_plan
from tracker.people.roster.report import Report
from tracker.people.scopes import overseen_agencies, oversees

ATTENTION = (What.FAULT, What.LEFT_OUT, What.MISSING, What.CLOSED, What.NEW_UNIT)
"""What a page shows before all that is as expected."""
SHOWN = 100
"""Rows of a kind on the page. All of them are in the file to download."""


class RosterForm(forms.Form):
    roster = forms.FileField(
        label="Roster file",
        help_text="CSV or XLSX, at most 20 MB.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
        error_messages={
            "required": "Choose a file first.",
            "empty": "The file is empty. Save the table again, then choose the new file.",
        },
    )
    agency = forms.ChoiceField(label="Agency", required=False)
    new_units = forms.BooleanField(
        label="Make the units that are not there yet",
        required=False,
        help_text="Leave this off for a file that only updates people: a typing error in a unit is then a fault.",
    )

    def __init__(self, viewer: Person, *args: Any) -> None:
        super().__init__(*args)
        names = list(overseen_agencies(viewer).values_list("name", flat=True))
        by_file = "As the column “agency” of the file says"
        choices = [(name, name) for name in names]
        several = viewer.is_administrator or len(names) > 1
        self.fields["agency"].choices = [("", by_file), *choices] if several else choices  # type: ignore[attr-defined]

    def clean_roster(self) -> Any:
        roster = self.cleaned_data["roster"]
        if roster.size > settings.LARGEST_ROSTER:
            raise forms.ValidationError("The file is larger than 20 MB. Remove columns that are not needed.")
        return roster


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Bring a file."""
    _check(viewer)
    form, status = RosterForm(viewer), 200
    if request.method == "POST":
        form, status = RosterForm(viewer, request.POST, request.FILES), 422
        if form.is_valid():
            file = form.cleaned_data["roster"]
            wanted = Request(file.read(), form.cleaned_data["agency"], form.cleaned_data["new_units"])
            try:
                make_plan(wanted, viewer)
            except RosterUnreadable as fault:
                form.add_error("roster", str(fault))
            else:
                return redirect("roster-upload", uploads.keep(viewer, file.name or "roster", wanted).pk)
    return render(request, "people/roster.html", {"form": form}, status=status)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def roster_upload(request: HttpRequest, viewer: Person, upload: UUID) -> HttpResponse:
    """Show what a file would change; take it over; show what was done."""
    _check(viewer)
    try:
        found = uploads.find(viewer, upload)
    except uploads.RosterGone:
        return _gone(request)
    problem = ""
    if request.method == "POST":
        consent = Consent(
            digest=request.POST.get("digest", ""),
            leave_out_faults="leave_out_faults" in request.POST,
            close_missing="close_missing" in request.POST,
        )
        try:
            uploads.apply(found, consent)
            return redirect("roster-upload", found.pk)
        except RosterRefused as refusal:
            problem = str(refusal)
    context = {"upload": found, "problem": problem} | _context(found, uploads.report(found))
    return render(request, "people/roster_upload.html", context, status=409 if problem else 200)


@signed_in
@require_safe
def roster_report(request: HttpRequest, viewer: Person, upload: UUID) -> HttpResponse:
    """The whole report, row by row, as a file."""
    _check(viewer)
    try:
        found = uploads.find(viewer, upload)
    except uploads.RosterGone:
        return _gone(request)
    report = uploads.report(found)
    note(viewer, "roster.report", found.file_name, rows=len(report.lines))
    # The mark at the start tells Excel that it is UTF-8.
    response = HttpResponse("\ufeff" + report.to_csv(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="roster-report.csv"'
    return response


def _check(viewer: Person) -> None:
    if not oversees(viewer):
        raise PermissionDenied


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "people/roster_gone.html", status=404)


def _context(upload: RosterUpload, report: Report) -> dict[str, Any]:
    parts = [
        {
            "what": what,
            "lines": report.of(what)[:SHOWN],
            "count": report.counts[what],
            "from_file": what not in (What.MISSING, What.CLOSED),
        }
        for what in ATTENTION + APPLIED
    ]
    people = sum(report.counts.values()) - report.counts[What.NEW_UNIT]
    applied = [report.counts[what] for what in APPLIED]
    return {
        "done": bool(upload.gzipped_report),
        "report": report,
        "parts": [part for part in parts if part["count"]],
        "people": people,
        "changes": sum(applied),
        "faults": report.counts[What.FAULT],
        "left_out": report.counts[What.LEFT_OUT],
        "missing": report.counts[What.MISSING],
        "same": report.counts[What.SAME],
        "shown": SHOWN,
    }
