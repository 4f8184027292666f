"""The pages that Jupyter Book reads: hand-written ones, filled-in ones, lessons and data, gathered in one folder.

A file is written only where its text changed, so that Jupyter Book builds only what changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from academy.data.package import Package
from academy.site.data.pages import Link, data_pages, read_packages
from academy.site.writing import write_if_changed
from autograder.notebook import Curriculum, Lesson, read_curriculum, read_lesson
from autograder.notebook.curriculum import Group

_FILLED_IN = ".jinja"
_COPIED = ("extension", "look", "theme")
_LESSONS_HERE, _DATA_HERE = {"glob": "lessons/*"}, {"glob": "data/*"}

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


@dataclass(frozen=True)
class Entry:
    """A lesson as the pages speak of it, written or still to come."""

    slug: str
    title: str
    track: str
    written: bool
    number: int = 0
    minutes: int = 0
    question: str = ""
    points: int = 0
    tasks: int = 0
    reviewed: int = 0
    """Tasks of free text, which a person reads."""
    objectives: tuple[str, ...] = ()
    data: tuple[Link, ...] = ()
    content_note: str | None = None
    prerequisites: tuple[Entry, ...] = ()
    next: Entry | None = None


def write_pages(root: Path, pages: Path, destination: Path) -> bool:
    """Gather the sources of the book in `destination`. Return whether a source that was there is gone.

    `root` is the project; `pages` holds `<slug>.ipynb` for each lesson, as autograder.notebook.publish returns it.
    Raises MissingPage; LessonError where the curriculum or a lesson does not hold together; DataError where a dataset
    does not.
    """
    curriculum = read_curriculum(root / "lessons")
    packages = read_packages(root)
    entries = _entries(curriculum, {package.slug: package for package in packages})
    files = _hand_written(root, curriculum, entries) | data_pages(root, packages, _lessons_by_data(entries))
    parts = _templates(root / "book" / "parts")
    for slug in curriculum.lessons:
        page = pages / f"{slug}.ipynb"
        if not page.is_file():
            raise MissingPage(slug, page)
        start, end = (
            parts.get_template(f"{part}.md.jinja").render(lesson=entries[slug])
            for part in ("lesson-start", "lesson-end")
        )
        files[f"lessons/{slug}.ipynb"] = lesson_page(page.read_text(encoding="utf-8"), entries[slug], start, end)
    files["_config.yml"] = (root / "_config.yml").read_bytes()
    files["_toc.yml"] = _contents(root, curriculum, entries, packages)
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


# -- what the pages say of lessons -----------------------------------------------------------------------------------


def _entries(curriculum: Curriculum, packages: Mapping[str, Package]) -> dict[str, Entry]:
    """Every lesson by its slug, in order: those that are written, then those still to come."""
    tracks = {track.id: track.title for track in curriculum.tracks}
    lessons = [read_lesson(curriculum.folder / slug, curriculum.glossary) for slug in curriculum.lessons]
    entries = {
        lesson.slug: _entry(lesson, number, tracks[lesson.track], packages) for number, lesson in enumerate(lessons, 1)
    } | {
        planned.slug: Entry(planned.slug, planned.title, tracks[planned.track], written=False)
        for planned in curriculum.planned
    }
    for lesson, following in zip(lessons, [*lessons[1:], None], strict=True):
        entries[lesson.slug] = replace(
            entries[lesson.slug],
            prerequisites=tuple(entries[slug] for slug in lesson.prerequisites),
            next=entries[following.slug] if following else None,
        )
    return entries


def _entry(lesson: Lesson, number: int, track: str, packages: Mapping[str, Package]) -> Entry:
    return Entry(
        lesson.slug,
        lesson.title,
        track,
        written=True,
        number=number,
        minutes=lesson.minutes,
        question=lesson.question,
        points=lesson.possible,
        tasks=sum(not task.manual for task in lesson.tasks),
        reviewed=sum(task.manual for task in lesson.tasks),
        objectives=tuple(objective.text for objective in lesson.objectives),
        data=tuple(Link(slug, packages[slug].title) for slug in lesson.data),
        content_note=lesson.content_note,
    )


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


def _hand_written(root: Path, curriculum: Curriculum, entries: Mapping[str, Entry]) -> dict[str, bytes]:
    book = root / "book"
    files = {
        path.relative_to(book).as_posix(): path.read_bytes() for path in book.glob("*.md") if path.stem != "README"
    }
    for folder in _COPIED:
        for path in (book / folder).rglob("*"):
            if path.is_file() and not _is_cache(path.relative_to(book)):
                files[path.relative_to(book).as_posix()] = path.read_bytes()
    facts = _facts(root, curriculum, entries)
    templates = _templates(book)
    for path in book.glob(f"*{_FILLED_IN}"):
        files[path.name.removesuffix(_FILLED_IN)] = templates.get_template(path.name).render(facts).encode("utf-8")
    return files


def _is_cache(path: Path) -> bool:
    """What Python and its tools leave behind."""
    return any(part.startswith((".", "__pycache__")) for part in path.parts)


def _facts(root: Path, curriculum: Curriculum, entries: Mapping[str, Entry]) -> dict[str, Any]:
    """What the filled-in pages may name."""
    written = [entry for entry in entries.values() if entry.written]
    return {
        "first": written[0] if written else None,
        "total": len(entries),
        "written": len(written),
        "planned": len(entries) - len(written),
        "tracks": [
            _group(track, [entry for entry in entries.values() if entry.track == track.title])
            for track in curriculum.tracks
        ],
        "paths": [_group(path, [entries[slug] for slug in path.lessons]) for path in curriculum.paths],
        "terms": _terms(root),
        "outcomes": _outcomes(root),
    }


def _group(group: Group, lessons: list[Entry]) -> dict[str, Any]:
    return {"title": group.title, "purpose": group.purpose, "lessons": lessons}


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


def _contents(root: Path, curriculum: Curriculum, entries: Mapping[str, Entry], packages: Sequence[Package]) -> bytes:
    """The table of contents: lessons by track in the place of `lessons/*`, datasets in that of `data/*`."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    parts: list[dict[str, Any]] = []
    for part in contents["parts"]:
        for chapter in part["chapters"]:
            if chapter.get("sections") == [_DATA_HERE]:
                chapter["sections"] = [{"file": f"data/{package.slug}"} for package in packages]
        if _LESSONS_HERE not in part["chapters"]:
            parts.append(part)
            continue
        for track in curriculum.tracks:
            lessons = [entry for entry in entries.values() if entry.written and entry.track == track.title]
            if lessons:
                chapters = [{"file": f"lessons/{entry.slug}"} for entry in lessons]
                parts.append({"caption": track.title, "chapters": chapters})
    return yaml.safe_dump(contents | {"parts": parts}, sort_keys=False, allow_unicode=True).encode("utf-8")
