"""Who is known to the identity provider as whom, and which roles came from its groups."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from tracker.people.models import Agency, Unit
from tracker.sign_on.configuration import Role


class Identity(models.Model):
    """A person is known again by issuer and subject, which never change and are never given to somebody else.

    Not by the e-mail address, which may be given to a new colleague, and not by the name, which people change.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["person__name", "pk"]
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_per_subject"),
            models.UniqueConstraint(fields=["person", "issuer"], name="one_subject_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.issuer}"


class GroupRole(models.Model):
    """A role that a person has because of a group. A role that was given by hand has no row here, and so it stays."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="group_roles")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        of = self.unit or self.agency
        return f"{self.role} of {of}" if of else self.role
