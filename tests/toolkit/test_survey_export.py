"""A survey goes to other tools whole: their own libraries take it, and ask the same questions under the same conditions."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from academy.site.browser_packages import find_node
from academy.site.lite import environment_python
from tests.toolkit.survey_examples import FERRY, OURS, instrument_of
from toolkit.survey.export import as_page, name_of, surveyjs, xlsform
from toolkit.survey.instrument import Instrument

ROOT = Path(__file__).parents[2]
SURVEYJS = ROOT / "tests" / "surveyjs"
EVERY = ["ferry-crews", *OURS]


def survey(name: str) -> Instrument:
    return FERRY if name == "ferry-crews" else instrument_of(name)


def names(instrument: Instrument) -> list[str]:
    """What each answer is called: the question, and its item after an underscore."""
    return [name_of(question, slot) for question in instrument.questions for slot in question.slots]


# -- XLSForm ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_an_xlsform_asks_for_every_answer_once(name: str) -> None:
    sheets = xlsform(survey(name))
    kinds = ("select_one", "select_multiple", "text", "decimal")
    asked = [row["name"] for row in sheets["survey"] if row["type"].split()[0] in kinds]
    assert [each for each in asked if each not in ("wave", "person")] == names(survey(name))
    lists = {row["list_name"] for row in sheets["choices"]}
    assert {row["type"].split()[1] for row in sheets["survey"] if row["type"].startswith("select")} <= lists


def test_an_xlsform_keeps_conditions_limits_and_two_different_choices() -> None:
    rows = {row.get("name"): row for row in xlsform(FERRY)["survey"]}
    assert rows["which"]["relevant"] == "selected(${uses}, 'other')"
    assert rows["years"]["constraint"] == ". >= 0 and . <= 60"
    assert rows["help_second"]["constraint"] == ". != ${help_first}"
    assert rows["which"]["constraint"] == "string-length(.) <= 200"
    assert xlsform(FERRY)["settings"] == [{"form_title": "Ferry crews", "form_id": "ferry-crews", "version": "2.1"}]


@pytest.mark.parametrize("name", EVERY)
def test_pyxform_turns_the_xlsform_into_a_form_without_a_warning(name: str) -> None:
    from pyxform import xls2xform

    made = xls2xform.convert(xlsform(survey(name)))
    assert made.warnings == []
    for each in names(survey(name)):
        assert f"/{each}" in made.xform


# -- SurveyJS ---------------------------------------------------------------------------------------------------------


def elements(instrument: Instrument) -> dict[str, dict[str, Any]]:
    return {element["name"]: element for page in surveyjs(instrument)["pages"] for element in page["elements"]}


def test_surveyjs_keeps_conditions_limits_and_two_different_choices() -> None:
    made = elements(FERRY)
    assert made["which"]["visibleIf"] == "{uses} anyof ['other']"
    assert (made["years"]["min"], made["years"]["max"], made["which"]["maxLength"]) == (0, 60, 200)
    (rule,) = made["help_second"]["validators"]
    assert rule["expression"] == "{help_second} empty or ({help_second} <> {help_first})"
    assert {made[place]["type"] for place in ("help_first", "help_second")} == {"dropdown"}


FILL_IN = """
const { Model } = require("survey-core");
const { survey, answers } = JSON.parse(require("fs").readFileSync(0));
const model = new Model(survey);
model.data = answers;
const shown = model.getAllQuestions(true).map((question) => question.name);
const valid = model.getAllQuestions(true).filter((question) => !question.validate()).map((question) => question.name);
console.log(JSON.stringify({ errors: (model.jsonErrors || []).map((each) => each.message), shown, refused: valid }));
"""


def filled_in(instrument: Instrument, answers: dict[str, Any]) -> dict[str, list[str]]:
    """What SurveyJS's own library makes of a filled form."""
    assert (SURVEYJS / "node_modules/ready").is_file(), "Install it: make tests/surveyjs/node_modules/ready"
    done = subprocess.run(
        [find_node(environment_python(ROOT)), "-e", FILL_IN],
        input=json.dumps({"survey": surveyjs(instrument), "answers": answers}),
        capture_output=True,
        text=True,
        cwd=SURVEYJS,
        check=True,
    )
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("name", EVERY)
def test_surveyjs_reads_the_survey_without_an_error_and_shows_what_has_no_condition(name: str) -> None:
    ours = survey(name)
    told = filled_in(ours, {})
    assert told["errors"] == []
    wanted = [question for question in ours.questions if question.only_if is None]
    expected = [n for q in wanted for n in ([name_of(q, s) for s in q.slots] if q.kind == "ranking" else [q.id])]
    assert [each for each in told["shown"] if each not in ("wave", "person")] == expected


def test_surveyjs_asks_more_of_those_whom_a_condition_names() -> None:
    assert "which" in filled_in(FERRY, {"uses": ["paper", "other"]})["shown"]
    assert "which" not in filled_in(FERRY, {"uses": ["paper"]})["shown"]


def test_surveyjs_refuses_the_same_choice_twice_and_a_number_out_of_range() -> None:
    wrong = {"help_first": "tools", "help_second": "tools", "years": 90}
    assert filled_in(FERRY, wrong)["refused"] == ["help_second", "years"]
    right = {"help_first": "tools", "help_second": "people", "years": 9}
    assert filled_in(FERRY, right)["refused"] == []


# -- a page -----------------------------------------------------------------------------------------------------------


def test_a_page_says_first_why_who_can_tell_and_for_how_long() -> None:
    page = as_page(FERRY)
    assert page.startswith(
        "# Ferry crews\n\nVersion 2.1. For: Crews. It takes about 3 minutes.\n\n"
        "To see what is needed. Nobody can tell who gave which answers. It is your choice. One year.\n\n"
        "What you write in your own words is read by: The harbor master.\n"
    )
    assert "### Which other?\n\nOnly if you answered “What do you use?” with: Other\n\n" in page
    assert "Choose your first and your second from:\n\n- Training\n- Tools\n- People" in page
    assert "For each, one of: Yes, very / Rather / Neither / No / Does not apply\n\n- Time\n- Tools" in page


@pytest.mark.parametrize("name", OURS)
def test_a_page_has_every_question_and_every_answer(name: str) -> None:
    page = as_page(survey(name))
    for question in survey(name).questions:
        for text in (question.text, *(item.text for item in question.items), *(c.text for c in question.choices)):
            assert text in page
