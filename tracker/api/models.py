"""Tokens: what a program shows instead of signing in. The token itself is stored nowhere, only its hash."""

from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class Scope(models.TextChoices):
    """What a token may read. It never reads more than its owner may see at that moment."""

    COMPLETIONS = "completions:read", "Completions: who has completed which lesson, and when"
    PEOPLE = "people:read", "People and units: names, work e-mail addresses, units"
    LESSONS = "lessons:read", "Lessons: the list of lessons"
    SUBMISSIONS = "submissions:read", "Submissions: how far people are in lessons that they handed in"
    COUNTS = "counts:read", "Statewide counts: how many people of each agency completed what, and no people"


class Tokens(models.QuerySet["Token"]):
    def working(self) -> Self:
        """Those that open something today."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), owner__is_active=True)


class Token(models.Model):
    """One program's way in, on behalf of its owner."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="Which program uses it.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token.")
    ending = models.CharField(max_length=4, help_text="Its last four characters, to tell it from others.")
    scopes = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    minute = models.BigIntegerField(default=0, help_text="The minute of the newest call, since 1970.")
    calls = models.PositiveIntegerField(default=0, help_text="Calls in that minute.")

    objects: ClassVar[models.Manager[Token]] = Tokens.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} (…{self.ending})"

    @property
    def in_words(self) -> str:
        """Its scopes, as a list to read."""
        return ", ".join(self.scopes)
