"""ZIP codes: text with their zero, one town each, two towns without, and what the recipe refuses."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from committed_tables import table
from linked_sources import link_sources

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import FigureWrong, RowMissing, SourceError, ValueWrong
from academy.project import DATASETS

FOLDER = DATASETS / "zip-to-town"
ZIP_CODES = "town-reference/2020zip-to-town.csv"
CROSSWALK = "town-reference/ct-town-to-planning-region.csv"


def test_there_are_289_zip_codes_each_once_with_five_digits() -> None:
    codes = [row["zip"] for row in table("zip-to-town/zip-to-town.csv")]
    assert len(codes) == len(set(codes)) == 289
    assert all(re.fullmatch(r"06\d{3}", code) for code in codes)
    assert codes == sorted(codes)


def test_every_zip_code_has_a_town_with_the_codes_of_the_towns_table() -> None:
    towns = {town["town"]: (town["town_fips_2020"], town["town_fips_2022"]) for town in table("towns/towns.csv")}
    for row in table("zip-to-town/zip-to-town.csv"):
        assert (row["town_fips_2020"], row["town_fips_2022"]) == towns[row["town"]]


def test_lisbon_and_union_have_no_zip_code() -> None:
    listed = {row["town"] for row in table("zip-to-town/zip-to-town.csv")}
    assert {town["town"] for town in table("towns/towns.csv")} - listed == {"Lisbon", "Union"}


def test_the_counts_are_of_all_169_towns_and_add_up_to_the_list() -> None:
    listed = Counter(row["town"] for row in table("zip-to-town/zip-to-town.csv"))
    counts = {row["town"]: int(row["zip_codes"]) for row in table("zip-to-town/zip-to-town-counts.csv")}
    assert counts == {town["town"]: listed[town["town"]] for town in table("towns/towns.csv")}
    assert sum(counts.values()) == 289


def test_the_numbers_in_statement_and_caption_are_those_of_the_tables() -> None:
    statement = (FOLDER / "quality.md").read_text(encoding="utf-8")
    caption = read_package("zip-to-town").picture.caption
    rows = {row["zip"]: row["town"] for row in table("zip-to-town/zip-to-town.csv")}
    counts = {row["town"]: int(row["zip_codes"]) for row in table("zip-to-town/zip-to-town-counts.csv")}
    most = [town for town, count in counts.items() if count == max(counts.values())]
    assert f"agree with the planning-region crosswalk in all {len(rows)} rows" in statement
    assert f"In it {sum(count == 1 for count in counts.values())} towns have one ZIP code." in statement
    assert (most, max(counts.values())) == (["Bridgeport", "Hartford", "Stamford", "Waterbury"], 6)
    assert "Bridgeport, Hartford, Stamford and Waterbury have six each" in statement
    assert "Bridgeport, Hartford, Stamford and Waterbury have six each" in caption
    assert sum(count == 1 for count in counts.values()) > 169 / 2
    assert "Most towns have one." in caption
    assert "06101" not in rows
    assert rows["06390"] == "Stonington"


# A change to one file, the error it must raise, and what the message must name.
CHANGES: dict[str, tuple[str, bytes, bytes, type[SourceError], list[str]]] = {
    "a ZIP code lost its zero": (ZIP_CODES, b"06001,", b"6001,", ValueWrong, ["row 2", "2020zip5", "6001"]),
    "a ZIP code is of another state": (ZIP_CODES, b"06001,", b"10001,", ValueWrong, ["row 2", "10001"]),
    "a ZIP code is there twice": (ZIP_CODES, b"06002,", b"06001,", RowMissing, ["row 3", "06001", "twice"]),
    "a ZIP code is missing": (ZIP_CODES, b"06002,911005910,Bloomfield\r\n", b"", FigureWrong, ["288", "289"]),
    "a town is unknown": (ZIP_CODES, b",Avon", b",Aven", ValueWrong, ["row 2", "Town_Name", "Aven"]),
    "a code is of another town": (ZIP_CODES, b"911002060", b"911005910", ValueWrong, ["row 2", "911005910", "Avon"]),
    "a town without a ZIP code has one": (
        ZIP_CODES,
        b"918033900,Griswold",
        b"918043230,Lisbon",
        ValueWrong,
        ["Union", "Lisbon"],
    ),
    "a town of the crosswalk is missing": (
        CROSSWALK,
        b"Avon,900302060,911002060",
        b"Andover,1,1",
        ValueWrong,
        ["Avon"],
    ),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_a_source_that_is_not_as_it_should_be_is_refused(change: str, real_sources: Path, tmp_path: Path) -> None:
    file, old, new, error, named = CHANGES[change]
    sources = link_sources(real_sources, [ZIP_CODES, CROSSWALK], tmp_path / "links" / "sources")
    content = (real_sources / file).read_bytes()
    assert old in content
    (sources / file).unlink()
    (sources / file).write_bytes(content.replace(old, new, 1))
    with pytest.raises(error) as caught:
        load_recipe(FOLDER)(sources, tmp_path / "out")
    for words in named:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()
