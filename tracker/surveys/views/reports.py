"""The report of a survey: published once, then read by those whom it is for; and what people wrote themselves."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from toolkit.survey.units import ALL, ReportWithheld
from tracker.audit.log import note
from tracker.people.doors import signed_in
from tracker.people.models import Person
from tracker.surveys import access
from tracker.surveys.advice import advice
from tracker.surveys.figures import Figures, Shown, recommendation, tables
from tracker.surveys.files import answers_as_csv, figures_as_csv, figures_as_workbook
from tracker.surveys.instruments import WAVE, instrument_of, lesson_paths
from tracker.surveys.models import Answer, Campaign, Publication
from tracker.surveys.publishing import NotYet, publish, words_of

WORDS_A_PAGE = 200


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def survey_report(request: HttpRequest, viewer: Person, name: str) -> HttpResponse:
    """The published report. A button publishes it; whoever reads later gets the same figures from storage."""
    campaign = get_object_or_404(access.reported_to(viewer), pk=name)
    instrument = instrument_of(campaign.edition)
    runs = access.run_by(viewer).filter(pk=name).exists()
    if request.method == "POST":
        if not runs:
            raise PermissionDenied
        try:
            made = publish(campaign)
        except (NotYet, ReportWithheld) as refusal:
            context = {"campaign": campaign, "survey": instrument, "words": str(refusal)}
            return render(request, "surveys/withheld.html", context, status=409)
        note(viewer, "survey.publish", str(campaign), forms=made.facts["forms"])
        return redirect("survey-report", name)
    publication = campaign.publications.first()
    if publication is None:
        context = {"campaign": campaign, "survey": instrument, "runs": runs}
        return render(request, "surveys/not_published.html", context)
    figures = Figures(publication)
    units = _units(viewer, campaign, publication, figures)
    shown = _shown(publication, figures, units, request.GET.get("unit", ""))
    found = recommendation(figures, instrument, shown.unit, lesson_paths())
    for_all = found
    if found and found[1].path is None:
        for_all = recommendation(figures, instrument, ALL, lesson_paths())
    context = {
        "campaign": campaign,
        "survey": instrument,
        "publication": publication,
        "units": units,
        "shown": shown,
        "tables": tables(figures, instrument, shown),
        "advice": advice(found[1], found[0]) if found else None,
        # Where too little is shown of an agency, it says: take the path for all who answered. Here it is.
        "advice_for_all": advice(for_all[1], for_all[0]) if for_all and for_all != found else None,
        "runs": runs,
        "lacks_own": bool(publication.divided_by) and len(units) == 1,
    }
    return render(request, "surveys/report.html", context)


@signed_in
@require_safe
def survey_report_file(request: HttpRequest, viewer: Person, name: str, kind: str) -> HttpResponse:
    """The same figures for a spreadsheet: of the units that the viewer may read, and no others."""
    campaign = get_object_or_404(access.reported_to(viewer), pk=name)
    publication = campaign.publications.first()
    if publication is None:
        raise Http404
    readable = {unit for unit, _ in _units(viewer, campaign, publication, Figures(publication))}
    rows = [row for row in publication.figures if row[3] in readable]
    note(viewer, "survey.report_file", str(campaign), kind=kind, rows=len(rows))
    made = figures_as_csv(rows) if kind == "csv" else figures_as_workbook(rows, publication.facts["notes"])
    made["Content-Disposition"] = f'attachment; filename="{campaign.pk}-report.{kind}"'
    return made


@signed_in
@require_safe
def survey_words(request: HttpRequest, viewer: Person, name: str) -> HttpResponse:
    """What people wrote in their own words, apart from all their other answers. Every look is written down."""
    campaign = get_object_or_404(access.opened_to(viewer), pk=name)
    instrument = instrument_of(campaign.edition)
    words = words_of(campaign, instrument)
    page = Paginator(words, WORDS_A_PAGE).get_page(request.GET.get("page"))
    if words:
        note(viewer, "survey.open_answers", str(campaign), page=page.number, answers=len(page.object_list))
    context = {"campaign": campaign, "survey": instrument, "page": page, "closed": campaign.has_closed}
    return render(request, "surveys/words.html", context)


@signed_in
@require_safe
def survey_export(request: HttpRequest, viewer: Person, name: str) -> StreamingHttpResponse:
    """Every single answer, for the administrator only."""
    if not viewer.is_administrator:
        raise Http404
    campaign = get_object_or_404(access.run_by(viewer), pk=name)
    if not campaign.has_closed:
        raise Http404
    answers = Answer.objects.filter(campaign=campaign)
    note(viewer, "survey.export", str(campaign), answers=answers.count())
    lines: Iterator[str] = answers_as_csv(campaign, answers)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{campaign.pk}-answers.csv"'
    return response


def _units(viewer: Person, campaign: Campaign, publication: Publication, figures: Figures) -> list[tuple[str, str]]:
    """The units whose figures the viewer may read: a data officer's own, of a survey that asks all agencies."""
    if access.reads_all_units(viewer) or campaign.agency_id or campaign.cohort_id or publication.divided_by == WAVE:
        return figures.units
    own = {*access.units_of(viewer), ALL}
    return [(unit, label) for unit, label in figures.units if unit in own]


def _shown(publication: Publication, figures: Figures, units: list[tuple[str, str]], wanted: str) -> Shown:
    """The unit that was asked for, beside all; for who sees one unit only, that one; else all together."""
    names = dict(units)
    if publication.divided_by == WAVE and {"before", "after"} <= names.keys():
        return Shown("before", "Before", ("after", "After"))
    own = [unit for unit, _ in units if unit != ALL]
    unit = wanted if wanted in names else own[0] if len(own) == 1 else ALL
    return Shown(unit, names.get(unit, ALL), None if unit == ALL else (ALL, ALL))
