"""Admissions to addiction treatment: hidden counts, what the totals give away, and what the recipe refuses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import pytest
from committed_tables import table
from linked_sources import link_sources

from academy.data.build import load_recipe
from academy.data.errors import FigureWrong, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

BY_DRUG = "dmhas-admissions/Admissions_to_DMHAS_Addiction_Treatment_by_Town__Year__Month__and_Primary_Drug.csv"
TOTALS = "dmhas-admissions/Admissions_to_DMHAS_Addiction_Treatment_by_Town__Year__and_Month.csv"


def _by_drug() -> list[dict[str, str]]:
    return table("treatment-admissions/treatment-admissions.csv")


def _totals() -> list[dict[str, str]]:
    return table("treatment-admissions/treatment-admissions-totals.csv")


def _quality() -> str:
    return (DATASETS / "treatment-admissions/quality.md").read_text(encoding="utf-8")


def test_there_are_21069_rows_by_drug_and_none_twice() -> None:
    rows = _by_drug()
    assert len(rows) == 21_069
    assert len({(row["month"], row["town"], row["primary_drug"]) for row in rows}) == 21_069
    assert len({row["primary_drug"] for row in rows}) == 21


def test_65_percent_of_the_counts_are_hidden_and_flagged_and_none_below_6_is_shown() -> None:
    rows = _by_drug()
    assert all((row["admissions"] == "") == (row["suppressed"] == "true") for row in rows)
    hidden = sum(row["suppressed"] == "true" for row in rows)
    assert hidden / len(rows) == pytest.approx(0.65, abs=0.005)
    assert f"{hidden:,} of {len(rows):,} cells, or 65 %" in _quality()
    smallest = min(int(row["admissions"]) for row in rows if row["admissions"])
    assert smallest == 6
    assert f"leaves a count under {smallest} blank" in _quality()
    assert f"The smallest printed count is {smallest}." in _quality()
    shown = {row["primary_drug"] for row in rows if row["admissions"]}
    assert f"For {21 - len(shown)} of the 21 drugs every cell is hidden" in _quality()


def test_the_admissions_of_a_fiscal_year_add_up_to_the_published_ones() -> None:
    years: Counter[str] = Counter()
    for row in _totals() + table("treatment-admissions/treatment-admissions-without-town.csv"):
        years[row["fiscal_year"]] += int(row["admissions"])
    assert years == {"2014": 75_346, "2015": 78_013, "2016": 75_996}
    assert f"for the fiscal years {min(years)} to {max(years)}" in _quality()


def test_every_town_is_a_town_of_the_towns_table() -> None:
    towns = {row["town"] for row in table("towns/towns.csv")}
    by_drug, totals = ({row["town"] for row in rows} for rows in (_by_drug(), _totals()))
    assert by_drug <= towns and totals <= towns
    assert f"{len(by_drug)} towns have rows by drug, {len(totals)} have totals" in _quality()
    assert (len(by_drug), len(totals)) == (138, 102)


def test_a_town_has_totals_for_a_whole_fiscal_year_or_for_none() -> None:
    months = Counter((row["fiscal_year"], row["town"]) for row in _totals())
    assert set(months.values()) == {12}
    towns = Counter(year for year, _ in months)
    assert f"{towns['2014']} towns in 2014, {towns['2015']} in 2015, {towns['2016']} in 2016" in _quality()


def test_subtraction_from_the_totals_estimates_hidden_counts_but_not_exactly() -> None:
    """The differencing attack of the lesson on suppression, with the figures that the quality statement names."""
    drugs: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _by_drug():
        drugs[row["month"], row["town"]].append(row["admissions"])
    totals = {(row["month"], row["town"]): int(row["admissions"]) for row in _totals()}
    rest = {
        place: totals[place] - sum(int(count) for count in counts if count)
        for place, counts in drugs.items()
        if place in totals
    }
    assert len(rest) == 3_332
    assert "3,332 town-months are in both tables" in _quality()
    one_hidden = [rest[place] for place in rest if drugs[place].count("") == 1]
    estimated = [number for number in one_hidden if 1 <= number <= 5]
    assert (len(one_hidden), len(estimated)) == (237, 89)
    assert "In 237 town-months exactly one drug is hidden" in _quality()
    assert "In 89 of them the estimate is from 1 to 5" in _quality()
    none_hidden = [rest[place] for place in rest if "" not in drugs[place]]
    assert (len(none_hidden), round(mean(none_hidden)), min(none_hidden), max(none_hidden)) == (33, 4, -4, 37)
    assert "In 33 town-months no drug is hidden, and still the total is larger by 4 on average, from -4 to 37" in (
        _quality()
    )
    assert f"In {sum(number < 0 for number in rest.values())} town-months the total is smaller" in _quality()


def test_the_drug_labels_drift_as_the_quality_statement_says() -> None:
    years: defaultdict[str, list[str]] = defaultdict(list)
    for row in _by_drug():
        years[row["primary_drug"]].append(row["fiscal_year"])
    assert set(years["Tobacco"]) == {"2015", "2016"}
    assert years["Cocaine/Crack"] == ["2016"] * 4
    assert {"Cocaine", "Crack"} <= set(years)
    assert "`Tobacco` is there since the fiscal year 2015. `Cocaine/Crack` stands in 4 rows of 2016" in _quality()


def test_rows_without_a_town_are_apart_one_a_month() -> None:
    rows = table("treatment-admissions/treatment-admissions-without-town.csv")
    assert len({row["month"] for row in rows}) == len(rows) == 36
    assert "in 36 rows, one a month" in _quality()


def test_the_two_files_write_the_same_month_in_two_ways(real_sources: Path) -> None:
    for file, label in ((BY_DRUG, "Jul-13"), (TOTALS, "July-13")):
        assert f",{label}," in (real_sources / file).read_text(encoding="utf-8")
        assert f"`{label}`" in _quality()


# A damage to one of the files, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[str, Callable[[str], str], type[SourceError], list[str]]] = {
    "a drug is new": (
        BY_DRUG,
        lambda text: text.replace(",Heroin,", ",Heroin and Fentanyl,", 1),
        ValueWrong,
        ["column PrimaryDrug", "Heroin and Fentanyl", "new category"],
    ),
    "a town is new": (
        TOTALS,
        lambda text: text.replace("Ansonia", "Ansonya", 1),
        ValueWrong,
        ["column Town", "Ansonya"],
    ),
    "a small count is printed": (
        BY_DRUG,
        lambda text: text.replace("Crack,\n", "Crack,5\n", 1),
        ValueWrong,
        ["column AdmCount", "the count is 5", "under 6"],
    ),
    "a month has another label": (
        BY_DRUG,
        lambda text: text.replace("Jan-14", "Feb-14", 1),
        ValueWrong,
        ["column MonthYear", "Feb-14", "Jan-14"],
    ),
    "there is no such month": (
        TOTALS,
        lambda text: text.replace("July-13,Ansonia,7,", "July-13,Ansonia,13,", 1),
        ValueWrong,
        ["column AdmMonth", "13"],
    ),
    "a month is in another fiscal year": (
        TOTALS,
        lambda text: text.replace("2014,July-13", "2013,July-13", 1),
        ValueWrong,
        ["column FiscalYear", "July 2013", "2013"],
    ),
    "a blank row is gone": (
        BY_DRUG,
        lambda text: text.replace("2014,Jan-14,Ansonia,1,7,2014,Crack,\n", "", 1),
        FigureWrong,
        ["fiscal year 2014", "7,167", "7,168"],
    ),
    "a count changed": (
        BY_DRUG,
        lambda text: text.replace("Ansonia,1,7,2014,Alcohol,14", "Ansonia,1,7,2014,Alcohol,15", 1),
        FigureWrong,
        ["fiscal year 2014", "55,029", "55,028"],
    ),
    "a total changed": (
        TOTALS,
        lambda text: text.replace("2014,July-13,Ansonia,7,1,2013,42", "2014,July-13,Ansonia,7,1,2013,43", 1),
        FigureWrong,
        ["fiscal year 2014", "75,347", "75,346"],
    ),
    "a row is there twice": (
        TOTALS,
        lambda text: text.replace("2014,August-13,Ansonia,8,2,", "2014,July-13,Ansonia,7,1,", 1),
        RowMissing,
        ["Ansonia", "twice"],
    ),
    "a new year is not over": (
        TOTALS,
        lambda text: text + "2017,July-16,Ansonia,7,1,2016,42\n",
        RowMissing,
        ["fiscal year 2017, Ansonia", "1 of 12 months"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_changed_source_is_named_and_nothing_is_written(damage: str, real_sources: Path, tmp_path: Path) -> None:
    file, change, error, named = DAMAGES[damage]
    sources = link_sources(real_sources, [BY_DRUG, TOTALS], tmp_path / "sources")
    text = (real_sources / file).read_text(encoding="utf-8")
    assert change(text) != text
    (sources / file).unlink()
    (sources / file).write_text(change(text), encoding="utf-8")
    with pytest.raises(error) as caught:
        load_recipe(DATASETS / "treatment-admissions")(sources, tmp_path / "out")
    for words in (file, *named):
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_further_fiscal_year_is_taken_up(real_sources: Path, tmp_path: Path) -> None:
    sources = link_sources(real_sources, [BY_DRUG, TOTALS], tmp_path / "sources")
    for file in (BY_DRUG, TOTALS):
        text = (real_sources / file).read_text(encoding="utf-8")
        header, *lines = text.splitlines()
        later = [
            ",".join([str(int(cells[0]) + 1), _a_year_later(cells[1]), *cells[2:5], str(int(cells[5]) + 1), *cells[6:]])
            for cells in (line.split(",", 6) for line in lines if line.startswith("2016,"))
        ]
        (sources / file).unlink()
        (sources / file).write_text("\n".join([header, *lines, *later]) + "\n", encoding="utf-8")
    load_recipe(DATASETS / "treatment-admissions")(sources, tmp_path / "out")
    written = (tmp_path / "out/treatment-admissions-totals.csv").read_text(encoding="utf-8")
    assert written.count("\n2017,") == written.count("\n2016,") == 93 * 12


def _a_year_later(label: str) -> str:
    month, year = label.split("-")
    return f"{month}-{int(year) + 1}"
