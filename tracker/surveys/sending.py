"""Saving a form, going on with it, and sending it: the moment at which it is cut loose from the person."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.crypto import salted_hmac

from toolkit.survey.answers import Answer as Row
from toolkit.survey.answers import Collected, collect
from toolkit.survey.instrument import WAVES, Instrument
from toolkit.survey.tally import KINDS
from tracker.people.models import Person
from tracker.surveys.instruments import DIVIDER, divider_of, instrument_of
from tracker.surveys.models import Answer, Campaign, Draft, Edition, Taken, random_form
from tracker.surveys.pages import Given, applies, pages_of, read_page

ALWAYS_SHUFFLED = 500
"""Up to so many Taken rows, each sending writes all of them anew; beyond, it is left to chance, the same on average."""


class SurveyClosed(Exception):
    """The survey takes no more answers."""


class SentAlready(Exception):
    """This person has sent this form."""


class NothingToSend(Exception):
    """The form has no answer yet."""


def waves_left(viewer: Person, campaign: Campaign, instrument: Instrument) -> list[str]:
    """The forms that the viewer has not sent: before and after, or the one form, which has no wave."""
    taken = set(Taken.objects.filter(campaign=campaign, person=viewer).values_list("wave", flat=True))
    return [wave for wave in (WAVES if instrument.waves else ("",)) if wave not in taken]


def draft_of(viewer: Person, campaign: Campaign) -> Draft | None:
    return Draft.objects.filter(person=viewer, campaign=campaign).select_related("edition").first()


def begin(viewer: Person, campaign: Campaign, wave: str) -> Draft:
    """Return the viewer's form, a new one if there is none."""
    defaults = {"edition_id": campaign.edition_id, "wave": wave}
    return Draft.objects.get_or_create(person=viewer, campaign=campaign, defaults=defaults)[0]


def bring_up_to_date(draft: Draft, campaign: Campaign) -> bool:
    """Take a draft over to the version that is asked by now. Returns whether there was anything to take over.

    An answer to a question that reads the same in both versions counts for the new one. Every other answer is kept
    with the version that it answers, and the question is asked as it reads now.
    """
    if draft.edition_id == campaign.edition_id:
        return False
    old, new = instrument_of(draft.edition), instrument_of(campaign.edition)
    stay: Given = {}
    for row in _rows(draft.answers, "", draft.wave, "", old):
        if old.question(row.question) == new.question(row.question):
            stay.setdefault(row.question, {}).setdefault(row.item, []).append(row.answer)
        else:
            draft.earlier.append([row.question, row.item, row.answer, old.version])
    draft.answers, draft.edition = stay, campaign.edition
    draft.save()
    return True


def keep_page_of(draft: Draft, campaign: Campaign, number: int, sent: QueryDict) -> None:
    """Keep what was typed on a page of an earlier version, which was changed while it was being filled in."""
    edition = Edition.objects.filter(instrument=campaign.edition.instrument, version=sent.get("version", "")).first()
    if edition is None:
        return
    old, new = instrument_of(edition), instrument_of(campaign.edition)
    pages = pages_of(old)
    given, _ = read_page(pages[number - 1].questions if 1 <= number <= len(pages) else (), sent, {})
    for row in _rows(given, "", draft.wave, "", old):
        if old.question(row.question) == new.question(row.question):
            draft.answers[row.question] = given[row.question]
        elif (kept := [row.question, row.item, row.answer, old.version]) not in draft.earlier:
            draft.earlier.append(kept)
    draft.save(update_fields=["answers", "earlier"])


def send(viewer: Person, draft: Draft) -> list[Row]:
    """Store the form's answers apart from the person, and forget the draft. Returns the answers, to advise on them.

    Raises SurveyClosed, SentAlready, NothingToSend; the draft is then as it was.
    """
    try:
        with transaction.atomic():
            # The campaign's row is held, so that two forms are sent one after the other.
            campaign = Campaign.objects.select_for_update().get(pk=draft.campaign_id)
            if not campaign.is_open(timezone.localdate()) or campaign.publications.exists():
                raise SurveyClosed
            instrument = instrument_of(campaign.edition)
            form, person = random_form(), person_in(campaign, instrument, viewer.pk, viewer.email)
            rows = _asked_rows(draft.answers, form, draft.wave, person, instrument)
            rows = list(collect(Collected(tuple(rows)), instrument).answers)
            earlier = [
                Row(form, person, draft.wave, instrument.name, version, question, item, answer)
                for question, item, answer, version in draft.earlier
            ]
            if not rows and not earlier:
                raise NothingToSend
            Taken.objects.create(campaign=campaign, person=viewer, wave=draft.wave)
            store(campaign, instrument, [*rows, *earlier])
            draft.delete()
            _shuffle(campaign)
    except IntegrityError:
        raise SentAlready from None
    return rows


def person_in(campaign: Campaign, instrument: Instrument, who: int | str, named: str) -> str:
    """What stands under `person` in the answers: nothing, a hash that only this installation can make, or the name.

    Its key is the installation's secret key, which is no part of the database; another campaign gives another hash.
    """
    if instrument.anonymity == "anonymous":
        return ""
    if instrument.anonymity == "named":
        return named
    return salted_hmac(
        f"tracker.surveys.{campaign.name}", f"{who}", settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()


def store(campaign: Campaign, instrument: Instrument, rows: list[Row]) -> None:
    """Write the answers of whole forms."""
    divider = divider_of(instrument)
    units = {row.form: row.answer for row in rows if divider == DIVIDER and row.question == DIVIDER}
    listed = {question.id for question in instrument.questions if question.kind in KINDS}
    seen: set[tuple[str, str]] = set()
    answers = []
    for row in rows:
        answers.append(
            Answer(
                campaign=campaign,
                unit=row.wave if instrument.waves and divider != DIVIDER else units.get(row.form, ""),
                # An answer to an earlier version is counted in no report of this one.
                listed=row.question in listed and row.version == instrument.version,
                first=(row.form, row.version) not in seen,
                **row._asdict(),
            )
        )
        seen.add((row.form, row.version))
    # Random ids decide where a row lies; written in their order, a form's rows do not lie side by side either.
    Answer.objects.bulk_create(sorted(answers, key=lambda answer: answer.pk), batch_size=2_000)


def _shuffle(campaign: Campaign) -> None:
    """Write who has answered anew, with new ids, in an order of chance.

    PostgreSQL remembers which rows were written together, and in what order; afterwards all of these are alike.
    """
    everybody = list(Taken.objects.filter(campaign=campaign).values_list("person_id", "wave"))
    if len(everybody) > ALWAYS_SHUFFLED and secrets.randbelow(len(everybody)) >= ALWAYS_SHUFFLED:
        return
    secrets.SystemRandom().shuffle(everybody)
    Taken.objects.filter(campaign=campaign).delete()
    fresh = [Taken(campaign=campaign, person_id=person, wave=wave) for person, wave in everybody]
    Taken.objects.bulk_create(fresh, batch_size=2_000)


def _asked_rows(given: Given, form: str, wave: str, person: str, instrument: Instrument) -> list[Row]:
    """The answers to what is asked of somebody with these answers; what an earlier answer rules out is left out."""
    asked: Given = {}
    for question in instrument.questions:
        if question.id in given and applies(question, asked):
            asked[question.id] = given[question.id]
    return _rows(asked, form, wave, person, instrument)


def _rows(given: Given, form: str, wave: str, person: str, instrument: Instrument) -> list[Row]:
    """Saved answers as rows, in the order of the questions."""
    return [
        Row(form, person, wave, instrument.name, instrument.version, question.id, slot, value)
        for question in instrument.questions
        for slot in question.slots
        for value in given.get(question.id, {}).get(slot, ())
    ]
