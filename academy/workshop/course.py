"""A workshop's folder: an nbgrader course, and workshop.json, which says which lessons are in it and as they were."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.notebook import Lesson

FACTS = "workshop.json"
CONFIGURATION = "nbgrader_config.py"
GRADEBOOK = "gradebook.db"


class NotAWorkshop(Exception):
    """The folder was not made by `academy workshop init`. The message says what to do."""


@dataclass(frozen=True)
class TaskFacts:
    """A task as it was when its lesson came into the workshop."""

    id: str
    number: int
    title: str
    points: int
    manual: bool
    rubric: tuple[str, ...] = ()

    @property
    def cell(self) -> str:
        """The cell that carries the points, by its name in the gradebook."""
        return self.id if self.manual else f"{self.id}-check"


@dataclass(frozen=True)
class LessonFacts:
    title: str
    version: str
    tasks: tuple[TaskFacts, ...]


@dataclass
class Workshop:
    folder: Path
    course_id: str
    lessons: dict[str, LessonFacts] = field(default_factory=dict)
    """By slug, in the order in which they came in."""

    @property
    def exchange(self) -> Path:
        return self.folder / "exchange"

    @property
    def gradebook(self) -> Path:
        return self.folder / GRADEBOOK

    def path(self, step: str, learner: str, slug: str) -> Path:
        """A learner's folder for a lesson: `submitted`, `autograded` or `feedback`."""
        return self.folder / step / learner / slug

    def save(self) -> None:
        facts = {"course_id": self.course_id, "lessons": {slug: asdict(each) for slug, each in self.lessons.items()}}
        fresh = self.folder / f"{FACTS}.new"
        fresh.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(self.folder / FACTS)


def read_workshop(folder: Path) -> Workshop:
    """The workshop in this folder. Raises NotAWorkshop."""
    file = folder / FACTS
    if not file.is_file():
        raise NotAWorkshop(
            f"{folder} is not a workshop: it has no {FACTS}.\n"
            f"    Give the folder that you named to “academy workshop init”."
        )
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
        lessons = {slug: _lesson_facts(each) for slug, each in facts["lessons"].items()}
        workshop = Workshop(folder.resolve(), facts["course_id"], lessons)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotAWorkshop(f"{file} is damaged. Bring it back from a copy of the folder.") from None
    if lessons and not workshop.gradebook.is_file():
        # A new one would be empty, and everybody's work would read as never handed in.
        raise NotAWorkshop(f"{workshop.gradebook} is missing. Bring it back from a copy of the folder.")
    return workshop


def facts_of(lesson: Lesson) -> LessonFacts:
    tasks = (
        TaskFacts(task.id, task.number, task.title, task.points, task.manual, task.rubric) for task in lesson.tasks
    )
    return LessonFacts(lesson.title, lesson.version, tuple(tasks))


def _lesson_facts(facts: Mapping[str, Any]) -> LessonFacts:
    tasks = (TaskFacts(**(task | {"rubric": tuple(task["rubric"])})) for task in facts["tasks"])
    return LessonFacts(facts["title"], facts["version"], tuple(tasks))


@contextmanager
def gradebook_of(workshop: Workshop) -> Iterator[Any]:
    """nbgrader's Gradebook, made if it is not there, closed at the end."""
    quiet()
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{workshop.gradebook}", workshop.course_id) as gradebook:
        yield gradebook


def api_of(workshop: Workshop) -> Any:
    """nbgrader's API with the workshop's own settings file, as its commands read it."""
    quiet()
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config.loader import PyFileConfigLoader

    config = PyFileConfigLoader(CONFIGURATION, path=str(workshop.folder)).load_config()
    config.NbGraderAPI.log_level = logging.CRITICAL
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def quiet() -> None:
    """Let nbgrader find its helpers, and keep what its libraries warn of from a trainer's screen."""
    beside = str(Path(sys.executable).parent)
    if beside not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"
    warnings.filterwarnings("ignore", module="nbgrader")
