"""`academy worksheet`: a learner sees what one asks, checks a filled one, and exports it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from academy.cli import main
from academy.project import WORKSHEETS

EXAMPLE = WORKSHEETS / "examples" / "describe-a-table.json"


def run(command: str, file: Path | str, *options: str) -> Result:
    return CliRunner().invoke(main, ["worksheet", command, str(file), *options])


def written(folder: Path, content: Any) -> Path:
    file = folder / "mine.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def test_a_complete_worksheet_is_told_so() -> None:
    done = run("check", EXAMPLE)
    assert done.exit_code == 0
    assert done.output == f"{EXAMPLE}: Describe a table: complete\n"


def test_what_the_answers_mean_is_told_of_a_complete_worksheet_only(tmp_path: Path) -> None:
    example = WORKSHEETS / "examples" / "maturity-self-assessment.json"
    told = run("check", example).output.splitlines()
    assert told[1] == "What these answers mean:" and told[2].startswith("  - Mean level: ")
    filled = json.loads(example.read_text(encoding="utf-8")) | {"agency": ""}
    assert "What these answers mean:" not in run("check", written(tmp_path, filled)).output


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
        ({"worksheet": "../package.schema"}, "There are: accessibility-statement-line, "),
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


@pytest.mark.parametrize("example", sorted((WORKSHEETS / "examples").glob("*.json")), ids=lambda path: path.stem)
def test_every_example_is_complete_and_can_be_exported(example: Path) -> None:
    assert run("check", example).exit_code == 0
    assert run("export", example, "--as", "markdown").output.startswith("# ")
    assert run("export", example, "--as", "csv").stdout_bytes.startswith(b"\xef\xbb\xbffield,answer\nWorksheet,")


def test_a_complete_worksheet_is_exported_as_a_page_if_nothing_else_is_said() -> None:
    done = run("export", EXAMPLE)
    assert done.exit_code == 0
    assert done.output.startswith("# Describe a table\n")


@pytest.mark.parametrize("form", ["markdown", "csv"])
def test_an_incomplete_worksheet_is_not_exported(form: str, tmp_path: Path) -> None:
    done = run("export", written(tmp_path, {"worksheet": "describe-a-table"}), "--as", form)
    assert done.exit_code == 1
    assert "is not complete yet. Run: academy worksheet check" in done.output and "# Describe" not in done.output


def test_an_empty_worksheet_is_shown_with_its_questions() -> None:
    done = run("show", "story-card")
    assert done.exit_code == 0
    assert done.output.startswith("# Story card\n")
    assert "\n## Number\n\nWhich one number carries the finding, as you computed it?\n\nExample: 28\n" in done.output


def test_an_unknown_name_is_answered_with_the_known_ones_and_the_way_to_a_filled_one() -> None:
    done = run("show", "storycard")
    assert done.exit_code == 1
    assert "There is no worksheet “storycard”. There are: accessibility-statement-line," in done.output
    assert "academy worksheet export FILE" in done.output
