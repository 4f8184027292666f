"""What a manager should look at first, most pressing first: each a sentence with a link to the people or the unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from tracker.people.models import Unit
from tracker.teams.counting import Counted
from tracker.teams.matrix import LAPSED, OVERDUE, STUCK_LONG
from tracker.teams.measures import STUCK, Counts
from tracker.teams.sight import Sight
from tracker.teams.standing import stuck

UNITS_NAMED = 3


@dataclass(frozen=True)
class Matter:
    """Something to look at: a number with its noun, the rest of the sentence, and where to go on."""

    who: str
    what: str
    link: str
    advice: str


def matters(sight: Sight, counted: Counted) -> list[Matter]:
    """What needs attention, in the order of what to do first; empty if nothing does."""
    found = []
    overdue, expired = counted.overdue, counted.expired
    if overdue:
        words = "is overdue in a lesson" if overdue == 1 else "are overdue in a lesson"
        found.append(_people(sight, overdue, words, OVERDUE, "Ask what keeps them from it, and agree on a day."))
    if expired:
        words = "has a completion that expired" if expired == 1 else "have a completion that expired"
        found.append(_people(sight, expired, words, LAPSED, "They need to complete the lesson again."))
    waiting = sight.people.filter(stuck(sight.course.lessons, timezone.now() - STUCK)).count()
    if waiting:
        verb = "needs" if waiting == 1 else "need"
        words = f"{verb} another try in a lesson, and handed nothing in for more than {STUCK.days} days"
        found.append(_people(sight, waiting, words, STUCK_LONG, "A trainer or a colleague can help."))
    found += _idle_units(sight, counted.by_unit)
    return found


def _people(sight: Sight, count: int, words: str, state: str, advice: str) -> Matter:
    who = "1 person" if count == 1 else f"{count:,} people"
    return Matter(who, words, reverse("team-people") + sight.query(state=state), advice)


def _idle_units(sight: Sight, by_unit: Mapping[int, Counts]) -> list[Matter]:
    idle = [sight.tree.units[pk] for pk, counts in by_unit.items() if counts.people == counts.not_started]
    idle.sort(key=lambda unit: (-by_unit[unit.pk].people, unit.name, unit.pk))
    found = [_idle_unit(sight, unit, by_unit[unit.pk].people) for unit in idle[:UNITS_NAMED]]
    if rest := len(idle) - len(found):
        words = "where nobody has started" if rest > 1 else "has nobody who has started"
        who = f"{rest:,} more units" if rest > 1 else "1 more unit"
        found.append(Matter(who, words, reverse("team-people") + sight.query(state="none-started"), ""))
    return found


def _idle_unit(sight: Sight, unit: Unit, people: int) -> Matter:
    of = "its 1 person" if people == 1 else f"its {people:,} people"
    link = reverse("team-unit", args=[unit.pk]) + sight.query()
    return Matter(unit.name, f"has nobody yet who has started, of {of}", link, "Tell them where the lessons are.")
