"""What is stored about surveys, and how an anonymous answer stays anonymous in the database itself.

While somebody fills in a form, a Draft links it to them, so that they can go on later. Sending cuts that link: the
draft is deleted, the answers go to rows that name nobody, and a Taken says that this person has answered. Nothing but
the campaign is in both, and nothing in the rows gives the link away by another way:

- no times. An answer and a Taken have no date at all; what must be deleted one day is found by the campaign's dates.
- no order. Every id is random, so that neither the first row nor the next number tells who sent first. In SQLite the
  id is the place in the file too (of an AutoField only: other keys have a hidden number beside them). PostgreSQL knows
  the order in which rows were written and in which transaction, so sending writes the campaign's Taken rows anew,
  shuffled (sending.py).
- no place of work. `unit` of an answer is what the form itself says to the question about the agency, and nothing else.

A survey that is pseudonymous has a keyed hash under `person`, so that the forms before and after can be joined; one
that is named has the e-mail address, as its form says.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from tracker.people.models import Agency, Cohort


def random_id() -> int:
    """A number that says nothing about when it was given. 62 bits fit the columns of every database."""
    return secrets.randbits(62) + 1


def random_form() -> str:
    return secrets.token_hex(12)


class Edition(models.Model):
    """One version of an instrument, as it was when a campaign first asked it: answers can be read by it for good."""

    instrument = models.SlugField(max_length=60)
    version = models.CharField(max_length=20)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["instrument", "version"], name="edition_once")]

    def __str__(self) -> str:
        return f"{self.instrument} {self.version}"


class AgencyAnswer(models.Model):
    """Which answer of the surveys' question about the agency stands for an agency of the tracker, such as DAS.

    Without it, a data officer sees no figures of their own agency in a survey of all agencies: names are not guessed.
    """

    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, related_name="survey_answer")
    answer = models.CharField(max_length=60, unique=True, help_text="The value in surveys/, such as DAS.")

    class Meta:
        verbose_name = "agency's answer in surveys"
        verbose_name_plural = "agencies' answers in surveys"

    def __str__(self) -> str:
        return f"{self.agency}: {self.answer}"


class Campaign(models.Model):
    """A survey that is asked from one day to another, of one agency, one cohort, or everybody."""

    name = models.SlugField(primary_key=True, max_length=80)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="campaigns")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="campaigns")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, null=True, blank=True, related_name="campaigns")
    opens = models.DateField()
    closes = models.DateField(help_text="The last day.")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-opens", "name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(closes__gte=models.F("opens")), name="campaign_closes_later"),
            models.CheckConstraint(
                condition=models.Q(agency=None) | models.Q(cohort=None), name="campaign_agency_or_cohort"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open(self, today: date) -> bool:
        return self.opens <= today <= self.closes

    @property
    def has_closed(self) -> bool:
        return self.closes < timezone.localdate()

    @property
    def asked(self) -> str:
        """Who is asked, in words."""
        return str(self.cohort or self.agency or "All agencies")


class Draft(models.Model):
    """What somebody has saved of a form that is not sent. `answers`: by question and item, the values given.

    `earlier` are answers to questions that the survey asks otherwise by now: question, item, answer, version.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="survey_drafts")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="drafts")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    wave = models.CharField(max_length=10, blank=True)
    answers: models.JSONField[dict[str, dict[str, list[str]]], dict[str, dict[str, list[str]]]] = models.JSONField(
        default=dict
    )
    earlier: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "campaign"], name="one_draft_each")]


class Taken(models.Model):
    """This person has answered: so that nobody is asked twice, and that it can be counted how many took part."""

    id = models.BigAutoField(primary_key=True, default=random_id)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="taken")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="surveys_taken")
    wave = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name_plural = "taken"
        constraints = [models.UniqueConstraint(fields=["campaign", "person", "wave"], name="taken_once")]


class Answer(models.Model):
    """One answer, with the survey and the version that were asked. `form` keeps the answers of one form together."""

    id = models.BigAutoField(primary_key=True, default=random_id)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="answers", db_index=False)
    form = models.CharField(max_length=24)
    person = models.CharField(max_length=254, blank=True)
    wave = models.CharField(max_length=10, blank=True)
    instrument = models.SlugField(max_length=60, db_index=False)
    version = models.CharField(max_length=20)
    question = models.CharField(max_length=60)
    item = models.CharField(max_length=60, blank=True)
    answer = models.TextField()
    unit = models.CharField(max_length=60, blank=True, help_text="What the form says of itself: agency, or wave.")
    listed = models.BooleanField(default=False, help_text="Picked from a list: one of those that a report counts.")
    first = models.BooleanField(default=False, help_text="Stands for its form and version where forms are counted.")

    class Meta:
        indexes = [
            # A report counts all answers by unit; both of its questions are answered from an index alone.
            models.Index(
                fields=["campaign", "version", "question", "item", "unit", "answer"],
                condition=models.Q(listed=True),
                name="answer_by_unit",
            ),
            models.Index(fields=["campaign", "version", "unit"], condition=models.Q(first=True), name="form_by_unit"),
            models.Index(fields=["person"], condition=~models.Q(person=""), name="answer_of_person"),
        ]


class ImportedFile(models.Model):
    """A file of answers that was taken in, by its digest: the same file is not counted twice."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="imported_files")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "sha256"], name="imported_once")]


class Publication(models.Model):
    """The report of a campaign as it was published: made once, then served as it is.

    `releases` is what anything else that is ever counted from the same answers must be audited against.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="publications")
    divided_by = models.CharField(max_length=60, help_text="The question that divides it; empty for one group.")
    made = models.DateField(default=timezone.localdate)
    figures: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField()
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        help_text="How many forms, what is hidden, before and after."
    )
    releases = models.TextField(help_text="What it shows and hides, with true counts: as secret as the answers.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["campaign"], name="published_once")]
