"""The statewide counts as they were published. A release is made once and never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class StatewideRelease(models.Model):
    """One day's counts: what is shown of them, and the counts themselves, which later releases are audited against."""

    on = models.DateField(unique=True)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="statewide_releases"
    )
    shown = models.JSONField(help_text="What the page shows, as tracker/teams/statewide.py lays it out.")
    counted = models.JSONField(help_text="All counts. They hold what is hidden, so no page shows them.")

    class Meta:
        ordering = ["-on"]
        get_latest_by = "on"

    def __str__(self) -> str:
        return f"Statewide counts of {self.on:%B %-d, %Y}"
