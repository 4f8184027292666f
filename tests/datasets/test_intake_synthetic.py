"""The made-up intake form: nobody is real, and the errors are those that the quality statement counts."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from committed_tables import table

from academy.data import read_package, tables
from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, FigureWrong, RowMissing, SourceMissing
from academy.project import DATASETS

SLUG = "intake-synthetic"
ZIP_CODES = "town-reference/2020zip-to-town.csv"
WEAK = {"middle_name", "disability", "immigration_status", "arrested_ever", "ssn_last_four", "marital_status"}


def _applications() -> list[dict[str, str]]:
    return table(f"{SLUG}/{SLUG}.csv")


def _quality() -> str:
    return (DATASETS / SLUG / "quality.md").read_text(encoding="utf-8")


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%m/%d/%Y")
    except ValueError:
        return False
    return True


def test_it_says_everywhere_that_it_is_made_up() -> None:
    package = read_package(SLUG)
    assert package.synthetic
    assert "made up" in package.title and "Made up" in package.description
    assert "Made-up data" in _quality() and "Made-up data" in package.picture.caption
    assert all(part.description.startswith("Made-up") for part in package.tables)


def test_600_applications_by_592_people() -> None:
    applications = _applications()
    assert len(applications) == 600
    people = Counter((row["first_name"], row["last_name"], row["street_address"]) for row in applications)
    assert len(people) == 592
    assert sorted(people.values())[-9:] == [1] + [2] * 8
    assert "8 people applied twice" in _quality()


def test_nobody_can_be_reached_or_taken_for_somebody() -> None:
    for row in _applications():
        assert re.fullmatch(r"|[a-z0-9.]+@example\.org", row["email"])
        assert re.fullmatch(r"|860-555-01\d\d", row["phone"])
        assert row["application_date"].startswith("2150-")
        assert row["birth_date"] == "" or 2050 < int(row["birth_date"][-4:]) < 2140
        street = row["street_address"].split(" ", 1)[1]
        assert street.split()[0] in {"Example", "Sample", "Pretend", "Nowhere", "Specimen", "Fable", "Placeholder"}
    names = {row[column] for row in _applications() for column in ("first_name", "middle_name", "last_name")}
    assert not names & {"Robin", "Holly", "Ivy", "Rose", "Jasper", "Heather", "Stone", "Wood", "Hill", "Smith", "Finch"}


def test_the_numbers_follow_the_dates_and_every_date_is_in_the_last_three_months() -> None:
    rows = _applications()
    assert [row["application_id"] for row in rows] == [f"A-{number:04}" for number in range(1, 601)]
    days = [row["application_date"] for row in rows]
    assert days == sorted(days)
    assert days[0] >= "2150-10-01" and days[-1] <= "2150-12-31"
    assert "the last three months of the year 2150" in _quality()


def test_applicants_are_adults() -> None:
    for row in _applications():
        if _is_day(row["birth_date"]):
            born = datetime.strptime(row["birth_date"], "%m/%d/%Y")
            applied = datetime.strptime(row["application_date"], "%Y-%m-%d")
            assert 18 <= (applied - born).days / 365.25 < 93


def test_the_errors_are_those_that_the_quality_statement_counts() -> None:
    rows, quality = _applications(), _quality()
    no_days = sum(row["birth_date"] != "" and not _is_day(row["birth_date"]) for row in rows)
    empty = Counter(column for row in rows for column, cell in row.items() if not cell)
    assert f"{no_days} dates of birth are no days, such as 02/30, and {empty['birth_date']} are empty" in quality
    towns = {town["town"] for town in table("towns/towns.csv")}
    assert f"{sum(row['town'] not in towns for row in rows)} towns are not written as in" in quality
    short = sum(len(row["zip"]) == 4 for row in rows)
    assert f"{short} ZIP codes lost the zero at the front, and {empty['zip']} are empty" in quality
    sizes = Counter(row["household_size"] for row in rows)
    assert f"{sizes['0'] + sizes['22'] + sizes['44']} household sizes cannot be right: 0, 22 and 44." in quality
    assert set(sizes) == {"", *"01234567", "22", "44"}
    assert (
        f"{empty['middle_name']} applications have no middle name, {empty['email']} no e-mail address, "
        f"{empty['ssn_last_four']} no digits of a Social Security number. "
        f"{empty['immigration_status']} leave immigration status empty" in quality
    )


def test_birth_date_and_zip_code_tell_almost_everybody_apart() -> None:
    together = Counter((row["birth_date"], row["zip"]) for row in _applications())
    alone = sum(count == 1 for count in together.values())
    assert f"leave {alone} of the 600 applications alone" in _quality()
    assert alone / 600 > 0.95


def test_towns_are_drawn_in_proportion_to_their_people() -> None:
    towns = table("towns/towns.csv")
    people = {town["town"]: int(town["population_2020"]) for town in towns}
    drawn = Counter(row["town"] for row in _applications())
    assert not drawn.keys() & {"Lisbon", "Union"}
    largest = sorted(people, key=lambda town: -people[town])[:20]
    expected = sum(people[town] for town in largest) / sum(people.values())
    found = sum(drawn[town] for town in largest) / sum(drawn[town] for town in people)
    assert abs(found - expected) < 0.05


def test_the_picture_shows_what_its_caption_says() -> None:
    bands = Counter(row["income_band"] for row in _applications())
    assert bands["under $15,000"] + bands["$15,000 to $29,999"] + bands["$30,000 to $44,999"] > 400
    assert 0 < bands[""] < 30
    assert "less than $45,000 a year. A few left the question empty." in read_package(SLUG).picture.caption


def test_every_column_is_a_field_of_the_form_and_was_reviewed() -> None:
    columns = list(_applications()[0])
    assert [row["field"] for row in table(f"{SLUG}/{SLUG}-fields.csv")] == columns
    assert [row["field"] for row in table(f"{SLUG}/{SLUG}-review.csv")] == columns


def test_the_review_finds_needless_fields_that_the_form_demands() -> None:
    review = {row["field"]: row for row in table(f"{SLUG}/{SLUG}-review.csv")}
    assert {name for name, row in review.items() if row["needed_for"] == "nothing"} == WEAK
    for row in review.values():
        assert (row["needed_for_eligibility"] == "true") == (row["needed_for"] == "eligibility")
        assert len(row["reason"].split()) >= 4
    # Nothing in a row about one person is public, though counts of it may be.
    assert {row["classification"] for row in review.values()} == {"protected", "personal", "private"}
    demanded = {row["field"] for row in table(f"{SLUG}/{SLUG}-fields.csv") if row["must_be_answered"] == "true"}
    assert demanded >= WEAK - {"middle_name"}


def test_learners_do_not_get_the_review() -> None:
    assert [path.name for path in tables(SLUG)] == [f"{SLUG}.csv", f"{SLUG}-fields.csv"]


def test_the_zip_codes_of_another_town_are_counted(real_sources: Path) -> None:
    with (real_sources / ZIP_CODES).open(encoding="utf-8-sig", newline="") as lines:
        town_of = {row["2020zip5"]: row["Town_Name"] for row in csv.DictReader(lines)}
    towns = set(town_of.values())
    rows = [row for row in _applications() if row["zip"] and row["town"] in towns]
    elsewhere = sum(town_of[row["zip"].zfill(5)] != row["town"] for row in rows)
    assert f"In {elsewhere} applications the ZIP code belongs to another town" in _quality()


def test_an_old_village_name_is_one_of_the_town_for_which_it_is_written(real_sources: Path) -> None:
    with (real_sources / "town-reference/ctnamecleaner.csv").open(encoding="utf-8-sig", newline="") as lines:
        known = {row["name"]: row["realname"] for row in csv.DictReader(lines)}
    written_for = load_recipe(DATASETS / SLUG).__globals__["VILLAGES"]
    assert all(known[village.upper()] == town.upper() for town, village in written_for.items())
    assert {row["town"] for row in _applications()} & set(written_for.values())


@pytest.fixture
def sources(real_sources: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / ZIP_CODES).parent.mkdir(parents=True)
    shutil.copy(real_sources / ZIP_CODES, folder / ZIP_CODES)
    return folder


@pytest.mark.parametrize(
    ("old", "new", "error", "named"),
    [
        (b"Town_Name", b"Town", ColumnMissing, "Town_Name"),
        (b",Avon", b",Avonn", RowMissing, "Avonn is not a town"),
        (b"06001,911002060,Avon\r\n", b"", FigureWrong, "166"),
    ],
    ids=["a column was renamed", "a town is unknown", "a town lost its only ZIP code"],
)
def test_a_changed_source_of_zip_codes_stops_the_build(
    old: bytes, new: bytes, error: type[Exception], named: str, sources: Path, tmp_path: Path
) -> None:
    content = (sources / ZIP_CODES).read_bytes()
    assert old in content
    (sources / ZIP_CODES).write_bytes(content.replace(old, new))
    with pytest.raises(error, match=named):
        load_recipe(DATASETS / SLUG)(sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_without_the_zip_codes_the_build_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="2020zip-to-town"):
        load_recipe(DATASETS / SLUG)(tmp_path, tmp_path / "out")


def test_the_same_seed_makes_the_same_tables(sources: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        load_recipe(DATASETS / SLUG)(sources, tmp_path / name)
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes()
        assert path.read_bytes() == (DATASETS / SLUG / path.name).read_bytes()
