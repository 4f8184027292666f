"""What is stored about the viewer: to see, to download, to have deleted."""

from __future__ import annotations

import tempfile

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from tracker.audit.log import note
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.records import deleting
from tracker.records.exporting import write_zip
from tracker.records.forms import Confirmation
from tracker.records.models import DeletionRequest
from tracker.records.periods import PERIODS
from tracker.records.rooms import personal_data


@signed_in
@require_safe
def my_data(request: HttpRequest, viewer: Person) -> HttpResponse:
    context = {
        "lists": personal_data(viewer),
        "periods": [(period.what, settings.KEEP_DAYS[period.name]) for period in PERIODS],
        "asked": DeletionRequest.objects.filter(person=viewer).first(),
    }
    return render(request, "records/my_data.html", context)


@signed_in
@require_GET
def export(request: HttpRequest, viewer: Person) -> FileResponse:
    return everything_about(viewer, viewer)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Say what deletion means, ask for the password, and do it or have it wait for an administrator."""
    asked = DeletionRequest.objects.filter(person=viewer).first()
    if request.method == "POST" and "take_back" in request.POST:
        deleting.take_back(viewer)
        messages.success(request, "You took your request back. Nothing was deleted.")
        return redirect("my-data")
    form = Confirmation(viewer, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            done = deleting.ask(viewer)
        except deleting.LastAdministrator as refusal:
            form.add_error(None, str(refusal))
        else:
            if done:
                logout(request)
                return render(request, "records/deleted.html")
            messages.success(request, "Your request is noted. An administrator decides on it.")
            return redirect("my-data")
    context = {"form": form, "lists": personal_data(viewer), "asked": asked, "waits": settings.DELETION_WAITS}
    return render(request, "records/delete.html", context, status=422 if form.is_bound else 200)


def everything_about(person: Person, viewer: Person) -> FileResponse:
    """The ZIP file, written to the disk first and not to memory; the answer closes and so removes it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    write_zip(person, file)
    note(viewer, "records.export", person.name, concerning=person, bytes=file.tell())
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"my-data-{timezone.localtime():%Y-%m-%d}.zip")
