"""Agencies, units, people and cohorts. A role is not a word in a column: it follows from what a person is put in
charge of. Who manages a unit is a manager, who teaches a cohort is a trainer, who answers for an agency's data is its
data officer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone


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
        constraints = [models.UniqueConstraint(fields=["agency", "parent", "name"], name="unit_named_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.agency}"

    def clean(self) -> None:
        if self.parent and self.parent.agency_id != self.agency_id:
            raise ValidationError({"parent": "Choose a unit of the same agency."})
        above = self.parent
        while above and self.pk:
            if above.pk == self.pk:
                raise ValidationError({"parent": "A unit cannot stand below itself. Choose another unit."})
            above = above.parent


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

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "email"]
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.email = self.email.strip().lower()

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

    email = models.EmailField(db_index=True)
    at = models.DateTimeField(default=timezone.now)
