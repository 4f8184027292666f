"""Whatever happens to a published file on its way here, no table is made of it, and the message says where it broke.

Every text source of every dataset is damaged in each of these ways. What a recipe cannot see, such as a last row that
is gone, the recorded checksum of the source tells.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from linked_sources import link_sources

from academy.data import read_package, slugs
from academy.data.build import build
from academy.data.errors import SourceError

TEXT = {".csv", ".txt", ".json", ".geojson"}
MARK = b"\xef\xbb\xbf"


def _other_names(content: bytes) -> bytes:
    """Change every name of the header: the first row with as many cells as the last. A title may stand above it."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig", "surrogateescape"), newline="")))
    header = next(number for number, cells in enumerate(rows) if len(cells) == len(rows[-1]))
    rows[header] = [f"{name} (new)" for name in rows[header]]
    output = io.StringIO(newline="")
    csv.writer(output).writerows(rows)
    return MARK * content.startswith(MARK) + output.getvalue().encode("utf-8", "surrogateescape")


def _middle(content: bytes) -> int:
    """Return where a row near the middle begins; of a file that is one line, the middle."""
    row = content.find(b"\n", len(content) // 2) + 1
    return row if 0 < row < len(content) else len(content) // 2


def _old_encoding(content: bytes) -> bytes:
    letter = re.compile(rb"[A-Za-z0-9]").search(content, _middle(content))
    assert letter is not None
    return content[: letter.start()] + "é".encode("latin-1") + content[letter.end() :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "its columns have other names": _other_names,
    "it starts with a byte order mark": lambda content: MARK + content,
    "one byte is of an old encoding": _old_encoding,
    "it was saved as UTF-16": lambda content: content.decode("utf-8-sig", "replace").encode("utf-16"),
    "it ends in the middle of a row": lambda content: content[: _middle(content) + 3],
    "it ends after a whole row": lambda content: content[: _middle(content)],
    "it is there twice": lambda content: content + content,
    "its rows are there twice": lambda content: content + content[content.find(b"\n") + 1 :],
}


def _can_happen(damage: str, file: str, content: bytes) -> bool:
    if damage == "its columns have other names":
        return file.endswith(".csv")
    if damage == "its rows are there twice":
        return content.count(b"\n") > 1
    return damage != "it starts with a byte order mark" or not content.startswith(MARK)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name.replace(" ", "-"))
@pytest.mark.parametrize("slug", slugs())
def test_a_damaged_source_is_named_with_its_row_and_nothing_is_written(
    slug: str, damage: str, real_sources: Path, datasets: Path, tmp_path: Path
) -> None:
    files = [source.file for source in read_package(slug).sources]
    sources = link_sources(real_sources, files, tmp_path / "links" / "sources")
    before = _contents(datasets)
    for file in files:
        content = (real_sources / file).read_bytes()
        if Path(file).suffix in TEXT and _can_happen(damage, file, content):
            (sources / file).unlink()
            (sources / file).write_bytes(DAMAGES[damage](content))
            with pytest.raises(SourceError) as caught:
                build(slug, sources, datasets)
            assert re.search(rf"{re.escape(file)}.* (row|line) \d+", str(caught.value)), str(caught.value)
            (sources / file).write_bytes(content)
    assert _contents(datasets) == before


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}
