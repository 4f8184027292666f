"""The audit log. A line is written once and never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class Entry(models.Model):
    """Somebody did something. The names stand in the line itself, so that it can be read after they have left."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="audit_entries"
    )
    actor_name = models.CharField(max_length=300, blank=True, help_text="Empty where the academy itself did it.")
    action = models.CharField(max_length=80, db_index=True, help_text="Such as roster.import or team.export.")
    about = models.CharField(max_length=300, help_text="What it was done to, in words.")
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name or 'the academy'}: {self.action}, {self.about}"
