"""The survey by town: totals, margins on everything, groups that overlap and groups that do not, and what is refused."""

from __future__ import annotations

import math
import zipfile
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from committed_tables import table
from linked_sources import link_sources

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import FigureWrong, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

FOLDER = DATASETS / "acs-towns"
PROFILE = "acs-town-2023/acs_town_basic_profile_2023.csv"
POVERTY = "population-acs/Poverty_Status_2023.csv"
POPULATION = "population-acs/Population.zip"
LANGUAGE = "language-2020/ACS_20_5YR_B16004_with_ann.csv"

HISPANIC = "Hispanic or Latino"
OF_ANY_RACE = "Hispanic or Latino, of any race"


def estimates(measure: str) -> dict[str, tuple[float, float]]:
    """Return estimate and margin by town; a margin that is not published counts as none."""
    return {
        row["town"]: (float(row["estimate"]), float(row["margin"] or 0))
        for row in table("acs-towns/acs-towns.csv")
        if row["measure"] == measure
    }


def groups(name: str) -> dict[str, dict[str, tuple[int, int]]]:
    """Return estimate and margin by group and town."""
    found: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for row in table(f"acs-towns/{name}.csv"):
        found[row["group"]][row["town"]] = (int(row["estimate"]), int(row["margin"]))
    return dict(found)


def total(values: dict[str, tuple[int, int]]) -> int:
    return sum(estimate for estimate, _ in values.values())


def small_group(period: str) -> list[dict[str, str]]:
    return [row for row in table("acs-towns/acs-towns-small-group.csv") if row["period"] == period]


def test_every_town_has_every_measure_once() -> None:
    towns = [town["town"] for town in table("towns/towns.csv")]
    measures = [row["measure"] for row in table("acs-towns/acs-towns-measures.csv")]
    found = [(row["town"], row["measure"]) for row in table("acs-towns/acs-towns.csv")]
    assert len(measures) == 13
    assert found == [(town, measure) for town in towns for measure in measures]


def test_the_years_of_a_measure_are_those_that_its_explanation_gives() -> None:
    explained = {row["measure"]: row["period"] for row in table("acs-towns/acs-towns-measures.csv")}
    for name in ("acs-towns", "acs-towns-state"):
        for row in table(f"acs-towns/{name}.csv"):
            assert row["period"] == explained[row["measure"]]


def test_the_towns_add_up_to_the_printed_state() -> None:
    state = {row["measure"]: row for row in table("acs-towns/acs-towns-state.csv") if row["place"] == "Connecticut"}
    assert state["population"]["estimate"] == "3598348"
    assert state["ages_5_plus"]["estimate"] == "3387841"
    counted = state.keys() - {"median_household_income"}
    assert len(counted) == 11
    for measure in counted:
        assert sum(estimate for estimate, _ in estimates(measure).values()) == float(state[measure]["estimate"])


def test_population_and_income_are_those_of_the_towns_table() -> None:
    population, income = estimates("population"), estimates("median_household_income")
    for town in table("towns/towns.csv"):
        assert population[town["town"]][0] == float(town["population_2019_2023"])
        assert income[town["town"]] == (
            float(town["median_household_income"]),
            float(town["median_household_income_margin"] or 0),
        )


def test_every_estimate_has_a_margin_but_the_four_top_coded_medians() -> None:
    without = [row for row in table("acs-towns/acs-towns.csv") if row["margin"] == ""]
    assert [row["town"] for row in without] == ["Darien", "New Canaan", "Weston", "Westport"]
    assert {(row["measure"], row["estimate"]) for row in without} == {("median_household_income", "250001")}
    top_coded = [row for row in table("acs-towns/acs-towns.csv") if row["top_coded"] == "true"]
    assert top_coded == without


def test_the_percent_below_the_poverty_level_agrees_with_the_counts_of_another_file() -> None:
    below, known = estimates("below_poverty_level"), estimates("poverty_status_known")
    for town, (percent, _) in estimates("percent_below_poverty_level").items():
        assert percent == pytest.approx(100 * below[town][0] / known[town][0], abs=0.0501)


def test_languages_add_up_to_everyone_aged_5_and_over() -> None:
    english, other = estimates("speaks_only_english"), estimates("speaks_other_language")
    spanish, less = estimates("speaks_spanish"), estimates("english_less_than_very_well")
    for town, (everyone, _) in estimates("ages_5_plus").items():
        assert english[town][0] + other[town][0] == everyone
        assert spanish[town][0] <= other[town][0]
        assert less[town][0] <= other[town][0]


def test_a_naive_sum_of_race_and_ethnicity_is_too_large_by_the_people_counted_twice() -> None:
    by_group = groups("acs-towns-race")
    assert sum(map(total, by_group.values())) == 4_239_016
    assert sum(total(towns) for group, towns in by_group.items() if group != HISPANIC) == 3_598_348
    assert total(by_group[HISPANIC]) == 4_239_016 - 3_598_348 == 640_668


def test_the_seven_races_add_up_to_everyone_in_every_town() -> None:
    by_group = groups("acs-towns-race")
    assert {row["group"] for row in table("acs-towns/acs-towns-race.csv") if row["question"] == "ethnicity"} == {
        HISPANIC
    }
    assert len(by_group) == 8
    for town, (everyone, _) in estimates("population").items():
        assert sum(towns[town][0] for group, towns in by_group.items() if group != HISPANIC) == everyone


def test_the_groups_without_overlap_add_up_to_everyone_in_every_town() -> None:
    by_group = groups("acs-towns-race-no-overlap")
    assert len(by_group) == 4
    for town, (everyone, _) in estimates("population").items():
        assert sum(towns[town][0] for towns in by_group.values()) == everyone


def test_both_tables_of_race_agree_on_who_is_hispanic_or_latino() -> None:
    printed = groups("acs-towns-race-no-overlap")[OF_ANY_RACE]
    added = groups("acs-towns-race")[HISPANIC]
    assert {town: estimate for town, (estimate, _) in added.items()} == {
        town: estimate for town, (estimate, _) in printed.items()
    }


def test_the_small_group_has_a_zero_give_or_take_123() -> None:
    zeros = [row["margin"] for row in small_group("2006-2010") if row["estimate"] == "0"]
    assert zeros == ["123"] * 166


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    statement = (FOLDER / "quality.md").read_text(encoding="utf-8")
    less = estimates("english_less_than_very_well").values()
    larger = sum(margin > estimate for estimate, margin in less)
    assert f"So it is in {larger} towns for people who speak English less than “very well”." in statement
    by_group = groups("acs-towns-race")
    naive = sum(map(total, by_group.values()))
    assert f"All eight groups add up to {naive:,}, which is {naive - 3_598_348:,} too many." in statement
    early, late = (
        [int(row["margin"]) for row in small_group(period) if row["estimate"] == "0"]
        for period in ("2006-2010", "2019-2023")
    )
    assert f"there are {len(early)} zeros in the small group, all with a margin of {max(early)}." in statement
    assert f"there are {len(late)}, with margins from {min(late)} to {max(late)}." in statement
    state = {row["measure"]: row for row in table("acs-towns/acs-towns-state.csv") if row["place"] == "Connecticut"}
    known = state["poverty_status_known"]
    assert f"the state's {int(known['estimate']):,} people with known poverty status" in statement
    assert f"have one of {int(known['margin']):,}, though the margin of all its people is 0" in statement
    assert state["population"]["margin"] == "0"
    added, printed = by_group[HISPANIC], groups("acs-towns-race-no-overlap")[OF_ANY_RACE]
    smaller = sum(added[town][1] < printed[town][1] for town in added)
    larger = sum(added[town][1] > printed[town][1] for town in added)
    assert f"smaller than the printed margin in {smaller} towns, and larger in {larger}" in statement
    assert "3,598,348 people in 2019-2023, and 3,387,841 aged 5 and over in 2016-2020" in statement


def test_the_picture_says_where_poverty_is_highest() -> None:
    percents = {town: percent for town, (percent, _) in estimates("percent_below_poverty_level").items()}
    caption = read_package("acs-towns").picture.caption
    assert "Hartford and New Haven are highest, each with 25 percent or more" in caption
    assert sorted(town for town, percent in percents.items() if percent >= 25) == ["Hartford", "New Haven"]
    assert "In most towns it is less than 10 percent" in caption
    assert sum(percent < 10 for percent in percents.values()) > 169 / 2


@pytest.mark.parametrize(
    ("parts", "value", "margin"),
    [
        ([(100, 30), (200, 40)], 300, 50),
        ([(100, 30), (0, 14), (0, 40)], 100, 50),
        ([(0, 14), (0, 19), (0, 14)], 0, 19),
        ([(10, 1), (10, 1)], 20, 1),
    ],
    ids=["two numbers", "two zeros count once", "zeros alone", "rounded"],
)
def test_margins_are_combined_by_the_root_of_the_sum_of_the_squares(
    parts: list[tuple[int, int]], value: int, margin: int
) -> None:
    names = load_recipe(FOLDER).__globals__
    found = names["combined"]([names["Estimate"](Decimal(part), Decimal(of)) for part, of in parts])
    assert (found.value, found.margin) == (value, margin)


def test_a_combined_margin_is_that_of_its_26_cells(real_sources: Path) -> None:
    with zipfile.ZipFile(real_sources / POPULATION) as archive:
        lines = archive.read("Population.csv").decode("utf-8-sig").splitlines()
    cells = [
        (float(value), float(margin))
        for year, _, _, town, _, race, _, value, margin, _ in (line.split(",") for line in lines[1:])
        if (year, town, race) == ("2023", "Hartford", "Asian alone")
    ]
    squares = (
        sum(margin**2 for value, margin in cells if value) + max(margin for value, margin in cells if not value) ** 2
    )
    assert len(cells) == 26
    assert groups("acs-towns-race")["Asian alone"]["Hartford"] == (
        sum(value for value, _ in cells),
        round(math.sqrt(squares)),
    )


def _sources(real_sources: Path, folder: Path) -> Path:
    return link_sources(
        real_sources, [source.file for source in read_package("acs-towns").sources], folder / "links" / "sources"
    )


def _refused(sources: Path, folder: Path, error: type[SourceError], named: list[str]) -> None:
    with pytest.raises(error) as caught:
        load_recipe(FOLDER)(sources, folder / "out")
    for words in named:
        assert words in str(caught.value)
    assert not (folder / "out").exists()


# A change to one file, the error it must raise, and what the message must name.
CHANGES: dict[str, tuple[str, bytes, bytes, type[SourceError], list[str]]] = {
    "a town is missing in the profile": (
        PROFILE,
        b"total_pop,6_town,Union",
        b"total_pop,6_town,Onion",
        RowMissing,
        ["Onion"],
    ),
    "the profile is of another year": (
        PROFILE,
        b"total_pop,6_town,Andover,2023",
        b"total_pop,6_town,Andover,2024",
        ValueWrong,
        ["year", "2024"],
    ),
    "an estimate stands for no estimate": (
        PROFILE,
        b"poverty,6_town,Andover,2023,poverty,29,26",
        b"poverty,6_town,Andover,2023,poverty,-666666666,26",
        ValueWrong,
        ["estimate", "below zero"],
    ),
    "a top-coded median has a margin": (
        PROFILE,
        b"Darien,2023,median_household_income,250001,0",
        b"Darien,2023,median_household_income,250001,9",
        ValueWrong,
        ["moe", "250,001"],
    ),
    "poverty is of a race only": (POVERTY, b",Total,Under,", b",White,Under,", ValueWrong, ["Race/Ethnicity", "White"]),
    "poverty is above the level": (POVERTY, b",Total,Under,", b",Total,Over,", ValueWrong, ["Poverty", "Over"]),
    "poverty is counted in people": (POVERTY, b",Percent,", b",Number,", ValueWrong, ["Measure", "Number"]),
    "a margin is missing": (POVERTY, b"Under,5,2.8,", b"Under,5,,", ValueWrong, ["Margin of Error"]),
    "a column of the language table means something else": (
        LANGUAGE,
        b"Estimate!!Total:!!18 to 64 years:!!Speak Spanish:,",
        b"Estimate!!Total:!!18 to 64 years:!!Speak Polish:,",
        ValueWrong,
        ["B16004_026E", "Speak Polish"],
    ),
    "a town is missing in the language table": (
        LANGUAGE,
        b"0600000US0900104720,900104720",
        b"0600000US0900100001,900100001",
        RowMissing,
        ["900100001"],
    ),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_a_source_that_is_not_as_it_should_be_is_refused(change: str, real_sources: Path, tmp_path: Path) -> None:
    file, old, new, error, named = CHANGES[change]
    sources = _sources(real_sources, tmp_path)
    content = (real_sources / file).read_bytes()
    assert old in content
    (sources / file).unlink()
    (sources / file).write_bytes(content.replace(old, new, 1))
    _refused(sources, tmp_path, error, [file, *named])


# Changes to the file in the zip file: a row of 2023, and what takes its place.
ROW = b"2023,0911001080,Town,Andover,Female,Asian alone,15 to 19,0,19.8,481622\r\n"
POPULATION_CHANGES: dict[str, tuple[bytes, type[SourceError], list[str]]] = {
    "a cell is missing": (b"", RowMissing, ["Andover, Asian alone", "25 cells"]),
    "a cell is there twice": (ROW + ROW, RowMissing, ["0911001080, Female, Asian alone, 15 to 19", "twice"]),
    "a race is new": (ROW.replace(b"Asian alone", b"Middle Eastern"), ValueWrong, ["Race", "Middle Eastern"]),
    "a code is of another town": (ROW.replace(b"0911001080", b"0911002060"), ValueWrong, ["GeoID", "Andover"]),
    "an estimate changed": (
        ROW.replace(b",0,19.8", b",7,19.8"),
        FigureWrong,
        ["all races of Andover", "3,155", "3,148"],
    ),
    "an estimate is not a number": (ROW.replace(b",0,19.8", b",N,19.8"), ValueWrong, ["Value", "N"]),
}


@pytest.mark.parametrize("change", POPULATION_CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_a_population_file_that_is_not_as_it_should_be_is_refused(
    change: str, real_sources: Path, tmp_path: Path
) -> None:
    new, error, named = POPULATION_CHANGES[change]
    with zipfile.ZipFile(real_sources / POPULATION) as archive:
        header, *rows = archive.read("Population.csv").splitlines(keepends=True)
    # The two editions that are kept: a seventh of the file.
    content = header + b"".join(row for row in rows if row.startswith((b"2010,", b"2023,")))
    assert content.count(ROW) == 1
    sources = _sources(real_sources, tmp_path)
    (sources / POPULATION).unlink()
    with zipfile.ZipFile(sources / POPULATION, "w") as archive:
        archive.writestr("Population.csv", content.replace(ROW, new))
    _refused(sources, tmp_path, error, [POPULATION, *named])


def test_a_zip_file_without_the_table_is_refused(real_sources: Path, tmp_path: Path) -> None:
    sources = _sources(real_sources, tmp_path)
    (sources / POPULATION).unlink()
    with zipfile.ZipFile(sources / POPULATION, "w") as archive:
        archive.writestr("Other.csv", "Year\n")
    _refused(sources, tmp_path, SourceError, [POPULATION, "Population.csv"])


def test_the_groups_of_both_tables_are_named_as_the_description_lists_them() -> None:
    described = {
        item.name: {column.name: column.constraints.get("enum") for column in item.columns}
        for item in read_package("acs-towns").tables
    }
    for name in ("acs-towns-race", "acs-towns-race-no-overlap"):
        found = Counter(row["group"] for row in table(f"acs-towns/{name}.csv"))
        assert set(found) == set(described[name]["group"])
        assert set(found.values()) == {169}
