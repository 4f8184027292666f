"""The book's own rules for Sphinx: links by meaning, tasks as exercises, tables and pictures that everyone can use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx

from academy_book import links, pages, pictures, tables, tasks

_HERE = Path(__file__).parent
_BOOK = _HERE.parents[1]


def setup(app: Sphinx) -> dict[str, bool]:
    # Sphinx rebuilds when a setting changes, not when this code or the look does. These settings change with them.
    app.add_config_value("academy_extension_digest", _digest(_HERE.rglob("*.py")), "env")
    app.add_config_value("academy_look_digest", _digest((_BOOK / "look").iterdir()), "html")
    # Jupyter Book sets this for an extension that the book does not use.
    app.add_config_value("comments_config", {}, "env")
    app.add_html_theme("academy", str(_BOOK / "theme"))
    for part in (links, pages, pictures, tables, tasks):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()
