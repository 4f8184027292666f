"""Certificates as they were made. What one says never changes; whether it still holds is asked anew every time."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from tracker.certificates.codes import LENGTH, new_code, spelled


class Certificate(models.Model):
    """What a person completed, in the words and with the name of the day on which it was made."""

    class Kind(models.TextChoices):
        LESSON = "lesson", "lesson"
        PATH = "path", "path"

    class By(models.TextChoices):
        NOBODY = "", "not withdrawn"
        OWNER = "owner", "by its owner"
        ADMINISTRATOR = "administrator", "by an administrator"
        REPLACED = "replaced", "replaced by a newer one"

    code = models.CharField(max_length=LENGTH, unique=True, default=new_code, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="certificates")
    kind = models.CharField(max_length=10, choices=Kind)
    slug = models.SlugField(max_length=80, help_text="The lesson or the path.")
    name = models.CharField(max_length=200, help_text="The person's name when it was made.")
    title = models.CharField(max_length=200)
    version = models.CharField(max_length=128, help_text="A digest of what was completed.")
    minutes = models.PositiveIntegerField()
    lessons = models.JSONField(help_text="Slug, title, version and objectives of every lesson that it is for.")
    to_come = models.JSONField(default=list, help_text="Titles of the path's lessons that did not exist yet.")
    completed_at = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=20, choices=By, blank=True, default=By.NOBODY)
    reason = models.CharField(max_length=500, blank=True, help_text="Why an administrator withdrew it.")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "kind", "slug"],
                condition=models.Q(withdrawn_at=None),
                name="one_certificate_that_holds",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.title}"

    @property
    def spelled(self) -> str:
        return spelled(self.code)

    @property
    def is_path(self) -> bool:
        return self.kind == self.Kind.PATH

    @property
    def time(self) -> str:
        """The learning time that is planned for it, in words."""
        hours, minutes = divmod(self.minutes, 60)
        parts = [(hours, "hour"), (minutes, "minute")]
        return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count)

    @property
    def has_changed_since(self) -> bool:
        """Whether a lesson had another version already when the certificate was made."""
        return any(lesson["version"] != lesson["version_of_objectives"] for lesson in self.lessons)


class WrongCode(models.Model):
    """Somebody asked for a certificate that does not exist. Kept shortly, to slow down guessing."""

    WINDOW = timedelta(minutes=15)
    ALLOWED = 30

    address = models.CharField(max_length=64, db_index=True, help_text="A keyed digest of the network address.")
    at = models.DateTimeField(default=timezone.now)
