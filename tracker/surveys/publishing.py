"""Publishing the report of a survey: made once from the answers, audited, and stored.

A survey has one report. It is published after the survey has closed, and from then on no answer comes in and no second
report is made, so that there is nothing to subtract. What a page, a file or a print shows later comes from the stored
figures and never from the answers. All views of it, such as a data officer's, are parts of what was audited together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from toolkit.disclosure import Table
from toolkit.survey.answers import Answer as Row
from toolkit.survey.instrument import WAVES, Instrument
from toolkit.survey.releases import to_json
from toolkit.survey.report import as_rows
from toolkit.survey.tables import SMALLEST_GROUP, before_and_after
from toolkit.survey.tally import NO_ANSWER, Tally
from toolkit.survey.units import ALL, UnitReport, tallied_report
from tracker.surveys.instruments import DIVIDER, WAVE, divider_of, instrument_of
from tracker.surveys.models import Answer, Campaign, Publication

EVERYBODY = "everybody"
"""The one unit of a survey that nothing divides."""


class NotYet(Exception):
    """The report cannot be published now. The message says why."""


def publish(campaign: Campaign) -> Publication:
    """Return the campaign's report, divided as its instrument says; made now if it is not there yet.

    Raises NotYet, ReportWithheld.
    """
    existing = campaign.publications.first()
    if existing:
        return existing
    try:
        with transaction.atomic():
            # Whoever sends or brings in answers holds this row too, so that none comes between count and report.
            campaign = Campaign.objects.select_for_update().select_related("edition").get(pk=campaign.pk)
            return _publish(campaign)
    except IntegrityError:
        return Publication.objects.get(campaign=campaign)


def _publish(campaign: Campaign) -> Publication:
    instrument = instrument_of(campaign.edition)
    by = divider_of(instrument)
    if not campaign.has_closed:
        raise NotYet(f"The survey runs until {campaign.closes:%B %-d, %Y}. Its report can be published the day after.")
    tally = tally_in_database(campaign)
    people = sum(tally.forms.values())
    if people < SMALLEST_GROUP:
        raise NotYet(f"Fewer than {SMALLEST_GROUP} forms were sent. A report would be about single people.")
    names = _names(instrument, by)
    # How many took part, and of which agency, was on the page of who runs the survey: a reader may know it.
    sizes = Table.from_parts({(unit,): number for unit, number in tally.forms.items()}, (by,), (tuple(names),))
    made = tallied_report(instrument, tally, by, names, earlier=[(sizes, frozenset())])
    facts = {
        "forms": people,
        "other_versions": _forms(campaign).exclude(version=instrument.version).count(),
        "notes": list(made.report.notes),
        "hidden": len(made.reasons),
    } | _before_and_after(campaign, instrument)
    return Publication.objects.create(
        campaign=campaign,
        divided_by=by,
        figures=[list(row) for row in as_rows(_of_everybody(made, by).report)],
        facts=facts,
        releases=to_json(made.releases),
    )


def tally_in_database(campaign: Campaign) -> Tally:
    """Count the campaign's answers by unit. Two queries, and no answer leaves the database."""
    instrument = instrument_of(campaign.edition)
    nobody = NO_ANSWER if divider_of(instrument) == DIVIDER else EVERYBODY
    ours = Answer.objects.filter(campaign=campaign, version=instrument.version).order_by()
    forms = {
        unit or nobody: number
        for unit, number in _forms(campaign)
        .filter(version=instrument.version)
        .values_list("unit")
        .annotate(Count("pk"))
    }
    given: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    counted = ours.filter(listed=True).values_list("question", "item", "unit", "answer")
    for question, item, unit, answer, number in counted.annotate(Count("pk")):
        given.setdefault((question, item), Counter())[unit or nobody, answer] = number
    return Tally(forms, given)


def read_answers(campaign: Campaign, rows: QuerySet[Answer] | None = None) -> Iterator[Row]:
    """The campaign's answers of the version that it asks."""
    chosen = campaign.answers.filter(version=campaign.edition.version) if rows is None else rows
    return (Row(*values) for values in chosen.order_by("pk").values_list(*Row._fields).iterator(chunk_size=10_000))


def _forms(campaign: Campaign) -> QuerySet[Answer]:
    """One answer of each form."""
    return Answer.objects.filter(Q(first=True), campaign=campaign).order_by()


def _names(instrument: Instrument, by: str) -> dict[str, str]:
    """Every unit, and how it is printed."""
    if not by:
        return {EVERYBODY: ALL}
    if by == WAVE:
        return {wave: wave.capitalize() for wave in WAVES}
    divider = instrument.question(by)
    choices = divider.choices if divider else ()
    return {choice.value: choice.text for choice in choices} | {NO_ANSWER: "No answer"}


def _of_everybody(made: UnitReport, by: str) -> UnitReport:
    """The report of a survey that nothing divides says all things twice: of the one unit, and of all. Keep one."""
    if by:
        return made
    parts = tuple(replace(part, rows=tuple(row for row in part.rows if row.unit == ALL)) for part in made.report.parts)
    return replace(made, report=replace(made.report, parts=parts))


def _before_and_after(campaign: Campaign, instrument: Instrument) -> dict[str, Any]:
    """What can be said of the change, with its uncertainty; for surveys that are asked twice."""
    if not instrument.waves:
        return {"words": []}
    gain = before_and_after(read_answers(campaign), instrument)
    return {"words": [gain.words], "gain": asdict(gain) | {"highest": instrument.highest_score}}


def words_of(campaign: Campaign, instrument: Instrument) -> list[tuple[str, str]]:
    """What was written to the questions that ask for words: question and words, in alphabetical order.

    Nothing before the survey has closed, or from fewer people than a report is made of: who answers last, or nearly
    alone, could be guessed.
    """
    if not campaign.has_closed or _forms(campaign).count() < SMALLEST_GROUP:
        return []
    asked = {question.id: question.text for question in instrument.questions if question.kind == "text"}
    written = Answer.objects.filter(campaign=campaign, question__in=asked).values_list("question", "answer")
    return sorted((asked[question], words) for question, words in written)
