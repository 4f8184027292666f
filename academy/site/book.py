"""The book: its pages gathered, built by Jupyter Book with every warning an error, and put into the site."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from academy.site.pages import write_pages
from academy.site.writing import write_if_changed

# jsonschema looks for rfc3987_syntax, which takes 1.4 s to import, half of a small build, and checks nothing here.
_JUPYTER_BOOK = "import sys; sys.modules['rfc3987_syntax'] = None; from jupyter_book.cli.main import main; main()"
_NOT_SERVED = (".buildinfo", "objects.inv")
_COLORS = re.compile(r"\x1b\[[0-9;]*m")
_COMPLAINT = re.compile(r"\b(WARNING|ERROR|SEVERE|CRITICAL):")
_CELL_LINE = re.compile(r"(\.ipynb):(\d+)")


class BookFailed(Exception):
    """Jupyter Book complained. The message lists every complaint with its page and line."""

    def __init__(self, complaints: list[str], output: str) -> None:
        if complaints:
            listed = "\n".join(f"  - {complaint}" for complaint in complaints)
            message = f"The book was not built. Mend {len(complaints)} thing(s), then build again:\n{listed}"
        else:
            message = f"Jupyter Book stopped without naming a page. Its last words:\n{output[-2000:]}"
        super().__init__(message)
        self.complaints = complaints


def build_book(root: Path, pages: Path, site: Path) -> None:
    """Build the book into `site`; leave alone what others put there (lite, practice, downloads, data/<slug>/).

    `root` is the project, `pages` the folder of published lessons (`<slug>.ipynb`). The sources and the state of the
    build stay beside `site`, in `book` and `_build`, so that the next build does only what changed.
    Raises BookFailed, MissingPage, LessonError, DataError.
    """
    sources, work = site.parent / "book", site.parent / "_build"
    if write_pages(root, pages, sources):
        # Sphinx keeps the pages of sources that are gone.
        shutil.rmtree(work, ignore_errors=True)
    _run_jupyter_book(sources, work)
    _publish(work, site)


def _run_jupyter_book(sources: Path, work: Path) -> None:
    command = [sys.executable, "-c", _JUPYTER_BOOK, "build", str(sources)]
    options = ["--path-output", str(work.parent), "--warningiserror", "--nitpick", "--keep-going", "--quiet"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command + options, capture_output=True, text=True, encoding="utf-8", env=environment)
    if done.returncode:
        # Sphinx does not repeat a warning about a page that it has read already: the next build must read all again.
        shutil.rmtree(work, ignore_errors=True)
        output = _COLORS.sub("", done.stderr + done.stdout)
        raise BookFailed(list(_complaints(output, sources)), output)


def _complaints(output: str, sources: Path) -> Iterator[str]:
    """Sphinx's warning lines, once each, with pages named as a writer knows them."""
    seen = set()
    for line in output.replace(f"{sources.resolve()}/", "").splitlines():
        line = _CELL_LINE.sub(_cell_and_line, line.strip())
        if _COMPLAINT.search(line) and line not in seen:
            seen.add(line)
            yield line


def _cell_and_line(match: re.Match[str]) -> str:
    """MyST-NB counts 10,000 lines a cell."""
    cell, line = divmod(int(match[2]), 10_000)
    return f"{match[1]}, cell {cell}, line {line}" if cell else match[0]


def _publish(work: Path, site: Path) -> None:
    """Copy what changed into the site, and take away what the book no longer has."""
    html, record = work / "html", site.parent / "book-published.txt"
    names = sorted(
        path.relative_to(html).as_posix() for path in html.rglob("*") if path.is_file() and path.name not in _NOT_SERVED
    )
    before = record.read_text(encoding="utf-8").splitlines() if record.is_file() else []
    for name in set(before) - set(names):
        (site / name).unlink(missing_ok=True)
    for name in names:
        write_if_changed(site / name, (html / name).read_bytes())
    record.write_text("\n".join(names), encoding="utf-8")
