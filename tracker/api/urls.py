from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from django.urls import URLPattern, include, path
from django.views.decorators.cache import never_cache

from tracker.api import views
from tracker.api.operations import api

READ_ONLY = "This address is for reading. Use GET."


def call(view: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
    """What goes for every answer to a program: nobody keeps it, and a wrong method is answered in JSON too."""

    @never_cache
    @wraps(view)
    def door(request: HttpRequest, **place: Any) -> HttpResponseBase:
        answer = view(request, **place)
        if isinstance(answer, HttpResponseNotAllowed):
            return JsonResponse({"message": READ_ONLY}, status=405, headers={"Allow": answer["Allow"]})
        return answer

    return door


def calls() -> list[URLPattern]:
    """The addresses of the operations, and the page that describes them at their root, where ninja has nothing."""
    described = path("", views.description, name="api-root")
    operations = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    for pattern in operations:
        pattern.callback = call(pattern.callback)
    return [described, *operations]


urlpatterns = [
    path("api/v1/", include((calls(), "api-v1"))),
    path("my/tokens/", views.tokens, name="tokens"),
    path("my/tokens/<int:number>/revoke/", views.revoke_token, name="revoke-token"),
]
