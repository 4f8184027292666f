"""The pages of whoever fills in a survey."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from toolkit.survey.export import ANONYMITY
from toolkit.survey.instrument import Instrument
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.surveys import access
from tracker.surveys.advice import advice_for_person, standing
from tracker.surveys.asking import LISTED_AT_MOST, asking
from tracker.surveys.instruments import instrument_of
from tracker.surveys.models import Campaign, Draft
from tracker.surveys.pages import Asked, Page, pages_of, read_page, shown
from tracker.surveys.sending import (
    NothingToSend,
    SentAlready,
    SurveyClosed,
    begin,
    bring_up_to_date,
    draft_of,
    keep_page_of,
    send,
    waves_left,
)


@signed_in
@require_safe
def surveys(request: HttpRequest, viewer: Person) -> HttpResponse:
    """The surveys that ask the viewer, and those that the viewer runs or reads the report of."""
    reported = list(access.reported_to(viewer).prefetch_related("publications")[:LISTED_AT_MOST])
    run = set(access.run_by(viewer).values_list("pk", flat=True)) if reported else set()
    context = {
        "lines": asking(viewer),
        "reported": [
            {"campaign": each, "survey": instrument_of(each.edition), "runs": each.pk in run} for each in reported
        ],
        "may_open": access.may_open_any(viewer),
        "at_most": LISTED_AT_MOST,
    }
    return render(request, "surveys/surveys.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, viewer: Person, name: str) -> HttpResponse:
    """What the survey is for, who reads it and how long it is kept; then begin, go on, or throw the form away."""
    campaign = _asked(viewer, name)
    instrument = instrument_of(campaign.edition)
    left = waves_left(viewer, campaign, instrument)
    if not left:
        return _sent_already(request, campaign, instrument)
    draft = draft_of(viewer, campaign)
    error = ""
    if request.method == "POST":
        if "discard" in request.POST:
            if draft:
                draft.delete()
            return render(request, "surveys/discarded.html", {"survey": instrument, "campaign": campaign})
        wave = request.POST.get("wave", "") if instrument.waves else ""
        if draft or wave in left:
            begin(viewer, campaign, wave)
            return redirect("survey-page", name, 1)
        error = "Choose one, so that your two forms can be told apart."
    context = {
        "survey": instrument,
        "campaign": campaign,
        "draft": draft,
        "left": left,
        "anonymity": ANONYMITY[instrument.anonymity],
        "parts": len(instrument.sections),
        "error": error,
    }
    return render(request, "surveys/survey.html", context, status=422 if error else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def survey_page(request: HttpRequest, viewer: Person, name: str, number: int) -> HttpResponse:
    """One page of the form. Sending it saves what can be saved, and shows the page again where something cannot."""
    campaign = _asked(viewer, name)
    draft = draft_of(viewer, campaign)
    if draft is None:
        return redirect("survey", name)
    instrument = instrument_of(campaign.edition)
    pages = pages_of(instrument)
    changed = bring_up_to_date(draft, campaign)
    if request.method == "POST" and request.POST.get("version") != instrument.version:
        keep_page_of(draft, campaign, number, request.POST)
        changed = True
    if not 1 <= number <= len(pages) and not changed:
        raise Http404
    page = pages[min(max(number, 1), len(pages)) - 1]
    questions = page.applying(draft.answers)
    if changed:
        return _page(request, campaign, instrument, page, shown(questions, draft.answers), changed=True)
    if request.method != "POST":
        if not questions:
            return _onward(name, pages, number, draft)
        return _page(request, campaign, instrument, page, shown(questions, draft.answers))
    draft.answers, asked = read_page(questions, request.POST, draft.answers)
    draft.save(update_fields=["answers"])
    if any(each.errors for each in asked):
        return _page(request, campaign, instrument, page, asked, status=422)
    if "later" in request.POST:
        return redirect("surveys")
    if "back" in request.POST:
        before = [earlier for earlier in pages[: number - 1] if earlier.applying(draft.answers)]
        return redirect("survey-page", name, before[-1].number) if before else redirect("survey", name)
    return _onward(name, pages, number, draft)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def survey_send(request: HttpRequest, viewer: Person, name: str) -> HttpResponse:
    """Look over what is answered, then send it."""
    campaign = _asked(viewer, name)
    instrument = instrument_of(campaign.edition)
    draft = draft_of(viewer, campaign)
    if draft is None:
        return _sent_already(request, campaign, instrument) if _has_sent(viewer, campaign) else redirect("survey", name)
    pages = pages_of(instrument)
    if bring_up_to_date(draft, campaign):
        page = pages[0]
        return _page(request, campaign, instrument, page, shown(page.questions, draft.answers), changed=True)
    error = ""
    if request.method == "POST":
        try:
            rows = send(viewer, draft)
        except SentAlready:
            return _sent_already(request, campaign, instrument)
        except SurveyClosed:
            raise Http404 from None
        except NothingToSend:
            error = "There is nothing to send yet: every question is empty."
        else:
            # What is said to the person stays on this one page. Kept for another request, it would tie the answers to
            # them again.
            context = {
                "survey": instrument,
                "campaign": campaign,
                "advice": advice_for_person(instrument, rows),
                "standing": standing(instrument, rows),
            }
            return render(request, "surveys/sent.html", context)
    lines = []
    for page in pages:
        questions = page.applying(draft.answers)
        answered = sum(question.id in draft.answers for question in questions)
        if questions:
            lines.append({"page": page, "answered": answered, "of": len(questions)})
    context = {"survey": instrument, "campaign": campaign, "lines": lines, "error": error, "draft": draft}
    return render(request, "surveys/send.html", context, status=422 if error else 200)


def _page(
    request: HttpRequest,
    campaign: Campaign,
    instrument: Instrument,
    page: Page,
    asked: list[Asked],
    *,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "survey": instrument,
        "campaign": campaign,
        "page": page,
        "parts": len(instrument.sections),
        "asked": asked,
        "errors": [slot for each in asked for slot in each.errors],
        "changed": changed,
    }
    return render(request, "surveys/page.html", context, status=status)


def _onward(name: str, pages: list[Page], number: int, draft: Draft) -> HttpResponse:
    """To the next page that asks something of this person; after the last, to look it over."""
    following = [page for page in pages[number:] if page.applying(draft.answers)]
    return redirect("survey-page", name, following[0].number) if following else redirect("survey-send", name)


def _sent_already(request: HttpRequest, campaign: Campaign, instrument: Instrument) -> HttpResponse:
    return render(request, "surveys/sent_already.html", {"survey": instrument, "campaign": campaign})


def _asked(viewer: Person, name: str) -> Campaign:
    """The campaign, if it asks the viewer today."""
    return get_object_or_404(access.asked(viewer), pk=name)


def _has_sent(viewer: Person, campaign: Campaign) -> bool:
    return viewer.surveys_taken.filter(campaign=campaign).exists()
