"""A trainer's pages of attendance. Nobody but the trainers of the cohort and administrators finds them."""

from __future__ import annotations

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from toolkit.survey.sheet import guarded
from tracker.attendance.forms import MeetingForm, chosen, lines
from tracker.attendance.marking import about, listed, meetings_of, save_marks, table
from tracker.attendance.models import Mark, Meeting
from tracker.audit.log import note
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import enrolled_people, taught_cohorts

SESSIONS_A_PAGE = 50
PEOPLE_A_PAGE = 200


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def meetings(request: HttpRequest, viewer: Person, cohort: int) -> HttpResponse:
    """The sessions of a cohort, and a form that adds one."""
    found = get_object_or_404(taught_cohorts(viewer), pk=cohort)
    sent = request.POST if request.method == "POST" else None
    form = MeetingForm(Meeting(cohort=found, day=timezone.localdate()), sent)
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            added = form.save()
            if added:
                note(viewer, "attendance.add", about(added))
        if added:
            messages.success(request, f"The session of {added} is added. Mark who was there.")
            return redirect("attendance-session", found.pk, added.pk)
    context = {
        "cohort": found,
        "form": form,
        "members": enrolled_people(found).count(),
        "page": Paginator(meetings_of(found), SESSIONS_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "attendance/meetings.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def meeting(request: HttpRequest, viewer: Person, cohort: int, number: int) -> HttpResponse:
    """One session: who was there."""
    found = _meeting(viewer, cohort, number)
    page = Paginator(listed(found), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    if request.method == "POST":
        done = save_marks(viewer, found, chosen(request.POST, listed(found).values_list("pk", flat=True)))
        messages.success(request, _in_words(done.new + done.corrected, done.removed))
        here = reverse("attendance-session", args=[cohort, number])
        return redirect(f"{here}?page={page.number}" if page.has_other_pages() else here)
    context = {
        "meeting": found,
        "page": page,
        "lines": list(lines(list(page), found)),
        "choices": Mark.Was.choices,
    }
    return render(request, "attendance/meeting.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, viewer: Person, cohort: int, number: int) -> HttpResponse:
    """Corrects the day or the title. The marks stay."""
    found = _meeting(viewer, cohort, number)
    before = about(found)
    form = MeetingForm(found, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            if saved:
                note(viewer, "attendance.change", about(saved), before=before)
        if saved:
            messages.success(request, "The session is corrected. Everybody's marks are as they were.")
            return redirect("attendance-session", cohort, saved.pk)
    context = {"meeting": found, "form": form}
    return render(request, "attendance/change.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, viewer: Person, cohort: int, number: int) -> HttpResponse:
    """Asks first; the button does it."""
    found = _meeting(viewer, cohort, number)
    if request.method == "POST":
        with transaction.atomic():
            note(viewer, "attendance.delete", about(found), marks=found.marks.count())
            found.delete()
        messages.success(request, f"The session of {found} is deleted, with its attendance.")
        return redirect("attendance", cohort)
    return render(request, "attendance/delete.html", {"meeting": found, "marks": found.marks.count()})


@signed_in
@require_GET
def export(request: HttpRequest, viewer: Person, cohort: int) -> HttpResponse:
    """Every mark of a cohort, as a table for a spreadsheet."""
    found = get_object_or_404(taught_cohorts(viewer), pk=cohort)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="attendance-{found.pk}.csv"'
    # The mark by which a spreadsheet knows UTF-8.
    answer.write(b"\xef\xbb\xbf")
    writer = csv.writer(answer)
    writer.writerow(("day", "session", "name", "work e-mail", "attendance"))
    rows = [[guarded(cell) for cell in row] for row in table(found)]
    writer.writerows(rows)
    note(viewer, "attendance.export", str(found), rows=len(rows))
    return answer


def _meeting(viewer: Person, cohort: int, number: int) -> Meeting:
    found = Meeting.objects.select_related("cohort").filter(cohort__in=taught_cohorts(viewer))
    return get_object_or_404(found, cohort=cohort, pk=number)


def _in_words(marked: int, removed: int) -> str:
    if not marked and not removed:
        return "Nothing has changed."
    people = "1 person is" if marked == 1 else f"{marked} people are"
    back = f" {removed} {'mark is' if removed == 1 else 'marks are'} taken back." if removed else ""
    return (f"Saved: {people} marked." if marked else "Saved.") + back
