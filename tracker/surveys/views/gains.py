"""What people say of their skills before and after a course, for managers: averages of agencies, and no answers."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.surveys import access
from tracker.surveys.gains import published_gains

SHOWN_AT_MOST = 50


@signed_in
@require_safe
def survey_gains(request: HttpRequest, viewer: Person) -> HttpResponse:
    if not access.is_told_gains(viewer):
        raise PermissionDenied
    gains = published_gains(access.gains_told_to(viewer))
    context = {"gains": gains[:SHOWN_AT_MOST], "at_most": SHOWN_AT_MOST, "more": len(gains) > SHOWN_AT_MOST}
    return render(request, "surveys/gains.html", context)
