"""The people of the tests. Each has a name that stands nowhere else, so that a page that shows it can be caught."""

from __future__ import annotations

from dataclasses import dataclass, fields

from tracker.people.models import Agency, Cohort, Person, Unit


@dataclass(frozen=True)
class Cast:
    """One agency, with three units side by side and one below the first; a cohort; and another agency."""

    learner: Person
    """In the unit below the manager's, and in the trainer's cohort."""
    colleague: Person
    """In the manager's unit, in no cohort."""
    manager: Person
    other_manager: Person
    """Manages the unit beside."""
    neighbor: Person
    """Works in the unit beside."""
    trainer: Person
    outsider: Person
    """Of another agency; must see nothing."""
    outside_manager: Person
    data_officer: Person
    """Answers for the data of the first agency."""
    statewide: Person
    """Of the office of the Chief Data Officer: sees counts of every agency, and no people."""
    administrator: Person
    cohort: Cohort
    unit: Unit

    def people(self) -> dict[str, Person]:
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in named.items() if isinstance(value, Person)}


def make_cast() -> Cast:
    agency = Agency.objects.create(name="Department of Bridges")
    roads = Unit.objects.create(agency=agency, name="Roads")
    signs = Unit.objects.create(agency=agency, name="Signs", parent=roads)
    tolls = Unit.objects.create(agency=agency, name="Tolls")
    archive = Unit.objects.create(agency=agency, name="Archive")
    elsewhere = Unit.objects.create(agency=Agency.objects.create(name="Office of Lakes"), name="Boats")
    cast = Cast(
        learner=_person("Lena Lernfeld", signs),
        colleague=_person("Cole Kollmann", roads),
        manager=_person("Mara Managold", roads),
        other_manager=_person("Otto Obermann", tolls),
        neighbor=_person("Nora Nachbar", tolls),
        trainer=_person("Theo Trainfield", tolls),
        outsider=_person("Olga Ausserhalb", elsewhere),
        outside_manager=_person("Quentin Querfeld", elsewhere),
        data_officer=_person("Dora Datenhof", archive),
        statewide=_person("Stella Staatsweit", None, sees_statewide=True),
        administrator=_person("Adam Adminson", None, is_administrator=True),
        cohort=Cohort.objects.create(name="Monday group"),
        unit=roads,
    )
    roads.managers.add(cast.manager)
    tolls.managers.add(cast.other_manager)
    elsewhere.managers.add(cast.outside_manager)
    agency.data_officers.add(cast.data_officer)
    cast.cohort.trainers.add(cast.trainer)
    cast.cohort.members.add(cast.learner)
    return cast


def _person(name: str, unit: Unit | None, **facts: object) -> Person:
    email = f"{name.split()[0].lower()}@example.org"
    return Person.objects.create_user(email, "correct horse battery", name=name, unit=unit, **facts)
