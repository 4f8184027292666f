"""The survey of external data users: printed shares that come out, and no row about one person."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from committed_tables import table

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, FigureWrong, RowDamaged, RowMissing, ValueWrong
from academy.project import DATASETS

SURVEY = "data-plan-survey-2024/closed_ended_105.csv"
SECTORS = {"Government": 38, "Non-profits": 35, "Education": 19, "Commercial or other": 13}


def _counts() -> list[dict[str, str]]:
    return table("data-plan-survey/data-plan-survey.csv")


def _items() -> dict[str, dict[str, str]]:
    return {item["item"]: item for item in table("data-plan-survey/data-plan-survey-items.csv")}


def _unique() -> dict[str, dict[str, str]]:
    return {row["known_together"]: row for row in table("data-plan-survey/data-plan-survey-uniqueness.csv")}


def _quality() -> str:
    return (DATASETS / "data-plan-survey/quality.md").read_text(encoding="utf-8")


def _strongest(item: str) -> list[int]:
    """People with the strongest and the second strongest answer."""
    return [
        sum(int(count["respondents"]) for count in _counts() if count["item"] == item and count["place"] == place)
        for place in ("1", "2")
    ]


def test_there_are_2_concerns_6_impacts_and_11_barriers() -> None:
    assert Counter(item["question"] for item in _items().values()) == {"concern": 2, "impact": 6, "barrier": 11}
    assert {count["item"] for count in _counts()} == set(_items())


def test_every_item_adds_up_to_the_105_people_in_each_sector() -> None:
    people: Counter[tuple[str, str]] = Counter()
    for count in _counts():
        people[count["item"], count["sector"]] += int(count["respondents"])
    assert people == {(item, sector): size for item in _items() for sector, size in SECTORS.items()}
    assert sum(SECTORS.values()) == 105
    assert "105 people answered" in _quality()
    assert (
        f"our government has {SECTORS['Government']} people and the report's {SECTORS['Government'] + 1}" in _quality()
    )


def test_every_answer_of_the_scale_is_there_in_every_sector_even_if_nobody_gave_it() -> None:
    places: dict[tuple[str, str], list[str]] = {}
    for count in _counts():
        places.setdefault((count["item"], count["sector"]), []).append(count["place"])
    for (item, _), found in places.items():
        assert found == [*"12345", ""] if item.startswith("concern") else [*"12345"]
    assert any(count["respondents"] == "0" for count in _counts())
    assert {count["answer"] for count in _counts() if not count["place"]} == {"I do not know"}


def test_the_printed_shares_come_out_as_the_report_adds_them() -> None:
    printed = {name: float(item["printed_percent"]) for name, item in _items().items() if item["printed_percent"]}
    assert printed == {
        "barrier_finding_correct": 71.4,
        "barrier_knowing_where": 69.5,
        "barrier_quality": 63.8,
        "barrier_interoperability": 63.8,
        "impact_technology": 57.2,
        "impact_law": 54.3,
    }
    for item, share in printed.items():
        assert round(sum(round(100 * count / 105, 1) for count in _strongest(item)), 1) == share


def test_the_shares_in_the_quality_statement_are_those_of_the_table() -> None:
    assert sum(_strongest("barrier_finding_correct")) == 75
    assert sum(_strongest("barrier_knowing_where")) == 73
    assert "71.4 % call finding the correct data sets a barrier, and 69.5 % knowing where" in _quality()
    assert "75 and 73 of 105 people" in _quality()
    assert "prints 57.2 % for changes in technology" in _quality()
    technology = sum(_strongest("impact_technology"))
    assert f"{technology} of 105 is {100 * technology / 105:.1f} %" in _quality()
    small = sum(1 <= int(count["respondents"]) <= 5 for count in _counts())
    assert f"{small} of {len(_counts())} are from 1 to 5" in _quality()


def test_the_picture_shows_what_its_caption_says() -> None:
    by_place: Counter[str] = Counter()
    for count in _counts():
        if count["item"] == "impact_ai":
            by_place[count["place"]] += int(count["respondents"])
    likely, unlikely = by_place["1"] + by_place["2"], by_place["4"] + by_place["5"]
    caption = read_package("data-plan-survey").picture.caption
    assert f"{likely} of 105 people find it somewhat or very likely, {unlikely} find it somewhat" in caption


def test_no_sector_is_of_one_mind_so_that_no_answer_of_a_person_can_be_told() -> None:
    assert all(int(count["respondents"]) < SECTORS[count["sector"]] for count in _counts())


def test_no_table_holds_a_row_a_person_or_an_answer_of_fewer_than_six_about_themselves() -> None:
    for path in (DATASETS / "data-plan-survey").glob("*.csv"):
        header = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
        assert not {"id", "respondent", "person"} & set(header)
    background = table("data-plan-survey/data-plan-survey-background.csv")
    assert min(int(row["respondents"]) for row in background) >= 6
    people: Counter[str] = Counter()
    for row in background:
        people[row["question"]] += int(row["respondents"])
        assert (row["several_choices"] == "true") == (row["question"] in {"sources", "uses"})
    assert {name: people[name] for name in ("sector", "expertise", "frequency")} == dict.fromkeys(
        ("sector", "expertise", "frequency"), 105
    )
    (own_words,) = [row for row in background if row["answer"] == "Other, in their own words"]
    assert f"{own_words['respondents']} people wrote a use in their own words" in _quality()


def test_a_few_answers_tell_every_person_apart() -> None:
    alone = {name: int(row["respondents_alone"]) for name, row in _unique().items()}
    assert alone["industry, expertise, frequency"] == 31
    assert alone["industry, expertise, frequency, sources, uses"] == alone["all 19 items"] == 105
    assert "frequency leave 31 of 105 people alone" in _quality()
    assert "With the sources and uses all 105 are alone, and the 19 items alone do the same" in _quality()
    assert alone["industry"] == 5
    assert (
        f"make “Commercial or other”, {SECTORS['Commercial or other']} people. Our “Other” would have had 5."
        in _quality()
    )
    assert "Five answers about industry were given by one person each" in _quality()


def test_the_sector_as_published_leaves_nobody_alone() -> None:
    assert _unique()["sector"]["respondents_in_small_groups"] == "0"


def _published(sources: Path) -> list[dict[str, str]]:
    with (sources / SURVEY).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_rare_answers_of_the_source_are_nowhere_in_the_dataset(real_sources: Path) -> None:
    rows = _published(real_sources)
    industries = Counter(row["industry"].strip() for row in rows)
    rare = [name for name, count in industries.items() if count == 1 and len(name.split()) > 1]
    uses = Counter(part.strip() for row in rows for part in row["uses"].split(";"))
    rare += [name for name, count in uses.items() if count < 6 and len(name.split()) > 1]
    assert len(rare) > 5
    for path in (DATASETS / "data-plan-survey").iterdir():
        if path.is_file():
            assert not [name for name in rare if name in path.read_text(encoding="utf-8")], path.name


def test_what_the_quality_statement_says_of_single_people_is_so(real_sources: Path) -> None:
    rows = _published(real_sources)
    barriers = [name for name in rows[0] if name.startswith("barrier_")]
    assert (
        f"{sum(len({row[name] for name in barriers}) == 1 for row in rows)} people gave the same answer to all {len(barriers)} barriers"
        in _quality()
    )
    unfit = sum((row["frequency"] == "Never") != ("currently use" in row["sources"]) for row in rows)
    assert f"In {unfit} cases a person's answers do not fit" in _quality()
    first = rows[:39]
    shares = [
        100 * sum(row[item] in {"Agree", "Strongly Agree"} for row in first) / len(first)
        for item in ("barrier_finding_correct", "barrier_knowing_where")
    ]
    assert "The draft plan of November 2024 says “almost 70 %” and “over 60 %”" in _quality()
    assert 69 < shares[0] < 70 and 61 < shares[1] < 62
    assert "After 39 answers the shares were {:.1f} and {:.1f} %".format(*shares) in _quality()


@pytest.fixture
def sources(real_sources: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / SURVEY).parent.mkdir(parents=True)
    shutil.copy(real_sources / SURVEY, folder / SURVEY)
    return folder


@pytest.fixture
def built(sources: Path, tmp_path: Path) -> Iterator[Callable[[Callable[[str], str]], None]]:
    """Build from a changed copy of the source; whatever happens, a failed build must have written nothing."""

    def build(change: Callable[[str], str]) -> None:
        content = (sources / SURVEY).read_text(encoding="utf-8")
        assert change(content) != content
        (sources / SURVEY).write_text(change(content), encoding="utf-8")
        load_recipe(DATASETS / "data-plan-survey")(sources, tmp_path / "out")

    yield build
    assert not (tmp_path / "out").exists()


def _swap(old: str, new: str) -> Callable[[str], str]:
    return lambda content: content.replace(old, new, 1)


# A damage to the file, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[Callable[[str], str], type[Exception], list[str]]] = {
    "a column was renamed": (_swap("impact_ai", "impact_a"), ColumnMissing, ["impact_ai"]),
    "the last person is missing": (
        lambda text: text[: text.rstrip("\n").rindex("\n") + 1],
        FigureWrong,
        ["104", "105"],
    ),
    "the file ends within a row": (lambda text: text[: text.rindex(",Agree")], RowDamaged, ["row 106", "cut short"]),
    "a person is there twice": (_swap("\n2,", "\n1,"), RowMissing, ["column id", "twice"]),
    "an answer is new": (_swap("Very likely", "Certain"), ValueWrong, ["row 2", "Certain", "new category"]),
    "a concern that was not offered for a barrier": (
        _swap("Disagree,Disagree", "Disagree,I do not know"),
        ValueWrong,
        ["barrier", "I do not know"],
    ),
    "an expertise is new": (_swap("Advanced Beginner", "Wizard"), ValueWrong, ["column expertise", "Wizard"]),
    "a frequency is new": (_swap("Daily", "Hourly"), ValueWrong, ["column frequency", "Hourly"]),
    "a source of data is new": (
        _swap("(data.ct.gov);", "(data.ct.gov);Radio;"),
        ValueWrong,
        ["column sources", "Radio"],
    ),
    "an industry is new": (_swap(",Government,", ",Farming,"), FigureWrong, ["people of Government", "37", "38"]),
    "an answer changed to another one": (
        lambda text: text.replace("Agree,Strongly Agree\n", "Agree,Agree\n").replace(
            "Strongly Agree,", "Disagree,", 30
        ),
        FigureWrong,
        ["barrier_finding_correct", "71.4"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_damaged_source_is_named_and_nothing_is_written(
    damage: str, built: Callable[[Callable[[str], str]], None]
) -> None:
    change, error, named = DAMAGES[damage]
    with pytest.raises(error) as caught:
        built(change)
    for words in [SURVEY, *named]:
        assert words in str(caught.value)


def test_a_sector_of_one_mind_stops_the_build(sources: Path, tmp_path: Path) -> None:
    rows = _published(sources)
    for row in rows:
        if row["industry"] == "Education":
            row["impact_ai"] = "Very likely"
    with (sources / SURVEY).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(FigureWrong, match="all people of Education gave the same answer"):
        load_recipe(DATASETS / "data-plan-survey")(sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()
