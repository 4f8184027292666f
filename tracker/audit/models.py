"""The audit log. A line is written once and never changed: neither through a page nor, by oversight, from code."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from tracker.people.models import Agency


class EntryIsFinal(Exception):
    """Somebody tried to change the audit log."""

    def __init__(self) -> None:
        super().__init__("A line of the audit log is never changed. Write a new one with note().")


class Entries(models.QuerySet["Entry"]):
    """Lines to read."""

    def update(self, **facts: Any) -> NoReturn:
        raise EntryIsFinal

    def delete(self) -> NoReturn:
        raise EntryIsFinal


class Entry(models.Model):
    """Somebody did something. The names stand in the line itself, so that it can be read after people have moved on."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="audit_entries"
    )
    actor_name = models.CharField(max_length=300, blank=True, help_text="Empty where the academy itself did it.")
    action = models.CharField(max_length=80, db_index=True, help_text="Such as roster.import or team.export.")
    about = models.CharField(max_length=300, help_text="What it was done to, in words.")
    concerning = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The person whom it was done to, where it was one.",
    )
    agency = models.ForeignKey(
        Agency,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose data officers may read the line. Empty: administrators only.",
    )
    facts = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[Entry]] = models.Manager.from_queryset(Entries)()
    housekeeping: ClassVar[models.Manager[Entry]] = models.Manager()
    """For forgetting.py only: the names of those who leave, and lines that are too old."""

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "entries"
        indexes = [models.Index(fields=["agency", "-at"], name="entries_of_an_agency")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name or 'the academy'}: {self.action}, {self.about}"

    @property
    def facts_in_words(self) -> str:
        return "; ".join(f"{name.replace('_', ' ')}: {_in_words(value)}" for name, value in self.facts.items())

    def save(self, *args: Any, **facts: Any) -> None:
        if not self._state.adding:
            raise EntryIsFinal
        super().save(*args, **facts)

    def delete(self, *args: Any, **facts: Any) -> NoReturn:
        raise EntryIsFinal


def _in_words(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else "none" if value is None else str(value)
