"""An instrument is read whole, or everything that is wrong with it is named, with what to do."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.toolkit.survey_examples import FERRY, OURS, data_of, ferry_data, instrument_of
from toolkit.reading import reading_grade
from toolkit.survey.check import problems
from toolkit.survey.instrument import InstrumentBroken, read_instrument

Change = Callable[[dict[str, Any]], object]


def test_an_instrument_says_what_can_be_answered_and_where() -> None:
    needs, help_ = FERRY.question("needs"), FERRY.question("help")
    assert needs and help_
    assert needs.slots == ("time", "tools")
    assert needs.groups == ("agree", "neutral", "disagree")
    assert [choice.value for choice in needs.choices if choice.apart] == ["none"]
    assert help_.slots == ("first", "second")
    assert help_.options == ("training", "tools", "people")


def only_if(question: str, *values: str) -> dict[str, Any]:
    return {"question": question, "is": list(values)}


def question(data: dict[str, Any], id_: str) -> dict[str, Any]:
    return next(each for each in data["questions"] if each["id"] == id_)


WRONG: dict[str, tuple[Change, str]] = {
    "a condition on a question that is not there": (
        lambda data: question(data, "which").update(only_if=only_if("using", "other")),
        "ferry.yml, question which: It depends on “using”, which is not there. Mend the name under only_if.",
    ),
    "a condition on itself": (
        lambda data: question(data, "uses").update(only_if=only_if("uses", "paper")),
        "ferry.yml, question uses: It depends on itself: uses → uses. Take away one of the conditions.",
    ),
    "two conditions in a ring": (
        lambda data: [
            question(data, "port").update(only_if=only_if("uses", "paper")),
            question(data, "uses").update(only_if=only_if("port", "east")),
        ],
        "ferry.yml, question port: It depends on itself: port → uses → port. Take away one of the conditions.",
    ),
    "a condition on a later question": (
        lambda data: question(data, "port").update(only_if=only_if("uses", "paper")),
        "ferry.yml, question port: It depends on “uses”, which is asked later. Ask that question first.",
    ),
    "a condition on an answer that is not there": (
        lambda data: question(data, "which").update(only_if=only_if("uses", "pen")),
        "ferry.yml, question which: “uses” has no answer “pen”. Write one of these: paper, radio, other.",
    ),
    "a condition on a grid": (
        lambda data: question(data, "which").update(only_if=only_if("needs", "yes")),
        "It depends on “needs”, which has no list of answers to choose from.",
    ),
    "a scale that is not there": (
        lambda data: question(data, "needs").update(scale="agreeing"),
        "ferry.yml, question needs: There is no scale “agreeing”. Add it under scales. There are: agreement.",
    ),
    "a question twice": (
        lambda data: data["questions"].append(copy.deepcopy(data["questions"][-1])),
        "ferry.yml: The question “years” is there twice. Give each a name of its own.",
    ),
    "an item twice": (
        lambda data: question(data, "needs")["items"].append({"id": "time", "text": "Hours"}),
        "ferry.yml, question needs: The item “time” is there twice.",
    ),
    "an answer twice": (
        lambda data: question(data, "port")["choices"].append({"value": "east", "text": "East end"}),
        "ferry.yml, question port: The answer “east” is there twice.",
    ),
    "two answers with the same words": (
        lambda data: question(data, "port")["choices"].append({"value": "south", "text": "Port east"}),
        "ferry.yml, question port: The wording “Port east” is there twice. Give each a name of its own.",
    ),
    "a question that no section asks": (
        lambda data: data["sections"][0]["questions"].remove("years"),
        "ferry.yml: No section lists the question “years”.",
    ),
    "a section with a question that is not there": (
        lambda data: data["sections"][0]["questions"].append("months"),
        "ferry.yml: A section lists the question “months”, which is not there.",
    ),
    "two orders of questions": (
        lambda data: data["sections"][0]["questions"].reverse(),
        "ferry.yml: Sections and questions have two orders.",
    ),
    "more choices than items": (
        lambda data: question(data, "help").update(items=[{"id": "training", "text": "Training"}]),
        "ferry.yml, question help: It asks for more choices than it has items.",
    ),
    "numbers the wrong way round": (
        lambda data: question(data, "years").update(least=70),
        "ferry.yml, question years: Its least number is above its greatest.",
    ),
    "bands with a gap": (
        lambda data: data.update(
            bands=[
                {"name": "Low", "from": 0, "to": 3, "text": "Low"},
                {"name": "High", "from": 5, "to": 6, "text": "High"},
            ]
        ),
        "ferry.yml: The band “High” must begin at 4. Leave no gap between bands.",
    ),
    "bands that end before the points do": (
        lambda data: [
            question(data, "port")["choices"][0].update(points=9),
            data.update(bands=[{"name": "All", "from": 0, "to": 3, "text": "All"}]),
        ],
        "ferry.yml: The bands end at 3, the points at 9.",
    ),
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda name: name.replace(" ", "-"))
def test_what_is_wrong_is_named_with_the_file_and_what_to_do(wrong: str) -> None:
    change, told = WRONG[wrong]
    data = ferry_data()
    change(data)
    with pytest.raises(InstrumentBroken) as caught:
        read_instrument(data, "ferry.yml")
    assert told in str(caught.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    data = ferry_data()
    question(data, "needs")["scale"] = "none"
    question(data, "which")["only_if"] = only_if("nothing", "x")
    assert len(problems(data, "ferry.yml")) == 2


# -- our own ----------------------------------------------------------------------------------------------------------


def test_there_are_the_five_that_the_needs_assessment_needs() -> None:
    assert OURS == ["course-feedback", "data-literacy", "data-officers", "leadership", "staff"]


@pytest.mark.parametrize("name", OURS)
def test_each_of_ours_says_why_who_sees_it_and_how_long_it_is_kept(name: str) -> None:
    ours = instrument_of(name)
    assert "your choice" in ours.consent
    assert "deleted" in ours.retention
    assert ours.purpose and ours.open_answers and ours.based_on


@pytest.mark.parametrize("name", OURS)
def test_each_of_ours_reads_at_grade_ten_or_lower(name: str) -> None:
    ours = instrument_of(name)
    lines = [ours.purpose, ours.consent, ours.retention]
    for each in ours.questions:
        lines += [each.text, *(item.text for item in each.items)]
    text = " ".join(line if line[-1] in ".?" else f"{line}." for line in map(str.strip, lines))
    assert reading_grade(text) <= 10


def test_data_literacy_has_ten_questions_of_0_to_3_points_each_with_lessons_that_help() -> None:
    ours = instrument_of("data-literacy")
    assert ours.waves and len(ours.questions) == 10
    for each in ours.questions:
        assert [choice.points for choice in each.choices] == [0, 1, 2, 3]
        assert each.lessons
    assert (ours.bands[0].least, ours.bands[-1].greatest) == (0, 30)


def test_training_topics_are_the_same_in_all_surveys_so_that_they_can_be_compared() -> None:
    asked = [
        [item["id"] for item in question(data_of(name), "topics")["items"]]
        for name in ("leadership", "staff", "data-officers")
    ]
    assert asked[0] == asked[1] == asked[2] and len(asked[0]) == 15
