"""Requests to be deleted, which wait for an administrator."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class DeletionRequest(models.Model):
    """A person asked to be deleted. When it is granted, the row goes with the person; a refusal stays, to be read."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="deletion_request"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    refused_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, max_length=1_000, help_text="Why it was refused, in words to the person.")

    class Meta:
        ordering = ["asked_at"]

    def __str__(self) -> str:
        return f"{self.person}, {self.asked_at:%Y-%m-%d}"

    @property
    def is_waiting(self) -> bool:
        return self.refused_at is None
