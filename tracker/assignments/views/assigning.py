"""The pages on which lessons are assigned: a list, one assignment, and the form that makes or changes one."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tracker.assignments.audience import in_force
from tracker.assignments.due import FAIR
from tracker.assignments.forms import AssignmentForm
from tracker.assignments.models import Assignment
from tracker.assignments.paths import paths
from tracker.assignments.places import Place, changeable, of_others, people_at, place_of, places
from tracker.assignments.saving import end, save
from tracker.assignments.standing import forecast, lines
from tracker.learning.catalogue import listed_lessons
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import assigns, managed_people

A_PAGE = 50


@signed_in
@require_safe
def assignments(request: HttpRequest, viewer: Person) -> HttpResponse:
    _ask(viewer)
    today = timezone.localdate()
    own = _with_places(changeable(viewer))
    context = {
        "today": today,
        "page": Paginator(own.filter(pk__in=in_force(today).values("pk")), A_PAGE).get_page(request.GET.get("page")),
        "others": _with_places(of_others(viewer, in_force(today)))[:A_PAGE],
        "ended": own.filter(ended_on__lte=today).order_by("-ended_on", "-pk")[:10],
    }
    return render(request, "assignments/assignments.html", context)


@signed_in
@require_safe
def assignment(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    """One assignment: what it asks for, and how far the viewer's people are, the most urgent first."""
    _ask(viewer)
    today = timezone.localdate()
    own = changeable(viewer)
    visible = own.filter(pk=number) or of_others(viewer, in_force(today).filter(pk=number))
    found = get_object_or_404(_with_places(visible))
    may_change = own.filter(pk=found.pk).exists()
    people = people_at(viewer, place_of(found, viewer)) if may_change else managed_people(viewer)
    lessons = [lesson for lesson in listed_lessons() if lesson in found.lessons.all()]
    everybody = lines(found, people, lessons, today)
    page = Paginator(everybody, A_PAGE).get_page(request.GET.get("page"))
    shown = people.select_related("unit").in_bulk([line.person for line in page])
    path = next((path for path in paths(listed_lessons()) if path.id == found.path), None)
    context = {
        "assignment": found,
        "may_change": may_change,
        "is_ended": found.ended_on is not None and found.ended_on <= today,
        "lessons": lessons,
        "path": path,
        "grown": [lesson for lesson in path.lessons if lesson not in lessons] if path else [],
        "people": len(everybody),
        "complete": sum(line.standing.is_complete for line in everybody),
        "overdue": sum(line.standing.is_overdue for line in everybody),
        "expired": sum(line.standing.has_expired for line in everybody),
        "page": page,
        "rows": [(shown[line.person], line.standing) for line in page],
        "fair": FAIR.days,
        "today": today,
    }
    return render(request, "assignments/assignment.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, viewer: Person) -> HttpResponse:
    """First where, unless there is one place only; then what and until when."""
    _ask(viewer)
    found = places(viewer)
    wanted = request.GET.get("where", "")
    place = found[0] if len(found) == 1 else next((place for place in found if place.key == wanted), None)
    if place is None:
        if wanted:
            raise Http404
        return render(request, "assignments/where.html", {"places": found})
    return _form(request, viewer, place, None)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    _ask(viewer)
    found = get_object_or_404(_going_on(viewer), pk=number)
    return _form(request, viewer, place_of(found, viewer), found)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def end_assignment(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    _ask(viewer)
    found = get_object_or_404(_going_on(viewer), pk=number)
    if request.method == "POST":
        end(found, viewer, timezone.localdate())
        messages.success(request, f"“{found.title}” has ended. It asks nothing of anybody from today on.")
        return redirect("assignments")
    return render(request, "assignments/end.html", {"assignment": found})


def _form(request: HttpRequest, viewer: Person, place: Place, assignment: Assignment | None) -> HttpResponse:
    """The form; then the form with what it would do; then, if nothing was changed in between, it is done."""
    today = timezone.localdate()
    data = request.POST if request.method == "POST" else None
    form = AssignmentForm(viewer, place, listed_lessons(), assignment, data)
    context = {"form": form, "place": place, "assignment": assignment, "fair": FAIR.days}
    status = 200
    if form.is_bound and form.is_valid():
        if request.POST.get("shown") == form.mark:
            saved = save(form, viewer, today)
            messages.success(request, f"“{saved.title}” is saved.")
            return redirect("assignment", saved.pk)
        months = form.cleaned_data["renew_months"]
        context["forecast"] = forecast(form.audience, form.chosen_lessons, months, form.here, today)
    elif form.is_bound:
        status = 422
    return render(request, "assignments/form.html", context, status=status)


def _ask(viewer: Person) -> None:
    if not assigns(viewer):
        raise PermissionDenied


def _going_on(viewer: Person) -> QuerySet[Assignment]:
    return changeable(viewer).filter(Q(ended_on=None) | Q(ended_on__gt=timezone.localdate()))


def _with_places(found: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return found.select_related("agency", "cohort", "author").prefetch_related("units", "lessons")
