"""What holds for every dataset of the project, whoever adds one."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest
from frictionless import Package as FrictionlessPackage

from academy.data import read_package, slugs, tables
from academy.data.build import build
from academy.data.check import check
from academy.project import DATASETS, ROOT

each_dataset = pytest.mark.parametrize("slug", slugs())


@each_dataset
def test_it_passes_every_check(slug: str) -> None:
    assert [str(fault) for fault in check(slug)] == []


@each_dataset
def test_frictionless_accepts_the_whole_package(slug: str) -> None:
    report = FrictionlessPackage(str(DATASETS / slug / "datapackage.json")).validate()
    assert report.flatten(["type", "note"]) == []


@each_dataset
def test_every_column_says_what_it_is_and_what_an_empty_cell_means(slug: str) -> None:
    for table in read_package(slug).tables:
        header = table.path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
        assert [column.name for column in table.columns] == header
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
    assert sum(path.stat().st_size for path in tables(slug)) < 2_000_000


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
def test_the_sources_rebuild_it_byte_for_byte(slug: str, real_sources: Path, datasets: Path) -> None:
    for path in (datasets / slug).glob("*.csv"):
        path.unlink()
    assert all(result.changed for result in build(slug, real_sources, datasets))
    for path in (DATASETS / slug).iterdir():
        if path.is_file():
            assert (datasets / slug / path.name).read_bytes() == path.read_bytes(), path.name


@each_dataset
def test_every_file_that_the_recipe_reads_is_named_as_a_source(slug: str, real_sources: Path) -> None:
    recipe = (DATASETS / slug / "recipe.py").read_text(encoding="utf-8")
    named = {source.file for source in read_package(slug).sources}
    read = set(re.findall(r'^[A-Z_]+ = "([^"]+\.[a-z]{3,7})"$', recipe, re.M))
    assert read == named
    assert all((real_sources / file).is_file() for file in named)


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


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
