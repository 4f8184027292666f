"""How the build writes: only what changed, so that the next step has to do only what changed."""

from __future__ import annotations

from pathlib import Path


def write_if_changed(path: Path, content: bytes) -> None:
    """Write a file, with the folders above it, unless it holds these bytes already."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
