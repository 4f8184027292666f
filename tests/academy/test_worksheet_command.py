"""`academy worksheet`: a learner checks a filled worksheet, and prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from academy.cli import main
from academy.worksheets import WORKSHEETS

EXAMPLE = WORKSHEETS / "examples" / "describe-a-table.json"


def run(command: str, file: Path) -> Result:
    return CliRunner().invoke(main, ["worksheet", command, str(file)])


def written(folder: Path, content: Any) -> Path:
    file = folder / "mine.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def test_a_complete_worksheet_is_told_so() -> None:
    done = run("check", EXAMPLE)
    assert done.exit_code == 0
    assert done.output == f"{EXAMPLE}: Describe a table: complete\n"


def test_an_incomplete_worksheet_is_told_field_by_field(tmp_path: Path) -> None:
    filled = json.loads(EXAMPLE.read_text()) | {"agency": "", "columns": []}
    done = run("check", written(tmp_path, filled))
    assert done.exit_code == 1
    assert done.output.splitlines()[1:] == [
        "  - Agency: This is empty. Write the agency's full name.",
        "  - Columns: Describe at least three columns. Choose those that a newcomer would get wrong.",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"worksheet": "describe-a-table",\n agency: 1}', "mine.json, line 2: this is not JSON"),
        ("[" * 100_000, "is not a JSON file. Save your worksheet as JSON in UTF-8."),
        ("1" * 10_000, "is not a JSON file. Save your worksheet as JSON in UTF-8."),
        ({"worksheet": "describe-table"}, 'Add "worksheet": "describe-a-table" at its top.'),
        ({"worksheet": "../package.schema"}, "There are: describe-a-table."),
        ([], 'Add "worksheet":'),
    ],
)
def test_a_file_that_is_no_worksheet_is_refused_with_what_to_do(content: Any, told: str, tmp_path: Path) -> None:
    done = run("check", written(tmp_path, content))
    assert done.exit_code == 1
    assert told in done.output and isinstance(done.exception, SystemExit)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_bytes(EXAMPLE.read_text().encode("utf-16"))
    assert "Save your worksheet as JSON in UTF-8." in run("check", file).output


def test_a_complete_worksheet_is_printed_as_a_page(tmp_path: Path) -> None:
    done = run("show", EXAMPLE)
    assert done.exit_code == 0
    assert done.output.startswith("# Describe a table\n")
    incomplete = run("show", written(tmp_path, {"worksheet": "describe-a-table"}))
    assert incomplete.exit_code == 1 and "is not complete yet" in incomplete.output
