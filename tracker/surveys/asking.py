"""The surveys that ask a person today, and how far the person is in each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from toolkit.survey.instrument import Instrument
from tracker.people.models import Person
from tracker.surveys.access import asked
from tracker.surveys.instruments import instrument_of
from tracker.surveys.models import Campaign, Draft

LISTED_AT_MOST = 50


@dataclass(frozen=True)
class Asking:
    """One survey. Where it asks before and after a course, `sent` can be 2."""

    campaign: Campaign
    survey: Instrument
    sent: int
    begun: bool

    @property
    def done(self) -> bool:
        return self.sent >= (2 if self.survey.waves else 1)


def asking(viewer: Person) -> list[Asking]:
    """What is begun first, what is done last. Three queries, however many surveys; one where there is none."""
    campaigns = list(asked(viewer)[:LISTED_AT_MOST])
    if not campaigns:
        return []
    begun = set(Draft.objects.filter(person=viewer).values_list("campaign", flat=True))
    sent = Counter(viewer.surveys_taken.values_list("campaign", flat=True))
    found = [
        Asking(campaign, instrument_of(campaign.edition), sent[campaign.pk], campaign.pk in begun)
        for campaign in campaigns
    ]
    return sorted(found, key=lambda each: (each.done, not each.begun))
