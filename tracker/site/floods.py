"""Slows down floods: whoever sends forms faster than people can, whichever form it is.

Counted in the memory of each server process, so that a flood costs no write to the database. With several processes the
limits are so many times as high; they are far above what people do, and far below what hurts. Sign-in, submissions, the
API and certificates count more strictly on top, each in its own room.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase

from tracker.people.models import Person
from tracker.people.networks import network_of
from tracker.site.failures import too_many

Handler = Callable[[HttpRequest], HttpResponseBase]

OF_A_PERSON = 120
"""Forms a minute."""
OF_A_NETWORK = 1_200
"""Forms a minute of all who are not signed in: a whole workshop signs in from one address within a minute."""
_READS = ("GET", "HEAD", "OPTIONS", "TRACE")
_WRITES_THOUGH_READ = "/sign-in/agency/"
"""Each call begins a session, or asks the identity provider."""


def slow_down_floods(handle: Handler) -> Handler:
    """Refuse what is over the limit, before anything is read or checked."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.method in _READS and not request.path.startswith(_WRITES_THOUGH_READ):
            return handle(request)
        if isinstance(request.user, Person):
            who, limit = f"person {request.user.pk}", OF_A_PERSON
        else:
            who, limit = f"network {network_of(request)}", OF_A_NETWORK
        return handle(request) if _counted(who) <= limit else too_many(request)

    return middleware


def _counted(who: str) -> int:
    """How many, this one included, within this minute of the clock."""
    key = f"flood {who} {int(time.time() // 60)}".replace(" ", "-")
    cache.add(key, 0, timeout=120)
    try:
        return cache.incr(key)
    except ValueError:
        # Thrown out between the two lines, because the memory for counting is full.
        return 1
