"""Tokens in the administration: to see which there are, and to revoke one that has leaked. None is made here."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from tracker.api.models import Token
from tracker.api.tokens import revoke
from tracker.learning.admin import ReadOnly
from tracker.people.models import Person


@admin.register(Token)
class TokenAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["__str__", "owner", "in_words", "made_at", "expires_at", "revoked_at", "last_used_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "ending", "owner__name", "owner__email"]
    exclude = ["digest", "minute", "calls"]
    actions = ["revoke_for_good"]

    @admin.action(description="Revoke, for good", permissions=["view"])
    def revoke_for_good(self, request: HttpRequest, queryset: QuerySet[Token]) -> None:
        assert isinstance(request.user, Person)
        for token in queryset:
            revoke(token, request.user, "by an administrator")
        self.message_user(request, f"Tokens that no longer work: {queryset.count()}.", messages.SUCCESS)
