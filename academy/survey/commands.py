"""`academy survey`: check and show instruments, export them, take answers in, and report what was answered."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from academy.survey.errors import SurveyRefused
from academy.survey.instruments import SURVEYS, instrument_names, load_data, load_instrument, missing_lessons
from academy.survey.published import PUBLISHED
from academy.survey.reports import collected_elsewhere, published_report, recommendations, survey_report
from academy.survey.writing import csv_text, give, give_charts, give_workbook
from toolkit.survey.answers import SetAside
from toolkit.survey.check import Problem
from toolkit.survey.export import as_page, surveyjs, xlsform
from toolkit.survey.instrument import Instrument, InstrumentBroken
from toolkit.survey.report import HEADER, as_csv, as_markdown, as_rows
from toolkit.survey.sheet import aside_to_csv, template, to_csv

_MOST_SENTENCES = 20


@click.group()
def survey() -> None:
    """Surveys: check and show one, export it, take answers in, report them."""


@survey.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Say what is wrong with the instruments in FILES, or with all of ours."""
    wrong = 0
    for file in files or sorted(SURVEYS.glob("*.yml")):
        found: list[Problem] = []
        told = ""
        try:
            instrument = load_instrument(file)
            found = missing_lessons(load_data(file), file.name)
            told = f"version {instrument.version}, {len(instrument.questions)} questions"
        except InstrumentBroken as broken:
            found = broken.problems
        click.echo(f"{file.name}: {f'{len(found)} to mend' if found else told}")
        for problem in found:
            click.echo(f"  - {problem}")
        wrong += len(found)
    sys.exit(1 if wrong else 0)


@survey.command()
@click.argument("name")
def preview(name: str) -> None:
    """Print the survey NAME as people see it: what is said at the top, and every question."""
    click.echo(as_page(_instrument(name)), nl=False)


_FORMS = click.Choice(["xlsform", "surveyjs", "csv-template", "markdown"])
_to_write = click.Path(dir_okay=False, path_type=Path)
_there = click.Path(exists=True, dir_okay=False, path_type=Path)


@survey.command()
@click.argument("name")
@click.option("--as", "form", type=_FORMS, default="markdown", show_default=True)
@click.option("--to", type=_to_write, help="The file to write. An XLSForm needs one.")
def export(name: str, form: str, to: Path | None) -> None:
    """Write the survey NAME for another tool: ODK or Kobo, SurveyJS, a spreadsheet, a page."""
    instrument = _instrument(name)
    if form == "xlsform":
        if to is None or to.suffix != ".xlsx":
            raise click.UsageError(f"An XLSForm is a workbook. Say where to write it: --to {name}.xlsx")
        give_workbook(xlsform(instrument), to)
    elif form == "surveyjs":
        give(json.dumps(surveyjs(instrument), ensure_ascii=False, indent=2) + "\n", to)
    elif form == "csv-template":
        give(template(instrument), to, for_spreadsheet=True)
    else:
        give(as_page(instrument), to)


@survey.command("import")
@click.argument("name")
@click.argument("file", type=_there)
@click.option("--from", "tool", type=click.Choice(["odk", "surveyjs"]), required=True, help="odk: Kobo's too.")
@click.option("--to", type=_to_write, required=True, help="The file to write: CSV, one row an answer, for a report.")
@click.option("--aside", type=_to_write, help="Write what is no answer to this file, and why.")
def take_in(name: str, file: Path, tool: str, to: Path, aside: Path | None) -> None:
    """Make answers to NAME that another tool collected in FILE fit for a report.

    FILE is a CSV file of ODK Central or KoboToolbox, or a JSON list of SurveyJS's results.
    """
    collected = collected_elsewhere(_instrument(name), file, tool)
    give(to_csv(collected.answers), to, for_spreadsheet=True)
    forms = len({answer.form for answer in collected.answers})
    click.echo(f"{to}: {len(collected.answers)} answers of {forms} forms.")
    _tell_aside(collected.aside, aside)
    if aside:
        give(aside_to_csv(collected.aside), aside, for_spreadsheet=True)


@survey.command()
@click.argument("name")
@click.option("--answers", type=_there, required=True, help="CSV, one row an answer.")
@click.option("--form", "form", help="One form only.")
def recommend(name: str, answers: Path, form: str | None) -> None:
    """Say for each form of NAME which path of lessons fits, and by which rule.

    For the person who filled it in, and nobody else.
    """
    found = recommendations(_instrument(name), answers, form)
    for number, recommendation in found.items():
        click.echo(f"Form {number}: {recommendation.words}")
    click.echo(f"\n{next(iter(found.values())).rule}")


@survey.command()
@click.argument("name")
@click.option("--answers", type=_there, help="CSV, one row an answer.")
@click.option("--by", help="The question that divides people, such as agency. Small groups are hidden.")
@click.option("--csv", "to_csv", type=_to_write, help="Write every figure to this CSV file.")
@click.option("--xlsx", "to_xlsx", type=_to_write, help="Write every figure to this workbook.")
@click.option("--charts", type=click.Path(file_okay=False, path_type=Path), help="Draw each table in this folder.")
@click.option("--aside", type=_to_write, help="Write the rows that are not counted to this file, and why.")
@click.option("--open", "open_answers", type=_to_write, help="Write what people said in their own words to this file.")
@click.option("--reasons", type=_to_write, help="Write why each number is hidden to this file. Not for others.")
@click.option("--releases", type=_to_write, help="What was published before. This report is added. Not for others.")
def report(
    name: str,
    answers: Path | None,
    by: str | None,
    to_csv: Path | None,
    to_xlsx: Path | None,
    charts: Path | None,
    aside: Path | None,
    open_answers: Path | None,
    reasons: Path | None,
    releases: Path | None,
) -> None:
    """Print the report of NAME: a survey with its answers, or a published one.

    \b
    Published: leadership-survey, data-plan-survey.
    """
    if reasons and not by:
        raise click.UsageError("--reasons belongs to a report by unit. Add --by.")
    if name in PUBLISHED:
        if answers or releases:
            raise click.UsageError(f"{name} is published already. Leave out --answers and --releases.")
        made = published_report(name, by)
    else:
        made = survey_report(_instrument(name), answers, by, releases)
    _tell_aside(made.aside, aside)
    click.echo(as_markdown(made.report).encode(errors="replace"), nl=False)
    if aside:
        give(aside_to_csv(made.aside), aside, for_spreadsheet=True)
    if open_answers:
        give(csv_text([("question", "answer"), *made.open_answers]), open_answers, for_spreadsheet=True)
    if reasons:
        give("".join(f"{reason}\n" for reason in made.reasons), reasons)
    if to_csv:
        give(as_csv(made.report), to_csv, for_spreadsheet=True)
    if to_xlsx:
        give_workbook({"report": [dict(zip(HEADER, row, strict=True)) for row in as_rows(made.report)]}, to_xlsx)
    if charts:
        give_charts(made.report, charts)


def _tell_aside(aside: Sequence[SetAside], file: Path | None) -> None:
    """Say on standard error what is not counted. The report itself goes to standard output."""
    if not aside:
        return
    click.echo(f"Rows that are not counted: {len(aside)}", err=True)
    for each in aside[:_MOST_SENTENCES]:
        click.echo(f"  - {each.sentence}", err=True)
    if len(aside) > _MOST_SENTENCES:
        click.echo(f"  - and {len(aside) - _MOST_SENTENCES} more", err=True)
    if file is None:
        click.echo("To have them all in a file, with the reasons, add: --aside FILE", err=True)


def _instrument(name: str) -> Instrument:
    if name not in instrument_names():
        raise SurveyRefused(
            f"There is no survey “{name}”. There are: {', '.join(instrument_names())}. "
            f"Published, for a report: {', '.join(PUBLISHED)}."
        )
    try:
        return load_instrument(SURVEYS / f"{name}.yml")
    except InstrumentBroken as broken:
        raise SurveyRefused(f"surveys/{name}.yml cannot be used. Run: academy survey check\n{broken}") from None
