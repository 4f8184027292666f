"""`academy data` as a person types it, and what other rooms get from it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from academy.data import DatasetMissing, read_package, slugs, tables
from academy.data.commands import data
from academy.data.errors import PackageBroken
from academy.project import DATASETS


def _run(*words: str) -> Result:
    return CliRunner().invoke(data, list(words))


@pytest.mark.parametrize("slug", ["towns", "leadership-survey"])
def test_describe_names_every_column_and_fits_a_terminal(slug: str) -> None:
    result = _run("describe", slug)
    assert result.exit_code == 0
    package = read_package(slug)
    assert package.title in result.output
    words = " ".join(result.output.split())
    for table in package.tables:
        assert f"{table.path.name}: {table.title} {table.description}" in words
        assert all(f"{column.name} {column.description}" in words for column in table.columns)
    assert all(source.landing_page in result.output for source in package.sources)
    too_long = [line for line in result.output.splitlines() if len(line) > 100 and "http" not in line]
    assert too_long == []


def test_check_says_that_all_is_well() -> None:
    result = _run("check")
    assert (result.exit_code, result.output) == (0, f"{len(slugs())} datasets checked, nothing to mend.\n")


def test_check_lists_faults_and_exits_with_1(datasets: Path) -> None:
    (datasets / "towns/quality.md").unlink()
    (datasets / "leadership-survey/recipe.py").unlink()
    result = _run("check", "--datasets", str(datasets))
    assert result.exit_code == 1
    assert "towns/quality.md: the quality statement is not there.\n" in result.output
    assert "leadership-survey/recipe.py: the recipe is not there" in result.output
    assert result.output.endswith("Error: 2 datasets checked, 2 to mend.\n")
    assert _run("check", "towns", "--datasets", str(datasets)).output.endswith("Error: 1 dataset checked, 1 to mend.\n")


@pytest.mark.parametrize("command", ["describe", "check", "build"])
def test_a_misspelled_name_is_answered_with_the_nearest(command: str) -> None:
    result = _run(command, "leadership-servey")
    assert result.exit_code == 1
    assert "datasets/leadership-servey: there is no such dataset.\n    Did you mean leadership-survey?" in result.output


def test_build_rebuilds_every_dataset_and_reports_each_table(sources: Path, datasets: Path) -> None:
    result = _run("build", "--new-edition", "--sources", str(sources), "--datasets", str(datasets))
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "leadership-survey/leadership-survey.csv: 90 rows, as before",
        "leadership-survey/leadership-survey-activities.csv: 5 rows, as before",
        "leadership-survey/leadership-survey-respondents.csv: 7 rows, as before",
        "towns/towns.csv: 169 rows, as before",
        "towns/towns-with-total.csv: 170 rows, as before",
    ]


def test_build_takes_another_edition_of_a_source_only_when_told_to(sources: Path, datasets: Path) -> None:
    result = _run("build", "towns", "--sources", str(sources), "--datasets", str(datasets))
    assert result.exit_code == 1
    assert "Is it damaged? Get it again. Is it a new edition?" in result.output
    assert result.output.endswith("then build with --new-edition.\nNothing of towns was written.\n")
    assert (
        _run("build", "towns", "--new-edition", "--sources", str(sources), "--datasets", str(datasets)).exit_code == 0
    )
    assert _run("build", "towns", "--sources", str(sources), "--datasets", str(datasets)).exit_code == 0


def test_build_takes_the_sources_from_the_setting(
    sources: Path, datasets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACADEMY_SOURCES", str(sources))
    assert _run("build", "towns", "--new-edition", "--datasets", str(datasets)).exit_code == 0
    monkeypatch.setenv("ACADEMY_SOURCES", str(datasets / "nowhere"))
    result = _run("build", "towns", "--datasets", str(datasets))
    assert result.exit_code == 1
    assert "--sources or the setting ACADEMY_SOURCES" in result.output
    assert result.output.endswith("Nothing of towns was written.\n")


def test_a_lesson_gets_the_tables_of_its_dataset() -> None:
    assert tables("towns") == [DATASETS / "towns/towns.csv", DATASETS / "towns/towns-with-total.csv"]


def test_a_lesson_does_not_get_a_table_that_is_kept_apart(datasets: Path) -> None:
    path = datasets / "towns/datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    descriptor["resources"][1]["kept_apart"] = True
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    assert [table.name for table in tables("towns", datasets)] == ["towns.csv"]


def test_a_lesson_that_names_a_missing_dataset_is_told_what_to_do() -> None:
    with pytest.raises(DatasetMissing) as caught:
        tables("no-such-data")
    assert str(caught.value).startswith("datasets/no-such-data: there is no such dataset.")
    assert f"Choose one of: {', '.join(slugs())}." in str(caught.value)
    assert "under `data:`" in str(caught.value)


@pytest.mark.parametrize("slug", ["", ".", "..", "../datasets/towns", "package.schema.json"])
def test_a_name_that_is_not_a_dataset_is_refused(slug: str) -> None:
    with pytest.raises(DatasetMissing):
        tables(slug)


def test_a_table_that_is_not_there_is_named_to_the_lesson(datasets: Path) -> None:
    (datasets / "towns/towns.csv").unlink()
    with pytest.raises(PackageBroken, match="academy data build towns"):
        tables("towns", datasets)


def test_a_package_with_a_missing_field_points_to_the_check(datasets: Path) -> None:
    (datasets / "towns/datapackage.json").write_text('{"name": "towns"}', encoding="utf-8")
    with pytest.raises(PackageBroken, match="academy data check towns"):
        read_package("towns", datasets)


def test_a_package_says_what_a_page_needs() -> None:
    package = read_package("towns")
    assert (package.slug, package.title, package.synthetic) == ("towns", "The 169 towns of Connecticut", False)
    assert package.row_label == "A town of Connecticut"
    assert [column.name for column in package.columns][:4] == ["town", "town_fips_2020", "town_fips_2022", "county"]
    assert package.citation.startswith("The 169 towns of Connecticut. Compiled by the Connecticut Data Academy from:")


def test_listing_loads_no_heavy_library() -> None:
    program = (
        "import sys; from academy.data.commands import data; data(['list'], standalone_mode=False); "
        "print([name for name in ('frictionless', 'jsonschema', 'pandas') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("[]\n")
