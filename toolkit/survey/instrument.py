"""A survey as it is asked: its questions in order, what may be answered, and what is asked only of some.

An instrument is written as YAML in `surveys/`. Here it comes as the plain data that stand in the file, which fit
`surveys/instrument.schema.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.survey.check import Problem, problems

PLACES = ("first", "second")
"""The places of a ranking: what was chosen first, and what second."""

WAVES = ("before", "after")
LONGEST_TEXT = 4_000


class InstrumentBroken(ValueError):
    """An instrument cannot be asked. `problems` says all that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Choice:
    """An answer to pick. `group` is what it is reported as; `apart` answers count in no share."""

    value: str
    text: str
    group: str | None = None
    apart: bool = False
    points: int | None = None
    path: str | None = None


@dataclass(frozen=True)
class Item:
    """A row of a grid, or what a ranking chooses from. `lessons` teach what it is about."""

    id: str
    text: str
    lessons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """Ask only those who gave one of these answers to an earlier question."""

    question: str
    any_of: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    id: str
    kind: str
    text: str
    choices: tuple[Choice, ...] = ()
    items: tuple[Item, ...] = ()
    choose: int = 0
    only_if: Condition | None = None
    longest: int = LONGEST_TEXT
    least: float | None = None
    greatest: float | None = None
    lessons: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """What its answers are added up to in a report, in order: agree, neutral, disagree."""
        return tuple(dict.fromkeys(choice.group for choice in self.choices if choice.group))

    @property
    def slots(self) -> tuple[str, ...]:
        """What an answer can be given to: the items of a grid, the places of a ranking, or the question itself."""
        if self.kind == "grid":
            return tuple(item.id for item in self.items)
        return PLACES[: self.choose] if self.kind == "ranking" else ("",)

    @property
    def options(self) -> tuple[str, ...]:
        """The values that may be answered. A text or a number has none."""
        return tuple(item.id for item in self.items) if self.kind == "ranking" else tuple(c.value for c in self.choices)

    def label(self, slot: str) -> str:
        """The item's text for a grid, else the question's."""
        return next((item.text for item in self.items if item.id == slot), self.text)


@dataclass(frozen=True)
class Section:
    title: str
    intro: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """What a score means, from `least` to `greatest` points."""

    name: str
    least: int
    greatest: int
    text: str


@dataclass(frozen=True)
class Instrument:
    """A survey of one version. `anonymity` is anonymous, pseudonymous or named."""

    name: str
    title: str
    version: str
    audience: str
    purpose: str
    minutes: int
    anonymity: str
    retention: str
    consent: str
    open_answers: str
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    bands: tuple[Band, ...] = ()
    waves: bool = False
    follows: str = ""
    keep_years: int = 1
    based_on: tuple[str, ...] = ()

    def question(self, id_: str) -> Question | None:
        return next((question for question in self.questions if question.id == id_), None)

    @property
    def highest_score(self) -> int:
        """The points of whoever gets the most in every question that gives points; 0 where none does."""
        return sum(max((choice.points or 0 for choice in question.choices), default=0) for question in self.questions)


def read_instrument(data: Mapping[str, Any], place: str = "the instrument") -> Instrument:
    """Return the instrument whose file holds `data`, which fits the schema. Raises InstrumentBroken."""
    found = problems(data, place)
    if found:
        raise InstrumentBroken(found)
    scales = {name: _choices(scale["choices"]) for name, scale in data.get("scales", {}).items()}
    return Instrument(
        name=data["instrument"],
        title=data["title"],
        version=data["version"],
        audience=data["audience"],
        purpose=data["purpose"],
        minutes=data["minutes"],
        anonymity=data["anonymity"],
        retention=data["retention"],
        consent=data["consent"],
        open_answers=data["open_answers"],
        sections=tuple(
            Section(section["title"], section.get("intro", ""), tuple(section["questions"]))
            for section in data["sections"]
        ),
        questions=tuple(_question(question, scales) for question in data["questions"]),
        bands=tuple(Band(band["name"], band["from"], band["to"], band["text"]) for band in data.get("bands", ())),
        waves=data.get("waves", False),
        follows=data.get("follows", ""),
        keep_years=data.get("keep_years", 1),
        based_on=tuple(data.get("based_on", ())),
    )


def _question(data: Mapping[str, Any], scales: Mapping[str, tuple[Choice, ...]]) -> Question:
    condition = data.get("only_if")
    return Question(
        id=data["id"],
        kind=data["kind"],
        text=data["text"],
        choices=scales[data["scale"]] if "scale" in data else _choices(data.get("choices", ())),
        items=tuple(Item(item["id"], item["text"], tuple(item.get("lessons", ()))) for item in data.get("items", ())),
        choose=data.get("choose", 0),
        only_if=Condition(condition["question"], tuple(condition["is"])) if condition else None,
        longest=data.get("longest", LONGEST_TEXT),
        least=data.get("least"),
        greatest=data.get("greatest"),
        lessons=tuple(data.get("lessons", ())),
    )


def _choices(entries: Iterable[Mapping[str, Any]]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            value=entry["value"],
            text=entry["text"],
            group=entry.get("reported_as"),
            apart="reported_as" in entry and entry["reported_as"] is None,
            points=entry.get("points"),
            path=entry.get("path"),
        )
        for entry in entries
    )
