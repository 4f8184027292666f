"""What every answer of the tracker goes through."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from tracker.site.failures import TOO_LARGE, failure
from tracker.site.policy import policy_of

Handler = Callable[[HttpRequest], HttpResponseBase]

LARGEST_BODY = settings.LARGEST_NOTEBOOK + 100_000
"""A notebook and the form around it."""
DRAINED = 100_000_000


def content_security_policy(handle: Handler) -> Handler:
    """Give every answer that brought no policy of its own the tracker's."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = handle(request)
        if "Content-Security-Policy" not in response:
            response["Content-Security-Policy"] = policy_of("tracker")
        return response

    return middleware


def refuse_large_bodies(handle: Handler) -> Handler:
    """Refuse a body that is too large before anything reads it into memory or onto the disk."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        return handle(request) if length <= LARGEST_BODY else _refusal(request, length)

    return middleware


def _refusal(request: HttpRequest, length: int) -> HttpResponse:
    # A browser shows the answer only after it could send its whole file: read it, a piece at a time, and forget it.
    if length <= DRAINED:
        while request.read(64 * 1024):
            pass
    return failure(request, 413, "This file is too large", TOO_LARGE)
