from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tracker.sign_on.models import Identity


@admin.register(Identity)
class IdentityAdmin(admin.ModelAdmin):
    """To look at, and to undo: who was unlinked is found by the e-mail address once more."""

    list_display = ["person", "issuer", "linked_at"]
    list_select_related = ["person"]
    search_fields = ["person__name", "person__email"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
