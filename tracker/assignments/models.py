"""What is stored about assignments. Whom one reaches is derived in audience.py, what is due in due.py."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from tracker.learning.models import Lesson
from tracker.people.models import Agency, Cohort, Person, Unit


class Assignment(models.Model):
    """Lessons that the people of an agency, of some of its units, or of a cohort are asked to complete by a day."""

    title = models.CharField(max_length=120)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="assignments", null=True, blank=True)
    units = models.ManyToManyField(
        Unit, related_name="assignments", blank=True, help_text="With all units below. None: the whole agency."
    )
    cohort = models.ForeignKey(Cohort, on_delete=models.CASCADE, related_name="assignments", null=True, blank=True)
    people = models.ManyToManyField(
        Person,
        related_name="assignments_by_name",
        blank=True,
        help_text="Only these, while they are in the units or the cohort. None: everybody there.",
    )
    lessons: models.ManyToManyField[Lesson, AssignedLesson] = models.ManyToManyField(Lesson, through="AssignedLesson")
    path = models.CharField(max_length=80, blank=True, help_text="The path of the curriculum that it was made from.")
    due = models.DateField(help_text="The last day on which it is in time.")
    renew_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="A completion counts for so many months. Empty: for good.",
    )
    note = models.TextField(max_length=500, blank=True)
    made_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True, help_text="From this day on it asks nothing of anybody.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="assignments_made", null=True
    )

    class Meta:
        ordering = ["due", "title", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agency__isnull=True, cohort__isnull=False)
                | models.Q(agency__isnull=False, cohort__isnull=True),
                name="assigned_in_an_agency_or_a_cohort",
            )
        ]

    def __str__(self) -> str:
        return self.title


class AssignedLesson(models.Model):
    """A lesson of an assignment, and since when it is one."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="assigned_lessons")
    lesson = models.ForeignKey(Lesson, on_delete=models.PROTECT, related_name="assigned_lessons")
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assignment", "lesson"], name="lesson_assigned_once")]


class Arrival(models.Model):
    """The day from which on an assignment reaches a person. It goes when the person does, so that a return is new."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="arrivals")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="arrivals")
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "assignment"], name="arrived_once")]


class ReminderChoice(models.Model):
    """What a person wants mail about. Without a row: everything. Overdue lessons are always written about."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="reminder_choice"
    )
    upcoming = models.BooleanField(default=True, help_text="Lessons that are due in the next 14 days.")
    team = models.BooleanField(default=True, help_text="For managers: the counts of their team.")


class Mail(models.Model):
    """One reminder. Claimed before it is sent and marked after, so that no crash sends it twice."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "claimed: it may have been sent"
        SENT = "sent", "sent: the mail server took it"
        FAILED = "failed", "failed: it was surely not sent"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_mails")
    day = models.DateField(db_index=True)
    state = models.CharField(max_length=8, choices=State, default=State.CLAIMED)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_reminder_a_day")]
