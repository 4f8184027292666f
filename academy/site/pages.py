"""The pages that Jupyter Book reads: hand-written ones, filled-in ones, lessons, paths, data and worksheets.

A file is written only where its text changed, so that Jupyter Book builds only what changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from academy.data.package import Package
from academy.site.data.pages import Link, data_pages, read_packages
from academy.site.entries import Entry, GroupEntry, entries_of, path_entries, stops, track_entries
from academy.site.paths import path_pages
from academy.site.self_assessment_page import self_assessment_page
from academy.site.worksheet_pages import Worksheet, read_worksheets, worksheet_pages, worksheets_by_lesson
from academy.site.writing import write_if_changed
from autograder.notebook import read_curriculum

_FILLED_IN = ".jinja"
_COPIED = ("extension", "look", "theme")
_LESSONS_HERE = {"glob": "lessons/*"}

_OUTCOME_GROUPS = (
    ("learner", "About an answer", "It is your move, and you can try as often as you like."),
    ("file", "About the file that you handed in", "The file could not be graded. Your earlier scores stay."),
    ("none", "When all is well", "You need to do nothing."),
    ("ours", "When something breaks on our side", "This is never counted as a zero."),
)
"""The kinds of autograder/outcomes.yml, in the order in which a learner needs them."""


class MissingPage(Exception):
    """A lesson is on the list, but its page was not made."""

    def __init__(self, slug: str, page: Path) -> None:
        super().__init__(f"The lesson “{slug}” has no page at {page}.\n    Build the lessons first: academy build.")


def write_pages(root: Path, pages: Path, destination: Path) -> bool:
    """Gather the sources of the book in `destination`. Return whether a source that was there is gone.

    `root` is the project; `pages` holds `<slug>.ipynb` for each lesson, as autograder.notebook.publish returns it.
    Raises MissingPage; LessonError where the curriculum or a lesson does not hold together; DataError where a dataset
    does not; WorksheetUnfit where a worksheet does not; InstrumentBroken where the self-assessment does not.
    """
    curriculum = read_curriculum(root / "lessons")
    packages = read_packages(root)
    entries = entries_of(curriculum, {package.slug: package for package in packages})
    paths, tracks = path_entries(curriculum, entries), track_entries(curriculum, entries)
    worksheets = read_worksheets(root, entries)
    files = _hand_written(root, entries, paths, tracks)
    files |= path_pages(root, paths, tracks) | data_pages(root, packages, _lessons_by_data(entries))
    files |= worksheet_pages(root, worksheets)
    files |= self_assessment_page(root, curriculum, entries)
    to_keep = worksheets_by_lesson(worksheets)
    parts = _templates(root / "book" / "parts")
    for slug in curriculum.lessons:
        page = pages / f"{slug}.ipynb"
        if not page.is_file():
            raise MissingPage(slug, page)
        start, end = (
            parts.get_template(f"{part}.md.jinja").render(
                lesson=entries[slug], stops=stops(slug, paths), worksheets=to_keep.get(slug, ())
            )
            for part in ("lesson-start", "lesson-end")
        )
        files[f"lessons/{slug}.ipynb"] = lesson_page(page.read_text(encoding="utf-8"), entries[slug], start, end)
    files["_config.yml"] = (root / "_config.yml").read_bytes()
    files["_toc.yml"] = _contents(root, paths, tracks, packages, worksheets)
    return sync(files, destination)


def lesson_page(notebook: str, lesson: Entry, start: str, end: str) -> bytes:
    """Return the notebook as a page of the book: its facts below its title, an anchor at each task, and the way on."""
    page = nbformat.reads(notebook, as_version=4)
    first = page.cells[0]
    heading, _, rest = first.source.partition("\n")
    if first.cell_type != "markdown" or not heading.startswith("# "):
        heading, rest = f"# {lesson.title}", ""
    else:
        page.cells = page.cells[1:]
    page.cells = [
        _text(f"{heading}\n\n{start}\n{rest}", "start"),
        *page.cells,
        _text(end, "end"),
    ]
    for cell in page.cells:
        tags = cell.metadata.get("tags", [])
        if "task-prompt" in tags:
            # A comment, not a label: labels are one name space for all lessons, and each may have a task "my-agency".
            heading, _, rest = cell.source.partition("\n")
            cell.source = f"{heading}\n\n% task-{cell.id.removesuffix('-prompt')}\n{rest}"
        elif "task-review" in tags:
            cell.source = f":::{{container}} task-review\n{cell.source}\n:::"
    return nbformat.writes(page).encode("utf-8")


def _text(source: str, id: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source, id=id)


def sync(files: Mapping[str, bytes], folder: Path) -> bool:
    """Make `folder` hold exactly `files`; touch only what differs. Return whether anything was taken away."""
    removed = False
    for path in folder.rglob("*"):
        place = path.relative_to(folder)
        if path.is_file() and not _is_cache(place) and place.as_posix() not in files:
            path.unlink()
            removed = True
    for name, content in files.items():
        write_if_changed(folder / name, content)
    return removed


def _lessons_by_data(entries: Mapping[str, Entry]) -> dict[str, list[Link]]:
    """The lessons that use a dataset, by its slug, in teaching order."""
    lessons: dict[str, list[Link]] = {}
    for entry in entries.values():
        for data in entry.data:
            lessons.setdefault(data.slug, []).append(Link(entry.slug, entry.title))
    return lessons


# -- hand-written and filled-in pages --------------------------------------------------------------------------------


def _templates(folder: Path) -> Environment:
    return Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, keep_trailing_newline=True)


def _hand_written(
    root: Path, entries: Mapping[str, Entry], paths: Sequence[GroupEntry], tracks: Sequence[GroupEntry]
) -> dict[str, bytes]:
    book = root / "book"
    files = {
        path.relative_to(book).as_posix(): path.read_bytes() for path in book.glob("*.md") if path.stem != "README"
    }
    for folder in _COPIED:
        for path in (book / folder).rglob("*"):
            if path.is_file() and not _is_cache(path.relative_to(book)):
                files[path.relative_to(book).as_posix()] = path.read_bytes()
    facts = _facts(root, entries, paths, tracks)
    templates = _templates(book)
    for path in book.glob(f"*{_FILLED_IN}"):
        files[path.name.removesuffix(_FILLED_IN)] = templates.get_template(path.name).render(facts).encode("utf-8")
    return files


def _is_cache(path: Path) -> bool:
    """What Python and its tools leave behind."""
    return any(part.startswith((".", "__pycache__")) for part in path.parts)


def _facts(
    root: Path, entries: Mapping[str, Entry], paths: Sequence[GroupEntry], tracks: Sequence[GroupEntry]
) -> dict[str, Any]:
    """What the filled-in pages may name."""
    written = [entry for entry in entries.values() if entry.written]
    return {
        "first": written[0] if written else None,
        "total": len(entries),
        "written": len(written),
        "planned": len(entries) - len(written),
        "tracks": tracks,
        "paths": paths,
        "terms": _terms(root),
        "outcomes": _outcomes(root),
        "hub": yaml.safe_load((root / "book" / "resources.yml").read_text(encoding="utf-8")),
    }


def _terms(root: Path) -> list[dict[str, Any]]:
    """The glossary in alphabetical order, with the sources of each definition by their full titles."""
    glossary = yaml.safe_load((root / "lessons" / "glossary.yml").read_text(encoding="utf-8"))
    terms = [
        {"definition": None, "note": None}
        | term
        | {"id": id, "sources": [glossary["sources"][source] for source in term.get("sources", ())]}
        for id, term in glossary["terms"].items()
    ]
    return sorted(terms, key=lambda term: str(term["term"]).casefold())


def _outcomes(root: Path) -> list[dict[str, Any]]:
    """The rows of the table of outcomes, grouped by whose move it is; the blanks in their messages as dots."""
    table = yaml.safe_load((root / "autograder" / "outcomes.yml").read_text(encoding="utf-8"))
    rows = [{"code": code} | row | {"message": re.sub(r"\{\w+\}", "…", row["message"])} for code, row in table.items()]
    return [
        {"title": title, "text": text, "rows": [row for row in rows if row["kind"] == kind]}
        for kind, title, text in _OUTCOME_GROUPS
    ]


def _contents(
    root: Path,
    paths: Sequence[GroupEntry],
    tracks: Sequence[GroupEntry],
    packages: Sequence[Package],
    worksheets: Sequence[Worksheet],
) -> bytes:
    """The table of contents: lessons by track in the place of `lessons/*`, a folder's pages in that of `data/*`."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    folders = {
        "data": [package.slug for package in packages],
        "paths": [path.slug for path in paths],
        "tracks": [track.slug for track in tracks],
        "worksheets": [worksheet.name for worksheet in worksheets],
    }
    pages = {f"{folder}/*": [{"file": f"{folder}/{slug}"} for slug in slugs] for folder, slugs in folders.items()}
    parts: list[dict[str, Any]] = []
    for part in contents["parts"]:
        for chapter in part["chapters"]:
            # Jupyter Book refuses an empty list of pages.
            if found := [page for section in chapter.pop("sections", ()) for page in pages[section["glob"]]]:
                chapter["sections"] = found
        if _LESSONS_HERE not in part["chapters"]:
            parts.append(part)
            continue
        for track in tracks:
            if track.written:
                chapters = [{"file": f"lessons/{lesson.slug}"} for lesson in track.written]
                parts.append({"caption": track.title, "chapters": chapters})
    return yaml.safe_dump(contents | {"parts": parts}, sort_keys=False, allow_unicode=True).encode("utf-8")
