"""Deleting what has been kept as long as the form of its survey said."""

from __future__ import annotations

from datetime import date

from tracker.surveys.instruments import instrument_of
from tracker.surveys.models import Answer, Campaign, Draft, Taken


def forget_expired(today: date) -> dict[str, int]:
    """Delete forms that were never sent when their survey has closed, and single answers when their time is over.

    Published counts stay. Returns how many of each went.
    """
    drafts = Draft.objects.filter(campaign__closes__lt=today).delete()[0]
    answers = 0
    for campaign in Campaign.objects.filter(closes__lt=today).select_related("edition"):
        if kept_until(campaign) < today:
            answers += Answer.objects.filter(campaign=campaign).delete()[0]
            Taken.objects.filter(campaign=campaign).delete()
    return {"drafts": drafts, "answers": answers}


def kept_until(campaign: Campaign) -> date:
    """The last day of a campaign's single answers, as its form says."""
    closes, years = campaign.closes, instrument_of(campaign.edition).keep_years
    # From February 29 on, to the end of February.
    day = 28 if (closes.month, closes.day) == (2, 29) else closes.day
    return closes.replace(year=closes.year + years, day=day)
