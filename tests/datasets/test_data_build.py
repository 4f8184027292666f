"""`academy data build`: a new table replaces an old one only when it fits its description."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from academy.data.build import Built, build, sources_folder
from academy.data.check import check
from academy.data.errors import PackageBroken, RecipeBroken, TablesRefused
from academy.project import ROOT

ADDS_A_TOWN = """
from academy.data.recipe import write_tables

def build(sources, destination):
    write_tables(destination, {tables})
"""


def test_a_second_build_changes_nothing(sources: Path, datasets: Path) -> None:
    before = (datasets / "towns/datapackage.json").read_bytes()
    assert build("towns", sources, datasets) == [
        Built("towns.csv", 169, changed=False),
        Built("towns-with-total.csv", 170, changed=False),
    ]
    assert (datasets / "towns/datapackage.json").read_bytes() == before


def test_a_changed_source_changes_the_table_and_its_checksum(sources: Path, datasets: Path) -> None:
    survey = sources / "acs-town-2023/acs_town_basic_profile_2023.csv"
    survey.write_bytes(survey.read_bytes().replace(b"127335", b"127336"))
    results = build("towns", sources, datasets)
    assert [result.changed for result in results] == [True, False]
    assert b"127336" in (datasets / "towns/towns.csv").read_bytes()
    assert check("towns", datasets) == []


def test_a_table_that_does_not_fit_its_description_is_refused(sources: Path, datasets: Path) -> None:
    descriptor = datasets / "towns/datapackage.json"
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    content["resources"][0]["schema"]["fields"][6]["constraints"]["maximum"] = 100
    descriptor.write_text(json.dumps(content), encoding="utf-8")
    before = _files(datasets / "towns")
    with pytest.raises(TablesRefused, match=r"towns/towns\.csv, row 2, column population_2010"):
        build("towns", sources, datasets)
    assert _files(datasets / "towns") == before


@pytest.mark.parametrize(
    ("recipe", "problem"),
    [
        ("import nothing_of_this_name\n", "cannot be loaded: No module named"),
        ("def build(\n", "cannot be loaded"),
        ("sources = 1\n", "cannot be loaded: .* no attribute 'build'"),
        (ADDS_A_TOWN.format(tables='{"other.csv": [{"town": "Avon"}]}'), "it wrote other.csv; the description names"),
        ("def build(sources, destination):\n    pass\n", "it wrote nothing; the description names"),
    ],
)
def test_a_broken_recipe_is_named_and_nothing_is_written(
    recipe: str, problem: str, sources: Path, datasets: Path
) -> None:
    (datasets / "towns/recipe.py").write_text(recipe, encoding="utf-8")
    before = (datasets / "towns/towns.csv").read_bytes()
    with pytest.raises(RecipeBroken, match=problem) as caught:
        build("towns", sources, datasets)
    assert "towns/recipe.py" in str(caught.value)
    assert (datasets / "towns/towns.csv").read_bytes() == before


def test_a_faulty_description_is_named_before_anything_is_built(sources: Path, datasets: Path) -> None:
    (datasets / "towns/datapackage.json").write_text('{"name": "towns"}', encoding="utf-8")
    before = _files(datasets / "towns")
    with pytest.raises(PackageBroken, match=r"top level: missing: .*, title, .*, resources\."):
        build("towns", sources, datasets)
    assert _files(datasets / "towns") == before


def test_a_missing_recipe_is_named(sources: Path, datasets: Path) -> None:
    (datasets / "towns/recipe.py").unlink()
    with pytest.raises(RecipeBroken, match="the recipe is not there"):
        build("towns", sources, datasets)


def test_the_sources_are_beside_the_repository_unless_a_setting_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACADEMY_SOURCES", raising=False)
    assert sources_folder() == ROOT.parent / "shared" / "sources"
    monkeypatch.setenv("ACADEMY_SOURCES", "elsewhere")
    assert sources_folder() == Path("elsewhere")


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
