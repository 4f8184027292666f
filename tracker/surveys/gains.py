"""How the average of people who answered a survey before and after has changed, from its published report.

Everything here is made of the stored facts of a publication; nothing is counted again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from tracker.surveys.instruments import instrument_of
from tracker.surveys.models import Campaign, Publication


@dataclass(frozen=True)
class Average:
    """An average score on a scale that ends with `of`."""

    score: float
    of: int

    @property
    def percent(self) -> int:
        """How long its bar is."""
        return round(100 * self.score / self.of)


@dataclass(frozen=True)
class PublishedGain:
    """One survey that was asked twice. Without averages where they would tell about single people."""

    title: str
    asked: str
    publication: Publication

    @property
    def campaign(self) -> Campaign:
        return self.publication.campaign

    @property
    def words(self) -> str:
        return " ".join(self.publication.facts["words"])

    @property
    def averages(self) -> dict[str, Average]:
        """By the names of the table's rows; empty where they are not told."""
        if self._facts["before"] is None:
            return {}
        return {wave.capitalize(): Average(self._facts[wave], self._facts["highest"]) for wave in ("before", "after")}

    @cached_property
    def _facts(self) -> Mapping[str, Any]:
        facts: Mapping[str, Any] = self.publication.facts["gain"]
        return facts


def published_gains(campaigns: QuerySet[Campaign]) -> list[PublishedGain]:
    """The gains of these campaigns, as far as they are published, the newest first."""
    published = Publication.objects.filter(campaign__in=campaigns, facts__has_key="gain")
    published = published.select_related("campaign__edition", "campaign__agency").defer("figures", "releases")
    return [
        PublishedGain(instrument_of(each.campaign.edition).title, each.campaign.asked, each)
        for each in published.order_by("-campaign__closes", "campaign")
    ]
