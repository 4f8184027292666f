"""For the tests of surveys: a small instrument with every kind of question, and forms that are sent through the pages."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from django.test import Client
from django.utils import timezone

from tests.toolkit.survey_examples import ferry_data
from toolkit.survey.answers import Answer as Row
from tracker.people.models import Agency, Cohort, Person
from tracker.surveys.campaigns import open_campaign
from tracker.surveys.instruments import instrument_of
from tracker.surveys.models import Campaign, Edition, random_form
from tracker.surveys.publishing import publish
from tracker.surveys.sending import store

OURS = Path(__file__).parents[2] / "surveys"
"""The surveys of the academy."""

FIRST_PAGE = {"version": "2.1", "agency": "DOB", "needs_time": "yes", "help_first": "tools", "uses": ["radio", "other"]}


def survey_data(**changes: Any) -> dict[str, Any]:
    """The survey of ferry crews, with an agency to divide by in place of the port, and two sections."""
    data = ferry_data()
    agencies = {"DOB": "Bridges (DOB)", "OOL": "Lakes (OOL)", "other": "Another agency"}
    data["questions"][0] = {
        "id": "agency",
        "kind": "choice",
        "text": "Which agency do you work for?",
        "choices": [{"value": value, "text": text} for value, text in agencies.items()],
    }
    data["questions"].append({"id": "more", "kind": "text", "text": "Is there anything else?", "longest": 300})
    data["questions"].append(
        {
            "id": "shift",
            "kind": "choice",
            "text": "When do you work?",
            "choices": [{"value": each, "text": each.capitalize()} for each in ("day", "night", "both")],
        }
    )
    ids = [question["id"] for question in data["questions"]]
    data["sections"] = [
        {"title": "Your work", "questions": ids[:6]},
        {"title": "At the end", "questions": ids[6:]},
    ]
    data["instrument"] = "crews"
    return data | changes


def write_survey(folder: Path, **changes: Any) -> None:
    data = survey_data(**changes)
    folder.mkdir(exist_ok=True)
    (folder / f"{data['instrument']}.yml").write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def opened(
    by: Person, instrument: str = "crews", agency: Agency | None = None, cohort: Cohort | None = None
) -> Campaign:
    today = timezone.localdate()
    return open_campaign(instrument, agency, cohort, today, today + timedelta(days=7), by)


def close(campaign: Campaign) -> Campaign:
    """Let its time be over, since yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    Campaign.objects.filter(pk=campaign.pk).update(opens=yesterday - timedelta(days=7), closes=yesterday)
    campaign.refresh_from_db()
    return campaign


def fill_in(browser: Client, campaign: Campaign, wave: str = "", **answers: Any) -> Any:
    """Begin, fill in the first page, and send."""
    browser.post(f"/surveys/{campaign.pk}/", {"wave": wave} if wave else {})
    page = browser.post(f"/surveys/{campaign.pk}/1/", FIRST_PAGE | answers)
    assert page.status_code == 302, page.content.decode()
    return browser.post(f"/surveys/{campaign.pk}/send/")


def many_forms(
    campaign: Campaign, chance: random.Random, people: int, agencies: tuple[str, ...] = ("DOB", "OOL")
) -> None:
    """Answers of many people at once, stored as the pages store them."""
    instrument = instrument_of(campaign.edition)
    rows = []
    for _ in range(people):
        form = random_form()

        def row(question: str, value: str, item: str = "", form: str = form) -> Row:
            return Row(form, "", "", instrument.name, instrument.version, question, item, value)

        rows += [row("agency", chance.choice(agencies)), row("shift", chance.choice(["day", "night", "both"]))]
        rows += [
            row("needs", chance.choice(["yes", "rather", "neutral", "no", "none"]), item)
            for item in ("time", "tools")
            if chance.random() < 0.9
        ]
        first, second = chance.sample(["training", "tools", "people"], 2)
        rows += [row("help", first, "first"), row("help", second, "second")]
        if chance.random() < 0.3:
            rows.append(row("more", "SECRET WORDS about boats"))
    store(campaign, instrument, rows)


def asked_twice(campaign: Campaign, changes: Sequence[int | None], known_as: str = "code") -> None:
    """Forms before, of 5 points each, and after, of as many more as `changes` says; None does not come back."""
    instrument = instrument_of(campaign.edition)
    for number, change in enumerate(changes):
        scores = {"before": 5} | ({} if change is None else {"after": 5 + change})
        for wave, score in scores.items():
            form, who = random_form(), f"{known_as} {number}"
            levels = [score // 10 + (place < score % 10) for place in range(10)]
            rows = [
                Row(form, who, wave, instrument.name, instrument.version, question.id, "", f"level-{level}")
                for question, level in zip(instrument.questions, levels, strict=True)
            ]
            store(campaign, instrument, rows)


def open_and_past_surveys(opened_by: Person) -> None:
    """The surveys `crews-open`, which asks everybody today, and `crews-past`, whose report is published."""
    today = timezone.localdate()
    edition = Edition.objects.create(instrument="crews", version="2.1", data=survey_data())
    facts = {"edition": edition, "opened_by": opened_by}
    Campaign.objects.create(name="crews-open", opens=today, closes=today, **facts)
    past = Campaign.objects.create(name="crews-past", opens=today, closes=today, **facts)
    many_forms(past, random.Random(4), 90)
    publish(close(past))


Browser = Callable[[Person | None], Client]
