"""`academy data build`: a new table replaces an old one only when it fits its description, and its sources are known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from academy.data.build import Built, build, sources_folder
from academy.data.check import check
from academy.data.errors import FigureWrong, PackageBroken, RecipeBroken, SourceChanged, TablesRefused
from academy.data.package import read_package
from academy.project import ROOT

SURVEY = "acs-town-2023/acs_town_basic_profile_2023.csv"

ADDS_A_TOWN = """
from academy.data.recipe import write_tables

def build(sources, destination):
    write_tables(destination, {tables})
"""


def test_a_second_build_changes_nothing(sources: Path, datasets: Path) -> None:
    build("towns", sources, datasets, new_edition=True)
    before = _files(datasets / "towns")
    assert build("towns", sources, datasets) == [
        Built("towns.csv", 169, changed=False),
        Built("towns-with-total.csv", 170, changed=False),
    ]
    assert _files(datasets / "towns") == before


def test_a_new_edition_changes_the_table_its_checksum_and_the_record_of_its_source(
    sources: Path, datasets: Path
) -> None:
    survey = sources / SURVEY
    survey.write_bytes(survey.read_bytes().replace(b"127335", b"127336"))
    results = build("towns", sources, datasets, new_edition=True)
    assert [result.changed for result in results] == [True, False]
    assert b"127336" in (datasets / "towns/towns.csv").read_bytes()
    assert check("towns", datasets) == []
    (recorded,) = [source for source in read_package("towns", datasets).sources if source.file == SURVEY]
    content = survey.read_bytes()
    assert (recorded.bytes, recorded.sha256) == (len(content), hashlib.sha256(content).hexdigest())


# What happened to the survey file, and what the message says of it. The recipe itself is content with each.
CHANGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a value changed": (
        lambda content: content.replace(b",19\r\n", b",18\r\n", 1),
        r"row \d+, every column: the file differs from the recorded edition of \d{4}-\d{2}-\d{2}\.",
    ),
    "the last row is gone": (
        lambda content: content[: content.rstrip().rindex(b"\n") + 1],
        r"row \d+, every column: the file ends after row \d+, \d+ bytes before the end of the recorded edition\.",
    ),
    "a row was added": (
        lambda content: content + b"notes,6_town,Avon,2023,notes,1,1\r\n",
        r"row \d+, every column: the file goes on after row \d+, where the recorded edition ended, for \d+ bytes\.",
    ),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_a_source_that_is_not_the_recorded_edition_is_refused(change: str, sources: Path, datasets: Path) -> None:
    survey = sources / SURVEY
    survey.write_bytes(survey.read_bytes() + b"notes,6_town,Ansonia,2023,notes,1,1\r\n")
    build("towns", sources, datasets, new_edition=True)
    before = _files(datasets / "towns")
    alter, problem = CHANGES[change]
    survey.write_bytes(alter(survey.read_bytes()))
    with pytest.raises(SourceChanged, match=f"^{SURVEY}, {problem}") as caught:
        build("towns", sources, datasets)
    assert "Is it a new edition? Renew vintage, retrieved and copy" in str(caught.value)
    assert _files(datasets / "towns") == before


def test_where_the_recipe_stops_a_source_that_is_not_the_recorded_one_is_named_too(
    sources: Path, datasets: Path
) -> None:
    build("towns", sources, datasets, new_edition=True)
    crosswalk = sources / "town-reference/ct-town-to-planning-region.csv"
    crosswalk.write_bytes(crosswalk.read_bytes().rpartition(b"Woodstock,")[0])
    with pytest.raises(FigureWrong) as caught:
        build("towns", sources, datasets)
    assert str(caught.value).splitlines()[:2] == [
        "town-reference/ct-town-to-planning-region.csv: the number of towns is 168; published is 169.",
        "    town-reference/ct-town-to-planning-region.csv, row 169, every column: the file ends after row 169, "
        "77 bytes before the end of the recorded edition.",
    ]
    with pytest.raises(FigureWrong) as caught:
        build("towns", sources, datasets, new_edition=True)
    assert "recorded edition" not in str(caught.value)


def test_a_table_that_does_not_fit_its_description_is_refused(sources: Path, datasets: Path) -> None:
    descriptor = datasets / "towns/datapackage.json"
    content = json.loads(descriptor.read_text(encoding="utf-8"))
    content["resources"][0]["schema"]["fields"][6]["constraints"]["maximum"] = 100
    descriptor.write_text(json.dumps(content), encoding="utf-8")
    before = _files(datasets / "towns")
    with pytest.raises(TablesRefused, match=r"towns/towns\.csv, row 2, column population_2010"):
        build("towns", sources, datasets, new_edition=True)
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
        build("towns", sources, datasets, new_edition=True)
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
