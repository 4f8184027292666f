"""What the exports of EdSight, the Department of Education's data site, have in common.

They have title lines above the header, and wrap codes as ="2850013" so that spreadsheets keep their zeros.
"""

from __future__ import annotations

import re
from pathlib import Path

from academy.data.errors import ValueWrong
from academy.data.recipe import SourceRow, read_source_text

STATE_CODE = "0000000"


def title_lines(sources: Path, file: str, school_year: str) -> list[str]:
    """Return the lines above the header. Raises ValueWrong unless the title names the school year."""
    lines = read_source_text(sources, file).splitlines()
    header = next((number for number, line in enumerate(lines) if line.startswith('"District",')), 0)
    if not header or school_year not in lines[0]:
        raise ValueWrong(
            f"{file}, row 1",
            f"the title is not that of {school_year}: “{''.join(lines[:1])[:80]}”.",
            "Is it another year's file, or not an export of EdSight? Put the right one there.",
        )
    return lines[:header]


def district_code(row: SourceRow) -> str:
    """Return the seven digits inside ="2850013". Raises ValueWrong."""
    wrapped = re.fullmatch(r'="(\d{7})"', row["District Code"])
    if wrapped is None:
        raise ValueWrong(
            row.place("District Code"),
            f"“{row['District Code']}” is not a code of seven digits wrapped as EdSight wraps it.",
            "A spreadsheet may have changed the file. Download it again.",
        )
    return wrapped[1]


def district_code_not_state(row: SourceRow) -> str:
    """The same, in exports that have no row for the state. Raises ValueWrong."""
    code = district_code(row)
    if code == STATE_CODE:
        raise ValueWrong(
            row.place("District Code"),
            "a row of the state stands among the districts.",
            "Keep it apart: change the recipe, or every sum counts it twice.",
        )
    return code
