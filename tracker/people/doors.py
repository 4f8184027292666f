"""The door of every page that shows a person's data."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from tracker.people.models import Person

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Give the view its viewer, a Person, after the request; send others to the sign-in page. Nothing is cached."""

    @never_cache
    @wraps(view)
    def door(request: HttpRequest, **path: Any) -> HttpResponseBase:
        if not isinstance(request.user, Person):
            return redirect_to_login(request.get_full_path())
        return view(request, request.user, **path)

    return door
