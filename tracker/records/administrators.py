"""The same for somebody else: for administrators, who also decide on requests to be deleted."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.records import deleting
from tracker.records.forms import Refusal, TypedAddress
from tracker.records.models import DeletionRequest
from tracker.records.rooms import personal_data
from tracker.records.views import everything_about

PER_PAGE = 50


@signed_in
@require_safe
def people(request: HttpRequest, viewer: Person) -> HttpResponse:
    """Who waits to be deleted, and a search for anybody."""
    _only_administrators(viewer)
    asked = request.GET.get("person", "").strip()
    found = Person.objects.filter(Q(name__icontains=asked) | Q(email__icontains=asked)) if asked else None
    waiting = DeletionRequest.objects.filter(refused_at=None).select_related("person__unit__agency")
    context = {
        "asked": asked,
        "waiting": Paginator(waiting, PER_PAGE).get_page(1),
        "page": None
        if found is None
        else Paginator(found.select_related("unit__agency"), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "records/people.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    """What is stored about somebody: how much, not what. A request to be deleted can be refused here."""
    _only_administrators(viewer)
    found = get_object_or_404(Person, pk=number)
    asked = DeletionRequest.objects.filter(person=found, refused_at=None).first()
    form = Refusal(request.POST if request.method == "POST" and asked else None)
    if form.is_valid():
        deleting.refuse(found, viewer, form.cleaned_data["reason"])
        messages.success(request, f"{found.name} can read your reason now.")
        return redirect("records")
    context = {"person": found, "lists": personal_data(found), "asked": asked, "form": form}
    return render(request, "records/person.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_GET
def export(request: HttpRequest, viewer: Person, number: int) -> FileResponse:
    _only_administrators(viewer)
    return everything_about(get_object_or_404(Person, pk=number), viewer)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    _only_administrators(viewer)
    found = get_object_or_404(Person, pk=number)
    form = TypedAddress(found, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            deleting.delete(found, by=viewer)
        except deleting.LastAdministrator as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The person is deleted.")
            return redirect("records")
    context = {"person": found, "lists": personal_data(found), "form": form}
    return render(request, "records/delete_person.html", context, status=422 if form.is_bound else 200)


def _only_administrators(viewer: Person) -> None:
    if not viewer.is_administrator:
        raise PermissionDenied
