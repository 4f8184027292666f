"""The leaders' survey of 2024, and the instrument that asks the same questions again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from committed_tables import table

from academy.data.build import load_recipe
from academy.data.errors import FigureWrong, RowMissing, SourceMissing, ValueWrong
from academy.project import DATASETS, ROOT

INSTRUMENT: dict[str, Any] = yaml.safe_load((ROOT / "surveys/leadership.yml").read_text(encoding="utf-8"))
QUESTIONS: dict[str, dict[str, Any]] = {question["id"]: question for question in INSTRUMENT["questions"]}
PLAN = "004_65b775ccad3feafa.txt"


def _shares() -> dict[tuple[str, str], list[int | None]]:
    """The printed shares of each item, in the order of the answers; None for dashes."""
    shares: dict[tuple[str, str], list[int | None]] = {}
    for row in table("leadership-survey/leadership-survey.csv"):
        percent = int(row["percent"]) if row["percent"] else None
        shares.setdefault((row["question"], row["item"]), []).append(percent)
    return shares


def test_there_are_8_challenges_7_impacts_15_topics_and_5_activities() -> None:
    items = Counter(question for question, _ in _shares())
    assert items == {"challenges": 8, "impacts": 7, "topics": 15}
    assert len(table("leadership-survey/leadership-survey-activities.csv")) == 5


def test_every_item_has_its_three_answers() -> None:
    assert {len(shares) for shares in _shares().values()} == {3}


def test_22_people_answered() -> None:
    people: Counter[str] = Counter()
    for row in table("leadership-survey/leadership-survey-respondents.csv"):
        people[row["question"]] += int(row["respondents"])
    assert people == {"role": 22, "effectiveness": 22}


@pytest.mark.parametrize(
    ("question", "item", "shares"),
    [
        ("challenges", "budget", [89, 5, 5]),
        ("challenges", "technological-change", [16, 42, 43]),
        ("impacts", "artificial-intelligence", [90, None, 10]),
        ("impacts", "it-optimization", [84, 11, 10]),
        ("topics", "data-storytelling", [100, None, None]),
        ("topics", "ethics-training", [47, 48, 5]),
    ],
)
def test_the_shares_are_those_the_plan_prints(question: str, item: str, shares: list[int | None]) -> None:
    assert _shares()[question, item] == shares


def test_the_activities_are_in_the_printed_order() -> None:
    rows = table("leadership-survey/leadership-survey-activities.csv")
    assert [(row["rank"], row["item"], row["percent_first_or_second"]) for row in rows] == [
        ("1", "training", "68"),
        ("2", "tools", "50"),
        ("3", "research", "32"),
        ("4", "guidelines", "32"),
        ("5", "communication", "18"),
    ]


def test_dashes_are_empty_and_flagged_and_nothing_else_is() -> None:
    rows = table("leadership-survey/leadership-survey.csv")
    assert all((row["percent"] == "") == (row["printed_as_dashes"] == "true") for row in rows)
    assert sum(row["printed_as_dashes"] == "true" for row in rows) == 12


def test_what_the_quality_statement_says_about_dashes_and_sums_is_so() -> None:
    statement = (DATASETS / "leadership-survey/quality.md").read_text(encoding="utf-8")
    sums = {item: sum(share or 0 for share in shares) for item, shares in _shares().items()}
    assert {sums[item] for item, shares in _shares().items() if None in shares} == {100, 101}
    assert sums["impacts", "it-optimization"] == 105 == max(sums.values())
    assert sums["challenges", "executive-support"] == 90 == min(sums.values())
    for figure in ("stand in 12 cells", "105 %", "less than 100 %", "adds up to 90 %"):
        assert figure in statement


def test_the_quality_statement_names_the_items_that_no_22_people_can_give() -> None:
    impossible = {item for item, shares in _shares().items() if not _some_counts_give(shares)}
    assert impossible == {
        ("challenges", "data-quality"),
        ("challenges", "recruiting"),
        ("challenges", "executive-support"),
        ("challenges", "technological-change"),
        ("impacts", "it-optimization"),
        ("topics", "data-privacy"),
        ("topics", "ethics-training"),
    }
    statement = (DATASETS / "leadership-survey/quality.md").read_text(encoding="utf-8")
    assert f"For {len(impossible)} of the {len(_shares())} items" in statement


def _some_counts_give(shares: list[int | None]) -> bool:
    """Whether three counts out of some group of at most 22 people round to the printed shares, dashes read as zero."""
    for people in range(1, 23):
        percents = {count: 100 * count / people for count in range(people + 1)}
        fitting = [[count for count in percents if abs(percents[count] - (share or 0)) <= 0.5] for share in shares]
        if any(sum(counts) <= people for counts in product(*fitting)):
            return True
    return False


def test_dataset_and_instrument_have_the_same_items() -> None:
    asked = {(id_, item["id"]) for id_ in ("challenges", "impacts", "topics") for item in QUESTIONS[id_]["items"]}
    assert set(_shares()) == asked
    activities = {row["item"] for row in table("leadership-survey/leadership-survey-activities.csv")}
    assert activities == {item["id"] for item in QUESTIONS["activities"]["items"]}


def test_dataset_and_instrument_have_the_same_answers() -> None:
    for id_ in ("challenges", "impacts", "topics"):
        choices = INSTRUMENT["scales"][QUESTIONS[id_]["scale"]]["choices"]
        answers = {row["answer"] for row in table("leadership-survey/leadership-survey.csv") if row["question"] == id_}
        assert answers == {choice["reported_as"] for choice in choices} - {None}
    counted = table("leadership-survey/leadership-survey-respondents.csv")
    assert {row["answer"] for row in counted if row["question"] == "role"} == {
        choice["value"] for choice in QUESTIONS["role"]["choices"]
    }
    agreement = {choice["value"] for choice in INSTRUMENT["scales"]["agreement"]["choices"]}
    assert {row["answer"] for row in counted if row["question"] == "effectiveness"} == agreement - {"not-applicable"}


def test_every_printed_label_of_the_instrument_is_that_of_the_dataset() -> None:
    printed = {(id_, item["id"]): item["printed"] for id_, q in QUESTIONS.items() for item in q.get("items", [])}
    rows = table("leadership-survey/leadership-survey.csv")
    assert {(row["question"], row["item"]): row["label"] for row in rows}.items() <= printed.items()


def test_the_instrument_is_complete() -> None:
    assert INSTRUMENT["instrument"] == "leadership"
    assert re.fullmatch(r"\d+\.\d+", INSTRUMENT["version"])
    assert all(INSTRUMENT[field].strip() for field in ("title", "purpose", "audience"))
    assert next(iter(QUESTIONS)) == "agency"
    assert len(QUESTIONS) == len(INSTRUMENT["questions"])
    for question in INSTRUMENT["questions"]:
        assert question["text"].strip()
        needs = {"choice": ["choices"], "scale": ["scale"], "grid": ["scale", "items"], "ranking": ["choose", "items"]}
        assert all(field in question for field in needs.get(question["kind"], []))
        assert question["kind"] in {*needs, "text"}
        assert question.get("scale", "agreement") in INSTRUMENT["scales"]
        entries = question.get("items", question.get("choices", []))
        identifiers = [entry.get("id") or entry["value"] for entry in entries]
        assert len(set(identifiers)) == len(identifiers)


def test_the_wording_of_long_items_is_our_own() -> None:
    items = [item for question in INSTRUMENT["questions"] for item in question.get("items", [])]
    assert not [item["text"] for item in items if len(item["printed"].split()) > 4 and item["text"] == item["printed"]]


def test_the_agencies_are_those_of_the_plan(real_sources: Path) -> None:
    lines = (real_sources / "../seeds" / PLAN).read_text(encoding="utf-8").splitlines()
    start = lines.index("Which agency do you represent?") + 2
    listed = [line.removeprefix("- ") for line in lines[start : lines.index("", start)]]
    assert listed == [choice["printed"] for choice in QUESTIONS["agency"]["choices"]]


def test_the_stand_in_plan_gives_the_same_tables_byte_for_byte(sources: Path, tmp_path: Path) -> None:
    _build(sources, tmp_path / "out")
    for path in (tmp_path / "out").iterdir():
        assert path.read_bytes() == (DATASETS / "leadership-survey" / path.name).read_bytes()
    assert len(list((tmp_path / "out").iterdir())) == 3


def _first(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


DAMAGES: dict[str, tuple[Callable[[str], str], type[Exception], str]] = {
    "the text ends before the second copy": (
        lambda text: text[: text.index("What is your role")],
        RowMissing,
        "cut short",
    ),
    "the text ends inside the second copy": (lambda text: text[: len(text) - 100], FigureWrong, "activities"),
    "the two copies differ": (_first("89%", "98%"), FigureWrong, "challenges"),
    "a share is not a percent": (lambda text: text.replace("89%", "most"), ValueWrong, "Lack of budget"),
    "a share is more than everybody": (lambda text: text.replace("89%", "189%"), ValueWrong, "189%"),
    "a row lost a cell": (lambda text: text.replace("\t61%", ""), ValueWrong, "3 cells"),
    "an item has a new label": (
        lambda text: text.replace("Data storytelling", "Story work"),
        RowMissing,
        "surveys/leadership.yml",
    ),
    "an item was left out": (
        lambda text: text.replace("Data availability\t50%\t22%\t28%\n", ""),
        FigureWrong,
        "challenges",
    ),
    "another number of people answered": (_first("n=22", "n=23"), FigureWrong, "23"),
    "a count of people changed": (_first("Agency Leadership, 21", "Agency Leadership, 20"), FigureWrong, "roles"),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_damaged_plan_is_named_and_nothing_is_written(damage: str, sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    plan = tmp_path / "seeds" / PLAN
    plan.write_text(change(plan.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(error) as caught:
        _build(sources, tmp_path / "out")
    assert named in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_plan_that_is_not_there_is_named(sources: Path, tmp_path: Path) -> None:
    (tmp_path / "seeds" / PLAN).unlink()
    with pytest.raises(SourceMissing, match=PLAN):
        _build(sources, tmp_path / "out")


def _build(sources: Path, destination: Path) -> None:
    load_recipe(DATASETS / "leadership-survey")(sources, destination)
