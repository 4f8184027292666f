"""`academy worksheet`: what a worksheet asks, what is missing in a filled one, and a filled one to keep."""

from __future__ import annotations

import difflib
import json
import sys
from pathlib import Path
from typing import Any

import click

from academy.project import WORKSHEETS, worksheet_names


class WorksheetUnknown(click.ClickException):
    """A name that no worksheet has. The message says which there are."""


class WorksheetIncomplete(click.ClickException):
    """A worksheet that is to be kept, but has something to mend. The message says how to see what."""


class WorksheetUnreadable(click.ClickException):
    """A file that is no filled worksheet. The message says what to do."""


@click.group()
def worksheet() -> None:
    """Worksheets: see what one asks, check a filled one, export it."""


_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@worksheet.command()
@_file
def check(file: Path) -> None:
    """Say what is missing in a filled worksheet, field by field; of a complete one, what its answers mean."""
    from toolkit.worksheet import advice, faults

    filled, schema = _read(file)
    found = faults(filled, schema)
    click.echo(f"{file}: {schema['title']}: {f'{len(found)} to mend' if found else 'complete'}")
    for fault in found:
        click.echo(f"  - {fault}")
    if advised := advice(filled, schema):
        click.echo("What these answers mean:")
        for sentence in advised:
            click.echo(f"  - {sentence}")
    sys.exit(1 if found else 0)


@worksheet.command()
@click.argument("name")
def show(name: str) -> None:
    """Print what the worksheet NAME asks, with an example for each question."""
    from toolkit.worksheet import questions, read_worksheet

    if name not in worksheet_names():
        raise WorksheetUnknown(
            f"There is no worksheet “{name}”. There are: {', '.join(worksheet_names())}. "
            "To print one that you filled in: academy worksheet export FILE"
        )
    click.echo(questions(read_worksheet(name, WORKSHEETS)), nl=False)


@worksheet.command()
@_file
@click.option("--as", "form", type=click.Choice(["markdown", "csv"]), default="markdown", show_default=True)
def export(file: Path, form: str) -> None:
    """Print a complete worksheet as Markdown, for a page, or as CSV, for a spreadsheet."""
    from toolkit.worksheet import as_csv, as_markdown, faults

    filled, schema = _read(file)
    if faults(filled, schema):
        raise WorksheetIncomplete(f"{file} is not complete yet. Run: academy worksheet check {file}")
    page = as_csv(filled, schema) if form == "csv" else as_markdown(filled, schema)
    # A spreadsheet takes a CSV file for UTF-8 only if it begins with a mark that says so.
    click.echo(page.encode("utf-8-sig" if form == "csv" else "utf-8"), nl=False)


def _read(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The filled worksheet and the schema that it names. Raises WorksheetUnreadable."""
    from toolkit.worksheet import read_worksheet

    try:
        filled = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise WorksheetUnreadable(
            f"{file}, line {error.lineno}: this is not JSON ({error.msg}). Mend it there."
        ) from None
    except (ValueError, RecursionError):  # not UTF-8, a number of thousands of digits, lists without end
        raise WorksheetUnreadable(f"{file} is not a JSON file. Save your worksheet as JSON in UTF-8.") from None
    known = worksheet_names()
    name = filled.get("worksheet") if isinstance(filled, dict) else None
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.0)
        raise WorksheetUnreadable(
            f'{file} does not say which worksheet it is. Add "worksheet": "{near[0]}" at its top. '
            f"There are: {', '.join(known)}."
        )
    return filled, read_worksheet(name, WORKSHEETS)
