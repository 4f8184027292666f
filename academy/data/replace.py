"""Replace several files of a folder together, so that whatever happens there is one whole set of them.

A single file is replaced at once by a rename. Several are not: a machine that is switched off between two renames would
leave a table beside the description of another. So a copy of the old set is kept until the last file is in place, and
`put_right`, which whoever replaces calls first, brings it back.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path


def replace_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Replace files of `folder` by name: all of them, or, if anything fails, none."""
    put_right(folder)
    new, old, waste = _beside(folder)
    _write_folder(new, contents)
    _write_folder(waste, {name: (folder / name).read_bytes() for name in contents})
    # From this rename on the old set comes back, whatever happens; from the last one on the new set stays.
    waste.rename(old)
    try:
        _sync(folder.parent)
        for name in contents:
            os.replace(new / name, folder / name)
        _sync(folder)
        old.rename(waste)
    finally:
        put_right(folder)


def put_right(folder: Path) -> None:
    """Bring back the old set where a replacement was stopped midway, and clear what it left beside the folder."""
    new, old, waste = _beside(folder)
    if old.is_dir():
        for kept in list(old.iterdir()):
            os.replace(kept, folder / kept.name)
        shutil.rmtree(waste, ignore_errors=True)
        old.rename(waste)
    for leftover in (new, waste):
        shutil.rmtree(leftover, ignore_errors=True)


def _beside(folder: Path) -> tuple[Path, Path, Path]:
    """Return where the new set, the old set and what can be thrown away lie. The list of datasets skips such names."""
    new, old, waste = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "old", "waste"))
    return new, old, waste


def _write_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files so that they are on the disk, not only on their way to it."""
    folder.mkdir()
    for name, content in contents.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
