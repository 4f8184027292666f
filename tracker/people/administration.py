"""The administration pages: Django's own, for administrators only, behind the same sign-in as everything else."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class Administration(AdminSite):
    site_header = "Connecticut Data Academy: administration"
    site_title = "Administration"
    index_title = "What would you like to change?"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Send those who have not signed in to the sign-in page, and refuse those who are no administrators."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def door(request: HttpRequest, *args: Any, **facts: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            answer: HttpResponse = inner(request, *args, **facts)
            return answer

        return door

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """There is one sign-in page, and it is not here."""
        return redirect_to_login(reverse("admin:index"))
