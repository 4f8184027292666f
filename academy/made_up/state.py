"""A whole made-up state in the database: agencies of different sizes, their trees of units, and everybody's work.

The same numbers, seed and day make the same state. It is written in bulk, past what the pages do: its notebooks say
that they are made up, and nothing in it waits for the grader. Import it when Django has been started.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random

from django.db import transaction

from academy.made_up.assigning import assign
from academy.made_up.names import agency_names, email, person_name, unit_name
from academy.made_up.saving import save
from academy.made_up.work import LessonShape, Totals, do_work
from tracker.people.models import Agency, Cohort, Person, Unit

TEAM = 16
"""People in a unit of the lowest level, about."""
COHORT = 20
TAUGHT = 0.12
"""The share of people who come together in cohorts."""


@dataclass(frozen=True)
class MadeUp:
    """What was made, and whose eyes show it best: those of the largest agency."""

    agencies: int
    units: int
    people: int
    work: Totals
    learner: Person
    manager: Person
    """Manages a part of the agency with several levels below it, where it has several levels."""
    data_officer: Person
    trainer: Person


@transaction.atomic
def make_state(agencies: int, people: int, seed: int, lessons: Sequence[LessonShape], now: datetime) -> MadeUp:
    """Fill the database. The lessons must be in the catalogue already."""
    random, numbers = Random(seed), count(1)
    made = save(Agency(name=name) for name in agency_names(agencies))
    sizes = agency_sizes(people, agencies)
    trees = [_units(agency, size) for agency, size in zip(made, sizes, strict=True)]
    staffs = [_staff(tree, size, numbers, random, now) for tree, size in zip(trees, sizes, strict=True)]
    for agency, tree, staff in zip(made, trees, staffs, strict=True):
        _put_in_charge(agency, tree, staff)
    everybody = [person for staff in staffs for person in staff]
    cohorts = _cohorts(everybody, random)
    taught = {person.pk: trainer for trainer, members in cohorts for person in members}
    totals = do_work(everybody, taught, lessons, now, random)
    slugs = [lesson.slug for lesson in lessons]
    for number, agency in enumerate(made):
        assign(number, agency, agency.data_officers.get(), slugs, now)
    division = next((unit for unit in trees[0] if unit.parent_id), trees[0][0])
    return MadeUp(
        agencies=len(made),
        units=sum(map(len, trees)),
        people=len(everybody),
        work=totals,
        learner=totals.busiest or staffs[0][0],
        manager=division.managers.get(),
        data_officer=made[0].data_officers.get(),
        trainer=cohorts[0][0],
    )


def agency_sizes(people: int, agencies: int) -> list[int]:
    """Few large ones and many small ones, as in a real state; together exactly `people`."""
    weights = [1 / rank**0.8 for rank in range(1, agencies + 1)]
    sizes = [1 + int((people - agencies) * weight / sum(weights)) for weight in weights]
    sizes[0] += people - sum(sizes)
    return sizes


def _units(agency: Agency, size: int) -> list[Unit]:
    """The agency's tree, from its top: two levels in a small one, three or four in a larger one."""
    teams = max(1, round(size / TEAM))
    if teams <= 8:
        widths = [teams]
    elif teams <= 64:
        widths = [round(teams**0.5), teams]
    else:
        widths = [round(teams ** (1 / 3)), round(teams ** (2 / 3)), teams]
    tree = save([Unit(agency=agency, name="Whole agency")])
    level = tree
    for depth, width in enumerate(widths, start=1 if len(widths) > 1 else 2):
        above, level = level, []
        for number in range(width):
            parent = above[number * len(above) // width]
            siblings = sum(unit.parent_id == parent.pk for unit in level)
            level.append(Unit(agency=agency, parent=parent, name=unit_name(depth, siblings)))
        tree += save(level)
    return tree


def _staff(tree: Sequence[Unit], size: int, numbers: Iterator[int], random: Random, now: datetime) -> list[Person]:
    """One head for each unit, as far as the people suffice, and everybody else in the units without units below."""
    with_children = {unit.parent_id for unit in tree}
    lowest = [unit for unit in tree if unit.pk not in with_children]
    people = []
    for place in range(size):
        name, number = person_name(random), next(numbers)
        unit = tree[place] if place < len(tree) else random.choice(lowest)
        joined = now - timedelta(days=random.randrange(30, 400))
        # An unusable password that is the same each time: nobody signs in as one of the crowd.
        password = f"!{random.getrandbits(160):040x}"
        people.append(Person(email=email(name, number), name=name, unit=unit, password=password, joined=joined))
    return save(people)


def _put_in_charge(agency: Agency, tree: Sequence[Unit], staff: Sequence[Person]) -> None:
    heads = zip(tree, staff, strict=False)
    through = Unit.managers.through
    save(through(unit_id=unit.pk, person_id=person.pk) for unit, person in heads)
    agency.data_officers.set([staff[-1]])


def _cohorts(everybody: Sequence[Person], random: Random) -> list[tuple[Person, list[Person]]]:
    """Groups across agencies, each with one of the people as its trainer."""
    chosen = random.sample(everybody, max(2, int(len(everybody) * TAUGHT)))
    groups = [chosen[start : start + COHORT + 1] for start in range(0, len(chosen), COHORT + 1)]
    cohorts = save(Cohort(name=f"Made-up group {number}") for number in range(1, len(groups) + 1))
    made = [(group[0], group[1:]) for group in groups]
    trainers, members = Cohort.trainers.through, Cohort.members.through
    paired = list(zip(cohorts, made, strict=True))
    save(trainers(cohort_id=cohort.pk, person_id=trainer.pk) for cohort, (trainer, _) in paired)
    save(members(cohort_id=cohort.pk, person_id=person.pk) for cohort, (_, group) in paired for person in group)
    return made
