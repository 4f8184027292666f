"""Worksheets: what is missing in a filled one, in plain sentences, and the filled one as a page to keep.

A worksheet is a JSON Schema (draft 2020-12, worksheets/). The sentence for a broken rule is ours: it stands in the
field's `x-messages`, by the name of the rule. `required` stands with the field that is missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import ValidationError

MESSAGES = "x-messages"
_WHOLE = "The worksheet"
_LONGEST_NAME = 60
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&$])")


def faults(filled: object, schema: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each thing to mend, in the worksheet's order: the field, then what to do.

    `filled` may be any JSON value; a complete worksheet gives an empty list.
    """
    # Loaded here: a page in the browser that only shows worksheets does without it.
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    try:
        found = [fault for error in validator.iter_errors(filled) for fault in _faults_of(error, schema)]
    except RecursionError:
        return [f"{_WHOLE}: It holds lists within lists, too deep to follow. Fill in each field as plain text."]
    order = list(schema.get("properties", ()))
    found.sort(key=lambda fault: order.index(fault[0]) if fault[0] in order else len(order))
    return list(dict.fromkeys(sentence for _, sentence in found))


def as_markdown(filled: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Return a filled worksheet as Markdown: a table of its facts, then a table for each list.

    What people wrote shows as they wrote it, never as Markdown or HTML. A field without an answer says so.
    """
    facts, lists = [], []
    for name, field in schema["properties"].items():
        if "const" in field:
            continue
        answer = filled.get(name)
        if isinstance(answer, list) and "properties" in field.get("items", {}):
            lists.append(f"## {field['title']}\n\n{_table_of(answer, field['items']['properties'])}")
        else:
            facts.append((field["title"], _text(answer)))
    return "\n\n".join([f"# {schema['title']}", _table(("Fact", "Answer"), facts), *lists]) + "\n"


def _faults_of(error: ValidationError, schema: Mapping[str, Any]) -> Iterator[tuple[object, str]]:
    """Yield (field of the worksheet, sentence) for one broken rule."""
    path, rule = list(error.absolute_path), str(error.validator)
    broken: Any = error.schema
    instance: Any = error.instance
    wanted: Any = error.validator_value
    if rule == "required":
        named = [name for name in wanted if name not in instance]
    elif rule == "additionalProperties":
        named = [name for name in instance if name not in broken.get("properties", {})]
    else:
        yield path[0] if path else None, f"{_place(path, schema)}: {_message(rule, broken)}"
        return
    for name in named:
        place = [*path, name]
        own = _field(place, schema) if rule == "required" else broken
        yield place[0], f"{_place(place, schema)}: {_message(rule, own)}"


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


def _place(path: list[str | int], schema: Mapping[str, Any]) -> str:
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


def _text(answer: object) -> str:
    """An answer as text within one cell of a Markdown table."""
    words = _SPECIAL.sub(r"\\\1", _readable("" if answer is None else str(answer)))
    return words or "(not filled in yet)"


def _readable(text: str) -> str:
    """The text on one line, without characters that would disturb a terminal or a page."""
    visible = ("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)
    return " ".join(
        "".join(" " if sign.isspace() else shown for sign, shown in zip(text, visible, strict=True)).split()
    )
