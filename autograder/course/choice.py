"""The choice for each assignment that must be written down: what becomes of checks that cannot run apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from autograder.course.assignment import Assignment, Where
from autograder.course.errors import CourseError

FILE = "grading.yml"
_HEAD = """\
# How checks are run that need more of a notebook than answers that can be copied, such as a function of the learner's.
#   sandbox   in the learner's own sandbox. They can harm nobody, but a learner could read and defeat them.
#   by hand   not at all: a person grades them in the formgrader.
# `checks` lists them. All other checks run in a process that no learner's code ever enters.
"""
_CHOICES: tuple[Where, ...] = ("sandbox", "by hand")


class ChoiceUnreadable(CourseError):
    """The file of choices is not what it should be."""


def read_choice(course: Path, assignment: str) -> Where:
    """What was chosen for an assignment: the learner's sandbox where nobody chose. Raises ChoiceUnreadable."""
    chosen = _read(course).get(assignment, {}).get("run", _CHOICES[0])
    if chosen not in _CHOICES:
        raise ChoiceUnreadable(
            f"{course / FILE}: “run” of {assignment} is {chosen!r}. Write one of: {', '.join(_CHOICES)}."
        )
    return chosen


def write_choice(course: Path, assignment: Assignment, chosen: Where) -> None:
    """Write down the choice, with the checks that it is about. An assignment without such checks has no entry."""
    choices = _read(course)
    before = dict(choices)
    checks = [
        f"{each.name}/{id}" for each in assignment.notebooks for id, where in each.places.items() if where != "apart"
    ]
    choices.pop(assignment.name, None)
    if checks:
        choices[assignment.name] = {"run": chosen, "checks": checks}
    if choices != before:
        text = _HEAD + yaml.safe_dump(choices, sort_keys=True, allow_unicode=True)
        (course / FILE).write_text(text, encoding="utf-8")


def _read(course: Path) -> dict[str, Any]:
    file = course / FILE
    if not file.is_file():
        return {}
    try:
        choices = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ChoiceUnreadable(f"{file} is not YAML: {error}\n    Mend it, or delete it to begin anew.") from None
    if not isinstance(choices, dict) or not all(isinstance(each, dict) for each in choices.values()):
        raise ChoiceUnreadable(f"{file} should hold a part for each assignment. Mend it, or delete it to begin anew.")
    return choices
