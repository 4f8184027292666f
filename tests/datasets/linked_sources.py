"""Lay out a sources folder of links, so that a recipe finds what a test lets it find."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def link_sources(real_sources: Path, files: Iterable[str], folder: Path) -> Path:
    """Return `folder`, in which each of `files` is a link to the real one. Files beside the folder come along."""
    folder.mkdir(parents=True)
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).symlink_to((real_sources / file).resolve())
    return folder
