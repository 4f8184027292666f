"""What a report is made of: answers that count, earlier releases, figures to compare with, recommended paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from academy.survey.errors import SurveyRefused
from academy.survey.instruments import load_curriculum
from academy.survey.published import baseline, data_plan_report, data_plan_unit_report, leadership_report
from toolkit.disclosure import TableBroken, TooManyCrossings
from toolkit.survey.answers import Answer, Collected, SetAside, collect
from toolkit.survey.instrument import Instrument
from toolkit.survey.other_tools import from_odk, from_surveyjs
from toolkit.survey.recommend import AGENCY_RULE, Recommendation, for_agency, for_person, paths_of
from toolkit.survey.releases import ReleasesUnreadable, from_json, to_json
from toolkit.survey.report import Part, Report, full_report, open_answers
from toolkit.survey.sheet import AnswersUnreadable, from_csv
from toolkit.survey.units import NoSuchField, ReportWithheld, full_releases, unit_report

_MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class Made:
    """A report, and what goes with it for those who answer for it."""

    report: Report
    reasons: tuple[str, ...] = ()
    aside: tuple[SetAside, ...] = ()
    open_answers: tuple[tuple[str, str], ...] = ()


def published_report(name: str, by: str | None) -> Made:
    """Return the report of a published survey."""
    if by is None:
        return Made(leadership_report() if name == "leadership-survey" else data_plan_report())
    made = data_plan_unit_report(by) if name == "data-plan-survey" else None
    if made is None:
        known = "It can be divided by sector." if name == "data-plan-survey" else "No figures by unit were published."
        raise SurveyRefused(f"{name} has no figures by {by}. {known}")
    return Made(made.report, made.reasons)


def survey_report(instrument: Instrument, file: Path | None, by: str | None, releases: Path | None) -> Made:
    """Return the report of the answers in `file`: of all together, or by unit after the earlier releases."""
    collected = _collect(instrument, file)
    report, reasons = _report(instrument, collected.answers, by, releases)
    words = tuple(open_answers(instrument, collected.answers))
    return Made(_with_paths(instrument, report), reasons, collected.aside, words)


def _collect(instrument: Instrument, file: Path | None) -> Collected:
    if file is None:
        raise click.UsageError(
            "Say where the answers are: --answers FILE. "
            f"For an empty file to fill in: academy survey export {instrument.name} --as csv-template"
        )
    return collect(_read(file, from_csv), instrument)


def _read(file: Path, read: Callable[[str], Collected]) -> Collected:
    if file.stat().st_size > _MOST_BYTES:
        raise SurveyRefused(f"{file} is larger than {_MOST_BYTES // 1_000_000} MB. Split it.")
    try:
        return read(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SurveyRefused(f"{file} is not UTF-8 text. Save it as “CSV UTF-8”.") from None
    except AnswersUnreadable as error:
        raise SurveyRefused(f"{file}: {error}") from None


def collected_elsewhere(instrument: Instrument, file: Path, tool: str) -> Collected:
    """Return the answers that another tool collected: those that count, and what is set aside."""
    read = from_odk if tool == "odk" else from_surveyjs
    return collect(_read(file, lambda text: read(text, instrument)), instrument)


def recommendations(instrument: Instrument, file: Path, form: str | None) -> dict[str, Recommendation]:
    """Return the path for the person of each form, or of one."""
    by_form: dict[str, list[Answer]] = {}
    for answer in _collect(instrument, file).answers:
        by_form.setdefault(answer.form, []).append(answer)
    wanted = by_form if form is None else {form: by_form.get(form, [])}
    if not any(wanted.values()):
        raise SurveyRefused(f"{file} has no answers that count{f' of form {form}' if form else ''}.")
    paths = paths_of(load_curriculum())
    return {number: for_person(instrument, answers, paths) for number, answers in wanted.items()}


def _report(
    instrument: Instrument, answers: Sequence[Answer], by: str | None, file: Path | None
) -> tuple[Report, tuple[str, ...]]:
    reasons: tuple[str, ...] = ()
    try:
        earlier = from_json(file.read_text(encoding="utf-8")) if file and file.exists() else ()
        if by is None:
            beside = baseline(instrument.follows) if instrument.follows else None
            report = full_report(instrument, answers, baseline=beside, baseline_name="Statewide 2024")
            added = full_releases(instrument, answers)
        else:
            made = unit_report(instrument, answers, by, earlier=earlier)
            report, reasons, added = made.report, made.reasons, made.releases
    except (ReportWithheld, NoSuchField, ReleasesUnreadable, TooManyCrossings) as error:
        raise SurveyRefused(str(error)) from None
    except (TableBroken, UnicodeDecodeError) as error:
        raise SurveyRefused(f"{error} Were the releases made from other answers? Then begin a new file.") from None
    if file:
        file.write_text(to_json([*earlier, *added]), encoding="utf-8")
    return report, reasons


def _with_paths(instrument: Instrument, report: Report) -> Report:
    """The report with the recommended path of all, or of each unit, from what the report itself shows."""
    paths = paths_of(load_curriculum())
    parts = []
    for question in instrument.questions:
        if question.kind != "grid" or "important" not in question.groups:
            continue
        rows = [row for part in report.parts for row in part.rows if row.slot[0] == question.id]
        units = list(dict.fromkeys((row.unit, row.label if row.unit else "") for row in rows))
        notes = []
        for unit, label in units:
            words = for_agency(question, [row for row in rows if row.unit == unit], paths).words
            notes.append(f"{label}: {words}" if label else words)
        parts.append(Part("Recommended path", notes=(*dict.fromkeys(notes), AGENCY_RULE)))
    return replace(report, parts=(*report.parts, *parts))
