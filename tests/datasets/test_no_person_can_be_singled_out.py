"""No table tells anything about one person: not the overdose tables by their counts, not any table by its text.

The first half proves the rule of the overdose datasets, whose source has one row for each person who died. The second
half looks into every cell of every dataset for what names, locates or reaches a person.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from committed_tables import table

from academy.data import read_package, slugs
from academy.data.package import Table
from academy.project import DATASETS

THRESHOLD = 6
OVERDOSE = [slug for slug in slugs() if slug.startswith("overdose-")]
each_dataset = pytest.mark.parametrize("slug", slugs())
each_overdose_dataset = pytest.mark.parametrize("slug", OVERDOSE)


# The overdose tables: counts


def is_small(count: int) -> bool:
    """Whether a count points at so few people that it must not be told, nor follow from others."""
    return count < 0 or 0 < count < THRESHOLD


@dataclass(frozen=True)
class Fact:
    """So many deaths in these months, of people of this kind: () is everybody, a longer tuple a part of a shorter."""

    months: frozenset[str]
    kind: tuple[str, ...]
    deaths: int

    def holds(self, other: Fact) -> bool:
        """Whether all deaths of `other` are among these."""
        return self != other and self.months >= other.months and other.kind[: len(self.kind)] == self.kind


def small_differences(facts: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """Return the pairs whole and part whose difference is a count that must not be known."""
    return [
        (whole, part) for whole in facts for part in facts if whole.holds(part) and is_small(whole.deaths - part.deaths)
    ]


def test_the_rule_catches_a_small_difference_and_lets_a_large_one_pass() -> None:
    months = frozenset({"2020-01", "2020-02"})
    everybody, women = Fact(months, (), 20), Fact(months, ("sex", "Female"), 17)
    assert small_differences([everybody, women]) == [(everybody, women)]
    assert small_differences([everybody, Fact(months, ("sex", "Female"), 14)]) == []
    january = Fact(frozenset({"2020-01"}), ("sex", "Female"), 16)
    assert small_differences([women, january]) == [(women, january)]
    assert small_differences([women, Fact(frozenset({"2020-01"}), ("sex", "Male"), 16)]) == []
    assert small_differences([women, Fact(months, ("sex", "Female", "label"), 18)])


@cache
def _published_facts() -> tuple[Fact, ...]:
    """Everything that the tables of deaths say, as counts that may hold one another."""
    by_month = {row["month"][:7]: int(row["deaths"]) for row in table("overdose-monthly/overdose-monthly.csv")}

    def months(first: str, last: str) -> frozenset[str]:
        return frozenset(month for month in by_month if first <= month[:4] <= last)

    facts = [Fact(frozenset({month}), (), deaths) for month, deaths in by_month.items()]
    for year in sorted({month[:4] for month in by_month}):
        its_months = months(year, year)
        facts.append(Fact(its_months, (), sum(by_month[month] for month in its_months)))
    for row in table("overdose-monthly/overdose-monthly-substances.csv"):
        if row["deaths"]:
            facts.append(Fact(months(row["year"], row["year"]), ("substance", row["substance"]), int(row["deaths"])))
    for row in table("overdose-demographics/overdose-demographics.csv"):
        part = (row["characteristic"], row["group"])
        facts.append(Fact(months(row["year"], row["year"]), part, int(row["deaths"])))
    for row in table("overdose-demographics/overdose-demographics-race-ethnicity.csv"):
        kind: tuple[str, ...] = (row["question"], row["group"], row["label"])
        if row["question"] == "ethnicity":
            broad = "Hispanic" if row["group"] == "Hispanic" else "Not recorded as Hispanic"
            kind = ("ethnicity", broad, row["group"], row["label"])
        facts.append(Fact(months(row["first_year"], row["last_year"]), kind, int(row["deaths"])))
    return tuple(facts)


def _parts(whole: Fact, facts: Sequence[Fact], length: int) -> dict[str, list[Fact]]:
    """Return the facts of the same months with kinds of this length that `whole` holds, by characteristic."""
    parts: dict[str, list[Fact]] = {}
    for fact in facts:
        if whole.holds(fact) and fact.months == whole.months and len(fact.kind) == length:
            parts.setdefault(fact.kind[0], []).append(fact)
    return parts


def test_the_facts_are_all_the_deaths() -> None:
    everybody = [fact for fact in _published_facts() if fact.kind == () and len(fact.months) == 12]
    assert sum(fact.deaths for fact in everybody) == 10_654
    assert len(_published_facts()) == 132 + 11 + 131 + 110 + 25


@each_overdose_dataset
def test_every_count_is_0_or_at_least_6(slug: str) -> None:
    for one in read_package(slug).tables:
        counts = [column.name for column in one.columns if column.unit in {"deaths", "records"}]
        assert counts
        for row in table(f"{slug}/{one.path.name}"):
            assert not [name for name in counts if row[name] and is_small(int(row[name]))], row


@each_overdose_dataset
def test_a_number_in_the_tables_is_a_count_a_share_a_year_or_a_number_of_fields(slug: str) -> None:
    for one in read_package(slug).tables:
        units = {column.unit for column in one.columns if column.type in {"integer", "number"}}
        assert units <= {"deaths", "records", "percent", "fields"}


def test_no_count_from_1_to_5_follows_from_two_published_ones() -> None:
    assert small_differences(_published_facts()) == []


def test_the_groups_of_a_year_are_the_whole_year_so_that_none_is_left_to_find() -> None:
    for whole in _published_facts():
        if whole.kind == () and len(whole.months) == 12:
            parts = _parts(whole, _published_facts(), 2)
            for characteristic in ("age", "sex", "ethnicity"):
                assert sum(part.deaths for part in parts[characteristic]) == whole.deaths


def test_the_groups_of_a_period_are_the_whole_period_so_that_none_is_left_to_find() -> None:
    facts = _published_facts()
    years = {fact.months: fact.deaths for fact in facts if fact.kind == () and len(fact.months) == 12}
    hispanic = {fact.months: fact.deaths for fact in facts if fact.kind == ("ethnicity", "Hispanic")}
    periods = {fact.months for fact in facts if len(fact.months) > 12}
    assert len(periods) == 4
    for period in periods:
        whole = Fact(period, (), sum(deaths for months, deaths in years.items() if months <= period))
        assert sum(part.deaths for part in _parts(whole, facts, 3)["race"]) == whole.deaths
        labels = _parts(whole, facts, 4)["ethnicity"]
        assert sum(part.deaths for part in labels) == whole.deaths
        of_years = sum(deaths for months, deaths in hispanic.items() if months <= period)
        assert sum(part.deaths for part in labels if part.kind[1] == "Hispanic") == of_years


def test_a_hidden_count_of_a_substance_has_no_published_total_to_be_found_from() -> None:
    hidden = {
        row["substance"]: row["year"]
        for row in table("overdose-monthly/overdose-monthly-substances.csv")
        if row["deaths"] == ""
    }
    assert hidden == {"amphetamines": "2013"}
    for fact in _published_facts():
        if fact.kind == ("substance", "amphetamines"):
            assert len({month[:4] for month in fact.months}) == 1
    # Deaths may involve several substances: even without the hidden one they add up to more than the year.
    of_2013 = [fact for fact in _published_facts() if fact.months == _year("2013")]
    assert sum(fact.deaths for fact in of_2013 if fact.kind[:1] == ("substance",)) > 490


def _year(year: str) -> frozenset[str]:
    return frozenset(f"{year}-{month:02}" for month in range(1, 13))


def test_no_number_of_records_from_1_to_5_follows_in_the_table_of_uniqueness() -> None:
    for row in table("overdose-uniqueness/overdose-uniqueness.csv"):
        names = ("records_alone", "records_in_small_groups", "records")
        numbers = [int(row[name]) for name in names if row[name]]
        assert not [pair for pair in combinations(numbers, 2) if is_small(pair[1] - pair[0])], row["fields"]
        for what in ("alone", "in_small_groups"):
            assert (row[f"records_{what}"] == "") == (row[f"percent_{what}"] == "")
        assert (row["suppressed"] == "true") == (len(numbers) < 3)


# The overdose tables: words

WORDS = {
    "dated_by": {"death", "report"},
    "substance": {
        *("alcohol", "amphetamines", "benzodiazepines", "cocaine", "fentanyl", "fentanyl analogues"),
        *("gabapentin", "heroin", "methadone", "other prescription opioids", "oxycodone", "xylazine"),
    },
    "characteristic": {"age", "sex", "ethnicity"},
    "question": {"race", "ethnicity"},
    "group": {
        *("Under 25", "25-34 or not recorded", "35-44", "45-54", "55-64", "65 and over"),
        *("Female", "Male or not recorded"),
        *("Hispanic", "Not Hispanic", "Not recorded", "Not recorded as Hispanic"),
        *("Asian", "Black", "White", "Another race or not recorded"),
    },
    "label": {
        *("Black", "Black or African American", "White", "Several labels", "Several labels or empty"),
        *("Hispanic", "Spanish/Hispanic/Latino and its kinds", "Not Spanish/Hispanic/Latino", "Empty or unknown"),
    },
    "time_known": {"nothing", "year", "month", "day"},
    "age_known": {"nothing", "group", "years"},
    "residence_known": {"nothing", "county", "city"},
    "fields": {"year", "month", "day", "age group", "age in years", "sex", "race", "county", "city"},
}


@each_overdose_dataset
def test_no_cell_is_a_day_an_age_in_years_a_place_or_free_text(slug: str) -> None:
    for one in read_package(slug).tables:
        for column in one.columns:
            cells = {row[column.name] for row in table(f"{slug}/{one.path.name}")}
            if column.type == "date":
                assert all(cell.endswith("-01") for cell in cells)
            if column.name == "fields":
                cells = {field for cell in cells for field in cell.split(", ")}
            if column.type == "string":
                assert cells <= WORDS[column.name]


@each_overdose_dataset
def test_no_table_has_a_row_for_each_person(slug: str) -> None:
    for one in read_package(slug).tables:
        rows = table(f"{slug}/{one.path.name}")
        assert len(rows) < 10_654 / THRESHOLD
        number = "records" if slug == "overdose-uniqueness" else "deaths"
        assert all(row[number] == "" or int(row[number]) == 0 or int(row[number]) >= THRESHOLD for row in rows)


def test_the_rule_stands_in_the_same_words_in_every_quality_statement() -> None:
    rules: set[str] = set()
    for slug in OVERDOSE:
        statement = (DATASETS / slug / "quality.md").read_text(encoding="utf-8")
        rules.update(re.findall(r"^\*\*The rule of the three overdose datasets\.\*\* (.+)$", statement, re.M))
        assert "**The rule of the three overdose datasets.**" in statement
    (rule,) = rules
    assert "0 or at least 6" in rule
    assert len(OVERDOSE) == 3


def test_only_these_datasets_read_the_records_of_people_who_died() -> None:
    reading = {slug for slug in slugs() if "drug-deaths/" in (DATASETS / slug / "recipe.py").read_text("utf-8")}
    assert reading == {*OVERDOSE, "place-names"}
    for row in table("place-names/place-names.csv"):
        assert row["records"] == "" or not is_small(int(row["records"]))


# Every table: what names, locates or reaches a person

NUMBER_AND_NAME = r"(?<![\w.#-])\d{1,5}[A-Z]? (?:[NSEW]\.? )?(?:[A-Z][\w'.-]* ){1,3}"
WAY = (
    r"(?:Street|St|STREET|ST|Avenue|Ave|AVENUE|AVE|Road|Rd|ROAD|RD|Drive|Dr|DRIVE|DR|Lane|Ln|LANE|LN|Boulevard|Blvd"
    r"|BLVD|Turnpike|Tpke|TPKE|Highway|Hwy|HWY|Court|Ct|COURT|Place|Pl|PLACE|Way|WAY|Circle|Cir|CIRCLE|Terrace"
    r"|Parkway|Pkwy|PKWY|Plaza|Square|Sq)\b"
)
PATTERNS = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}"),
    "a phone number": re.compile(r"(?<![\d.-])(?:\+?1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\d-])"),
    "a social security number": re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
    # A tax district may be named for the road that it is about.
    "a street address": re.compile(rf"{NUMBER_AND_NAME}{WAY}(?! Tax District)"),
    "a pair of coordinates": re.compile(r"-?\d{1,3}\.\d{3,}\s*[,; ]\s*-?\d{1,3}\.\d{3,}"),
}
PERSONAL_WORDS = frozenset(
    {
        *("email", "mail", "phone", "telephone", "ssn", "birth", "birthdate", "dob", "street", "address"),
        *("officer", "badge", "surname", "decedent", "victim", "plaintiff", "defendant"),
        *("lat", "latitude", "lon", "lng", "longitude", "coordinates", "geo", "geocode", "point"),
    }
)
PERSONAL_NAMES = re.compile(r"(?:(?:first|middle|last|full|given|family|person|child|student)_)?name|middle_initial")
# Common given names of people in Connecticut: a column full of them names people.
GIVEN_NAMES = frozenset(
    "James Robert John Michael David William Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark "
    "Donald Steven Andrew Paul Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary "
    "Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Frank Gregory Raymond Patrick Jose Luis "
    "Carlos Juan Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra "
    "Margaret Ashley Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia "
    "Dorothy Amy Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Helen Debra "
    "Rachel Carolyn Janet Maria Olivia Heather Diane Julie Joyce Victoria Kelly Christina Joan Ann".split()
)
NAMED_LIKE_A_PERSON = re.compile(
    r"([A-Z][a-z]+)(?: [A-Z]\.?| [A-Z][a-z]+)? [A-Z][A-Za-z'-]+|[A-Z][A-Za-z'-]+, ([A-Z][a-z]+)\b.*"
)
LATITUDES, LONGITUDES = (40.9, 42.2), (-73.9, -71.6)


def personal_column(name: str) -> bool:
    """Whether a column's name says that it holds something about a person, or a point on the map."""
    return bool(PERSONAL_WORDS & set(name.split("_")) or PERSONAL_NAMES.fullmatch(name))


def personal_text(cell: str) -> list[str]:
    """Return what in a text reaches or locates a person."""
    return [what for what, pattern in PATTERNS.items() if pattern.search(cell)]


def names_people(cells: set[str]) -> bool:
    """Whether three cells of a column or more, and a tenth of them, read like the names of people."""
    matches = [match for match in map(NAMED_LIKE_A_PERSON.fullmatch, cells) if match]
    named = sum((match[1] or match[2]) in GIVEN_NAMES for match in matches)
    return named >= 3 and named * 10 >= len(cells)


def in_connecticut(cells: set[str], limits: tuple[float, float]) -> bool:
    """Whether all cells are degrees of the state, finer than a town."""
    filled = cells - {""}
    fine = all(re.fullmatch(r"-?\d+\.\d{3,}", cell) for cell in filled)
    return bool(filled) and fine and all(limits[0] < float(cell) < limits[1] for cell in filled)


CAUGHT = {
    "Write to jane.example@ct.example for help": "an e-mail address",
    "Call (860) 555-0100": "a phone number",
    "860.555.0100": "a phone number",
    "1-860-555-0100 ext. 4": "a phone number",
    "000-12-3456": "a social security number",
    "12 Example Street": "a street address",
    "7B N. Example Hill Rd, Hartford": "a street address",
    "450 CAPITOL AVE": "a street address",
    "HARTFORD, CT (41.76578, -72.67336)": "a pair of coordinates",
    "41.7658 -72.6734": "a pair of coordinates",
}
LET_PASS = [
    "I-95 Darien NB Service Plaza - Tesla Supercharger",
    "GE WS - Price Chopper #243 Storrs CT 1",
    "West Hartford - 800 Mountain Road Tax District",
    "2014 Highway Log",
    "Introduced for v3.7 as a way of allowing the user to specify",
    "03 Northwestern CT",
    "2020-11-30",
    "0900112345",
    "1,614,589",
    "12.345, 6",
    "07/01/2010 - 06/30/2011",
    "County subdivision 09001-04720",
]


@pytest.mark.parametrize("cell", CAUGHT)
def test_the_scan_catches(cell: str) -> None:
    assert personal_text(cell) == [CAUGHT[cell]]


@pytest.mark.parametrize("cell", LET_PASS)
def test_the_scan_lets_pass(cell: str) -> None:
    assert personal_text(cell) == []


def test_each_pattern_is_proven_by_an_example() -> None:
    assert set(CAUGHT.values()) == set(PATTERNS)


@pytest.mark.parametrize(
    "name", ["officer_id", "name", "last_name", "street_address", "home_phone", "birth_year", "lat"]
)
def test_the_scan_catches_a_column_by_its_name(name: str) -> None:
    assert personal_column(name)


@pytest.mark.parametrize(
    "name", ["station_name", "town", "name_list_town", "group", "officers", "late_fee", "emails_sent"]
)
def test_the_scan_lets_a_column_pass_by_its_name(name: str) -> None:
    assert not personal_column(name)


def test_the_scan_catches_a_column_of_names() -> None:
    assert names_people({"Mary Example", "John Q. Sample", "Karen Anne Specimen", "West Hartford"})
    assert names_people({"Example, Mary", "Sample, John Q.", "Specimen, Karen Anne"})
    assert not names_people({"New Haven", "East Windsor", "North Stonington", "John Jay"})
    assert not names_people({"Ann Example", "Paul Sample", "Mark Specimen", *(f"Group {n}" for n in range(40))})


def test_the_scan_catches_a_pair_of_columns_with_coordinates() -> None:
    assert in_connecticut({"41.765775", "41.5542", ""}, LATITUDES)
    assert in_connecticut({"-72.673356"}, LONGITUDES)
    assert not in_connecticut({"41.2", "41.765"}, LATITUDES)
    assert not in_connecticut({"12.345"}, LATITUDES)
    assert not in_connecticut({""}, LATITUDES)


def _columns(one: Table) -> Iterator[tuple[str, set[str]]]:
    """Yield each column's name and its different cells. Of shapes: of their properties."""
    if one.format == "geojson":
        rows = [shape["properties"] for shape in json.loads(one.path.read_text(encoding="utf-8"))["features"]]
        yield from ((name, {str(row[name]) for row in rows}) for name in rows[0])
        return
    with one.path.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    yield from ((name, set(cells)) for name, cells in zip(header, zip(*rows, strict=True), strict=True))


@each_dataset
def test_no_table_names_locates_or_reaches_a_person(slug: str) -> None:
    """Made-up people may have names and addresses: their columns are left out, where the dataset says it is made up."""
    package = read_package(slug)
    made_up = package.synthetic and slug.endswith("-synthetic")
    for one in package.tables:
        looks_like: dict[tuple[float, float], list[str]] = {LATITUDES: [], LONGITUDES: []}
        for name, cells in _columns(one):
            if personal_column(name):
                assert made_up, f"{one.path.name}: column {name}"
                continue
            for cell in cells:
                assert personal_text(cell) == [], f"{one.path.name}, column {name}: {cell}"
            assert not names_people(cells), f"{one.path.name}: column {name} reads like names of people"
            for limits, columns in looks_like.items():
                columns += [name] * in_connecticut(cells, limits)
        assert not all(looks_like.values()), f"{one.path.name}: coordinates in {looks_like}"


@each_dataset
def test_shapes_are_areas_and_never_points(slug: str) -> None:
    for one in read_package(slug).tables:
        if one.format == "geojson":
            shapes = json.loads(one.path.read_text(encoding="utf-8"))["features"]
            assert {shape["geometry"]["type"] for shape in shapes} <= {"Polygon", "MultiPolygon"}


@each_dataset
def test_a_dataset_with_made_up_people_says_so_in_its_name_and_description(slug: str) -> None:
    package = read_package(slug)
    names = [column.name for one in package.tables for column in one.columns]
    if package.synthetic or any(map(personal_column, names)):
        assert package.synthetic
        assert slug.endswith("-synthetic")
        assert re.search(r"made[ -]up|synthetic|invented", package.description + package.title, re.I)


def test_made_up_people_cannot_be_reached() -> None:
    """Their e-mail addresses and phone numbers are of those set aside for examples."""
    for slug in slugs():
        for one in read_package(slug).tables:
            for name, cells in _columns(one):
                if "email" in name.split("_"):
                    assert all(re.fullmatch(r"(.+@example\.(org|com|net))?", cell) for cell in cells)
                if "phone" in name.split("_"):
                    assert all(re.fullmatch(r"(.*555.?01\d\d)?", cell) for cell in cells)


def test_no_file_of_a_dataset_is_left_out_of_the_scan() -> None:
    scanned = {one.path for slug in slugs() for one in read_package(slug).tables}
    there = {path for ending in ("csv", "geojson") for path in Path(DATASETS).glob(f"*/*.{ending}")}
    assert there == scanned
