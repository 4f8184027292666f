"""The class of a column follows from its answers, by the glossary's own rules, and is told with its reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from academy.cli import main
from academy.glossary import CLASSES, classes_as_json
from academy.project import LESSONS, WORKSHEETS
from autograder.notebook import read_glossary
from toolkit.classification import ACCESS_RECORD, advice, classes_of, data_classes, explain

EXEMPT = "open a record that is exempt from FOI"
GLOSSARY = read_glossary(LESSONS / "glossary.yml")
FIELDS = json.loads((WORKSHEETS / "classification-assessment.json").read_text(encoding="utf-8"))["properties"]
QUESTIONS = FIELDS["columns"]["items"]["properties"]


def facts(release: str, tells: str, privacy_law: str = "no", **more: str) -> dict[str, str]:
    return {"column": "town", "release": release, "tells": tells, "privacy_law": privacy_law, **more}


# -- one source -------------------------------------------------------------------------------------------------------


def test_the_toolkit_has_the_classes_as_the_glossary_defines_them() -> None:
    assert CLASSES.read_text(encoding="utf-8") == classes_as_json(GLOSSARY), "Run: academy glossary"


def test_the_four_classes_are_those_that_the_state_data_plan_defines() -> None:
    assert [each.id for each in data_classes()] == ["private", "personal", "protected", "public"]
    for each in data_classes():
        term = GLOSSARY[f"{each.id}-data"]
        assert (each.term, each.plain, each.definition) == (term.term, term.plain, term.definition)
        assert term.sources == ("plan-2018", "plan-2025")


def test_every_answer_that_a_rule_waits_for_can_be_given_on_the_worksheet() -> None:
    for each in data_classes():
        for question, answers in each.when.items():
            assert set(answers) <= set(QUESTIONS[question]["enum"]), each.id
    assert {each.id for each in data_classes()} == set(QUESTIONS["class"]["enum"])


def test_a_changed_definition_reaches_the_toolkit_by_one_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (LESSONS / "glossary.yml").read_text(encoding="utf-8")
    (tmp_path / "glossary.yml").write_text(text.replace("a privacy or confidentiality law covers", "we keep"), "utf-8")
    monkeypatch.setattr("academy.glossary.LESSONS", tmp_path)
    monkeypatch.setattr("academy.glossary.ROOT", tmp_path)
    monkeypatch.setattr("academy.glossary.CLASSES", tmp_path / "classes.json")
    assert CliRunner().invoke(main, ["glossary"]).output == "classes.json is what the glossary says.\n"
    first = json.loads((tmp_path / "classes.json").read_text(encoding="utf-8"))[0]
    assert first["plain"] == "Protected data that we keep."


# -- from answers to a class ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "classes"),
    [
        (facts("no harm", "nothing about a person"), ["public"]),
        (facts("no harm", "who someone is"), ["public"]),
        (facts("hinder government or an investigation", "nothing about a person"), ["protected"]),
        (facts(EXEMPT, "a clue to who someone is"), ["protected"]),
        (facts(EXEMPT, "who someone is"), ["personal", "protected"]),
        (facts(EXEMPT, "someone's health"), ["personal", "protected"]),
        (facts("break a law or regulation", "something else about a person", "yes"), ["private", "protected"]),
        (facts("break a law or regulation", "who someone is", "yes"), ["private", "personal", "protected"]),
        (facts("  Break a Law or regulation ", "Someone’s health", "Yes"), ["private", "personal", "protected"]),
    ],
)
def test_answers_lead_to_classes_the_one_to_act_by_first(answers: dict[str, str], classes: list[str]) -> None:
    assert classes_of(answers) == classes


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({}, "Ask counsel what giving it to the public would do and whether a privacy law covers it"),
        (facts("not sure", "who someone is"), "Ask counsel what giving it to the public would do."),
        (facts("no harm", "who someone is", "not sure"), "whether a privacy law covers it"),
        (facts("no harm", "who someone is", "yes"), "Ask counsel which of the two holds"),
        ({"release": 7, "privacy_law": None}, "Not decided yet"),
    ],
)
def test_answers_that_do_not_decide_lead_to_no_class_but_to_someone_who_knows(
    answers: dict[str, Any], words: str
) -> None:
    assert classes_of(answers) == []
    assert words in explain(answers)


def test_a_class_is_told_with_its_reasons_and_the_others_that_hold() -> None:
    told = explain(facts("break a law or regulation", "who someone is", "yes"))
    assert told.startswith("Private (and personal), because a law on privacy or confidentiality covers it and ")
    assert "it says who someone is" in told and "covers it" in told


# -- advice on a whole table ------------------------------------------------------------------------------------------


def test_a_class_that_does_not_follow_from_the_answers_is_questioned() -> None:
    wrong = advice({"columns": [facts(EXEMPT, "who someone is", **{"class": "public"})]})
    assert "You wrote public: change the class, or the answer that is not right." in wrong[0]
    weaker = advice({"columns": [facts(EXEMPT, "who someone is", **{"class": "protected"})]})
    assert "You wrote protected. That holds too, but act by personal." in weaker[0]
    assert "You wrote" not in advice({"columns": [facts(EXEMPT, "who someone is", **{"class": "personal"})]})[0]


def test_clues_that_leave_rows_alone_make_the_whole_table_personal() -> None:
    clues = [facts(EXEMPT, "a clue to who someone is")]
    assert "Count how many rows are alone on them." in " ".join(advice({"columns": clues}))
    told = " ".join(advice({"columns": clues, "percent_alone": 97.3, "table_class": "protected"}))
    assert "leave 97.3 percent of the rows alone" in told
    assert "The table as a whole is personal" in told and "You wrote that the table is protected." in told
    assert "The table as a whole is protected" in " ".join(advice({"columns": clues, "percent_alone": 0}))


def test_rows_that_are_not_public_are_not_to_be_published() -> None:
    told = advice({"columns": [facts(EXEMPT, "who someone is")], "release_plan": "publish the rows", "impact": "high"})
    assert any("The rows are personal. Publish counts" in each for each in told)
    assert any("Have a second person check" in each for each in told)


def test_personal_data_need_a_record_of_who_saw_them() -> None:
    last_name = facts(EXEMPT, "who someone is")
    told = " ".join(advice({"columns": [last_name], "safeguards": ["none yet"]}))
    assert "a record of who got access and why (C.G.S. § 4-193)" in told and "Give access by role only" in told
    kept = {"columns": [last_name], "safeguards": [ACCESS_RECORD, "access by role only"]}
    assert not [sentence for sentence in advice(kept) if "record of who" in sentence or "by role" in sentence]
    assert {ACCESS_RECORD, "access by role only"} <= set(FIELDS["safeguards"]["items"]["enum"])


def test_a_public_column_about_a_person_asks_for_the_law_that_says_so() -> None:
    assert "name the law or policy that says so" in " ".join(advice({"columns": [facts("no harm", "who someone is")]}))


@pytest.mark.parametrize("filled", [{}, {"columns": None}, {"columns": [None, {}]}, {"percent_alone": "many"}])
def test_a_worksheet_that_is_hardly_begun_breaks_nothing(filled: dict[str, Any]) -> None:
    assert all(isinstance(sentence, str) for sentence in advice(filled))


def test_the_worksheets_example_is_classified_as_its_author_did() -> None:
    example = json.loads((WORKSHEETS / "examples" / "classification-assessment.json").read_text(encoding="utf-8"))
    assert not [sentence for sentence in advice(example) if "You wrote" in sentence]
