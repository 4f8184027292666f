"""Opening a survey for some time, counting who took part, and bringing in answers from a file."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from toolkit.disclosure import EDUCATION_RULE
from toolkit.survey.answers import Answer as Row
from toolkit.survey.answers import Collected, SetAside, collect
from toolkit.survey.instrument import WAVES, Instrument
from toolkit.survey.sheet import AnswersUnreadable, from_csv
from tracker.people.models import Agency, Cohort, Person
from tracker.surveys.instruments import instrument_of, newest_edition
from tracker.surveys.models import Campaign, ImportedFile, Taken, random_form
from tracker.surveys.sending import person_in, store


class ImportRefused(Exception):
    """The file was not taken in. The message says why, and what to do."""


@dataclass(frozen=True)
class TakingPart:
    """How many of those who are asked have answered. None stands for a number that would tell about one person."""

    label: str
    asked: int
    answered: int | None


@dataclass(frozen=True)
class Brought:
    """What became of a file: how many answers of how many forms were stored, and which rows are left out."""

    answers: int
    forms: int
    aside: tuple[SetAside, ...]


def open_campaign(
    instrument: str, agency: Agency | None, cohort: Cohort | None, opens: date, closes: date, by: Person
) -> Campaign:
    """Ask a survey. Its name is made of the instrument and the month. Raises VersionNotRaised."""
    edition = newest_edition(instrument)
    name = stem = f"{instrument}-{opens:%Y-%m}"
    taken = set(Campaign.objects.filter(name__startswith=stem).values_list("name", flat=True))
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return Campaign.objects.create(
        name=name, edition=edition, agency=agency, cohort=cohort, opens=opens, closes=closes, opened_by=by
    )


def people_asked(campaign: Campaign) -> QuerySet[Person]:
    people = Person.objects.filter(is_active=True)
    if campaign.cohort_id:
        return people.filter(cohorts=campaign.cohort_id)
    return people.filter(unit__agency=campaign.agency_id) if campaign.agency_id else people


def taking_part(campaign: Campaign, agencies: QuerySet[Agency]) -> list[TakingPart]:
    """How many have answered: all who are asked, then each of the agencies; for each wave. Four queries at most.

    With a small number hidden among the agencies, the total is hidden too: it would give that number by subtraction.
    """
    instrument = instrument_of(campaign.edition)
    people = people_asked(campaign).order_by()
    taken = Taken.objects.filter(campaign=campaign, person__in=people)
    asked = dict(people.filter(unit__agency__in=agencies).values_list("unit__agency__name").annotate(Count("pk")))
    by_agency: Counter[tuple[str, str]] = Counter()
    for name, wave, number in taken.values_list("person__unit__agency__name", "wave").annotate(Count("pk")):
        by_agency[name, wave] = number
    total, everybody = Counter(dict(taken.values_list("wave").annotate(Count("pk")))), people.count()
    lines = []
    for wave in WAVES if instrument.waves else ("",):
        each = [_line(name, wave, asked[name], by_agency[name, wave]) for name in sorted(asked)]
        among = sum(by_agency[name, wave] for name in asked)
        told = (line.answered is not None for line in each)
        rest = _line("", wave, everybody - sum(asked.values()), total[wave] - among)
        all_of_them = _line("", wave, everybody, total[wave])
        if not all(told) or (each and rest.answered is None):
            all_of_them = replace(all_of_them, answered=None)
        lines += [all_of_them, *each]
    return lines


def _line(label: str, wave: str, asked: int, answered: int) -> TakingPart:
    hidden = EDUCATION_RULE.is_small(answered) or EDUCATION_RULE.is_small(asked - answered)
    words = ", ".join(part for part in (label or "All who are asked", wave) if part)
    return TakingPart(words, asked, None if hidden else answered)


def bring_in(campaign: Campaign, content: bytes, *, leave_out: bool) -> Brought:
    """Take in a file of answers. Unless `leave_out`, nothing is stored while a row cannot be counted.

    Raises ImportRefused.
    """
    instrument = instrument_of(campaign.edition)
    read = collect(_read(content), instrument)
    forms = {row.form: random_form() for row in read.answers}
    brought = Brought(len(read.answers), len(forms), read.aside)
    if (read.aside and not leave_out) or not read.answers:
        return Brought(0, 0, read.aside)
    try:
        with transaction.atomic():
            locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
            if locked.publications.exists():
                raise ImportRefused(
                    "The report of this survey is published. Answers that come later would show, by subtraction, "
                    "what it hides. Open a new survey for them."
                )
            ImportedFile.objects.create(campaign=locked, sha256=hashlib.sha256(content).hexdigest())
            store(locked, instrument, [_as_ours(row, forms, locked, instrument) for row in read.answers])
    except IntegrityError:
        raise ImportRefused("This very file was brought in before. Nothing was stored a second time.") from None
    return brought


def _read(content: bytes) -> Collected:
    try:
        return from_csv(content.decode("utf-8-sig").replace("\0", ""))
    except UnicodeDecodeError:
        raise ImportRefused("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again.") from None
    except AnswersUnreadable as error:
        raise ImportRefused(str(error)) from None


def _as_ours(row: Row, forms: dict[str, str], campaign: Campaign, instrument: Instrument) -> Row:
    """The row under a form of our own. A code that joins two forms is kept as a hash only."""
    person = person_in(campaign, instrument, f"file {row.person}", row.person) if row.person else ""
    return row._replace(form=forms[row.form], person=person)
