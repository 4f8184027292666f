"""The instruments of `surveys/`: read, and held against their schema and the curriculum."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from academy.project import LESSONS, ROOT
from toolkit.survey.check import Problem
from toolkit.survey.instrument import Instrument, InstrumentBroken, read_instrument

SURVEYS = ROOT / "surveys"
SCHEMA = SURVEYS / "instrument.schema.json"


class _OneOfEach(yaml.SafeLoader):
    """YAML in which a name stands once. Otherwise the last of two would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"“{key.value}” is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def instrument_names(folder: Path = SURVEYS) -> list[str]:
    """The instruments that exist."""
    return sorted(path.stem for path in folder.glob("*.yml"))


def load_instrument(file: Path) -> Instrument:
    """Return the instrument of a file. Raises InstrumentBroken, which says all that is wrong."""
    return read_instrument(load_data(file), file.name)


def load_data(file: Path) -> dict[str, Any]:
    """Return the file's data, which fit the schema. Raises InstrumentBroken."""
    import jsonschema

    try:
        data = yaml.load(file.read_text(encoding="utf-8-sig"), _OneOfEach)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file.name}, line {mark.line + 1}" if mark else file.name
        problem = getattr(error, "problem", None) or "it cannot be read as text"
        raise InstrumentBroken([Problem(place, f"This is not YAML: {problem}.", "Mend it there.")]) from None
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    found = sorted(validator.iter_errors(data), key=lambda error: list(map(str, error.absolute_path)))
    if found:
        raise InstrumentBroken([_problem(file, data, error) for error in found])
    if data["instrument"] != file.stem:
        raise InstrumentBroken(
            [Problem(file.name, f"It calls itself “{data['instrument']}”.", f"Write instrument: {file.stem}.")]
        )
    fine: dict[str, Any] = data
    return fine


def missing_lessons(data: Mapping[str, Any], place: str) -> list[Problem]:
    """What an instrument names of the curriculum that is not there: lessons that help, and paths."""
    curriculum = load_curriculum()
    lessons = {*curriculum["lessons"], *(planned["slug"] for planned in curriculum["planned"])}
    paths = {path["id"] for path in curriculum["paths"]}
    found = []
    for question in data["questions"]:
        here = f"{place}, question {question['id']}"
        parts = [question, *question.get("items", ())]
        named = [slug for part in parts for slug in part.get("lessons", ())]
        for slug in named:
            if slug not in lessons:
                found.append(Problem(here, f"There is no lesson “{slug}”.", "See lessons/curriculum.yml."))
        for choice in question.get("choices", ()):
            if choice.get("path", next(iter(paths))) not in paths:
                found.append(Problem(here, f"There is no path “{choice['path']}”.", "See lessons/curriculum.yml."))
    return found


def load_curriculum() -> dict[str, Any]:
    curriculum: dict[str, Any] = yaml.safe_load((LESSONS / "curriculum.yml").read_text(encoding="utf-8"))
    return curriculum


def _problem(file: Path, data: Any, error: Any) -> Problem:
    """A broken rule of the schema: the way to it by the questions' names."""
    steps, here = [], data
    for step in error.absolute_path:
        here = here[step]
        name = here.get("id") or here.get("value") if isinstance(here, dict) else None
        steps.append(f"{name or step + 1}" if isinstance(step, int) else str(step))
    place = ", ".join([file.name, " › ".join(steps)] if steps else [file.name])
    message = error.message if len(error.message) <= 200 else f"{error.message[:200]}…"
    return Problem(place, f"{message}.", "See surveys/README.md for what belongs there.")
