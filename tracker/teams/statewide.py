"""The statewide counts: how many people of each agency completed each lesson, and of the state each path. No people.

They are counted on one day, protected together by the rule for small groups (toolkit.disclosure), kept as a release,
and then stay as they are for a quarter of a year. Why: docs/decisions/statewide-counts.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from toolkit.disclosure import EDUCATION_RULE, Policy
from tracker.audit.log import note
from tracker.learning.progress import completed_by_unit
from tracker.people.models import Person, Unit
from tracker.people.scopes import counted_people
from tracker.teams.courses import courses
from tracker.teams.models import StatewideRelease
from tracker.teams.small_groups import Cell, Counted, Exposed, changed_too_little, hidden_cells
from tracker.teams.standing import with_completed

BETWEEN = timedelta(days=91)
POLICY: Policy = EDUCATION_RULE
SMALLER = "Smaller agencies together"
STATE = ""
"""Stands for all agencies together."""


class NotPublished(Exception):
    """No release is made. The message says why, and what to do."""


@dataclass(frozen=True)
class Measure:
    """What is counted: people who completed a lesson, or all lessons of a path that are written."""

    id: str
    title: str
    lessons: tuple[str, ...]

    @property
    def is_path(self) -> bool:
        return self.id.startswith("path:")


def publish(today: date, by: Person | None = None) -> StatewideRelease:
    """Count, protect and keep today's release. Raises NotPublished."""
    with transaction.atomic():
        if (due := next_release()) and today < due:
            raise NotPublished(
                f"The counts are published once in {BETWEEN.days} days. You can publish the next ones on "
                f"{due:%B} {due.day}, {due.year}."
            )
        measures, counted, together = count()
        earlier = [_counted(release) for release in StatewideRelease.objects.all()]
        try:
            hidden = protect(measures, counted, earlier)
        except Exposed as groups:
            raise NotPublished(
                f"These counts would give small groups away, whatever is hidden: {groups}. "
                "Wait until more people have an account, then try again."
            ) from groups
        release = StatewideRelease.objects.create(
            on=today, made_by=by, shown=_shown(measures, counted, hidden, together), counted=_kept(counted, hidden)
        )
        note(by, "statewide.publish", str(release), agencies=len(counted.people), hidden=len(hidden))
    return release


def next_release() -> date | None:
    """The first day on which a release can be made; None before the first."""
    newest = StatewideRelease.objects.values_list("on", flat=True).first()
    return newest + BETWEEN if newest else None


# -- counting ---------------------------------------------------------------------------------------------------------


def count() -> tuple[list[Measure], Counted, dict[str, list[str]]]:
    """What is counted, the counts, and which agencies are put together. Raises NotPublished."""
    people = counted_people()
    names = dict(Unit.objects.order_by().values_list("pk", "agency__name"))
    everything, *paths = courses("").offered
    measures = [Measure(lesson.pk, lesson.title, (lesson.pk,)) for lesson in everything.lessons]
    # A path with one written lesson would be that lesson once more.
    measures += [
        Measure(f"path:{path.id}", path.title, tuple(lesson.pk for lesson in path.lessons))
        for path in paths
        if len(path.lessons) > 1
    ]
    sizes = Counter(dict(people.order_by().values_list("unit__agency__name").annotate(Count("pk"))))
    complete: dict[str, Counter[str]] = {lesson.pk: Counter() for lesson in everything.lessons}
    for (unit, slug), number in completed_by_unit(people, everything.lessons).items():
        if unit in names:
            complete[slug][names[unit]] += number
    through = {
        f"path:{path.id}": with_completed(people, path.lessons).filter(Q(completed__gte=len(path.lessons))).count()
        for path in paths
        if len(path.lessons) > 1
    }

    small = too_small(sizes, POLICY.smallest_denominator)
    if sizes.total() < POLICY.smallest_denominator:
        raise NotPublished(
            f"Fewer than {POLICY.smallest_denominator} people have an account in a unit. Counts of so few would "
            "say too much about each. Publish when there are more."
        )
    merged = {name: SMALLER if name in small else name for name in sizes}
    counted = Counted(
        people=_merge(sizes, merged),
        complete={slug: _merge(numbers, merged) for slug, numbers in complete.items()},
        paths=through,
    )
    return measures, counted, {SMALLER: sorted(small)} if small else {}


def too_small(sizes: Mapping[str, int], least: int) -> set[str]:
    """The agencies to put together: those of fewer than `least` people, and the next larger until they have as many."""
    in_order = sorted(sizes, key=lambda name: (sizes[name], name))
    small = {name for name in in_order if sizes[name] < least}
    for name in in_order[len(small) :]:
        if not 0 < sum(sizes[one] for one in small) < least:
            break
        small.add(name)
    return small


def _merge(numbers: Mapping[str, int], merged: Mapping[str, str]) -> dict[str, int]:
    found = Counter({name: 0 for name in sorted(set(merged.values()), key=lambda name: (name == SMALLER, name))})
    for name, number in numbers.items():
        found[merged[name]] += number
    return dict(found)


# -- protecting -------------------------------------------------------------------------------------------------------


def protect(measures: Sequence[Measure], counted: Counted, earlier: Sequence[Counted]) -> set[Cell]:
    """Which counts must not be shown, beside all that was shown before. Raises Exposed."""
    stays = {cell for before in earlier for cell in changed_too_little(counted, before, POLICY)}
    lessons_of = {measure.id: measure.lessons for measure in measures if measure.is_path}
    return hidden_cells(counted, lessons_of, stays, POLICY)


# -- keeping ----------------------------------------------------------------------------------------------------------


def _shown(
    measures: Sequence[Measure], counted: Counted, hidden: set[Cell], together: Mapping[str, list[str]]
) -> dict[str, Any]:
    """What the page needs, and nothing that is hidden: the state with lessons and paths, each agency with lessons."""
    lessons, paths = (
        [
            {
                "title": measure.title,
                "lessons": len(measure.lessons),
                "complete": None if (measure.id, STATE) in hidden else counted.number(measure.id, STATE),
            }
            for measure in measures
            if measure.is_path is wanted
        ]
        for wanted in (False, True)
    )
    agencies = [
        {
            "agency": agency,
            "people": size,
            "complete": [
                None if (measure.id, agency) in hidden else counted.number(measure.id, agency)
                for measure in measures
                if not measure.is_path
            ],
        }
        for agency, size in counted.people.items()
    ]
    return {
        "people": counted.everybody,
        "lessons": lessons,
        "paths": paths,
        "agencies": agencies,
        "together": dict(together),
    }


def _kept(counted: Counted, hidden: set[Cell]) -> dict[str, Any]:
    return {
        "people": counted.people,
        "complete": counted.complete,
        "paths": counted.paths,
        "hidden": sorted(map(list, hidden)),
    }


def _counted(release: StatewideRelease) -> Counted:
    kept = release.counted
    return Counted(
        kept["people"], kept["complete"], kept["paths"], frozenset((id, agency) for id, agency in kept["hidden"])
    )
