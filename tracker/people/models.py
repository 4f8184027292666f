"""Agencies, units, people and cohorts. A role is not a word in a column: it follows from what a person is put in
charge of. Who manages a unit is a manager, who teaches a cohort is a trainer, who answers for an agency's data is its
data officer.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac


class Agency(models.Model):
    """A state agency. Nobody in one agency sees anybody of another, unless a cohort brings them together."""

    name = models.CharField(max_length=200, unique=True)
    data_officers: models.ManyToManyField[Person, models.Model] = models.ManyToManyField(
        "Person", related_name="agencies_overseen", blank=True
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A part of an agency. Units form a tree; a manager sees the people of their unit and of all units below it."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="children", null=True, blank=True)
    name = models.CharField(max_length=200)
    managers: models.ManyToManyField[Person, models.Model] = models.ManyToManyField(
        "Person", related_name="managed_units", blank=True
    )

    class Meta:
        ordering = ["agency__name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["agency", "parent", "name"], name="unit_named_once"),
            # A database takes two empty parents for different ones.
            models.UniqueConstraint(
                fields=["agency", "name"], condition=models.Q(parent=None), name="unit_named_once_at_the_top"
            ),
            models.CheckConstraint(condition=~models.Q(parent=models.F("pk")), name="unit_not_below_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.agency}"

    def clean(self) -> None:
        if self.parent and self.parent.agency_id != self.agency_id:
            raise ValidationError({"parent": "Choose a unit of the same agency."})
        above, passed = self.parent, set()
        while above and self.pk and above.pk not in passed:
            if above.pk == self.pk:
                raise ValidationError({"parent": "A unit cannot stand below itself. Choose another unit."})
            passed.add(above.pk)
            above = above.parent
        if self.pk and self.children.exclude(agency=self.agency_id).exists():
            raise ValidationError({"agency": "Units of the former agency are below this one. Move them first."})


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **facts: object) -> Person:
        person = self.model(email=email.strip().lower(), **facts)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **facts: object) -> Person:
        return self.create_user(email, password, is_administrator=True, **facts)


class Person(AbstractBaseUser):
    """Someone who signs in, with their work e-mail address."""

    email = models.EmailField("work e-mail", unique=True)
    name = models.CharField(max_length=200)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="people", null=True, blank=True)
    is_active = models.BooleanField("may sign in", default=True)
    is_administrator = models.BooleanField("may see and change everything", default=False)
    sees_statewide = models.BooleanField(
        "may see statewide counts", default=False, help_text="For the office of the state's Chief Data Officer."
    )
    joined = models.DateTimeField(default=timezone.now, editable=False)
    opened_again_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="When the account, once closed, was last opened. Older sessions have ended.",
    )

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "email"]
        verbose_name_plural = "people"
        indexes = [
            # Every count of units begins with these, and reads nothing else of a person.
            models.Index(fields=["unit", "id"], condition=models.Q(is_active=True), name="active_people_of_unit"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.email = self.email.strip().lower()

    def get_session_auth_hash(self) -> str:
        """What a session must carry. It changes with the password, and when a closed account is opened again."""
        mark = self.opened_again_at.isoformat() if self.opened_again_at else ""
        return salted_hmac("tracker.people.session", self.password + mark, algorithm="sha256").hexdigest()

    # What Django's administration pages ask of a user. There is one right, and administrators have it.

    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return self.is_active and self.is_administrator

    def has_module_perms(self, app: str) -> bool:
        return self.is_active and self.is_administrator


class Cohort(models.Model):
    """A group that a trainer takes through lessons. Its members may come from several agencies."""

    name = models.CharField(max_length=200, unique=True)
    trainers = models.ManyToManyField(Person, related_name="cohorts_taught", blank=True)
    members = models.ManyToManyField(Person, related_name="cohorts", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FailedSignIn(models.Model):
    """One wrong password. Kept for a quarter of an hour, to slow down guessing."""

    WINDOW = timedelta(minutes=15)
    ALLOWED = 10
    ALLOWED_FROM_A_NETWORK = 100
    """A whole office may share one address, and a Monday morning has many typing errors."""

    email = models.EmailField(db_index=True)
    network = models.CharField(max_length=45, blank=True, db_index=True, help_text="Where it came from.")
    at = models.DateTimeField(default=timezone.now)


class PasswordLinkAsked(models.Model):
    """Somebody asked for a link to a new password. Kept for an hour, so that nobody's mailbox is flooded."""

    WINDOW = timedelta(hours=1)
    ALLOWED = 3
    ALLOWED_FROM_A_NETWORK = 100

    email = models.EmailField(db_index=True)
    network = models.CharField(max_length=45, blank=True, db_index=True)
    at = models.DateTimeField(default=timezone.now)


class RosterUpload(models.Model):
    """A roster between "show me" and "apply", for the eyes of who brought it. Both are deleted after two hours."""

    KEPT = timedelta(hours=2)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    importer = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roster_uploads")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    file_name = models.CharField(max_length=200)
    agency = models.CharField(max_length=200, blank=True)
    new_units = models.BooleanField(default=False)
    gzipped = models.BinaryField(help_text="The file; empty once it was taken over.")
    gzipped_report = models.BinaryField(help_text="What was done; empty until then.")
