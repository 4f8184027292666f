"""The portal's catalogue of 2018: its blanks, the publishers' faults, and no names of people."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from committed_tables import table

from academy.data import read_package
from academy.data.build import load_recipe
from academy.data.errors import ColumnMissing, FigureWrong, RowMissing, SourceUnreadable, ValueWrong
from academy.project import DATASETS

CATALOGUE = "portal-catalogue-2018/data_ct_gov_catalogue_2018.csv"
JUDGED = ("license", "attribution", "category", "tags", "description")


def _entries() -> dict[str, dict[str, str]]:
    return {entry["dataset_id"]: entry for entry in table("portal-catalogue/portal-catalogue.csv")}


def _quality() -> str:
    return (DATASETS / "portal-catalogue/quality.md").read_text(encoding="utf-8")


def test_there_are_307_entries_with_these_blanks() -> None:
    entries = _entries().values()
    assert len(entries) == 307
    assert "The table holds 307 entries" in _quality()
    blanks = {column: sum(entry[column] == "" for entry in entries) for column in JUDGED}
    assert blanks == {"license": 141, "attribution": 63, "category": 21, "tags": 16, "description": 15}
    stated = ", ".join(f"{column} in {count}" for column, count in list(blanks.items())[1:])
    assert f"license in 141 entries, {stated}" in _quality()
    complete = sum(all(entry[column] for column in JUDGED) for entry in entries)
    assert f"In {complete} entries all five are filled" in _quality()


def test_the_entries_were_made_from_2014_to_2017() -> None:
    days = [entry[column] for entry in _entries().values() for column in ("created", "published")]
    assert (min(days), max(days)) == ("2014-02-14", "2017-08-22")
    assert "The newest entry was published in August 2017" in _quality()
    assert all(entry["created"] <= entry["published"] for entry in _entries().values())


def test_the_picture_shows_what_its_caption_says() -> None:
    categories = Counter(entry["category"] for entry in _entries().values())
    more_than_50 = [name for name, count in categories.most_common() if count > 50]
    assert more_than_50 == ["Government", "Health and Human Services", "Education"]
    assert f"{categories['']} entries name no category" in read_package("portal-catalogue").picture.caption


def test_the_statement_names_the_month_of_the_harvest() -> None:
    (source,) = read_package("portal-catalogue").sources
    assert source.vintage.startswith("Harvest of October 2018;")
    assert "one harvest of October 2018" in _quality()


def test_each_entry_lists_as_many_columns_as_it_counts() -> None:
    for entry in _entries().values():
        assert len(entry["columns"].split("; ")) == int(entry["column_count"])


def test_every_text_is_on_one_line_without_spaces_around_it() -> None:
    for entry in _entries().values():
        for cell in (entry["description"], entry["tags"], entry["columns"]):
            assert cell == " ".join(cell.split())


def test_the_faults_of_the_publishers_are_kept_and_counted() -> None:
    entries = _entries()
    attributions = {entry["attribution"] for entry in entries.values()} - {""}
    assert f"There are {len(attributions)} attributions in all" in _quality()
    misspelled = {name for name in attributions if re.search(r"O\w+ of Policy and Mana\w+", name)}
    assert misspelled == {
        "Office of Policy and Management",
        "Office of Policy and Managment",
        "Officec of Policy and Management",
        "Oiffce of Policy and Management",
    }
    repeated = sum(entry["description"] == entry["title"] for entry in entries.values())
    assert f"{repeated} descriptions only repeat the title" in _quality()
    texts = Counter(entry["description"] for entry in entries.values() if entry["description"])
    shared = sum(count for count in texts.values() if count > 1)
    assert f"{shared} entries share their description" in _quality()
    assert "Two Care 4 Kids entries, 2sdx-23q6 and 9a8e-emi5, speak of preschool age" in _quality()
    for dataset, age in (("2sdx-23q6", "Infants"), ("9a8e-emi5", "School Age")):
        assert age in entries[dataset]["title"]
        assert "Preschool Age" in entries[dataset]["description"]
    assert "The title of rybz-nyjw ends in 2016, its description in 2015" in _quality()
    assert entries["rybz-nyjw"]["title"].endswith("2016")
    assert "2012 to 2015" in entries["rybz-nyjw"]["description"]
    assert "Testing dataset" in entries["rznk-dbwi"]["description"]
    assert "City of Stamford" in attributions


def test_the_lost_signs_are_counted() -> None:
    titles = sum("?" in entry["title"] for entry in _entries().values())
    texts = sum("?" in re.sub(r"https?://\S+", "", entry["description"]) for entry in _entries().values())
    assert f"In {titles} titles and {texts} descriptions stands a question mark" in _quality()


def test_what_names_or_reaches_a_person_is_replaced_by_a_marker() -> None:
    text = (DATASETS / "portal-catalogue/portal-catalogue.csv").read_text(encoding="utf-8")
    assert "@" not in text
    assert not re.search(r"\d{3}[-. )]+\d{3}[-. ]\d{4}", text)
    named = Counter(
        column for entry in _entries().values() for column, cell in entry.items() if "[name removed]" in cell
    )
    assert named == {"attribution": 5, "description": 2}
    phones = [cell.count("[phone number removed]") for entry in _entries().values() for cell in entry.values()]
    assert sorted(phones)[-3:] == [0, 1, 2]


@pytest.fixture
def sources(real_sources: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / CATALOGUE).parent.mkdir(parents=True)
    shutil.copy(real_sources / CATALOGUE, folder / CATALOGUE)
    return folder


def _build(sources: Path, destination: Path) -> None:
    load_recipe(DATASETS / "portal-catalogue")(sources, destination)


def test_the_names_that_the_recipe_removes_are_nowhere_in_the_dataset(real_sources: Path) -> None:
    published = (real_sources / CATALOGUE).read_text(encoding="utf-8")
    rows = {row["id"]: row["attribution"] for row in csv.DictReader(io.StringIO(published, newline=""))}
    removed = []
    for dataset, entry in _entries().items():
        if "[name removed]" in entry["attribution"]:
            pattern = re.escape(entry["attribution"]).replace(re.escape("[name removed]"), "(.+)")
            match = re.fullmatch(pattern, rows[dataset])
            assert match is not None
            removed.append(match[1])
    assert len(removed) == 5
    for path in (DATASETS / "portal-catalogue").iterdir():
        if path.is_file():
            assert not [name for name in removed if name in path.read_text(encoding="utf-8")]


def _last_row_cut(content: bytes) -> bytes:
    return content[: content.rstrip(b"\n").rindex(b"\n") + 1]


# A damage to the file, the error it must raise, and what the message must name.
DAMAGES: dict[str, tuple[Callable[[bytes], bytes], type[Exception], list[str]]] = {
    "a column was renamed": (
        lambda text: text.replace(b"license_meta", b"licence", 1),
        ColumnMissing,
        ["license_meta"],
    ),
    "the last entry is gone": (_last_row_cut, FigureWrong, ["306", "307"]),
    "an entry is there twice": (
        lambda text: text.replace(b"\nvnar-mt35,", b"\nigy9-udjm,"),
        RowMissing,
        ["igy9-udjm", "twice"],
    ),
    "a category is new": (
        lambda text: text.replace(b",Business,", b",Culture,", 1),
        ValueWrong,
        ["Culture", "column category", "new category"],
    ),
    "a license is new": (
        lambda text: text.replace(b"Open Database License", b"Other"),
        ValueWrong,
        ["column license_meta", "Other"],
    ),
    "a day is not a day": (
        lambda text: text.replace(b"2014-03-22T19:44:20Z", b"March 2014"),
        ValueWrong,
        ["column created", "March 2014"],
    ),
    "an attribution is new and unread": (
        lambda text: text.replace(b",Department of Housing,", b",Jane Example,", 1),
        FigureWrong,
        ["read for names", "86", "85"],
    ),
    "a column is missing in a list": (
        lambda text: text.replace(b"Municipality; Population; ", b"Municipality; ", 1),
        RowMissing,
        ["column columns", "4 columns are listed, of 5"],
    ),
    "it was saved in an old encoding": (
        lambda text: text.decode().encode("cp1252", "replace"),
        SourceUnreadable,
        ["UTF-8"],
    ),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
def test_a_damaged_source_is_named_and_nothing_is_written(damage: str, sources: Path, tmp_path: Path) -> None:
    change, error, named = DAMAGES[damage]
    content = (sources / CATALOGUE).read_bytes()
    assert change(content) != content
    (sources / CATALOGUE).write_bytes(change(content))
    with pytest.raises(error) as caught:
        _build(sources, tmp_path / "out")
    for words in named:
        assert words in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_attribution_that_names_another_person_stops_the_build(sources: Path, tmp_path: Path) -> None:
    content = (sources / CATALOGUE).read_text(encoding="utf-8")
    changed = re.sub(r"; \w+ \w+, Program Manager", "; Ann van der Example, Program Manager", content)
    (sources / CATALOGUE).write_text(changed, encoding="utf-8")
    with pytest.raises(ValueWrong, match="may name another person"):
        _build(sources, tmp_path / "out")


def test_an_address_in_a_field_that_is_kept_as_it_is_stops_the_build(sources: Path, tmp_path: Path) -> None:
    content = (sources / CATALOGUE).read_text(encoding="utf-8")
    changed = content.replace("Populated Places in Connecticut", "Ask places@example.org")
    assert changed != content
    (sources / CATALOGUE).write_text(changed, encoding="utf-8")
    with pytest.raises(ValueWrong, match="t8jt-ytwj, column title"):
        _build(sources, tmp_path / "out")
