"""The towns table: its figures, and what its recipe says when a published file is not as it should be."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table

from academy.data.build import build, load_recipe
from academy.data.errors import (
    ColumnMissing,
    FigureWrong,
    RowDamaged,
    RowMissing,
    SourceError,
    SourceMissing,
    SourceUnreadable,
    ValueWrong,
)
from academy.project import DATASETS

CROSSWALK = "town-reference/ct-town-to-planning-region.csv"
CENSUS = "population-census/sub-est2019_9.csv"
PUBLIC_HEALTH = "population-dph/dph-population-by-town_2020.csv"
SURVEY = "acs-town-2023/acs_town_basic_profile_2023.csv"


def test_there_are_169_towns_in_8_counties_and_9_planning_regions() -> None:
    towns = table("towns/towns.csv")
    assert len(towns) == 169
    assert len({town["county"] for town in towns}) == 8
    assert len({town["planning_region"] for town in towns}) == 9


@pytest.mark.parametrize(
    ("column", "published"),
    [("population_2010", 3_574_097), ("population_2020", 3_603_448), ("population_2019_2023", 3_598_348)],
)
def test_the_towns_add_up_to_the_published_population(column: str, published: int) -> None:
    assert sum(int(town[column]) for town in table("towns/towns.csv")) == published


def test_codes_are_text_with_their_zero_and_the_two_vintages_name_the_same_town() -> None:
    for town in table("towns/towns.csv"):
        assert len(town["town_fips_2020"]) == len(town["town_fips_2022"]) == 10
        assert town["town_fips_2020"][5:] == town["town_fips_2022"][5:]
        assert town["town_fips_2022"][:5] == town["planning_region_fips"]


def test_each_county_and_each_region_has_one_code_of_its_own() -> None:
    towns = table("towns/towns.csv")
    assert len({(town["county"], town["town_fips_2020"][:5]) for town in towns}) == 8
    assert len({(town["planning_region"], town["planning_region_fips"]) for town in towns}) == 9


def test_the_four_top_coded_towns_are_flagged_and_have_no_margin() -> None:
    towns = table("towns/towns.csv")
    top_coded = [town for town in towns if town["income_top_coded"] == "true"]
    assert [town["town"] for town in top_coded] == ["Darien", "New Canaan", "Weston", "Westport"]
    assert {(town["median_household_income"], town["median_household_income_margin"]) for town in top_coded} == {
        ("250001", "")
    }
    for town in towns:
        if town["income_top_coded"] == "false":
            assert int(town["median_household_income"]) <= 250_000
            assert int(town["median_household_income_margin"]) > 0


def test_groton_is_counted_without_its_city() -> None:
    (groton,) = [town for town in table("towns/towns.csv") if town["town"] == "Groton"]
    assert groton["population_2010"] == "40115"


def test_the_teaching_table_ends_with_a_total_row_of_the_same_towns() -> None:
    *towns, total = table("towns/towns-with-total.csv")
    columns = ("town", "county", "population_2010", "population_2020")
    assert towns == [{name: town[name] for name in columns} for town in table("towns/towns.csv")]
    assert list(total.values()) == ["Connecticut", "", "3574097", "3603448"]


def test_the_numbers_in_the_quality_statement_are_those_of_the_table() -> None:
    towns = {town["town"]: town for town in table("towns/towns.csv")}
    statement = (DATASETS / "towns" / "quality.md").read_text(encoding="utf-8")
    union = towns["Union"]
    assert (
        f"Union has {union['population_2020']} people in Public Health's estimate for 2020 and "
        f"{union['population_2019_2023']} in the survey's" in statement
    )
    ratios = {
        name: int(town["median_household_income_margin"] or 0) / int(town["median_household_income"])
        for name, town in towns.items()
    }
    assert f"In {sum(ratio > 0.2 for ratio in ratios.values())} towns the margin" in statement
    assert max(ratios, key=lambda name: ratios[name]) == "Sherman"
    assert f"In Sherman it is {ratios['Sherman']:.0%}".replace("%", " %") in statement


def test_the_stand_in_sources_give_the_same_tables_byte_for_byte(sources: Path, tmp_path: Path) -> None:
    _build(sources, tmp_path / "out")
    for name in ("towns.csv", "towns-with-total.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (DATASETS / "towns" / name).read_bytes()


def test_codes_and_incomes_agree_with_another_export_of_the_survey(real_sources: Path) -> None:
    towns = {town["town"]: town for town in table("towns/towns.csv")}
    with (real_sources / "population-acs/Median_Household_Income_2023.csv").open(encoding="utf-8-sig") as lines:
        for row in csv.DictReader(lines):
            town = towns.pop(row["Geography Name"])
            assert row["GeoID"] == town["town_fips_2022"]
            assert row["Value"] == town["median_household_income"]
            assert row["Margin of Error"] == town["median_household_income_margin"]
    assert not towns


def test_regions_agree_with_another_list(real_sources: Path) -> None:
    regions = json.loads((real_sources / "town-shapes/town_cog_xwalk.json").read_text(encoding="utf-8"))["xwalk"]
    ours = {town["town"]: town["planning_region_fips"] for town in table("towns/towns.csv")}
    assert {town: f"09{code}" for town, code in regions.items()} == ours


def test_the_towns_add_up_to_the_published_counties_and_regions(real_sources: Path) -> None:
    counties: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    for town in table("towns/towns.csv"):
        counties[f"{town['county']} County"] += int(town["population_2010"])
        regions[f"{town['planning_region']} COG"] += int(town["population_2019_2023"])
    with (real_sources / CENSUS).open(encoding="utf-8") as lines:
        published = {row["NAME"]: int(row["CENSUS2010POP"]) for row in csv.DictReader(lines) if row["SUMLEV"] == "050"}
    assert counties == published
    with (real_sources / SURVEY).open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["level"] == "3_county" and row["topic"] == "total_pop"]
    assert regions == {row["name"]: int(row["estimate"]) for row in rows}


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return change


# A damage to one file, the error it must raise, and what the message must name.
DAMAGES = {
    "the crosswalk's name column was renamed": (
        CROSSWALK,
        _replace(b"town_name", b"Town"),
        ColumnMissing,
        [CROSSWALK, "row 1", "town_name"],
    ),
    "the census file's name column is gone": (
        CENSUS,
        _replace(b"NAME,CENSUS2010POP", b"CENSUS2010POP,CENSUS2010POP"),
        ColumnMissing,
        [CENSUS, "row 1", "NAME"],
    ),
    "a web page was saved in place of the survey file": (
        SURVEY,
        lambda content: b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
        ColumnMissing,
        [SURVEY, "topic", "<!DOCTYPE html>"],
    ),
    "the census file ends in the middle of a row": (
        CENSUS,
        lambda content: content[: content.rindex(b",09,")],
        RowDamaged,
        [CENSUS, "cut short", "Download the file again"],
    ),
    "the crosswalk ends after a whole row": (
        CROSSWALK,
        lambda content: content[: content.index(b"\r\n", len(content) // 2) + 2],
        FigureWrong,
        [CROSSWALK, "169"],
    ),
    "Public Health's file ends after a whole row": (
        PUBLIC_HEALTH,
        lambda content: content[: content.index(b"\r\n", len(content) // 2) + 2],
        RowMissing,
        [PUBLIC_HEALTH, "column FIPS", "missing"],
    ),
    "the survey file is empty": (SURVEY, lambda content: b"", ColumnMissing, [SURVEY, "topic"]),
    "the survey renamed the topic of incomes": (
        SURVEY,
        lambda content: content.replace(b"median_household_income", b"median_hh_income"),
        RowMissing,
        [SURVEY, "column name", "169 of 169 are missing"],
    ),
    "the crosswalk was saved as UTF-16": (
        CROSSWALK,
        lambda content: content.decode("utf-8-sig").encode("utf-16"),
        SourceUnreadable,
        [CROSSWALK, "row 1", "byte order mark of UTF-16", "Save it again in the encoding of its publisher"],
    ),
    "another program put a byte order mark before the survey file": (
        SURVEY,
        lambda content: b"\xef\xbb\xbf" + content,
        SourceUnreadable,
        [SURVEY, "row 1", "a byte order mark, which its publisher does not write", "Download the file again"],
    ),
    "Public Health's file is in an old encoding": (
        PUBLIC_HEALTH,
        _replace(b"Canaan", b"Cana\xe1n"),
        SourceUnreadable,
        [PUBLIC_HEALTH, "row", "not UTF-8"],
    ),
    "a count is written in words": (
        PUBLIC_HEALTH,
        _replace(b"3149", b"n/a"),
        ValueWrong,
        [PUBLIC_HEALTH, "row 3", "column Value", "n/a"],
    ),
    "a town is listed twice": (
        SURVEY,
        _replace(b"total_pop,6_town,Ansonia", b"total_pop,6_town,Andover"),
        RowMissing,
        [SURVEY, "Andover", "twice"],
    ),
    "a town's count changed": (
        CENSUS,
        _replace(b"Andover town,3303", b"Andover town,3304"),
        FigureWrong,
        [CENSUS, "3,574,098", "3,574,097"],
    ),
    "a town's code lost a digit": (
        CROSSWALK,
        _replace(b"901301080", b"90131080"),
        ValueWrong,
        [CROSSWALK, "row 2", "town_fips_2020"],
    ),
    "a town's new code names another region": (
        CROSSWALK,
        _replace(b"911001080", b"914001080"),
        ValueWrong,
        [CROSSWALK, "Andover"],
    ),
    "a top-coded income has a margin": (
        SURVEY,
        _replace(b"Darien,2023,median_household_income,250001,0", b"Darien,2023,median_household_income,250001,9"),
        ValueWrong,
        [SURVEY, "column moe", "250,001"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_damaged_source_is_named_and_nothing_is_written(damage: str, sources: Path, datasets: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    path = sources / file
    path.write_bytes(change(path.read_bytes()))
    before = _contents(datasets)
    with pytest.raises(error) as caught:
        build("towns", sources, datasets)
    for words in named:
        assert words in str(caught.value)
    assert _contents(datasets) == before


@pytest.mark.parametrize("file", [CROSSWALK, CENSUS, PUBLIC_HEALTH, SURVEY])
def test_a_source_that_is_not_there_is_named_with_the_setting_that_finds_it(
    file: str, sources: Path, tmp_path: Path
) -> None:
    (sources / file).unlink()
    with pytest.raises(SourceMissing, match="ACADEMY_SOURCES") as caught:
        _build(sources, tmp_path / "out")
    assert file in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_recipe_itself_writes_nothing_when_a_figure_is_wrong(sources: Path, tmp_path: Path) -> None:
    path = sources / CENSUS
    path.write_bytes(path.read_bytes().replace(b"Andover town,3303", b"Andover town,3304"))
    with pytest.raises(SourceError):
        _build(sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_byte_order_mark_of_a_source_does_not_reach_the_table(sources: Path, tmp_path: Path) -> None:
    assert (sources / CROSSWALK).read_bytes().startswith(b"\xef\xbb\xbf")
    _build(sources, tmp_path / "out")
    assert (tmp_path / "out/towns.csv").read_bytes().startswith(b"town,")


def _build(sources: Path, destination: Path) -> None:
    load_recipe(DATASETS / "towns")(sources, destination)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
