"""The worksheets as pages of the book: worksheets/<name>.md, a form made from its schema, and worksheets/index.md.

The form reads well, and prints as an empty page to fill in by hand, without any script. book/look/worksheet-page.js
makes it check what was filled in.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from academy.site.entries import Entry

_TOPICS = "topics.yml"
_MOST_RADIO_BUTTONS, _MOST_IN_A_ROW = 5, 3
"""A longer list of choices is a menu; in the row of a table sooner, which has many."""
_LONGEST_LINE = 60
"""In characters: where longer answers are meant, the box has several lines."""
_FEWEST_ROWS = 2
_SEVERAL_WORDS = r"\S+\s+\S+"


class WorksheetUnfit(Exception):
    """A worksheet that no page can be made of. The message says what to change, and where."""


@dataclass(frozen=True)
class Field:
    """A question as the form asks it."""

    name: str
    kind: str
    """text, long, number, date, radio, select, checks (several choices), lines (one answer a line) or table."""
    title: str
    question: str
    example: str
    need: str
    """What stands behind the title of a question that need not always be answered."""
    choices: tuple[str, ...] = ()
    columns: tuple[Field, ...] = ()
    rows: int = 0


@dataclass(frozen=True)
class Worksheet:
    """A worksheet as its page and the list speak of it."""

    name: str
    title: str
    description: str
    topic: str
    lesson: Entry
    needed_by: str
    fields: tuple[Field, ...]


def read_worksheets(root: Path, entries: Mapping[str, Entry]) -> list[Worksheet]:
    """Return every worksheet of the project, in the order of worksheets/topics.yml.

    `entries` are the lessons. Raises WorksheetUnfit.
    """
    folder = root / "worksheets"
    schemas = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    if not schemas:
        return []
    worksheets = []
    for topic in yaml.safe_load((folder / _TOPICS).read_text(encoding="utf-8")):
        for listed in topic["worksheets"]:
            if schema := schemas.pop(listed["name"], None):
                if listed["lesson"] not in entries:
                    raise WorksheetUnfit(f"worksheets/{_TOPICS} names the lesson “{listed['lesson']}”. There is none.")
                worksheets.append(
                    Worksheet(
                        listed["name"],
                        schema["title"],
                        schema["description"],
                        topic["topic"],
                        entries[listed["lesson"]],
                        listed["needed_by"],
                        fields_of(schema),
                    )
                )
    if schemas:
        raise WorksheetUnfit(f"worksheets/{_TOPICS} does not list: {', '.join(schemas)}. Add each to its topic.")
    return worksheets


def worksheet_pages(root: Path, worksheets: Iterable[Worksheet]) -> dict[str, bytes]:
    """Return the source of every worksheet's page by its file name in the book. `root` is the project."""
    parts = templates(root / "book" / "parts")
    page, index = (parts.get_template(f"worksheet-{name}.md.jinja") for name in ("page", "index"))
    topics: dict[str, list[Worksheet]] = {}
    files = {}
    for worksheet in worksheets:
        topics.setdefault(worksheet.topic, []).append(worksheet)
        files[f"worksheets/{worksheet.name}.md"] = page.render(worksheet=worksheet)
    files["worksheets/index.md"] = index.render(topics=topics)
    return {name: text.encode("utf-8") for name, text in files.items()}


def worksheets_by_lesson(worksheets: Iterable[Worksheet]) -> dict[str, list[Worksheet]]:
    """The worksheets that a lesson teaches, by its slug."""
    found: dict[str, list[Worksheet]] = {}
    for worksheet in worksheets:
        found.setdefault(worksheet.lesson.slug, []).append(worksheet)
    return found


# -- from a schema to questions --------------------------------------------------------------------------------------


def fields_of(schema: Mapping[str, Any], most_radio_buttons: int = _MOST_RADIO_BUTTONS) -> tuple[Field, ...]:
    """The questions of a schema, or of the rows of a table in it, in order. Raises WorksheetUnfit."""
    always = set(schema.get("required", ()))
    sometimes = set(chain.from_iterable(_required_under(schema, ("then", "else", "allOf"))))
    return tuple(
        _field(name, field, _need(name, always, sometimes), most_radio_buttons)
        for name, field in schema["properties"].items()
        if "const" not in field
    )


def _need(name: str, always: Container[str], sometimes: Container[str]) -> str:
    return "" if name in always else " (needed in some cases)" if name in sometimes else " (optional)"


def _required_under(schema: Mapping[str, Any], keys: Iterable[str]) -> Iterable[list[str]]:
    """Every list of fields that a condition of the schema asks for."""
    for key in keys:
        inner = schema.get(key, [])
        for part in inner if isinstance(inner, list) else [inner]:
            yield part.get("required", [])
            yield from _required_under(part, ("then", "else", "allOf"))


def _field(name: str, field: Mapping[str, Any], need: str, most_radio_buttons: int) -> Field:
    kind, items = _kind(name, field, most_radio_buttons), field.get("items", {})
    columns = fields_of(items, _MOST_IN_A_ROW) if kind == "table" else ()
    if any(column.kind == "table" for column in columns):
        raise WorksheetUnfit(f"The field “{name}” of a worksheet has a table within a table. Take the inner one apart.")
    return Field(
        name,
        kind,
        field["title"],
        field["description"],
        _example(kind, field["examples"][0]),
        need,
        tuple(map(str, field.get("enum") or items.get("enum", ()))),
        columns,
        max(field.get("minItems", 1), _FEWEST_ROWS) if kind == "table" else 0,
    )


def _kind(name: str, field: Mapping[str, Any], most_radio_buttons: int) -> str:
    if "enum" in field:
        return "radio" if len(field["enum"]) <= most_radio_buttons else "select"
    match field.get("type"):
        case "array":
            return "table" if "properties" in field["items"] else "checks" if "enum" in field["items"] else "lines"
        case "integer" | "number":
            return "number"
        case "string":
            return "date" if field.get("format") == "date" else "long" if _is_long(field) else "text"
    raise WorksheetUnfit(f"The form has no box for the field “{name}”: its type is {field.get('type', 'not named')}.")


def _is_long(field: Mapping[str, Any]) -> bool:
    longest = max(len(str(example)) for example in field["examples"])
    has_room = field.get("maxLength", math.inf) > 2 * _LONGEST_LINE
    return has_room and (longest > _LONGEST_LINE or _SEVERAL_WORDS in field.get("pattern", ""))


def _example(kind: str, example: Any) -> str:
    """An example in words. Choices need none, and a table has one in each column."""
    if kind in ("radio", "select", "checks", "table"):
        return ""
    if kind == "date":
        # The browser's own box for a day shows it in the reader's way, not in that of the file.
        day = datetime.date.fromisoformat(example)
        return f"{day:%B} {day.day}, {day.year}"
    return "; ".join(map(str, example)) if isinstance(example, list) else str(example)


def templates(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder), undefined=StrictUndefined, autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["json"] = lambda text: json.dumps(text, ensure_ascii=False)
    return environment
