"""Worksheets: what to fill in, what is missing in a filled one, and the filled one as a page or a table to keep.

A worksheet is a JSON Schema (draft 2020-12, worksheets/). The sentence for a broken rule is ours: it stands in the
field's `x-messages`, by the name of the rule. `required` stands with the field that is missing.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.worksheet_rules import Broken, broken_rules

MESSAGES, ADVICE = "x-messages", "x-advice"
ADVISERS = ("agreement", "classification", "consent", "maturity", "risk", "suppression_policy")
"""The modules of this package that a worksheet may name under `x-advice`, and no others."""
_WHOLE = "The worksheet"
_LONGEST_NAME = 60
_MEANING = "What these answers mean"
_NOT_YET, _NONE = "(not filled in yet)", "(none)"
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&$])")
_FORMULA = re.compile(r"(^|;\s*)(?=[=+\-@＝＋－＠])")
"""What a spreadsheet would run: at the start of a cell, and behind a semicolon, which some take for the next cell."""


class WorksheetMissing(FileNotFoundError):
    """No worksheet of this name lies in the folder. The message says what to do."""


class UnknownAdviser(Exception):
    """A worksheet asks a module for advice that is not on the list."""

    def __init__(self, name: object) -> None:
        super().__init__(f"A worksheet has the {ADVICE} “{name}”. Write one of these: {', '.join(ADVISERS)}.")


class Fault(NamedTuple):
    """A thing to mend: the way to its field by name and number, the same in words, and what to do."""

    path: tuple[str | int, ...]
    place: str
    message: str

    @property
    def sentence(self) -> str:
        return f"{self.place}: {self.message}"


def read_worksheet(name: str, folder: Path = Path()) -> dict[str, Any]:
    """Return the worksheet `name`, which lies beside the notebook. Raises WorksheetMissing."""
    file = folder / f"{name}.json"
    if not file.is_file():
        raise WorksheetMissing(f"There is no worksheet “{name}” here. Check the spelling in the quotation marks.")
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def faults(filled: object, schema: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each thing to mend, in the worksheet's order: the field, then what to do.

    `filled` may be any JSON value; a complete worksheet gives an empty list.
    """
    return [fault.sentence for fault in located_faults(filled, schema)]


def located_faults(filled: object, schema: Mapping[str, Any]) -> list[Fault]:
    """Return the same faults, each with the way to its field, for a page that shows them beside the fields."""
    try:
        found = list(broken_rules(filled, schema))
    except RecursionError:
        return [Fault((), _WHOLE, "It holds lists within lists, too deep to follow. Fill in each field as plain text.")]
    order = {name: place for place, name in enumerate(schema.get("properties", ()))}
    found.sort(key=lambda broken: order.get(str(*broken.path[:1]), len(order)))
    told: dict[str, Fault] = {}
    for fault in (_fault(broken, schema) for broken in found):
        told.setdefault(fault.sentence, fault)
    return list(told.values())


def advice(filled: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return what a complete worksheet's answers mean, in sentences: from toolkit/<module>.py, which it names.

    A worksheet with something to mend gets none, nor does one that names no module. Raises UnknownAdviser.
    """
    if ADVICE not in schema:
        return []
    if schema[ADVICE] not in ADVISERS:
        raise UnknownAdviser(schema[ADVICE])
    if faults(filled, schema):
        return []
    sentences: list[str] = importlib.import_module(f"toolkit.{schema[ADVICE]}").advice(filled)
    return sentences


def as_markdown(filled: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return a filled worksheet as Markdown: a table of facts, a table for each list, and the advice on a whole one.

    What people wrote shows as they wrote it, never as Markdown or HTML. A field without an answer says so, and whether
    it still needs one.
    """
    facts, lists = [], []
    lacking = {broken.path[0] for broken in broken_rules(filled, schema) if broken.path}
    for name, field in schema["properties"].items():
        if "const" in field:
            continue
        answer = filled.get(name)
        if isinstance(answer, list) and _is_table(field):
            lists.append(f"## {field['title']}\n\n{_table_of(answer, field['items']['properties'])}")
        else:
            facts.append((field["title"], _text(answer, _NOT_YET if name in lacking else _NONE)))
    told = [f"- {_escaped(sentence)}" for sentence in advice(filled, schema)]
    meaning = [f"## {_MEANING}", "\n".join(told)] if told else []
    return "\n\n".join([f"# {schema['title']}", _table(("Fact", "Answer"), facts), *lists, *meaning]) + "\n"


def as_csv(filled: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return a filled worksheet as CSV with the columns field and answer: one row a field, or a row for each in a list.

    An answer that a spreadsheet would run as a formula gets an apostrophe before it, and so stays text.
    """
    page = io.StringIO()
    rows = csv.writer(page, lineterminator="\n")
    rows.writerow(("field", "answer"))
    for name, field in schema["properties"].items():
        for path, answer in _answers([name], filled.get(name), field):
            rows.writerow((_place(path, schema), _cell(answer)))
    return page.getvalue()


def questions(schema: Mapping[str, Any]) -> str:
    """Return an empty worksheet as Markdown: its questions, in order, each with an example of an answer."""
    parts = [f"# {schema['title']}", schema["description"]]
    for field in schema["properties"].values():
        if "const" in field:
            continue
        parts += [f"## {field['title']}", field["description"]]
        for name, column in field.get("items", {}).get("properties", {}).items():
            parts.append(f"- {column['title']} (`{name}`): {column['description']}")
        parts += [f"Choose one: {', '.join(field['enum'])}."] if "enum" in field else []
        parts += [f"Example: {_escaped(example)}" for example in field["examples"] if not _is_table(field)]
    return "\n\n".join(parts) + "\n"


def _answers(path: list[str | int], answer: Any, field: Mapping[str, Any]) -> Iterator[tuple[list[str | int], Any]]:
    """Yield (path, answer) for each cell of a field: one, or a table's cells row by row."""
    if not (_is_table(field) and isinstance(answer, list) and answer):
        yield path, answer
        return
    for number, row in enumerate(answer):
        for name in field["items"]["properties"]:
            yield [*path, number, name], row.get(name) if isinstance(row, dict) else row


def _is_table(field: Mapping[str, Any]) -> bool:
    return "properties" in field.get("items", {})


def _fault(broken: Broken, schema: Mapping[str, Any]) -> Fault:
    """What is told of one broken rule. For a field that is missing, the field itself has the sentence."""
    own = _field(broken.path, schema) if broken.rule == "required" else broken.part
    return Fault(broken.path, _place(broken.path, schema), _message(broken.rule, own))


def _message(rule: str, field: Mapping[str, Any]) -> str:
    """The field's own sentence for this rule; where it has none, what the field is for."""
    own = field.get(MESSAGES, {}).get(rule)
    return str(own or f"This does not fit. {field.get('description', 'Compare it with the example.')}")


def _field(path: Iterable[str | int], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of the schema that speaks about the field at `path`; empty where it has none."""
    here: Mapping[str, Any] = schema
    for step in path:
        here = here.get("items", {}) if isinstance(step, int) else here.get("properties", {}).get(step, {})
    return here


def _place(path: Sequence[str | int], schema: Mapping[str, Any]) -> str:
    """The way to a field in the words of the worksheet: Columns, number 2, What it means."""
    words = []
    for depth, step in enumerate(path, 1):
        known = _field(path[:depth], schema).get("title")
        words.append(f"number {step + 1}" if isinstance(step, int) else known or f"“{_readable(step)[:_LONGEST_NAME]}”")
    return ", ".join(words) or _WHOLE


def _table_of(rows: list[Any], columns: Mapping[str, Any]) -> str:
    cells = [tuple(_text(row.get(name) if isinstance(row, dict) else row) for name in columns) for row in rows]
    return _table(tuple(column["title"] for column in columns.values()), cells)


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _text(answer: object, empty: str = _NOT_YET) -> str:
    """An answer as text within one cell of a Markdown table."""
    return _escaped(answer) or empty


def _escaped(answer: object) -> str:
    return _SPECIAL.sub(r"\\\1", _plain(answer))


def _cell(answer: object) -> str:
    """An answer as text within one cell of a spreadsheet. A number stays a number, below zero too."""
    is_number = isinstance(answer, int | float)
    return _plain(answer) if is_number else _FORMULA.sub(r"\1'", _plain(answer))


def _plain(answer: object) -> str:
    """An answer on one line. A list of words is set apart by commas, and a whole number has no point."""
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)
    if isinstance(answer, list):
        answer = ", ".join(map(str, answer))
    return _readable("" if answer is None else str(answer))


def _readable(text: str) -> str:
    """The text on one line, without characters that would disturb a terminal or a page."""
    visible = ("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)
    return " ".join(
        "".join(" " if sign.isspace() else shown for sign, shown in zip(text, visible, strict=True)).split()
    )
