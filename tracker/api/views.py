"""Pages about the API: its description, and everybody's own tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from tracker.api.description import describe
from tracker.api.forms import TokenForm
from tracker.api.models import Token
from tracker.api.operations import api
from tracker.api.tokens import CALLS_A_MINUTE, make, revoke
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.people.scopes import manages, sees_statewide

SHOWN_OF_THE_PAST = 10


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """What other systems can ask, for whoever connects them. There is no person's data in it."""
    operations = describe(api.get_openapi_schema())
    context = {"api": api, "operations": operations, "calls": CALLS_A_MINUTE, "root": request.build_absolute_uri("/")}
    return render(request, "api/description.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest, viewer: Person) -> HttpResponse:
    """The viewer's tokens, and the form for a new one. A new one is shown in the answer itself, and never again."""
    form = TokenForm(viewer, request.POST if request.method == "POST" else None)
    if form.is_valid():
        facts = form.cleaned_data
        token, secret = make(viewer, facts["name"], facts["scopes"], facts["days"])
        root = request.build_absolute_uri("/")
        return render(request, "api/token_made.html", {"token": token, "secret": secret, "root": root}, status=201)
    own = Token.objects.filter(owner=viewer)
    working = own.working()
    context = {
        "form": form,
        "working": working,
        "past": own.exclude(pk__in=working.values("pk"))[:SHOWN_OF_THE_PAST],
        "reads_people": manages(viewer),
        "reads_counts": sees_statewide(viewer),
    }
    return render(request, "api/tokens.html", context, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def revoke_token(request: HttpRequest, viewer: Person, number: int) -> HttpResponse:
    """A link asks first; the button does it."""
    token = get_object_or_404(Token.objects.working(), pk=number, owner=viewer)
    if request.method == "POST":
        revoke(token, viewer, "by its owner")
        messages.success(request, f"The token “{token.name}” no longer works.")
        return redirect("tokens")
    return render(request, "api/revoke.html", {"token": token})
