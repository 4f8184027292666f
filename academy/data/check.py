"""Check the datasets: description, checksums, tables, quality statement, recipe.

`academy data check` and the tests rely on this page. A fault is one sentence that names the file and the field.
The state's format rules and the project's promise to hold no personal data are checked here too.
"""

from __future__ import annotations

import ast
import csv
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.data.errors import PackageBroken
from academy.data.package import DESCRIPTOR, package_folder, read_descriptor
from academy.project import DATASETS

if TYPE_CHECKING:
    from jsonschema import ValidationError

SCHEMA = DATASETS / "package.schema.json"
RECIPE, QUALITY = "recipe.py", "quality.md"
QUALITY_SECTIONS = ("Known errors", "Suppression", "Breaks in series", "What was dropped")
MAX_BYTES = 2_000_000
SHOWN_ROWS = 10

# Column names of data about persons. The project ships none, unless it made the persons up.
PERSONAL_WORDS = frozenset({"email", "phone", "ssn", "birth", "birthdate", "dob", "street", "address", "officer"})
PERSONAL_NAMES = frozenset({"name", "first_name", "last_name", "full_name", "surname"})


@dataclass(frozen=True)
class Fault:
    """One thing to mend: `place` names the file and, where there is one, the field or row."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


def check(slug: str, datasets: Path = DATASETS) -> list[Fault]:
    """Return everything that is wrong with one dataset. Raises DatasetMissing."""
    folder = package_folder(slug, datasets)
    faults = [*_recipe_faults(folder), *_quality_faults(folder)]
    try:
        descriptor = read_descriptor(folder)
    except PackageBroken as error:
        return [Fault(error.place, f"{error.problem} {error.advice}"), *faults]
    described = list(description_faults(folder, descriptor))
    if described:
        # A broken description would only repeat itself in the messages about the tables.
        return described + faults
    for resource in descriptor["resources"]:
        faults += table_faults(folder, resource)
    return faults + list(_stray_files(folder, descriptor))


def check_all(names: Sequence[str], datasets: Path = DATASETS) -> list[Fault]:
    """Return what is wrong with several datasets, in their order. Raises DatasetMissing.

    Every cell is looked at, so each core of the machine takes its share.
    """
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as processes:
        return [fault for faults in processes.map(check, names, repeat(datasets)) for fault in faults]


def table_faults(folder: Path, resource: dict[str, Any]) -> list[Fault]:
    """Return what is wrong with one table in `folder`, given its entry in the description."""
    place = f"{folder.name}/{resource['path']}"
    path = folder / resource["path"]
    if not path.is_file():
        return [Fault(place, f"the table is not there. Run `academy data build {folder.name}`.")]
    content = path.read_bytes()
    faults = [*_checksum_faults(place, content, resource), *_format_faults(place, content)]
    return faults or shape_faults(folder, folder.name, resource)


def shape_faults(folder: Path, slug: str, resource: dict[str, Any]) -> list[Fault]:
    """Return where a readable table breaks its schema: header first, then cells."""
    place = f"{slug}/{resource['path']}"
    if resource["format"] == "geojson":
        from academy.data.shapes import shapes_faults

        return [Fault(f"{place}{where}", problem) for where, problem in shapes_faults(folder, resource)]
    text = (folder / resource["path"]).read_text(encoding="utf-8")
    header = next(csv.reader(io.StringIO(text)), [])
    promised = [field["name"] for field in resource["schema"]["fields"]]
    faults = list(_header_faults(place, header, promised))
    return faults or list(_cell_faults(folder, place, resource))


def _checksum_faults(place: str, content: bytes, resource: dict[str, Any]) -> Iterator[Fault]:
    found = f"sha256:{hashlib.sha256(content).hexdigest()}"
    if found != resource["hash"] or len(content) != resource["bytes"]:
        yield Fault(
            place,
            f"the checksum differs from {DESCRIPTOR}, fields hash and bytes: the table was changed by hand, or the "
            "description was not renewed. Rebuild it with `academy data build`.",
        )


def _format_faults(place: str, content: bytes) -> Iterator[Fault]:
    if content.startswith(b"\xef\xbb\xbf"):
        yield Fault(
            place, "the file starts with a byte order mark. Save it as UTF-8 without one, or the first column is lost."
        )
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        yield Fault(place, f"row {row} is not UTF-8 text.")
    if b"\r" in content:
        yield Fault(place, "lines end with a carriage return. End them with a line feed alone.")
    if len(content) > MAX_BYTES:
        yield Fault(place, f"the table has {len(content):,} bytes; at most {MAX_BYTES:,} are allowed.")


def _header_faults(place: str, header: Sequence[str], promised: Sequence[str]) -> Iterator[Fault]:
    missing = [name for name in promised if name not in header]
    extra = [name for name in header if name not in promised]
    for name in missing:
        yield Fault(place, f"there is no column “{name}”, which the description promises.")
    for name in extra:
        yield Fault(place, f"column “{name}” is not described. Describe it in {DESCRIPTOR}, or drop it.")
    if not missing and not extra and list(header) != list(promised):
        yield Fault(place, f"the columns stand in another order than in {DESCRIPTOR}: {', '.join(promised)}.")


def _cell_faults(folder: Path, place: str, resource: dict[str, Any]) -> Iterator[Fault]:
    from frictionless import Resource  # loaded here because it takes half a second, and other commands do not need it

    table = Resource.from_descriptor(
        {
            "name": resource["name"],
            "path": resource["path"],
            "scheme": "file",
            "format": "csv",
            "encoding": "utf-8",
            "schema": resource["schema"],
        },
        basepath=str(folder),
    )
    report = table.validate(limit_errors=SHOWN_ROWS)
    for row, column, note in report.flatten(["rowNumber", "fieldName", "note"]):
        where = "".join(f", {word} {value}" for word, value in (("row", row), ("column", column)) if value)
        yield Fault(place + where, f"{note}.")


def description_faults(folder: Path, descriptor: dict[str, Any]) -> Iterator[Fault]:
    """Yield where a description breaks datasets/package.schema.json or the project's rules for names."""
    from jsonschema import Draft202012Validator

    file = f"{folder.name}/{DESCRIPTOR}"
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    errors = sorted(Draft202012Validator(schema).iter_errors(descriptor), key=lambda error: list(map(str, error.path)))
    for error in errors:
        yield Fault(f"{file}, {_field(error.absolute_path, descriptor)}", _in_plain_words(error))
    if errors:
        return
    if descriptor["name"] != folder.name:
        yield Fault(f"{file}, name", f"it says “{descriptor['name']}”; the folder is {folder.name}.")
    yield from _naming_faults(file, folder.name, descriptor)
    yield from _picture_faults(file, descriptor)


def _naming_faults(file: str, slug: str, descriptor: dict[str, Any]) -> Iterator[Fault]:
    for resource in descriptor["resources"]:
        ending = resource["format"]
        if resource["path"] != f"{resource['name']}.{ending}" or not resource["name"].startswith(slug):
            yield Fault(
                f"{file}, resources, {resource['name']}, path",
                f"name the table {slug}….{ending}, as its `name`: tables of several datasets lie beside one notebook.",
            )
        if resource.get("kept_apart") and not descriptor["academy"]["synthetic"]:
            yield Fault(
                f"{file}, resources, {resource['name']}, kept_apart",
                "only the answers to made-up data are kept apart. Real tables are open.",
            )
        names = [field["name"] for field in resource["schema"]["fields"]]
        for name in names:
            place = f"{file}, resources, {resource['name']}, fields, {name}"
            if names.count(name) > 1:
                yield Fault(place, "the column is described twice.")
            personal = name in PERSONAL_NAMES or PERSONAL_WORDS & set(name.split("_"))
            if personal and not descriptor["academy"]["synthetic"]:
                yield Fault(place, "by its name it holds personal data, which is never shipped. Drop the column.")
        for name in resource["schema"].get("primaryKey", []):
            if name not in names:
                yield Fault(f"{file}, resources, {resource['name']}, primaryKey", f"there is no column “{name}”.")


def _picture_faults(file: str, descriptor: dict[str, Any]) -> Iterator[Fault]:
    picture = descriptor["academy"]["picture"]
    place = f"{file}, academy, picture"
    tables = {resource["name"]: resource for resource in descriptor["resources"]}
    if picture["table"] not in tables:
        yield Fault(f"{place}, table", f"there is no table “{picture['table']}”.")
        return
    columns = {field["name"]: field["type"] for field in tables[picture["table"]]["schema"]["fields"]}
    named = {part: picture[part] for part in ("x", "value", "series") if part in picture}
    for part, name in [*named.items(), *(("only", name) for name in picture.get("only", {}))]:
        if name not in columns:
            yield Fault(f"{place}, {part}", f"there is no column “{name}” in {picture['table']}.")
    if columns.get(picture.get("value", ""), "number") not in {"integer", "number"}:
        yield Fault(f"{place}, value", f"the column “{picture['value']}” holds no numbers.")


def _recipe_faults(folder: Path) -> Iterator[Fault]:
    place = f"{folder.name}/{RECIPE}"
    path = folder / RECIPE
    if not path.is_file():
        yield Fault(place, "the recipe is not there: nobody could rebuild the tables.")
        return
    try:
        module = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        yield Fault(f"{place}, line {error.lineno}", f"Python cannot read it: {error.msg}.")
        return
    builders = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "build"]
    if not builders or [argument.arg for argument in builders[0].args.args] != ["sources", "destination"]:
        yield Fault(place, "it has no function build(sources, destination).")


def _quality_faults(folder: Path) -> Iterator[Fault]:
    place = f"{folder.name}/{QUALITY}"
    path = folder / QUALITY
    if not path.is_file():
        yield Fault(place, "the quality statement is not there.")
        return
    sections = dict(re.findall(r"^## (.+?)\s*$\n(.*?)(?=^## |\Z)", path.read_text(encoding="utf-8"), re.M | re.S))
    for title in QUALITY_SECTIONS:
        if not sections.get(title, "").strip():
            yield Fault(place, f"the section “## {title}” is missing or empty. If there is nothing to say, say so.")


def _stray_files(folder: Path, descriptor: dict[str, Any]) -> Iterator[Fault]:
    known = {DESCRIPTOR, RECIPE, QUALITY, "__pycache__", *(resource["path"] for resource in descriptor["resources"])}
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            problem = f"the file is not named in {DESCRIPTOR}. Describe it or remove it."
            yield Fault(f"{folder.name}/{path.name}", problem)


def _field(path: Iterable[str | int], descriptor: dict[str, Any]) -> str:
    """Return the way to a field, with the names of tables and columns in place of their numbers."""
    words = []
    here: Any = descriptor
    for step in path:
        here = here[step]
        if isinstance(step, int):
            label = here.get("name") or here.get("title") if isinstance(here, dict) else here
            words.append(str(label or f"number {step + 1}"))
        elif step != "schema":
            words.append(step)
    return ", ".join(words) or "top level"


def _in_plain_words(error: ValidationError) -> str:
    """Say what a person must mend, for the rules that the schema uses."""
    instance: Any = error.instance
    rule: Any = error.validator_value
    object_rule: Any = error.schema
    value = json.dumps(instance, ensure_ascii=False)[:80]
    match error.validator:
        case "required":
            return f"missing: {', '.join(name for name in rule if name not in instance)}."
        case "additionalProperties":
            unknown = sorted(set(instance) - set(object_rule["properties"]))
            return f"unknown: {', '.join(unknown)}. Check the spelling; datasets/{SCHEMA.name} lists the fields."
        case "type":
            return f"{value} is not of type {rule}."
        case "enum":
            return f"{value} is not one of: {', '.join(map(str, rule))}."
        case "const":
            return f"{value} must be {json.dumps(rule)}."
        case "pattern" if rule == r"\S":
            return "it is empty. Say it in plain words."
        case "pattern":
            return f"{value} has not the right form ({rule})."
        case "minItems":
            return "the list is empty."
        case _:
            return f"{error.message}."
