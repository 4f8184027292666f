"""What this room stores about a person (see tracker/people/stored.py).

The answers of an anonymous survey are not among it: nobody can find them, and so nobody can delete them for one person.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction
from django.db.models import QuerySet

from tracker.people.models import Person
from tracker.people.stored import Stored, rows
from tracker.surveys.instruments import instrument_of
from tracker.surveys.models import Answer, Campaign, Draft, Taken
from tracker.surveys.sending import person_in

COVERS = ("surveys.Draft", "surveys.Taken", "surveys.Answer", "surveys.Campaign")


def personal_data(person: Person) -> list[Stored]:
    drafts = rows(
        Draft.objects.filter(person=person), survey="campaign", form="wave", saved="answers", earlier="earlier"
    )
    taken = rows(
        Taken.objects.filter(person=person).order_by("campaign", "wave"),
        survey="campaign",
        form="wave",
    )
    answers = [
        row
        for found in _answers(person)
        for row in rows(
            found.order_by("question", "item"),
            survey="campaign",
            form="wave",
            version="version",
            question="question",
            item="item",
            answer="answer",
        )
    ]
    opened = rows(Campaign.objects.filter(opened_by=person), survey="name", first_day="opens", last_day="closes")
    return [
        Stored("survey-forms", "Surveys that you have begun and not sent.", drafts),
        Stored("surveys-taken", "Which surveys you have answered, without the day.", taken),
        Stored(
            "survey-answers",
            "What you answered in surveys that can tell whose the answers are. Those of anonymous surveys cannot be "
            "found again.",
            answers,
            "Deleted. Counts that are published already stay.",
        ),
        Stored("surveys-opened", "Surveys that you opened for others.", opened, "Stays, without your name."),
    ]


@transaction.atomic
def forget(person: Person) -> None:
    """Delete the answers that can be found: they do not hang on the person's row."""
    for found in list(_answers(person)):
        found.delete()


def _answers(person: Person) -> Iterator[QuerySet[Answer]]:
    """The person's answers, survey by survey, where something stands for the person in them."""
    for campaign in Campaign.objects.filter(taken__person=person).select_related("edition").distinct():
        who = person_in(campaign, instrument_of(campaign.edition), person.pk, person.email)
        if who:
            yield Answer.objects.filter(campaign=campaign, person=who)
