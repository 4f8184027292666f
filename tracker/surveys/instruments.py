"""The instruments of surveys/, and the editions of them that campaigns ask."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from toolkit.survey.baseline import first_shares
from toolkit.survey.instrument import Instrument, read_instrument
from toolkit.survey.recommend import Path as LessonPath
from toolkit.survey.tables import Slot
from tracker.learning.catalogue import curriculum_in
from tracker.surveys.models import Edition

DIVIDER = "agency"
"""The question of an instrument that says where a person works."""

WAVE = "wave"


class VersionNotRaised(Exception):
    """The file of an instrument has changed, and its version has not."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(
            f"The survey “{edition.instrument}” was changed, but it still calls itself version {edition.version}. "
            "Answers could not be told apart. Raise its version, then open it again."
        )


def instruments() -> dict[str, Instrument]:
    """The surveys that can be opened, by name."""
    found = (read_file(path)[1] for path in sorted(settings.SURVEYS_FOLDER.glob("*.yml")))
    return {instrument.name: instrument for instrument in found}


def newest_edition(name: str) -> Edition:
    """Return what the file asks now, kept for good. Raises VersionNotRaised."""
    data, instrument = read_file(settings.SURVEYS_FOLDER / f"{name}.yml")
    edition, is_new = Edition.objects.get_or_create(
        instrument=name, version=instrument.version, defaults={"data": data}
    )
    if not is_new and edition.data != data:
        raise VersionNotRaised(edition)
    return edition


def instrument_of(edition: Edition) -> Instrument:
    return read_instrument(edition.data, str(edition))


def divider_of(instrument: Instrument) -> str:
    """What a report is divided by: the agency that people name, before and after, or nothing."""
    question = instrument.question(DIVIDER)
    if question is not None and question.kind == "choice":
        return DIVIDER
    return WAVE if instrument.waves else ""


def baseline_of(instrument: Instrument) -> dict[Slot, Decimal | None]:
    """The published shares of the survey that this one follows; empty where it follows none."""
    if not instrument.follows:
        return {}
    folder = settings.DATASETS_FOLDER / instrument.follows
    return first_shares(
        _table(folder / f"{instrument.follows}.csv"), _table(folder / f"{instrument.follows}-activities.csv")
    )


def lesson_paths() -> tuple[LessonPath, ...]:
    """The paths of the curriculum, to recommend one."""
    curriculum = curriculum_in(settings.LESSONS_FOLDER)
    planned = frozenset(lesson.slug for lesson in curriculum.planned)
    return tuple(
        LessonPath(path.id, path.title, path.lessons, planned & frozenset(path.lessons)) for path in curriculum.paths
    )


def planned_titles() -> dict[str, str]:
    """The titles of lessons that are still to come."""
    return {lesson.slug: lesson.title for lesson in curriculum_in(settings.LESSONS_FOLDER).planned}


def read_file(path: Path) -> tuple[dict[str, Any], Instrument]:
    """Return an instrument's data and the instrument, read again only when its file has changed."""
    return _read_file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read_file(path: Path, _changed: int) -> tuple[dict[str, Any], Instrument]:
    data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    return data, read_instrument(data, path.name)


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
