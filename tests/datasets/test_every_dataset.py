"""What holds for every dataset of the project, whoever adds one."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package as FrictionlessPackage
from linked_sources import link_sources

from academy.data import read_package, slugs, tables
from academy.data.build import build, load_recipe
from academy.data.check import check
from academy.data.errors import SourceMissing
from academy.data.package import Table, read_descriptor
from academy.project import DATASETS, ROOT

each_dataset = pytest.mark.parametrize("slug", slugs())


@each_dataset
def test_it_passes_every_check(slug: str) -> None:
    assert [str(fault) for fault in check(slug)] == []


@each_dataset
def test_frictionless_accepts_the_whole_package(slug: str) -> None:
    descriptor = read_descriptor(DATASETS / slug)
    descriptor["resources"] = [_without_geometry(slug, resource) for resource in descriptor["resources"]]
    report = FrictionlessPackage.from_descriptor(descriptor, basepath=str(DATASETS / slug)).validate()
    assert report.flatten(["type", "note"]) == []


@each_dataset
def test_every_column_says_what_it_is_and_what_an_empty_cell_means(slug: str) -> None:
    for table in read_package(slug).tables:
        assert [column.name for column in table.columns] == _names(table)
        for column in table.columns:
            assert len(column.description.split()) >= 3, column.name
            assert column.title and column.type and column.unit and column.missing
            assert column.constraints["required"] == (column.missing == "Never empty"), column.name


@each_dataset
def test_numbers_have_a_unit(slug: str) -> None:
    for table in read_package(slug).tables:
        for column in table.columns:
            assert (column.type in {"integer", "number"}) == (column.unit != "none"), column.name


@each_dataset
def test_the_tables_are_small_enough_for_a_lesson(slug: str) -> None:
    assert sum(table.bytes for table in read_package(slug).tables) < 2_000_000


@each_dataset
def test_learners_get_every_table_but_the_answers_to_a_made_up_puzzle(slug: str) -> None:
    package = read_package(slug)
    kept_apart = {table.path for table in package.tables if table.kept_apart}
    assert package.synthetic or not kept_apart
    assert set(tables(slug)) == {table.path for table in package.tables} - kept_apart


@each_dataset
def test_the_tables_have_their_recorded_checksums(slug: str) -> None:
    for table in read_package(slug).tables:
        content = table.path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == table.sha256
        assert len(content) == table.bytes


@each_dataset
def test_the_quality_statement_is_short_and_plain(slug: str) -> None:
    statement = (DATASETS / slug / "quality.md").read_text(encoding="utf-8")
    assert len(statement.split()) < 500
    sentences = [sentence for sentence in re.split(r"(?<=[.!?])\s", statement) if sentence]
    assert max(len(sentence.split()) for sentence in sentences) <= 35


@each_dataset
def test_its_citation_names_publisher_day_and_place(slug: str) -> None:
    package = read_package(slug)
    for source in package.sources:
        for part in (source.agency, source.vintage, source.retrieved, source.landing_page):
            assert part in package.citation


@each_dataset
def test_its_named_sources_and_nothing_else_rebuild_it_byte_for_byte(
    slug: str, datasets: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sources = _named_sources(slug, tmp_path, request)
    for table in read_package(slug, datasets).tables:
        table.path.unlink()
    assert all(result.changed for result in build(slug, sources, datasets))
    for path in (DATASETS / slug).iterdir():
        if path.is_file():
            assert (datasets / slug / path.name).read_bytes() == path.read_bytes(), path.name


@each_dataset
def test_it_cannot_be_rebuilt_without_any_one_of_its_named_sources(
    slug: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sources = _named_sources(slug, tmp_path, request)
    recipe = load_recipe(DATASETS / slug)
    for source in read_package(slug).sources:
        missing = (sources / source.file).rename(tmp_path / "missing")
        with pytest.raises(SourceMissing, match=f"^{re.escape(source.file)}: "):
            recipe(sources, tmp_path / "out")
        assert not (tmp_path / "out").exists()
        missing.rename(sources / source.file)


def test_no_published_file_is_kept_as_it_is(real_sources: Path) -> None:
    published = {
        hashlib.sha256(path.read_bytes()).digest()
        for folder in (real_sources, real_sources.parent / "seeds")
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert len(published) > 10
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    kept = [
        name.decode()
        for name in files
        if name and (ROOT / name.decode()).is_file() and _digest(ROOT / name.decode()) in published
    ]
    assert kept == []


def _named_sources(slug: str, folder: Path, request: pytest.FixtureRequest) -> Path:
    """Return a folder that holds the sources which the dataset names. Made-up data may have none."""
    files = [source.file for source in read_package(slug).sources]
    real = request.getfixturevalue("real_sources") if files else folder
    return link_sources(real, files, folder / "named" / "sources")


def _without_geometry(slug: str, resource: dict[str, Any]) -> dict[str, Any]:
    """Return a table as it is, and shapes as the table of their properties, which Frictionless can read."""
    if resource["format"] == "csv":
        return resource
    collection = json.loads((DATASETS / slug / resource["path"]).read_text(encoding="utf-8"))
    properties = [feature["properties"] for feature in collection["features"]]
    return {"name": resource["name"], "data": properties, "schema": resource["schema"]}


def _names(table: Table) -> list[str]:
    text = table.path.read_text(encoding="utf-8")
    if table.format == "csv":
        return text.split("\n", 1)[0].split(",")
    return list(json.loads(text)["features"][0]["properties"])


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
