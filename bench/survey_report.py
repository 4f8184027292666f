"""How long the tracker takes to publish a survey's report: 30 questions, 40 agencies, 50,000 forms, audit included.

The answers lie in the tracker's own database: a SQLite file in a temporary folder, or the PostgreSQL of
ACADEMY_DATABASE, into which a database of its own is made and removed. Prints, writes nothing.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from datetime import timedelta
from typing import Any

from common import machine

_VAR = tempfile.TemporaryDirectory(prefix="academy-bench-")
os.environ["ACADEMY_VAR"] = _VAR.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

_AGENCIES = [f"A{number}" for number in range(40)]
_ANSWERS = {"very": "agree", "rather": "agree", "neither": "neutral", "hardly": "disagree", "not": "disagree"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the publication of a survey's report from the database.")
    parser.add_argument("--forms", type=int, default=50_000, help="how many people answered (default: 50,000)")
    forms = parser.parse_args().forms
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections
    from django.test.utils import get_runner

    facts = connections["default"].settings_dict
    if "sqlite" in facts["ENGINE"]:
        # On the disk, as in an installation, and not in memory, as tests have it without being asked.
        facts["TEST"]["NAME"] = os.path.join(_VAR.name, "bench.sqlite3")
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        _measure(forms)
    finally:
        runner.teardown_databases(databases)


def _measure(forms: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from tracker.surveys.models import Campaign, Edition
    from tracker.surveys.publishing import publish, tally_in_database

    yesterday = timezone.localdate() - timedelta(days=1)
    edition = Edition.objects.create(instrument="bench", version="1.0", data=_instrument())
    campaign = Campaign.objects.create(name="bench-1", edition=edition, opens=yesterday, closes=yesterday)
    _answer(campaign, forms)
    print(f"{machine()}. {connection.vendor}. Load average: {os.getloadavg()[0]:.1f}. Above 0.5, other work disturbs.")
    start = time.perf_counter()
    tally_in_database(campaign)
    counted = time.perf_counter() - start
    start = time.perf_counter()
    made = publish(campaign)
    seconds = time.perf_counter() - start
    print(f"{campaign.answers.count():,} answers of {forms:,} forms")
    print(f"counted in the database: {counted:.2f} s")
    print(f"published, counting and audit included: {seconds:.2f} s ({made.facts['hidden']} numbers hidden)")


def _answer(campaign: Any, forms: int) -> None:
    """As the pages store it, but in rows and not one object each: there are a million and a half."""
    from django.db import connection, transaction

    from tracker.surveys.models import random_form, random_id

    chance = random.Random(0)
    sizes = [chance.lognormvariate(0, 2.6) for _ in _AGENCIES]
    weights = [[chance.random() ** 2 + 0.002 for _ in _ANSWERS] for _ in range(30)]
    said = [chance.choices(list(_ANSWERS), weights[number], k=forms) for number in range(30)]
    columns = "id, campaign_id, form, person, wave, instrument, version, question, item, answer, unit, listed, first"
    insert = f"INSERT INTO surveys_answer ({columns}) VALUES ({', '.join(['%s'] * 13)})"
    with transaction.atomic(), connection.cursor() as cursor:
        for number, unit in enumerate(chance.choices(_AGENCIES, sizes, k=forms)):
            facts = (campaign.pk, random_form(), "", "", "bench", "1.0")
            rows = [(random_id(), *facts, "agency", "", unit, unit, True, True)]
            rows += [(random_id(), *facts, "grid", f"i{n}", said[n][number], unit, True, False) for n in range(30)]
            cursor.executemany(insert, rows)


def _instrument() -> dict[str, Any]:
    choices = [{"value": value, "text": value, "reported_as": group} for value, group in _ANSWERS.items()]
    words = ("title", "audience", "purpose", "retention", "consent", "open_answers")
    return {
        **dict.fromkeys(words, "For measuring."),
        "instrument": "bench",
        "version": "1.0",
        "minutes": 5,
        "anonymity": "anonymous",
        "sections": [{"title": "All", "questions": ["agency", "grid"]}],
        "scales": {"agreement": {"choices": choices}},
        "questions": [
            {
                "id": "agency",
                "kind": "choice",
                "text": "Which agency?",
                "choices": [{"value": agency, "text": f"Agency {agency}"} for agency in _AGENCIES],
            },
            {
                "id": "grid",
                "kind": "grid",
                "scale": "agreement",
                "text": "Do you agree?",
                "items": [{"id": f"i{number}", "text": f"Item {number}"} for number in range(30)],
            },
        ],
    }


if __name__ == "__main__":
    main()
