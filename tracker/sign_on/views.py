"""The ways to the identity provider, back from it, and out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from tracker.people.models import Person
from tracker.sign_on import provider
from tracker.sign_on.backends import AGENCY_SIGN_ON
from tracker.sign_on.configuration import Configuration, SignOnMisconfigured, configuration
from tracker.sign_on.people import person_of
from tracker.sign_on.refusals import SignOnRefused

logger = logging.getLogger(__name__)

NEXT = "sign_on_next"
TOO_MANY_GROUPS = (
    "Your agency's sign-in did not say which groups you are in, because they are too many. If a page is missing that "
    "you could open before, tell the administrator of the academy."
)


def _sign_on(view: Callable[[HttpRequest, Configuration], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Give the view the settings; there is no such page without them. What does not work out becomes a plain page."""

    @never_cache
    @require_GET
    @wraps(view)
    def door(request: HttpRequest) -> HttpResponse:
        try:
            known = configuration()
        except SignOnMisconfigured as error:
            logger.error("%s", error)
            raise Http404 from error
        if known is None:
            raise Http404
        try:
            return view(request, known)
        except SignOnRefused as refusal:
            # What is wrong with a provider is for us to mend; the rest is for the person.
            level = logging.ERROR if refusal.status >= 500 else logging.INFO
            logger.log(level, "Sign-on refused, %s: %s", type(refusal).__name__, refusal)
            again = reverse("sign-in") + (f"?{urlencode({'next': way})}" if (way := request.session.get(NEXT)) else "")
            context = {"refusal": refusal, "again": again}
            return render(request, "sign_on/refused.html", context, status=refusal.status)

    return door


@_sign_on
def start(request: HttpRequest, known: Configuration) -> HttpResponse:
    """Send the browser to the identity provider."""
    way = request.GET.get("next", "")
    request.session[NEXT] = way if _is_ours(request, way) else ""
    return redirect(provider.begin(request, known, request.build_absolute_uri(reverse("sign-on-return"))))


@_sign_on
def come_back(request: HttpRequest, known: Configuration) -> HttpResponse:
    """Take the browser back from the identity provider, and sign the person in under a new session."""
    claims = provider.finish(request, known)
    person = person_of(claims, known)
    way = request.session.pop(NEXT, "")
    login(request, person, backend=AGENCY_SIGN_ON)
    request.session["after_sign_out"] = reverse("signed-out")
    if claims.too_many_groups:
        messages.info(request, TOO_MANY_GROUPS)
    return redirect(way if _is_ours(request, way) else resolve_url(settings.LOGIN_REDIRECT_URL))


@never_cache
@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Say what signing out has ended, and what it has not."""
    if isinstance(request.user, Person):
        return redirect("sign-out")
    try:
        known = configuration()
    except SignOnMisconfigured:
        known = None
    context = {"name": known.name if known else "", "end": provider.end_address(known) if known else None}
    return render(request, "sign_on/signed_out.html", context)


def _is_ours(request: HttpRequest, way: str) -> bool:
    """Whether an address leads to a page of this server: never to another one."""
    return url_has_allowed_host_and_scheme(way, {request.get_host()}, require_https=request.is_secure())
