from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class SignOnConfig(AppConfig):
    name = "tracker.sign_on"
    verbose_name = "Sign-on"

    def ready(self) -> None:
        from tracker.sign_on import checks  # noqa: F401

        user_logged_in.connect(_came_in)


def _came_in(request: Any, user: Any, **facts: Any) -> None:
    """Whoever came in by password has no roles from groups: nobody has said that they are still in them."""
    from django.contrib.auth import BACKEND_SESSION_KEY

    from tracker.sign_on.backends import AGENCY_SIGN_ON
    from tracker.sign_on.roles import withdraw_roles

    if request.session.get(BACKEND_SESSION_KEY) != AGENCY_SIGN_ON:
        withdraw_roles(user)
