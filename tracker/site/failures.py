"""Pages for what went wrong: plain words, and what to do next. The API gets the same words as JSON."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

TOO_LARGE = (
    f"This file is larger than {settings.LARGEST_NOTEBOOK // 1_000_000} MB, so it was not taken in. "
    "Clear the outputs of your notebook, save it, and hand it in again."
)
TOO_LARGE_ROSTER = (
    f"This file is larger than {settings.LARGEST_ROSTER // 1_000_000} MB, so it was not taken in. "
    "Remove the columns that a roster does not need, and choose it again."
)

TOO_LARGE_SURVEY = (
    f"This page has more than {settings.LARGEST_SURVEY_FORM // 1_000_000} MB, so it was not taken in. What you saved "
    "before is kept. Go back, shorten what you wrote, and save it again."
)


def failure(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"message": text}, status=status)
    return render(request, "failure.html", {"title": title, "text": text}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return failure(request, 400, "We could not read this request", "Go back, load the page again, and try once more.")


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return failure(
        request,
        403,
        "You cannot open this page",
        "Your account does not include it. If it should, ask your trainer or your agency's administrator.",
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    return failure(
        request,
        403,
        "This form is too old",
        "You may have signed in or out since you opened the page. Nothing was saved. "
        "Go back, load the page again, and send it once more.",
    )


def too_many(request: HttpRequest) -> HttpResponse:
    answer = failure(
        request,
        429,
        "Too much at once",
        "We got more forms from you within a minute than a person can fill in, so the last one was not taken in. "
        "What was saved before is safe. Wait a minute, then send it again.",
    )
    answer["Retry-After"] = "60"
    return answer


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return failure(
        request,
        404,
        "There is no such page",
        "It may have moved, or the address has a typing error. Start again from the list of lessons.",
    )


def our_error(request: HttpRequest) -> HttpResponse:
    title = "Something went wrong on our side"
    text = "What you handed in before is safe. Try again in a minute. If it stays like this, tell your trainer."
    if request.path.startswith("/api/"):
        return JsonResponse({"message": f"{title}. {text}"}, status=500)
    # Rendered without the request: the menu asks the database, which may be what has failed.
    return HttpResponse(render_to_string("failure.html", {"title": title, "text": text}), status=500)
