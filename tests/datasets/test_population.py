"""Population: towns add up in every year, the exercise is wrong just where it should be, and what the recipe refuses."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from committed_tables import table
from linked_sources import link_sources

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import FigureWrong, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

FOLDER = DATASETS / "population"
PUBLIC_HEALTH = "population-dph/dph-population-by-town_2020.csv"
TIDIED = "population-census/census-population-by-town-2019.csv"
CENSUS = "population-census/sub-est2019_9.csv"

EXERCISE, TRUE_FIGURES = "population-exercise-2010-2019", "population-census-2010-2019"


def people(name: str) -> dict[tuple[str, int], int]:
    return {(row["town"], int(row["year"])): int(row["population"]) for row in table(f"population/{name}.csv")}


def state(source: str) -> dict[int, int]:
    return {
        int(row["year"]): int(row["population"])
        for row in table("population/population-state.csv")
        if row["source"] == source
    }


def totals(populations: dict[tuple[str, int], int]) -> dict[int, int]:
    sums: Counter[int] = Counter()
    for (town, year), population in populations.items():
        if town != "Connecticut":
            sums[year] += population
    return dict(sums)


def test_every_town_has_a_population_in_every_year_from_1996_to_2020() -> None:
    towns = [town["town"] for town in table("towns/towns.csv")]
    assert list(people("population")) == [(town, year) for town in towns for year in range(1996, 2021)]


def test_the_towns_add_up_to_the_state_in_every_year() -> None:
    assert totals(people("population")) == state("Public Health")
    assert totals(people(TRUE_FIGURES)) == state("Census Bureau")


def test_the_state_has_3603448_people_in_2020() -> None:
    assert state("Public Health")[2020] == 3_603_448


def test_the_2020_populations_are_those_of_the_towns_table() -> None:
    populations = people("population")
    for town in table("towns/towns.csv"):
        assert populations[town["town"], 2020] == int(town["population_2020"])


def test_the_main_table_has_no_row_of_the_state() -> None:
    assert not {town for town, _ in people("population")} & {"Connecticut", ""}
    assert "Connecticut" not in {town for town, _ in people(TRUE_FIGURES)}


def test_in_the_exercise_the_towns_exceed_the_state_by_9375_in_2010() -> None:
    exercise = people(EXERCISE)
    assert totals(exercise)[2010] - exercise["Connecticut", 2010] == 9_375
    assert exercise["Groton", 2010] == 49_468
    assert people(TRUE_FIGURES)["Groton", 2010] == 40_093
    assert exercise["Groton", 2010] - 40_093 == 9_375


def test_the_exercise_is_wrong_for_groton_in_ten_years_and_for_nobody_else() -> None:
    exercise, true_figures = people(EXERCISE), people(TRUE_FIGURES)
    of_towns = {place: population for place, population in exercise.items() if place[0] != "Connecticut"}
    assert of_towns.keys() == true_figures.keys()
    wrong = {place for place, population in of_towns.items() if true_figures[place] != population}
    assert wrong == {("Groton", year) for year in range(2010, 2020)}
    assert {year: exercise["Connecticut", year] for year in range(2010, 2020)} == state("Census Bureau")


def test_the_exercise_says_that_it_is_one() -> None:
    tables = {item.name: item for item in read_package("population").tables}
    assert tables[EXERCISE].title.startswith("Exercise")
    assert "error kept" in tables[EXERCISE].description


def test_the_excess_is_the_city_of_groton(real_sources: Path) -> None:
    with (real_sources / CENSUS).open(encoding="utf-8") as lines:
        (city,) = [row for row in csv.DictReader(lines) if (row["SUMLEV"], row["NAME"]) == ("162", "Groton city")]
    exercise, true_figures = people(EXERCISE), people(TRUE_FIGURES)
    for year in range(2010, 2020):
        assert exercise["Groton", year] - true_figures["Groton", year] == int(city[f"POPESTIMATE{year}"])


def test_the_numbers_in_the_quality_statement_are_those_of_the_tables() -> None:
    statement = (FOLDER / "quality.md").read_text(encoding="utf-8")
    populations, exercise, true_figures = people("population"), people(EXERCISE), people(TRUE_FIGURES)
    (groton,) = [town for town in table("towns/towns.csv") if town["town"] == "Groton"]
    assert f"Groton has {exercise['Groton', 2010]:,} people there in 2010" in statement
    assert f"The right estimate is {true_figures['Groton', 2010]:,}" in statement
    assert f"exceed the state by {totals(exercise)[2010] - exercise['Connecticut', 2010]:,} people in 2010" in statement
    assert (
        f"the census counted {int(groton['population_2010']):,} people on April 1, the Census Bureau estimated "
        f"{true_figures['Groton', 2010]:,} for July 1, and Public Health {populations['Groton', 2010]:,}." in statement
    )
    totals_by_year = state("Public Health")
    rises = {year: totals_by_year[year] - totals_by_year[year - 1] for year in range(1997, 2021)}
    largest = sorted(sorted(rises, key=lambda year: rises[year])[-3:])
    assert largest == [2000, 2010, 2020]
    assert (
        f"by {rises[2000]:,} from 1999 to 2000, by {rises[2010]:,} from 2009 to 2010, and by {rises[2020]:,} from 2019 "
        "to 2020" in statement
    )

    def leaping(year: int) -> list[str]:
        return [
            town
            for (town, of), population in populations.items()
            if of == year and abs(population / populations[town, year - 1] - 1) >= 0.1
        ]

    assert leaping(2020) == ["Bozrah", "Chester", "Cornwall", "Hartland", "Salisbury"]
    assert "five towns rise or fall by 10 % or more: Bozrah, Chester, Cornwall, Hartland and Salisbury" in statement
    assert f"From 1999 to 2000 it is {len(leaping(2000))} towns" in statement
    same = Counter(
        year for place, population in true_figures.items() if populations[place] == population for year in place[1:]
    )
    assert same[2019] == 169
    assert max(same[year] for year in range(2010, 2019)) < 10
    assert f"It is {totals_by_year[2020]:,}." in statement


def test_the_picture_leaps_where_its_caption_says() -> None:
    caption = read_package("population").picture.caption
    public_health, census = state("Public Health"), state("Census Bureau")
    assert "meets it in 2019" in caption
    assert public_health[2019] == census[2019]
    assert "stays near it" in caption
    assert max(abs(public_health[year] / census[year] - 1) for year in census) < 0.005


# A change to one file, the error it must raise, and what the message must name.
CHANGES: dict[str, tuple[str, bytes, bytes, type[SourceError], list[str]]] = {
    "a town's count changed": (
        PUBLIC_HEALTH,
        b'"1996","Number","Estimated Population",2782',
        b'"1996","Number","Estimated Population",2783',
        FigureWrong,
        ["1996", "3,274,239", "3,274,238"],
    ),
    "a town has no row for a year": (
        PUBLIC_HEALTH,
        b'"Andover","0901301080","1996","Number","Estimated Population",2782\n',
        b"",
        RowMissing,
        ["Andover", "1996"],
    ),
    "a town has two rows for a year": (
        PUBLIC_HEALTH,
        b'"Andover","0901301080","1997","Number"',
        b'"Andover","0901301080","1996","Number"',
        RowMissing,
        ["twice", "1996"],
    ),
    "there is a new kind of measure": (PUBLIC_HEALTH, b'"Percent"', b'"Share"', ValueWrong, ["Measure Type", "Share"]),
    "there is a new variable": (
        PUBLIC_HEALTH,
        b'"Estimated Population"',
        b'"Counted Population"',
        ValueWrong,
        ["Variable", "Counted Population"],
    ),
    "a code is of another town": (
        PUBLIC_HEALTH,
        b'"0901301080"',
        b'"0901301081"',
        ValueWrong,
        ["0901301081", "Andover"],
    ),
    "a year lies before the first": (PUBLIC_HEALTH, b'"1996"', b'"1896"', ValueWrong, ["1896"]),
    "the exercise was mended": (TIDIED, b",49468\n", b",40093\n", FigureWrong, ["Groton", "49,468"]),
    "the exercise is wrong for another town": (TIDIED, b",3307\n", b",3308\n", FigureWrong, ["9,376", "9,375"]),
    "the exercise is wrong in another year": (
        TIDIED,
        b",3302\n",
        b",3303\n",
        FigureWrong,
        ["Andover in 2011", "3,302"],
    ),
    "a town is missing in the Bureau's file": (
        CENSUS,
        b"061,09,013,00000,01080",
        b"071,09,013,00000,01080",
        RowMissing,
        [],
    ),
    "the city of Groton is gone": (CENSUS, b"Groton city", b"City of Groton", RowMissing, ["Groton city"]),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_a_source_that_is_not_as_it_should_be_is_refused(change: str, real_sources: Path, tmp_path: Path) -> None:
    file, old, new, error, named = CHANGES[change]
    files = [source.file for source in read_package("population").sources]
    sources = link_sources(real_sources, files, tmp_path / "links" / "sources")
    content = (real_sources / file).read_bytes()
    assert old in content
    (sources / file).unlink()
    (sources / file).write_bytes(content.replace(old, new, 1))
    with pytest.raises(error) as caught:
        load_recipe(FOLDER)(sources, tmp_path / "out")
    for words in [file, *named]:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def _with_2021(real_sources: Path, folder: Path, without: str = "nobody") -> Path:
    """Return sources in which Public Health's file has one more year: that of 2020 again, but for one place."""
    files = [source.file for source in read_package("population").sources]
    sources = link_sources(real_sources, files, folder / "links" / "sources")
    content = (real_sources / PUBLIC_HEALTH).read_text(encoding="utf-8")
    rows = [line for line in content.splitlines(keepends=True) if '"2020"' in line and f'"{without}"' not in line]
    (sources / PUBLIC_HEALTH).unlink()
    (sources / PUBLIC_HEALTH).write_text(content + "".join(rows).replace('"2020"', '"2021"'), encoding="utf-8")
    return sources


def test_a_later_edition_with_one_more_whole_year_is_taken_in(real_sources: Path, tmp_path: Path) -> None:
    load_recipe(FOLDER)(_with_2021(real_sources, tmp_path), tmp_path / "out")
    with (tmp_path / "out/population.csv").open(encoding="utf-8") as lines:
        assert sum(row["year"] == "2021" for row in csv.DictReader(lines)) == 169


def test_a_later_edition_whose_last_year_lacks_a_town_is_refused(real_sources: Path, tmp_path: Path) -> None:
    with pytest.raises(RowMissing, match="Union has no row for 2021"):
        load_recipe(FOLDER)(_with_2021(real_sources, tmp_path, without="Union"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
