"""The data pages of the book: data/<slug>.md for each dataset, made from its package, and data/index.md.

Their templates are book/parts/data-*.md.jinja. What stands in tables and lists is HTML of our own, because Markdown has
no headers for rows, and would take a star of the data for its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from academy.data.package import Package, Table, read_package, slugs
from academy.data.rows import count_rows, header_and_rows
from academy.data.words import (
    TYPES,
    allowed,
    first_sentence,
    moment_text,
    number_text,
    size_text,
    span_text,
    years_text,
)
from academy.site.data.drawing.lines import scale
from academy.site.data.files import PICTURE
from academy.site.data.picture import Numbers, numbers_of
from academy.site.data.words import text_alternative, value_text, x_text

PREVIEW_ROWS = 5
_LONGEST_CELL, _LONGEST_LIST = 80, 60
"""In characters: a longer cell of the first rows is cut off, a longer list of allowed values folded away."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$:&^=@-])")
_HEADING = re.compile(r"^(#+ )", re.MULTILINE)


@dataclass(frozen=True)
class Link:
    """A lesson that uses a dataset, or a dataset that a lesson uses."""

    slug: str
    title: str


@dataclass(frozen=True)
class TableView:
    """A table as its page shows it."""

    about: Table
    rows: int
    header: list[str]
    preview: list[list[str]]
    numeric: list[bool]
    """Of each column, whether it holds numbers."""


@dataclass(frozen=True)
class PictureView:
    """A picture, its text alternative, what to know to read it right, and its numbers as a table."""

    file: str
    alternative: str
    notes: list[str]
    header: list[str]
    rows: list[tuple[str, list[str]]]
    subject: str
    """What the numbers are."""


def data_pages(root: Path, packages: Iterable[Package], lessons: Mapping[str, Sequence[Link]]) -> dict[str, bytes]:
    """Return the source of every data page by its file name in the book; `lessons` are those that use a dataset, by it.

    `root` is the project. Raises PictureWrong, PackageBroken.
    """
    templates = _templates(root / "book" / "parts")
    page, index = (templates.get_template(f"data-{name}.md.jinja") for name in ("page", "index"))
    files, entries = {}, []
    for package in packages:
        tables = [_table(table) for table in package.tables if not table.kept_apart]
        used_by = lessons.get(package.slug, ())
        files[f"data/{package.slug}.md"] = _page(page, package, tables, used_by, root / "datasets")
        entries.append({"package": package, "rows": tables[0].rows, "lessons": used_by})
    files["data/index.md"] = index.render(_overview(entries)).encode("utf-8")
    return files


def read_packages(root: Path) -> list[Package]:
    """Return every dataset of the project, by title. Raises PackageBroken."""
    folder = root / "datasets"
    packages = [read_package(slug, folder) for slug in slugs(folder)] if folder.is_dir() else []
    return sorted(packages, key=lambda package: package.title.casefold())


def _templates(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "first_sentence": first_sentence,
        "json": lambda text: json.dumps(text, ensure_ascii=False),
        "markdown": _as_markdown,
        "moment": moment_text,
        "number": lambda value: f"{value:,}",
        "size": size_text,
    }
    environment.globals |= {
        "span": span_text,
        "years": years_text,
        "types": TYPES,
        "longest_list": _LONGEST_LIST,
        "allowed": allowed,
        "agencies_of": agencies,
    }
    return environment


def agencies(package: Package) -> list[str]:
    """The agencies of a dataset, one by one."""
    return [agency.strip() for agency in package.agency.split(";")]


# -- one dataset -----------------------------------------------------------------------------------------------------


def _page(
    template: Template, package: Package, tables: list[TableView], lessons: Sequence[Link], datasets: Path
) -> bytes:
    numbers = numbers_of(package, datasets)
    page = template.render(
        package=package,
        tables=tables,
        kept_apart=[table for table in package.tables if table.kept_apart],
        lessons=lessons,
        picture=_picture(numbers),
        quality=_quality(package),
    )
    return page.encode("utf-8")


def _table(table: Table) -> TableView:
    header, rows = header_and_rows(table)
    numbers = {column.name for column in table.columns if column.type in ("integer", "number")}
    return TableView(
        about=table,
        rows=count_rows(table),
        header=header,
        preview=[[_shortened(cell) for cell in row] for row in islice(rows, PREVIEW_ROWS)],
        numeric=[name in numbers for name in header],
    )


def _shortened(cell: str) -> str:
    return cell if len(cell) <= _LONGEST_CELL else f"{cell[: _LONGEST_CELL - 1].rstrip()}…"


def _picture(numbers: Numbers) -> PictureView:
    columns = zip(*numbers.series.values(), strict=True)
    return PictureView(
        file=PICTURE,
        alternative=text_alternative(numbers),
        notes=_notes(numbers),
        header=[numbers.x_title, *(name or numbers.value_title for name in numbers.series)],
        rows=[
            (x_text(numbers, x), ["no data" if value is None else value_text(numbers, value) for value in values])
            for x, values in zip(numbers.x, columns, strict=True)
        ],
        subject=numbers.value_title,
    )


def _notes(numbers: Numbers) -> list[str]:
    """What a reader must know to read the picture right."""
    notes = []
    if numbers.kind == "lines" and (start := scale(numbers)[0]):
        notes.append(f"The scale starts at {number_text(start)}, not at 0.")
    if numbers.left_out:
        notes.append(f"Only the largest {len(numbers.x)} of {len(numbers.x) + numbers.left_out} are shown.")
    if numbers.not_added:
        rows = "row without a value is" if numbers.not_added == 1 else "rows without a value are"
        notes.append(f"{numbers.not_added:,} {rows} not counted.")
    return notes


def _quality(package: Package) -> str:
    """The quality statement without its title, each heading one level down."""
    text = (package.folder / "quality.md").read_text(encoding="utf-8")
    return _HEADING.sub(r"#\1", re.sub(r"\A# .*\n", "", text)).strip()


def _as_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


# -- all of them -----------------------------------------------------------------------------------------------------


def _overview(entries: list[dict[str, Any]]) -> dict[str, Any]:
    packages: list[Package] = [entry["package"] for entry in entries]
    topics = sorted({package.category for package in packages})
    return {
        "total": len(entries),
        "made_up": sum(package.synthetic for package in packages),
        "topics": [(topic, [entry for entry in entries if entry["package"].category == topic]) for topic in topics],
        "agencies": sorted({agency for package in packages for agency in agencies(package)}, key=str.casefold),
        "places": sorted({package.geographic_unit for package in packages}),
    }
