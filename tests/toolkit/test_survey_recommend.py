"""A recommendation is a path and the rule that chose it, and it tells nothing that a report hides."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path as File

import yaml

from tests.toolkit.survey_examples import instrument_of
from toolkit.survey.answers import Answer
from toolkit.survey.recommend import AGENCY_RULE, PERSON_RULE, Path, for_agency, for_person, paths_of
from toolkit.survey.tables import Row

PATHS = (
    Path("all", "All", ("read", "find", "clean", "chart", "tell", "share")),
    Path("short", "Short", ("read", "find")),
    Path("show", "Show", ("read", "chart", "tell"), frozenset({"tell"})),
)
COURSE, STAFF, LEADERS = instrument_of("data-literacy"), instrument_of("staff"), instrument_of("leadership")


def levels(**given: int) -> list[Answer]:
    """Answers to the self-assessment: level 3 but for what is given."""
    return [
        Answer(
            "1", "p", "before", "data-literacy", COURSE.version, question.id, "", f"level-{given.get(question.id, 3)}"
        )
        for question in COURSE.questions
    ]


def real_paths() -> tuple[Path, ...]:
    curriculum = File(__file__).parent.parent.parent / "lessons/curriculum.yml"
    return paths_of(yaml.safe_load(curriculum.read_text(encoding="utf-8")))


def topics(**shares: int | None) -> list[Row]:
    return [
        Row("All", ("topics", item.replace("_", "-")), {}, {"important": None if n is None else Decimal(n)}, None)
        for item, n in shares.items()
    ]


def test_of_the_paths_with_half_of_the_needed_lessons_the_shortest_is_taken() -> None:
    needs_two = for_person(COURSE, levels(read=1, find=0), real_paths())
    assert needs_two.path and needs_two.path.id == "new-hire"
    assert needs_two.first == ("read-a-table", "find-and-judge-data")
    assert needs_two.words == (
        "Recommended path: New hire, first 30 days. It holds 2 of the 2 lessons that are needed: "
        "read-a-table, find-and-judge-data."
    )


def test_what_is_needed_and_not_in_the_path_is_named() -> None:
    found = for_person(COURSE, levels(chart=1, small=1), real_paths())
    assert found.besides
    assert f"Needed too, and not in it: {', '.join(found.besides)}." in found.words


def test_lessons_that_are_still_to_come_are_named() -> None:
    planned = tuple(replace(path, planned=frozenset({"responsible-ai"})) for path in real_paths())
    judge = for_person(COURSE, levels(judge=0), planned)
    assert judge.words.endswith("Still to come: responsible-ai.")
    written = for_person(COURSE, levels(judge=0), real_paths())
    assert "Still to come" not in written.words


def test_who_needs_nothing_is_told_so() -> None:
    found = for_person(COURSE, levels(), real_paths())
    assert found.path is None
    assert found.words == "No lesson is needed by this rule. Take what interests you."


def test_a_kind_of_work_with_a_path_of_its_own_gets_that_one() -> None:
    answers = [Answer("1", "", "", "staff", "1.0", "work", "", "data-officer")]
    found = for_person(STAFF, answers, real_paths())
    assert found.path and found.path.id == "agency-data-officer"


def test_the_rule_is_there_to_show() -> None:
    assert for_person(COURSE, levels(read=0), real_paths()).rule == PERSON_RULE
    assert "the shortest" in PERSON_RULE and "5 topics" in AGENCY_RULE


def test_an_agency_gets_the_path_for_its_five_most_wanted_topics() -> None:
    question = LEADERS.question("topics")
    assert question
    rows = topics(
        data_storytelling=100,
        data_visualization=95,
        data_governance=60,
        accessibility=40,
        evaluation=30,
        ethics_training=5,
    )
    found = for_agency(question, rows, real_paths())
    assert found.path and found.path.id == "manager"
    assert "ethics" not in found.first + found.besides
    assert found.words.startswith("The topics that most people call important: data-storytelling (100 %), ")
    assert found.rule == AGENCY_RULE


def test_hidden_shares_count_for_nothing() -> None:
    question = LEADERS.question("topics")
    assert question
    rows = topics(data_storytelling=None, data_visualization=None, data_governance=60, accessibility=40)
    assert for_agency(question, rows, PATHS).words == (
        "Fewer than 3 topics have a share that is shown. Take the path for all who answered."
    )
    shown = topics(data_governance=60, accessibility=40, evaluation=30)
    hidden = [*shown, *topics(data_storytelling=None)]
    assert for_agency(question, hidden, PATHS) == for_agency(question, shown, PATHS)


def test_where_no_path_has_half_of_the_lessons_the_one_with_most_is_taken() -> None:
    question = LEADERS.question("topics")
    assert question
    items = tuple(replace(item, lessons=("read", "w", "x", "y", "z")) for item in question.items)
    rows = topics(data_governance=60, accessibility=40, evaluation=30)
    found = for_agency(replace(question, items=items), rows, PATHS)
    assert found.path and found.path.id == "all" and found.first == ("read",)
