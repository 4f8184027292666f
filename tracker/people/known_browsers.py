"""Browsers in which somebody has signed in before, known by a signed cookie.

An office shares one network address. If somebody there, or anybody who types a colleague's address, goes on guessing
until the door is closed, those who have come in by it before must still come in. So their browsers are counted apart.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from tracker.people.models import Person

COOKIE = "academy_known"
_SALT = "tracker.people.known-browser"
DAYS = 90
PEOPLE = 5
"""Who may share a browser, such as at a front desk."""


def is_known(request: HttpRequest | None, email: str) -> bool:
    """Whether the person with this address has signed in here with a password before."""
    return request is not None and _mark(email) in _marks(request)


def remember(request: HttpRequest, response: HttpResponse, person: Person) -> None:
    """Know this browser from now on. The cookie has no name and no address in it."""
    mark = _mark(person.email)
    marks = [mark, *(each for each in _marks(request) if each != mark)][:PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps(marks, salt=_SALT),
        max_age=DAYS * 24 * 60 * 60,
        path="/sign-in/",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def _marks(request: HttpRequest) -> list[str]:
    try:
        marks = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=DAYS * 24 * 60 * 60)
    except signing.BadSignature:
        return []
    return list(marks)


def _mark(email: str) -> str:
    return salted_hmac(_SALT, email, algorithm="sha256").hexdigest()[:24]
