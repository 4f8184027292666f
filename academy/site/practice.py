"""Writes the practice pages: /practice/<slug>.html, a bar with one Submit button above the notebook in its frame."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

PARTS = Path(__file__).with_name("practice")

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
"""The Content-Security-Policy of /practice/."""


def build_practice(titles: Mapping[str, str], lessons: Path, site: Path) -> None:
    """Write a page for each lesson of `titles` (slug to title) into `site`/practice, and remove those of other lessons.

    `lessons`/<slug>/ holds what learners get: the notebook, and the tables that the page tells Python about.
    """
    folder = site / "practice"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{slug}.html": page(slug, title, lessons / slug) for slug, title in titles.items()}
    for old in folder.iterdir():
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")
    for part in PARTS.iterdir():
        if part.suffix in (".js", ".css"):
            shutil.copyfile(part, folder / part.name)


def page(slug: str, title: str, lesson: Path) -> str:
    """The HTML of one practice page."""
    template = Template((PARTS / "page.html").read_text(encoding="utf-8"))
    tables = sorted(path.name for path in lesson.iterdir() if path.suffix != ".ipynb")
    return template.substitute(slug=slug, title=escape(title), tables=" ".join(tables))
