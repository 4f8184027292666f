"""The agency progress report, to print or to send on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_safe

from tracker.audit.log import note
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.teams.report import as_pdf, report
from tracker.teams.sight import sight


@signed_in
@require_safe
def progress_report(request: HttpRequest, viewer: Person) -> HttpResponse:
    seen = sight(request, viewer)
    if seen.must_choose:
        return redirect("team")
    made = report(seen)
    context = {"sight": seen, "course": seen.course, "report": made, "counts": made.counts, "lines": made.units}
    return render(request, "teams/report.html", context)


@signed_in
@require_GET
def progress_report_pdf(request: HttpRequest, viewer: Person) -> HttpResponse:
    seen = sight(request, viewer)
    if seen.must_choose:
        return redirect("team")
    made = report(seen)
    note(viewer, "team.report", made.title, people=made.counts.people, path=seen.course.id or None)
    response = HttpResponse(as_pdf(made), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="progress-report-{made.on.isoformat()}.pdf"'
    return response
