"""`academy demo`: a made-up agency to look around in, or a whole made-up state. Nobody in it exists.

Its passwords are random, made for each installation and kept in var/demo-accounts.txt (readable by its owner only).
Fixed ones, refused unless the server listens on a loopback address, were the other choice; but a proxy or a forwarded
port makes a loopback address reachable from outside, and the server cannot tell.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from autograder.notebook import Lesson as Source
    from tracker.people.models import Person

AGENCY = "Department of Examples (made up)"
OTHER_AGENCY = "Office of Inventions (made up)"
HOST = "example.org"
_WORDS = (
    "acorn amber anchor apple autumn badge bakery basket beacon birch blanket bluebird bottle branch bridge bucket "
    "button cabin candle canoe carrot cedar cherry clover copper cotton cranberry cricket daisy dolphin elm ember "
    "fabric falcon feather fern ferry fiddle forest fountain garden ginger granite gravel hammer harbor hazel hickory "
    "honey island ivory jacket kettle ladder lantern laurel lemon lilac linen lobster maple marble meadow mitten "
    "nickel nutmeg oak oyster paddle pebble pepper pewter pine plum pocket pond poplar pumpkin quill quilt raven "
    "ribbon river robin rocket saddle sage sailor saucer shovel silver sparrow spruce squash station steamer stone "
    "sugar sunflower thimble thistle timber tulip turnip velvet violet wagon walnut whistle willow window winter wren"
).split()


@dataclass(frozen=True)
class Account:
    """Someone whom you can sign in as."""

    role: str
    email: str
    password: str


@dataclass(frozen=True)
class Try:
    """A notebook that somebody handed in: how many of its tasks are answered wrongly, and their own words."""

    name: str
    days_ago: int
    wrong: int
    text: str | None = None


# The people of the agency, by unit. The first of a unit manages it.
PERMITS, DESK, FIELD = "Permits", "Permits: front desk", "Field services"
PEOPLE = {
    PERMITS: ["Max Manager", "Lee Learner", "Ben Sample", "Cora Placeholder", "Dan Specimen"],
    DESK: ["Eve Instance", "Finn Mockup"],
    FIELD: ["Gail Template", "Hugo Pretend", "Iris Imaginary", "Jon Hypothetical"],
}
TRAINER, ADMINISTRATOR = "Tara Trainer", "Alex Administrator"
DATA_OFFICER, STATEWIDE = "Dot Dataofficer", "Stan Statewide"
OUTSIDERS = ["Olga Outsider", "Omar Elsewhere"]
COHORT = ("Made-up Monday group", ["Lee Learner", "Ben Sample", "Eve Instance", "Hugo Pretend", "Iris Imaginary"])
ACCOUNTS = {
    "Lee Learner": "learner",
    "Max Manager": "manager",
    TRAINER: "trainer",
    DATA_OFFICER: "data-officer",
    STATEWIDE: "statewide",
    ADMINISTRATOR: "administrator",
}
TRIES = [
    Try("Ben Sample", 9, wrong=3),
    Try(
        "Ben Sample",
        8,
        wrong=1,
        text="One row of our permit list is one application. The last row is a total, and I will drop it.",
    ),
    Try(
        "Eve Instance",
        6,
        wrong=0,
        text="One row is one visitor at the desk. I will ask whether people who come twice are counted twice.",
    ),
    Try("Hugo Pretend", 5, wrong=4),
    Try("Cora Placeholder", 2, wrong=0),
    Try("Gail Template", 1, wrong=2, text="One row is one inspection."),
]


@click.command()
@click.option("--agencies", type=click.IntRange(1, 250), help="Make a state of so many agencies, too. [12]")
@click.option("--people", type=click.IntRange(100, 100_000), help="Make a state of so many people, too. [5000]")
@click.option("--seed", type=int, help="The same seed makes the same state. [1]")
def demo(agencies: int | None, people: int | None, seed: int | None) -> None:
    """Make the demonstration agency, and show whom you can sign in as.

    With one of the options, a whole made-up state is put beside it: agencies of different sizes, and a year of their
    people's work. 5,000 people take about half a minute.
    """
    from tracker.start import prepare_database

    prepare_database()
    if not exists():
        create()
    if (agencies, people, seed) != (None, None, None):
        agencies, people = agencies or 12, people or 5_000
        if people < agencies:
            raise click.UsageError("Every agency needs a person: --people must not be smaller than --agencies.")
        _create_state(agencies, people, 1 if seed is None else seed)
    show_accounts()


def show_accounts() -> None:
    shown = accounts()
    roles, emails = (max((len(text) for text in column), default=0) for column in _columns(shown))
    for account in shown:
        click.echo(f"  {account.role:{roles}} {account.email:{emails}} {account.password}")


def _columns(shown: list[Account]) -> tuple[list[str], list[str]]:
    return [account.role for account in shown], [account.email for account in shown]


def accounts_file() -> Path:
    from tracker.home import VAR

    return VAR / "demo-accounts.txt"


def accounts() -> list[Account]:
    """Whom you can sign in as, from the file of this installation; nobody where it has no demonstration agency."""
    if not accounts_file().is_file():
        return []
    lines = accounts_file().read_text(encoding="utf-8").splitlines()
    return [Account(*line.split("\t")) for line in lines if not line.startswith("#")]


def exists() -> bool:
    from tracker.people.models import Agency

    return Agency.objects.filter(name=AGENCY).exists()


def create() -> None:
    """Make the agency, its people, and notebooks of theirs, which wait to be graded like anybody's."""
    from django.db import transaction

    made = [Account(role, f"{role}@{HOST}", _password()) for role in ACCOUNTS.values()]
    with transaction.atomic():
        people = _create_people({account.role: account for account in made})
        _assign(people)
        _hand_in(people)
        # Before the end of the transaction: there are never accounts whose passwords nobody knows.
        _write_down(made)


def _create_state(agencies: int, people: int, seed: int) -> None:
    """Make the state, and accounts for the eyes of its largest agency."""
    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone

    from academy.made_up.names import agency_names
    from academy.made_up.state import make_state
    from academy.made_up.work import shape_of
    from tracker.learning.catalogue import listed_lessons, read_source
    from tracker.people.models import Agency

    if Agency.objects.filter(name__in=agency_names(250)).exists():
        raise click.ClickException("There is a made-up state already. Choose another ACADEMY_VAR for a second one.")
    shapes = [shape_of(read_source(settings.LESSONS_FOLDER, lesson.slug)) for lesson in listed_lessons()]
    if not shapes:
        raise click.ClickException("There are no lessons to work on. Look at what was said above, and mend it first.")
    with transaction.atomic():
        made = make_state(agencies, people, seed, shapes, timezone.now())
        eyes = {
            "large-learner": made.learner,
            "large-manager": made.manager,
            "large-data-officer": made.data_officer,
            "large-trainer": made.trainer,
        }
        new = [Account(role, person.email, _password()) for role, person in eyes.items()]
        for account, person in zip(new, eyes.values(), strict=True):
            person.set_password(account.password)
            person.save(update_fields=["password"])
        _write_down([*accounts(), *new])
    click.echo(
        f"A made-up state: {made.agencies} agencies, {made.units:,} units, {made.people:,} people, "
        f"{made.work.submissions:,} submissions."
    )


def _write_down(made: list[Account]) -> None:
    lines = ["# The demonstration: role, e-mail, password. For this installation only."]
    lines += ["\t".join([account.role, account.email, account.password]) for account in made]
    with open(os.open(accounts_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _password() -> str:
    """Four words of a list: 28 bits, and guessing is slowed down to ten tries in a quarter of an hour."""
    return "-".join(secrets.choice(_WORDS) for _ in range(4))


def _create_people(accounts: dict[str, Account]) -> dict[str, Person]:
    from tracker.people.models import Agency, Cohort, Person, Unit

    people: dict[str, Person] = {}

    def add(name: str, unit: Unit | None, **facts: object) -> Person:
        account = accounts.get(ACCOUNTS.get(name, ""))
        email = account.email if account else f"{name.lower().replace(' ', '.')}@{HOST}"
        people[name] = Person.objects.create_user(
            email, account.password if account else None, name=name, unit=unit, **facts
        )
        return people[name]

    agency = Agency.objects.create(name=AGENCY)
    whole = Unit.objects.create(agency=agency, name="Whole department")
    permits = Unit.objects.create(agency=agency, parent=whole, name=PERMITS)
    desk = Unit.objects.create(agency=agency, parent=permits, name=DESK)
    field = Unit.objects.create(agency=agency, parent=whole, name=FIELD)
    for unit in (permits, desk, field):
        for name in PEOPLE[unit.name]:
            add(name, unit)
    permits.managers.add(people["Max Manager"])
    field.managers.add(people["Gail Template"])
    cohort = Cohort.objects.create(name=COHORT[0])
    cohort.trainers.add(add(TRAINER, whole))
    cohort.members.set([people[name] for name in COHORT[1]])
    agency.data_officers.add(add(DATA_OFFICER, whole))
    add(STATEWIDE, None, sees_statewide=True)
    add(ADMINISTRATOR, None, is_administrator=True)
    elsewhere = Unit.objects.create(agency=Agency.objects.create(name=OTHER_AGENCY), name="Everything")
    for name in OUTSIDERS:
        add(name, elsewhere)
    elsewhere.managers.add(people[OUTSIDERS[0]])
    return people


def _assign(people: dict[str, Person]) -> None:
    """Ask everybody for the first lessons soon, and one unit for the very first by a day that is over."""
    from django.utils import timezone

    from academy.made_up.assigning import ask
    from tracker.learning.catalogue import listed_lessons
    from tracker.people.models import Agency, Unit

    slugs = [lesson.slug for lesson in listed_lessons()]
    agency, officer, today = Agency.objects.get(name=AGENCY), people[DATA_OFFICER], timezone.localdate()
    made_on = today - timedelta(days=40)
    ask(agency, officer, "First steps with data", slugs[:3], made_on, today + timedelta(days=10))
    field = Unit.objects.filter(agency=agency, name=FIELD)
    ask(agency, officer, "Before the inspections", slugs[:1], made_on, today - timedelta(days=4), field)


def _hand_in(people: dict[str, Person]) -> None:
    """Hand in notebooks for the first lesson, with right and wrong answers that its authors wrote down."""
    from django.conf import settings
    from django.utils import timezone

    from tracker.learning.catalogue import listed_lessons, read_source
    from tracker.learning.models import Submission
    from tracker.learning.submissions import submit

    lessons = listed_lessons()
    if not lessons:
        return
    source = read_source(settings.LESSONS_FOLDER, lessons[0].slug)
    for entry in TRIES:
        submission = submit(people[entry.name], lessons[0], _notebook(source, entry), Submission.Way.BROWSER)
        submission.received_at = timezone.now() - timedelta(days=entry.days_ago)
        submission.save(update_fields=["received_at"])


def _notebook(source: Source, entry: Try) -> bytes:
    from academy.attempts import read_attempts, with_answers
    from autograder.notebook.compile import to_bytes

    answers: dict[str, str] = {}
    for attempt in read_attempts(source):
        tasks = [task.id for task in source.tasks if not task.manual]
        wanted = tasks.index(attempt.task) < entry.wrong
        if wanted == (attempt.message is not None):
            answers.setdefault(attempt.task, attempt.code)
    if entry.text:
        answers |= {task.id: entry.text for task in source.tasks if task.manual}
    return to_bytes(with_answers(source, answers))
