"""`academy data list` and `academy data describe`, as a person reads them on a terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from academy.data import read_package, slugs
from academy.data.commands import data
from academy.data.rows import count_rows
from academy.project import ROOT

FIXTURES = ROOT / "tests" / "site" / "fixtures" / "datasets"
"""Two small datasets: eight towns, and made-up visits with a table kept apart."""


def run(*words: str) -> str:
    result = CliRunner().invoke(data, list(words))
    assert result.exit_code == 0, result.output
    return result.output


def test_the_list_shows_name_rows_time_and_title_below_each_topic() -> None:
    assert run("list", "--datasets", str(FIXTURES)).splitlines() == [
        "Name                Rows  Time  Title",
        "",
        "Health and Human Services",
        "  visits-synthetic    12  2150  Made up: Visits to two offices * made up",
        "",
        "Local Government",
        "  town-sample          8  2010  Population of eight Connecticut towns, 2010",
        "",
        "2 datasets. All about one of them: academy data describe NAME",
    ]


def test_the_list_has_every_dataset_once_and_fits_a_terminal() -> None:
    lines = run("list").splitlines()
    assert [line for line in lines if len(line) > 100] == []
    names = [line.split()[0] for line in lines if line.startswith("  ")]
    assert sorted(names) == slugs()
    for line in lines:
        if line.startswith("  "):
            package = read_package(line.split()[0])
            assert f" {count_rows(package.tables[0]):,}  {package.temporal_coverage[0][:4]}" in line
            assert ("Made up: " in line) == package.synthetic


def test_a_dataset_whose_table_is_not_there_is_named_with_what_to_do(datasets: Path) -> None:
    (datasets / "towns" / "towns.csv").unlink()
    for command in (["list"], ["describe", "towns"]):
        result = CliRunner().invoke(data, [*command, "--datasets", str(datasets)])
        assert result.exit_code == 1
        assert result.output == (
            "Error: towns/datapackage.json: it names towns.csv, which is not there.\n"
            "    Run `academy data build towns`.\n"
        )


def test_a_description_says_size_rows_and_what_every_cell_may_hold() -> None:
    output = run("describe", "visits-synthetic", "--datasets", str(FIXTURES))
    start = output.index("visits-synthetic.csv: ")
    assert output[start : output.index("\n\nHow to cite")] == (
        "visits-synthetic.csv: Visits by month\n"
        "  One row for each month and office.\n"
        "  12 rows, 5 columns, 575 bytes. One row is: A month of an office.\n"
        "    month       The month of the visits. Text; form \\d{4}-\\d{2}.\n"
        "    office      Which of the two offices. Text; one of: North office, South office.\n"
        "    visits      How many people came. Whole number, people; 0 to 1,000. If empty: hidden, because it\n"
        "                was under 6.\n"
        "    suppressed  Whether the number is hidden. True or false.\n"
        "    remark      What the office wrote about the month. Text; at most 200 characters. If empty: no\n"
        "                remark.\n"
        "\n"
        "visits-synthetic-answers.csv: Where the offices lie\n"
        "  One row for each office, with its planning region.\n"
        "  2 rows, 3 columns, 172 bytes. One row is: An office.\n"
        "  Kept apart: it holds the answers, and learners do not get it.\n"
        "    office           Which of the two offices. Text; no value twice.\n"
        "    planning_region  The region that the office lies in. Text; one of: Capitol, Greater Bridgeport,\n"
        "                     Lower Connecticut River Valley, Naugatuck Valley, Northeastern Connecticut,\n"
        "                     Northwest Hills, South Central Connecticut, Southeastern Connecticut and 1\n"
        "                     more.\n"
        "    lies_in          The same in words. Text."
    )
    assert "Note: The offices of this dataset help people in distress.\n" in output
    assert "Time              January 2150 to June 2150\n" in output
    assert "Sources: none; the recipe makes these data up.\n" in output


def test_shapes_are_counted_and_described_as_shapes(datasets: Path) -> None:
    folder = datasets / "town-sample"
    folder.mkdir()
    descriptor = json.loads((FIXTURES / "town-sample" / "datapackage.json").read_text(encoding="utf-8"))
    [resource] = descriptor["resources"]
    resource |= {"path": "town-sample.geojson", "format": "geojson", "row_label": "The area of a town"}
    resource["schema"]["fields"] = resource["schema"]["fields"][:1]
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    shapes = [
        {"type": "Feature", "properties": {"town": name}, "geometry": None} for name in ("Union", "Avon", "Bethel")
    ]
    (folder / "town-sample.geojson").write_text(json.dumps({"features": shapes}), encoding="utf-8")
    output = run("describe", "town-sample", "--datasets", str(datasets))
    assert "  3 shapes, 1 property, 303 bytes. One shape is: The area of a town.\n" in output


@pytest.mark.parametrize("slug", slugs())
def test_columns_are_aligned_and_lines_fit(slug: str) -> None:
    lines = run("describe", slug).splitlines()
    assert [line for line in lines if len(line) > 100 and "http" not in line] == []
    package = read_package(slug)
    for table in package.tables:
        start = next(place for place, line in enumerate(lines) if line.startswith(f"{table.path.name}: "))
        rows = [line for line in lines[start : lines.index("", start)] if re.match(r"    \S", line)]
        assert [row.split()[0] for row in rows] == [column.name for column in table.columns]
        starts = {len(row) - len(row[4:].split(" ", 1)[1].lstrip()) for row in rows if len(row.split()[0]) <= 34}
        assert len(starts) == 1, "the texts of a table start in one column"


def test_a_cell_with_a_line_end_is_one_row(datasets: Path) -> None:
    table = datasets / "towns" / "towns.csv"
    before = count_rows(read_package("towns", datasets).tables[0])
    text = table.read_text(encoding="utf-8").replace("Andover", '"And\nover"', 1)
    table.write_text(text, encoding="utf-8")
    assert count_rows(read_package("towns", datasets).tables[0]) == before == 169
