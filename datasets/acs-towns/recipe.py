"""Build tables of the American Community Survey by town, each estimate with its margin of error.

Where a table adds estimates up, it combines their margins by the Census Bureau's rule: the root of the sum of the
squares, in which only the largest margin among the estimates of zero counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from academy.data.errors import RowMissing, ValueWrong
from academy.data.recipe import (
    SourceRow,
    TableRow,
    index_once,
    read_source_rows,
    require_figure,
    require_once,
    write_tables,
)

PROFILE = "acs-town-2023/acs_town_basic_profile_2023.csv"
POVERTY = "population-acs/Poverty_Status_2023.csv"
POPULATION = "population-acs/Population.zip"
LANGUAGE = "language-2020/ACS_20_5YR_B16004_with_ann.csv"
CROSSWALK = "town-reference/ct-town-to-planning-region.csv"

TOWNS = 169
POPULATION_2019_2023, SUM_WITH_OVERLAP, LATINO_2019_2023 = 3_598_348, 4_239_016, 640_668
AGES_5_PLUS_2016_2020 = 3_387_841

# The Census Bureau prints this number for a median of more than $250,000.
TOP_CODE = 250_001

EARLIEST, LANGUAGE_PERIOD, LATEST = "2006-2010", "2016-2020", "2019-2023"

# The measures taken as they are printed: topic and group of the profile.
PROFILE_MEASURES = {
    "population": ("total_pop", "total_pop"),
    "median_household_income": ("median_household_income", "median_household_income"),
    "poverty_status_known": ("poverty", "poverty_status_determined"),
    "below_poverty_level": ("poverty", "poverty"),
    "adults_25_plus": ("education", "ages25plus"),
    "less_than_high_school": ("education", "less_than_high_school"),
    "bachelors_degree_or_more": ("education", "bachelors_plus"),
}
POVERTY_PERCENT = "percent_below_poverty_level"

# Table B16004 has a block for each of three age groups, which begins with this column. In a block come “only English”,
# then four groups of languages: each has its total, then how well people speak English, from very well to not at all.
AGE_BLOCKS = (2, 24, 46)
LANGUAGE_GROUPS = (2, 7, 12, 17)
LANGUAGE_MEASURES = {
    "ages_5_plus": (1,),
    "speaks_only_english": tuple(block + 1 for block in AGE_BLOCKS),
    "speaks_other_language": tuple(block + group for block in AGE_BLOCKS for group in LANGUAGE_GROUPS),
    "speaks_spanish": tuple(block + LANGUAGE_GROUPS[0] for block in AGE_BLOCKS),
    "english_less_than_very_well": tuple(
        block + group + level for block in AGE_BLOCKS for group in LANGUAGE_GROUPS for level in (2, 3, 4)
    ),
}
LANGUAGE_HEADINGS = {
    1: "Estimate!!Total:",
    3: "Estimate!!Total:!!5 to 17 years:!!Speak only English",
    26: "Estimate!!Total:!!18 to 64 years:!!Speak Spanish:",
    67: 'Estimate!!Total:!!65 years and over:!!Speak other languages:!!Speak English not at all""',
}

LATINO = "Hispanic or Latino"
RACES = {
    "White alone": "White alone",
    "Black or African American alone": "Black or African American alone",
    "AIAN alone": "American Indian and Alaska Native alone",
    "Asian alone": "Asian alone",
    "NHPI alone": "Native Hawaiian and Other Pacific Islander alone",
    "Some Other Race alone": "Some Other Race alone",
    "Two or More Races": "Two or More Races",
}
NO_OVERLAP = {
    "latino": "Hispanic or Latino, of any race",
    "white": "White, not Hispanic or Latino",
    "black": "Black or African American, not Hispanic or Latino",
    "other_race": "Another race or two or more races, not Hispanic or Latino",
}
SEXES, AGES = ("Female", "Male"), 13
SMALL_GROUP_AGE = "25 to 29"


@dataclass(frozen=True)
class Measure:
    """What one measure counts, for whoever reads the table."""

    name: str
    topic: str
    meaning: str
    unit: str
    period: str
    margin: str


PRINTED, COMBINED = "as printed", "combined by the recipe"
MEASURES = [
    Measure("population", "population", "Everyone", "people", LATEST, PRINTED),
    Measure(
        "median_household_income",
        "income",
        "Income of the household in the middle: half had less, half had more",
        "dollars of 2023 a year",
        LATEST,
        PRINTED,
    ),
    Measure(
        "poverty_status_known",
        "poverty",
        "People whose income could be compared with the poverty level",
        "people",
        LATEST,
        PRINTED,
    ),
    Measure("below_poverty_level", "poverty", "People below the poverty level", "people", LATEST, PRINTED),
    Measure(
        POVERTY_PERCENT,
        "poverty",
        "People below the poverty level, of those whose poverty status is known",
        "percent",
        LATEST,
        PRINTED,
    ),
    Measure("adults_25_plus", "education", "People aged 25 and over", "people", LATEST, PRINTED),
    Measure(
        "less_than_high_school",
        "education",
        "People aged 25 and over without a high school diploma",
        "people",
        LATEST,
        PRINTED,
    ),
    Measure(
        "bachelors_degree_or_more",
        "education",
        "People aged 25 and over with a bachelor's degree or more",
        "people",
        LATEST,
        PRINTED,
    ),
    Measure("ages_5_plus", "language", "People aged 5 and over", "people", LANGUAGE_PERIOD, PRINTED),
    Measure(
        "speaks_only_english",
        "language",
        "People aged 5 and over who speak only English at home",
        "people",
        LANGUAGE_PERIOD,
        COMBINED,
    ),
    Measure(
        "speaks_other_language",
        "language",
        "People aged 5 and over who speak a language other than English at home",
        "people",
        LANGUAGE_PERIOD,
        COMBINED,
    ),
    Measure(
        "speaks_spanish",
        "language",
        "People aged 5 and over who speak Spanish at home",
        "people",
        LANGUAGE_PERIOD,
        COMBINED,
    ),
    Measure(
        "english_less_than_very_well",
        "language",
        "People aged 5 and over who speak another language at home, and English less than “very well”",
        "people",
        LANGUAGE_PERIOD,
        COMBINED,
    ),
]


@dataclass(frozen=True)
class Estimate:
    """What the survey says, and how far off it may be. No margin is printed for a top-coded median."""

    value: Decimal
    margin: Decimal | None


Place = str
ByMeasure = dict[str, dict[Place, Estimate]]
ByGroup = dict[tuple[Place, str], Estimate]


@dataclass(frozen=True)
class Sources:
    """Rows of the five files, still as published."""

    profile: list[SourceRow]
    poverty: list[SourceRow]
    language: list[SourceRow]
    crosswalk: list[SourceRow]
    population: Iterator[SourceRow]


@dataclass(frozen=True)
class Prepared:
    """Estimates by place; the state and the country are places too."""

    towns: list[Place]
    measures: ByMeasure
    races: ByGroup
    no_overlap: ByGroup
    small_group: list[TableRow]


def build(sources: Path, destination: Path) -> None:
    """Write the six tables. Raises SourceError before anything is written."""
    prepared = prepare(read(sources))
    validate(prepared)
    write(prepared, destination)


def read(sources: Path) -> Sources:
    columns = sorted(
        {column for columns in LANGUAGE_MEASURES.values() for column in columns} | LANGUAGE_HEADINGS.keys()
    )
    by_group = ["Year", "GeoID", "Geography Type", "Geography Name", "Value", "Margin of Error"]
    return Sources(
        profile=read_source_rows(sources, PROFILE, ["topic", "level", "name", "year", "group", "estimate", "moe"]),
        poverty=read_source_rows(
            sources, POVERTY, [*by_group, "Race/Ethnicity", "Poverty", "Measure"], encoding="utf-8-sig"
        ),
        language=read_source_rows(
            sources,
            LANGUAGE,
            ["GEO.id2", *(_language_column(number, part) for number in columns for part in "EM")],
        ),
        crosswalk=read_source_rows(
            sources, CROSSWALK, ["town_name", "town_fips_2020", "town_fips_2022"], encoding="utf-8-sig"
        ),
        population=_two_editions(sources, [*by_group, "Sex", "Race", "Age"]),
    )


def prepare(published: Sources) -> Prepared:
    """Return the estimates of each source by place, added up where a table adds up."""
    require_figure(CROSSWALK, "the number of towns", len(published.crosswalk), TOWNS)
    towns = sorted(row["town_name"] for row in published.crosswalk)
    measures = {
        name: _profile(published.profile, towns, *topic_and_group) for name, topic_and_group in PROFILE_MEASURES.items()
    }
    measures[POVERTY_PERCENT] = _poverty_percent(published)
    measures |= _language(published)
    no_overlap = {
        (place, title): estimate
        for group, title in NO_OVERLAP.items()
        for place, estimate in _profile(published.profile, towns, "race", group).items()
    }
    population = list(published.population)
    _require_town_codes(population, published.crosswalk)
    latest = [row for row in population if row["Year"] == LATEST[-4:]]
    return Prepared(towns, measures, _races(latest, towns), no_overlap, _small_group(population, towns))


def validate(prepared: Prepared) -> None:
    """Hold towns against the state, groups against the whole, and both files of race against each other."""
    measures, towns = prepared.measures, prepared.towns
    state = {name: by_place["Connecticut"] for name, by_place in measures.items() if "Connecticut" in by_place}
    require_figure(PROFILE, "the state", state["population"].value, POPULATION_2019_2023)
    require_figure(LANGUAGE, "people aged 5 and over", state["ages_5_plus"].value, AGES_5_PLUS_2016_2020)
    for name, estimate in state.items():
        if name != "median_household_income":
            file = LANGUAGE if name in LANGUAGE_MEASURES else PROFILE
            total = sum((measures[name][town].value for town in towns), Decimal(0))
            require_figure(file, f"{name} of all towns", total, estimate.value)
    for town in towns:
        people = measures["population"][town].value
        races = sum((prepared.races[town, title].value for title in RACES.values()), Decimal(0))
        require_figure(POPULATION, f"all races of {town}", races, people)
        groups = sum((prepared.no_overlap[town, title].value for title in NO_OVERLAP.values()), Decimal(0))
        require_figure(PROFILE, f"all groups of {town}", groups, people)
        latino = prepared.no_overlap[town, NO_OVERLAP["latino"]].value
        require_figure(POPULATION, f"{LATINO} of {town}", prepared.races[town, LATINO].value, latino)
        spoken = measures["speaks_only_english"][town].value + measures["speaks_other_language"][town].value
        require_figure(LANGUAGE, f"all languages of {town}", spoken, measures["ages_5_plus"][town].value)
    everyone = sum((estimate.value for estimate in prepared.races.values()), Decimal(0))
    require_figure(POPULATION, "all races and Hispanic or Latino added up", everyone, SUM_WITH_OVERLAP)
    latino = sum((prepared.races[town, LATINO].value for town in towns), Decimal(0))
    require_figure(POPULATION, LATINO, latino, LATINO_2019_2023)


def write(prepared: Prepared, destination: Path) -> None:
    towns, measures = prepared.towns, prepared.measures
    write_tables(
        destination,
        {
            "acs-towns.csv": [
                {
                    "town": town,
                    "measure": measure.name,
                    "period": measure.period,
                    **_cells(measures[measure.name][town]),
                    "top_coded": measure.unit.startswith("dollars") and measures[measure.name][town].value == TOP_CODE,
                }
                for town in towns
                for measure in MEASURES
            ],
            "acs-towns-measures.csv": [
                {
                    "measure": measure.name,
                    "topic": measure.topic,
                    "meaning": measure.meaning,
                    "unit": measure.unit,
                    "period": measure.period,
                    "margin": measure.margin,
                }
                for measure in MEASURES
            ],
            "acs-towns-state.csv": [
                {
                    "place": place,
                    "measure": measure.name,
                    "period": measure.period,
                    **_cells(measures[measure.name][place]),
                }
                for place in ("Connecticut", "United States")
                for measure in MEASURES
                if place in measures[measure.name]
            ],
            "acs-towns-race.csv": [
                {
                    "town": town,
                    "question": "ethnicity" if group == LATINO else "race",
                    "group": group,
                    **_cells(prepared.races[town, group]),
                }
                for town in towns
                for group in (*RACES.values(), LATINO)
            ],
            "acs-towns-race-no-overlap.csv": [
                {"town": town, "group": group, **_cells(prepared.no_overlap[town, group])}
                for town in towns
                for group in NO_OVERLAP.values()
            ],
            "acs-towns-small-group.csv": prepared.small_group,
        },
    )


def combined(estimates: Sequence[Estimate]) -> Estimate:
    """Add estimates up and combine their margins. Of the margins of zeros, the largest alone counts."""
    of_zeros = [_margin(estimate) for estimate in estimates if not estimate.value]
    counted = [_margin(estimate) for estimate in estimates if estimate.value] + sorted(of_zeros)[-1:]
    root = sum((margin * margin for margin in counted), Decimal(0)).sqrt()
    return Estimate(
        value=sum((estimate.value for estimate in estimates), Decimal(0)),
        margin=root.quantize(Decimal(1), ROUND_HALF_UP),
    )


def _two_editions(sources: Path, columns: Sequence[str]) -> Iterator[SourceRow]:
    """Yield the rows of the earliest and the latest of fourteen editions of the survey.

    This large file is read when its first row is asked for, so that a fault in another source shows at once.
    """
    for row in read_source_rows(sources, POPULATION, columns, encoding="utf-8-sig", member="Population.csv"):
        if row["Year"] in (EARLIEST[-4:], LATEST[-4:]):
            yield row


def _margin(estimate: Estimate) -> Decimal:
    assert estimate.margin is not None, "only a top-coded median has no margin, and medians are not added up"
    return estimate.margin


def _estimate(row: SourceRow, value: str, margin: str) -> Estimate:
    estimate = Estimate(row.decimal(value), row.decimal(margin))
    if estimate.value < 0 or _margin(estimate) < 0:
        # The Census Bureau prints numbers such as -666666666 where it has no estimate.
        raise ValueWrong(
            row.place(value), "a number below zero.", "See what it stands for before you change the recipe."
        )
    return estimate


def _profile(rows: list[SourceRow], towns: Sequence[Place], topic: str, group: str) -> dict[Place, Estimate]:
    """Return one measure of the profile for the towns, the state and the country."""
    levels = {"6_town", "2_state", "1_us"}
    chosen = [row for row in rows if row["topic"] == topic and row["group"] == group and row["level"] in levels]
    found = index_once(PROFILE, chosen, "name", {*towns, "Connecticut", "United States"})
    return {place: _top_coded_or_not(row) for place, row in found.items()}


def _top_coded_or_not(row: SourceRow) -> Estimate:
    row.one_of("year", ["2023"])
    estimate = _estimate(row, "estimate", "moe")
    if row["topic"] != "median_household_income":
        return estimate
    if (estimate.value == TOP_CODE) != (estimate.margin == 0):
        raise ValueWrong(
            row.place("moe"),
            f"a median of {estimate.value:,} with a margin of {estimate.margin:,}.",
            f"Only the top code {TOP_CODE:,} comes without a margin. Compare with the Census Bureau.",
        )
    return Estimate(estimate.value, estimate.margin or None)


def _poverty_percent(published: Sources) -> dict[Place, Estimate]:
    names = _codes(published.crosswalk, "town_fips_2022")
    found = index_once(POVERTY, published.poverty, "GeoID", names)
    for row in found.values():
        row.one_of("Year", ["2023"])
        row.one_of("Race/Ethnicity", ["Total"])
        row.one_of("Poverty", ["Under"])
        row.one_of("Measure", ["Percent"])
    return {names[code]: _estimate(row, "Value", "Margin of Error") for code, row in found.items()}


def _language(published: Sources) -> ByMeasure:
    """Return the measures of language for the towns and the state, added up over ages and languages."""
    heading, *rows = published.language
    for number, title in LANGUAGE_HEADINGS.items():
        heading.one_of(_language_column(number, "E"), [title])
    names = {code.removeprefix("0"): town for code, town in _codes(published.crosswalk, "town_fips_2020").items()}
    names["9"] = "Connecticut"
    # Water off the coast: places that are no town, and where nobody lives.
    places = [row for row in rows if row["GEO.id2"][-5:] != "00000"]
    found = index_once(LANGUAGE, places, "GEO.id2", names)
    return {
        measure: {
            names[code]: _added(
                [(row, _language_column(number, "E"), _language_column(number, "M")) for number in columns]
            )
            for code, row in found.items()
        }
        for measure, columns in LANGUAGE_MEASURES.items()
    }


def _added(cells: Sequence[tuple[SourceRow, str, str]]) -> Estimate:
    """A single estimate stays as it is printed."""
    estimates = [_estimate(*cell) for cell in cells]
    return estimates[0] if len(estimates) == 1 else combined(estimates)


def _language_column(number: int, part: str) -> str:
    return f"B16004_{number:03d}{part}"


def _races(rows: list[SourceRow], towns: Sequence[Place]) -> ByGroup:
    """Return the people of each race, and those who are Hispanic or Latino, added up over both sexes and all ages."""
    require_once(rows, "GeoID", "Sex", "Race", "Age")
    cells: defaultdict[tuple[Place, str], list[Estimate]] = defaultdict(list)
    titles = {**RACES, LATINO: LATINO}
    for row in rows:
        row.one_of("Sex", SEXES)
        title = titles[row.one_of("Race", titles)]
        cells[row["Geography Name"], title].append(_estimate(row, "Value", "Margin of Error"))
    for town in towns:
        for title in titles.values():
            found = len(cells[town, title])
            if found != len(SEXES) * AGES:
                raise RowMissing(
                    f"{POPULATION}, {town}, {title}",
                    f"{found} cells of sex and age in place of {len(SEXES) * AGES}.",
                    "Download the file again.",
                )
    return {key: combined(estimates) for key, estimates in cells.items()}


def _small_group(rows: list[SourceRow], towns: Sequence[Place]) -> list[TableRow]:
    """Return the cells of one small group as they are printed, in two windows of years that do not overlap."""
    small: list[TableRow] = []
    for period in (EARLIEST, LATEST):
        for sex in SEXES:
            chosen = [
                row
                for row in rows
                if row["Year"] == period[-4:]
                and row["Sex"] == sex
                and row["Race"] == LATINO
                and row["Age"] == SMALL_GROUP_AGE
            ]
            found = index_once(POPULATION, chosen, "Geography Name", towns)
            small += [
                {
                    "town": town,
                    "sex": sex,
                    "period": period,
                    **_cells(_estimate(found[town], "Value", "Margin of Error")),
                }
                for town in towns
            ]
    return small


def _require_town_codes(population: Iterable[SourceRow], crosswalk: Sequence[SourceRow]) -> None:
    """Raise ValueWrong where a town of the population file has another code than in the crosswalk."""
    codes = {
        EARLIEST[-4:]: _codes(crosswalk, "town_fips_2020"),
        LATEST[-4:]: _codes(crosswalk, "town_fips_2022"),
    }
    for row in population:
        if codes[row["Year"]].get(row["GeoID"]) != row["Geography Name"]:
            raise ValueWrong(
                row.place("GeoID"),
                f"“{row['GeoID']}” is not the code of {row['Geography Name']}.",
                f"Compare with {CROSSWALK}.",
            )


def _codes(crosswalk: Iterable[SourceRow], column: str) -> Mapping[str, Place]:
    """Return the town of each code. The published file had lost the first zero."""
    return {"0" + row[column]: row["town_name"] for row in crosswalk}


def _cells(estimate: Estimate) -> dict[str, Decimal | None]:
    return {"estimate": estimate.value, "margin": estimate.margin}
