"""The files that a viewer takes away. Each is noted in the audit log."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from tracker.audit.log import note
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import managed_people
from tracker.teams.exports import SHAPES, as_csv, as_workbook, rows
from tracker.teams.sight import sight

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@signed_in
@require_GET
def export(request: HttpRequest, viewer: Person, kind: str) -> HttpResponseBase:
    """The completion of all whom the viewer may see; of one agency where the address names it."""
    seen = sight(request, viewer)
    people = managed_people(viewer) if seen.must_choose else seen.people
    shape = request.GET.get("rows", "")
    shape = shape if shape in SHAPES else SHAPES[0]
    about = seen.agency.name if seen.agency else "every agency"
    note(viewer, "team.export", about, kind=kind, rows=shape, people=people.count(), path=seen.course.id or None)
    table = rows(people, seen.course.lessons, shape, seen.today)
    name = f"completion-by-{shape}-{seen.today.isoformat()}.{kind}"
    if kind == "xlsx":
        return FileResponse(as_workbook(table), as_attachment=True, filename=name, content_type=_WORKBOOK)
    response = StreamingHttpResponse(as_csv(table), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
