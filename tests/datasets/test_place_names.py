"""Place names: right towns, small counts that stay hidden, and what the recipe refuses."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest
from committed_tables import table
from linked_sources import link_sources

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

FOLDER = DATASETS / "place-names"
NAME_LIST = "town-reference/ctnamecleaner.csv"
CROSSWALK = "town-reference/ct-town-to-planning-region.csv"
DEATHS = "drug-deaths/Accidental_Drug_Related_Deaths_2012-2022.csv"
CITY_COLUMNS = ("Residence City", "Injury City", "Death City")


def spellings() -> dict[str, dict[str, str]]:
    return {row["spelling"]: row for row in table("place-names/place-names.csv")}


def real_records(real_sources: Path) -> Counter[str]:
    with (real_sources / DEATHS).open(encoding="utf-8", newline="") as lines:
        return Counter(
            spelling
            for row in csv.DictReader(lines)
            for spelling in {row[column].strip() for column in CITY_COLUMNS}
            if spelling
        )


def test_every_spelling_stands_once_and_the_list_gives_1035_of_them() -> None:
    rows = table("place-names/place-names.csv")
    assert len(rows) == len({row["spelling"] for row in rows}) == 1_069
    assert sum(row["name_list_town"] != "" for row in rows) == 1_035


def test_the_name_of_every_town_is_there_and_means_that_town() -> None:
    towns = {town["town"] for town in table("towns/towns.csv")}
    named = {row["town"]: row["spelling"] for row in spellings().values() if row["kind"] == "town name"}
    assert named == {town: town.upper() for town in towns}
    assert {row["town"] for row in spellings().values()} - {""} == towns


@pytest.mark.parametrize(
    ("spelling", "town"),
    [
        ("WATERBRUY", "Waterbury"),
        ("SAKEM", "Salem"),
        ("WILLIAMNTIC", "Windham"),
        ("NEW BRIT", "New Britain"),
        ("NO HAVEN", "North Haven"),
        ("N HAVEN", "North Haven"),
        ("W HAVEN", "West Haven"),
        ("WEST  HAVEN", "West Haven"),
        ("S GLASTONBURY", "Glastonbury"),
        ("VERNON ROCKVL", "Vernon"),
        ("WATERBURY, CT", "Waterbury"),
        ("STORRS", "Mansfield"),
        ("06033", "Glastonbury"),
    ],
)
def test_a_spelling_has_its_right_town(spelling: str, town: str) -> None:
    assert spellings()[spelling]["town"] == town


@pytest.mark.parametrize(
    ("spelling", "reason"),
    [
        ("UNKNOWN", "not known"),
        ("UK", "not known"),
        ("MIDDLESEX", "county"),
        ("SPRINGFIELD", "outside Connecticut"),
        ("PORT CHESTER", "outside Connecticut"),
        ("MYSTIC", "in several towns"),
    ],
)
def test_a_spelling_without_a_single_town_says_why(spelling: str, reason: str) -> None:
    assert (spellings()[spelling]["town"], spellings()[spelling]["reason"]) == ("", reason)


def test_only_where_the_town_is_not_from_the_list_a_reason_is_given() -> None:
    for row in spellings().values():
        from_the_list = row["town"] != "" and row["town"] == row["name_list_town"]
        assert from_the_list == (row["reason"] == ""), row["spelling"]


def test_the_list_contradicts_itself_and_the_right_town_does_not() -> None:
    found = spellings()
    pairs = [
        ("NORTH FRANKLIN", "N FRANKLIN"),
        ("NORTHFORD", "NORTH BRANFORD (NORTHFORD SECT"),
        ("OAKDALE MONTVILLE", "OAKDALE"),
        ("GAYLORDSVILLENEW MILFORD", "GAYLORDSVILLE"),
        ("PLANTVILLE", "PLANTSVILLE"),
        ("WEST HARTFOR", "WEST HARTFORD"),
        ("N HAVEN", "NO HAVEN"),
    ]
    for wrong, right in pairs:
        assert found[wrong]["name_list_town"] != found[right]["name_list_town"]
        assert found[wrong]["town"] == found[right]["town"] == found[right]["name_list_town"]


def test_the_kind_is_what_a_rule_can_tell() -> None:
    towns = {town["town"].upper() for town in table("towns/towns.csv")}
    letters = {re.sub(r"[^A-Z]", "", town) for town in towns}
    for row in spellings().values():
        spelling = row["spelling"]
        same_letters = re.sub(r"[^A-Z]", "", spelling) in letters
        match row["kind"]:
            case "town name":
                assert spelling in towns
            case "digits":
                assert re.fullmatch(r"\d+", spelling)
            case "town name, spaced or marked otherwise":
                assert same_letters and spelling not in towns
            case _:
                assert not same_letters and not spelling.isdigit()


def test_no_number_from_one_to_five_is_shown() -> None:
    for row in spellings().values():
        assert (row["records"] == "") == (row["records_suppressed"] == "true")
        assert row["records"] == "" or int(row["records"]) == 0 or int(row["records"]) >= 6


def test_the_table_holds_nothing_of_the_records_but_the_number() -> None:
    (row, *_) = table("place-names/place-names.csv")
    assert list(row) == ["spelling", "kind", "town", "name_list_town", "reason", "records", "records_suppressed"]


def test_the_numbers_are_those_of_the_records_and_small_ones_are_hidden(real_sources: Path) -> None:
    records = real_records(real_sources)
    for row in spellings().values():
        count = records[row["spelling"]]
        if 1 <= count <= 5:
            assert (row["records"], row["records_suppressed"]) == ("", "true")
        else:
            assert (row["records"], row["records_suppressed"]) == (str(count), "false")


def test_every_spelling_of_six_or_more_records_is_there(real_sources: Path) -> None:
    assert {spelling for spelling, count in real_records(real_sources).items() if count >= 6} <= spellings().keys()


def test_the_numbers_in_the_quality_statement_are_those_of_the_table() -> None:
    statement = (FOLDER / "quality.md").read_text(encoding="utf-8")
    rows = spellings().values()
    listed = [row for row in rows if row["name_list_town"]]
    assert f"The published list has {len(listed):,} spellings and covers all 169 names of towns." in statement
    assert f"The Academy added {len(rows) - len(listed)} spellings from records" in statement
    changed = [row for row in listed if row["town"] != row["name_list_town"]]
    assert f"The Academy changed {len(changed)} of its towns." in statement
    assert sum(row["reason"] == "in several towns" for row in rows) == 5
    assert "Five spellings stand for villages in more than one town" in statement
    outside = {row["spelling"]: row["name_list_town"] for row in rows if row["reason"] == "outside Connecticut"}
    assert outside == {"PORT CHESTER": "Chester", "PAWTUCKET": "Stonington", "SPRINGFIELD": ""}
    assert "Three are places outside Connecticut: PORT CHESTER, PAWTUCKET and SPRINGFIELD." in statement
    hidden = sum(row["records_suppressed"] == "true" for row in rows)
    assert f"For {hidden} spellings one to five records were found." in statement
    assert spellings()["6340"]["reason"] == "ZIP code"
    assert spellings()["N FRANKLIN"]["name_list_town"] == "Franklin"
    assert spellings()["NORTH FRANKLIN"]["name_list_town"] == "New London"


def test_the_zip_code_that_lost_its_zero_has_the_town_of_the_whole_one() -> None:
    (groton,) = [row for row in table("zip-to-town/zip-to-town.csv") if row["zip"] == "06340"]
    assert spellings()["6340"]["town"] == groton["town"]


def test_the_picture_shows_the_towns_with_the_most_spellings() -> None:
    counts = Counter(row["town"] for row in spellings().values() if row["town"])
    caption = read_package("place-names").picture.caption
    assert [town for town, _ in counts.most_common(2)] == ["Waterbury", "Bridgeport"]
    assert (
        f"There are {counts['Waterbury']} spellings for Waterbury and {counts['Bridgeport']} for Bridgeport." in caption
    )
    assert f"Killingly, a small town, has {counts['Killingly']}" in caption
    assert "Killingly" in dict(counts.most_common(12))


def test_the_package_warns_that_some_counts_are_of_deaths() -> None:
    assert "died of a drug overdose" in (read_package("place-names").content_note or "")


# A change to one file, the error it must raise, and what the message must name.
CHANGES: dict[str, tuple[str, bytes, bytes, type[SourceError], list[str]]] = {
    "a town is unknown": (NAME_LIST, b"AMSTON,HEBRON", b"AMSTON,HEBRUN", ValueWrong, ["realname", "HEBRUN"]),
    "a spelling means two towns": (NAME_LIST, b"AMSTON,HEBRON", b"ABINGTON,HEBRON", RowMissing, ["ABINGTON", "twice"]),
    "a spelling is empty": (NAME_LIST, b"AMSTON,HEBRON", b",HEBRON", ValueWrong, ["name", "empty"]),
    "a spelling is missing": (NAME_LIST, b"AMSTON,HEBRON\n", b"", RowMissing, ["1,034", "1,035"]),
    "the name of a town is missing": (NAME_LIST, b"\nHEBRON,HEBRON\n", b"\n", RowMissing, ["Hebron"]),
    "the crosswalk lacks a town": (CROSSWALK, b"Union,", b"Onion,", ValueWrong, ["UNION"]),
    "a column of cities has another name": (DEATHS, b"Injury City", b"Injury Town", ColumnMissing, ["Injury City"]),
}


def _build(real_sources: Path, folder: Path, file: str, content: bytes) -> None:
    files = [source.file for source in read_package("place-names").sources]
    sources = link_sources(real_sources, files, folder / "links" / "sources")
    (sources / file).unlink()
    (sources / file).write_bytes(content)
    load_recipe(FOLDER)(sources, folder / "out")


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_a_source_that_is_not_as_it_should_be_is_refused(change: str, real_sources: Path, tmp_path: Path) -> None:
    file, old, new, error, named = CHANGES[change]
    content = (real_sources / file).read_bytes()
    assert old in content
    with pytest.raises(error) as caught:
        _build(real_sources, tmp_path, file, content.replace(old, new, 1))
    for words in named:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def _records_of(cities: list[str]) -> bytes:
    """Return records with these places of residence, and as many others as it takes."""
    others = ["Hartford"] * (10_654 - len(cities))
    return "".join(
        ["Residence City,Injury City,Death City\n", *(f"{city},,\n" for city in [*cities, *others])]
    ).encode()


def test_a_frequent_spelling_that_is_in_no_list_is_shown_to_a_person(real_sources: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueWrong, match="“NOWHERE” stands in 6 records"):
        _build(real_sources, tmp_path, DEATHS, _records_of(["NOWHERE"] * 6))
    assert not (tmp_path / "out").exists()


def test_a_rare_spelling_that_is_in_no_list_is_left_out(real_sources: Path, tmp_path: Path) -> None:
    _build(real_sources, tmp_path, DEATHS, _records_of(["NOWHERE"] * 5))
    assert "NOWHERE" not in (tmp_path / "out/place-names.csv").read_text(encoding="utf-8")


def test_five_records_are_hidden_and_six_are_shown(real_sources: Path, tmp_path: Path) -> None:
    _build(real_sources, tmp_path, DEATHS, _records_of(["Andover"] * 5 + ["Ansonia"] * 6))
    rows = (tmp_path / "out/place-names.csv").read_text(encoding="utf-8").splitlines()
    assert "ANDOVER,town name,Andover,Andover,,,true" in rows
    assert "ANSONIA,town name,Ansonia,Ansonia,,6,false" in rows


def test_fewer_records_than_there_were_are_refused(real_sources: Path, tmp_path: Path) -> None:
    with pytest.raises(RowMissing, match="10,653 records"):
        _build(real_sources, tmp_path, DEATHS, _records_of([]).removesuffix(b"Hartford,,\n"))
