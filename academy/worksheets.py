"""`academy worksheet`: check a filled worksheet, and print one as a page."""

from __future__ import annotations

import difflib
import json
import sys
from pathlib import Path
from typing import Any

import click

from academy.project import ROOT

WORKSHEETS = ROOT / "worksheets"


class WorksheetUnreadable(click.ClickException):
    """A file that is no filled worksheet. The message says what to do."""


@click.group()
def worksheet() -> None:
    """Filled worksheets: check one, print one."""


_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@worksheet.command()
@_file
def check(file: Path) -> None:
    """Say what is missing in a filled worksheet, field by field."""
    from toolkit.worksheet import faults

    filled, schema = _read(file)
    found = faults(filled, schema)
    click.echo(f"{file}: {schema['title']}: {f'{len(found)} to mend' if found else 'complete'}")
    for fault in found:
        click.echo(f"  - {fault}")
    sys.exit(1 if found else 0)


@worksheet.command()
@_file
def show(file: Path) -> None:
    """Print a complete worksheet as Markdown."""
    from toolkit.worksheet import as_markdown, faults

    filled, schema = _read(file)
    if faults(filled, schema):
        raise WorksheetUnreadable(f"{file} is not complete yet. Run: academy worksheet check {file}")
    click.echo(as_markdown(filled, schema), nl=False)


def _read(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The filled worksheet and the schema that it names. Raises WorksheetUnreadable."""
    try:
        filled = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise WorksheetUnreadable(
            f"{file}, line {error.lineno}: this is not JSON ({error.msg}). Mend it there."
        ) from None
    except (ValueError, RecursionError):  # not UTF-8, a number of thousands of digits, lists without end
        raise WorksheetUnreadable(f"{file} is not a JSON file. Save your worksheet as JSON in UTF-8.") from None
    known = sorted(path.stem for path in WORKSHEETS.glob("*.json"))
    name = filled.get("worksheet") if isinstance(filled, dict) else None
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.0)
        raise WorksheetUnreadable(
            f'{file} does not say which worksheet it is. Add "worksheet": "{near[0]}" at its top. '
            f"There are: {', '.join(known)}."
        )
    return filled, json.loads((WORKSHEETS / f"{name}.json").read_text(encoding="utf-8"))
