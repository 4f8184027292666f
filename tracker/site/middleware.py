"""What every answer of the tracker goes through."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from tracker.site.failures import TOO_LARGE, TOO_LARGE_ROSTER, TOO_LARGE_SURVEY, failure
from tracker.site.policy import policy_of

Handler = Callable[[HttpRequest], HttpResponseBase]

_FORM = 100_000
"""Bytes of what stands around a file."""
DRAINED = 100_000_000
_NO_DEVICES = ", ".join(
    f"{device}=()"
    for device in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)


def content_security_policy(handle: Handler) -> Handler:
    """Give every answer that brought no policy of its own the tracker's."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = handle(request)
        if "Content-Security-Policy" not in response:
            response["Content-Security-Policy"] = policy_of("tracker")
        return response

    return middleware


def permissions_policy(handle: Handler) -> Handler:
    """Tell browsers that no page of ours uses camera, place and the like, whatever a script on it may ask for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = handle(request)
        response["Permissions-Policy"] = _NO_DEVICES
        return response

    return middleware


def refuse_large_bodies(handle: Handler) -> Handler:
    """Refuse a body that is too large before anything reads it into memory or onto the disk."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        return handle(request) if length <= _largest(request) else _refusal(request, length)

    return middleware


def _takes_rosters(request: HttpRequest) -> bool:
    return request.path == "/roster/"


def _is_of_survey(request: HttpRequest) -> bool:
    return request.path.startswith("/surveys/")


def _largest(request: HttpRequest) -> int:
    if _is_of_survey(request):
        return settings.LARGEST_SURVEY_FORM
    return (settings.LARGEST_ROSTER if _takes_rosters(request) else settings.LARGEST_NOTEBOOK) + _FORM


def _refusal(request: HttpRequest, length: int) -> HttpResponse:
    # A browser shows the answer only after it could send its whole file: read it, a piece at a time, and forget it.
    if length <= DRAINED:
        while request.read(64 * 1024):
            pass
    if _is_of_survey(request):
        return failure(request, 413, "This is too large", TOO_LARGE_SURVEY)
    return failure(request, 413, "This file is too large", TOO_LARGE_ROSTER if _takes_rosters(request) else TOO_LARGE)
