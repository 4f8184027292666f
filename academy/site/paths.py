"""The pages of the paths and tracks: paths/<id>.md, tracks/<id>.md, and paths/index.md, which helps to choose.

Their templates are book/parts/path-*.md.jinja and track-page.md.jinja. A path's lessons are linked with `?path=<id>`,
so that the lesson's page shows the way along this path (book/look/page.js).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from academy.site.entries import GroupEntry


def path_pages(root: Path, paths: Sequence[GroupEntry], tracks: Sequence[GroupEntry]) -> dict[str, bytes]:
    """Return the source of every page of a path or a track by its file name in the book. `root` is the project."""
    templates = _templates(root / "book" / "parts")
    path_page, track_page, index = (
        templates.get_template(f"{name}.md.jinja") for name in ("path-page", "track-page", "path-index")
    )
    pages = {f"paths/{path.slug}.md": path_page.render(path=path) for path in paths}
    pages |= {f"tracks/{track.slug}.md": track_page.render(track=track) for track in tracks}
    pages["paths/index.md"] = index.render(paths=paths, tracks=tracks)
    return {name: page.encode("utf-8") for name, page in pages.items()}


def duration_text(minutes: int) -> str:
    """110 as 1 hour 50 minutes."""
    hours, rest = divmod(minutes, 60)
    parts = [(hours, "hour"), (rest, "minute")]
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number)


def _templates(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"duration": duration_text, "json": lambda text: json.dumps(text, ensure_ascii=False)}
    return environment
