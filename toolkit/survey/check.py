"""What no schema can say of an instrument: whether each name points somewhere, and no condition waits for itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple


class Problem(NamedTuple):
    """Something wrong in an instrument: where, what, and what to do."""

    place: str
    problem: str
    advice: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem} {self.advice}"


def problems(data: Mapping[str, Any], place: str = "the instrument") -> list[Problem]:
    """Return what is wrong with an instrument that fits the schema: names that point nowhere, conditions in a ring."""
    questions: list[Mapping[str, Any]] = data["questions"]
    return [
        *_twice(place, "question", (question["id"] for question in questions)),
        *(problem for question in questions for problem in _in_question(place, question, data.get("scales", {}))),
        *_in_sections(place, data["sections"], [question["id"] for question in questions]),
        *_in_conditions(place, questions, data.get("scales", {})),
        *_in_bands(place, data),
    ]


def _twice(place: str, what: str, names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield Problem(place, f"The {what} “{name}” is there twice.", "Give each a name of its own.")
        seen.add(name)


def _in_question(place: str, question: Mapping[str, Any], scales: Mapping[str, Any]) -> Iterator[Problem]:
    here = f"{place}, question {question['id']}"
    if "scale" in question and question["scale"] not in scales:
        known = ", ".join(scales) or "none"
        yield Problem(here, f"There is no scale “{question['scale']}”.", f"Add it under scales. There are: {known}.")
        return
    yield from _twice(here, "item", (item["id"] for item in question.get("items", ())))
    yield from _twice(here, "answer", _values(question, scales))
    yield from _twice(here, "wording", _wordings(question, scales))
    if question["kind"] == "ranking" and question["choose"] > len(question["items"]):
        yield Problem(here, "It asks for more choices than it has items.", "Lower `choose`, or add items.")
    if question.get("least", 0) > question.get("greatest", float("inf")):
        yield Problem(here, "Its least number is above its greatest.", "Swap `least` and `greatest`.")


def _values(question: Mapping[str, Any], scales: Mapping[str, Any]) -> list[str]:
    """The answers that a condition may name."""
    if question["kind"] == "ranking":
        return [item["id"] for item in question["items"]]
    entries = scales.get(question["scale"], {"choices": ()}) if "scale" in question else question
    return [choice["value"] for choice in entries.get("choices", ())]


def _wordings(question: Mapping[str, Any], scales: Mapping[str, Any]) -> list[str]:
    """What a report's rows and columns are called."""
    scale = scales[question["scale"]]["choices"] if "scale" in question else question.get("choices", ())
    return [entry["text"] for entries in (scale, question.get("items", ())) for entry in entries]


def _in_sections(place: str, sections: Iterable[Mapping[str, Any]], questions: list[str]) -> Iterator[Problem]:
    listed = [name for section in sections for name in section["questions"]]
    for name in listed:
        if name not in questions:
            yield Problem(place, f"A section lists the question “{name}”, which is not there.", "Mend its name.")
    for name in questions:
        if name not in listed:
            yield Problem(place, f"No section lists the question “{name}”.", "Add it to a section, or nobody is asked.")
    yield from _twice(place, "question in sections", listed)
    if sorted(listed) == sorted(questions) and listed != questions:
        yield Problem(place, "Sections and questions have two orders.", "List the questions as the sections do.")


def _in_conditions(place: str, questions: list[Mapping[str, Any]], scales: Mapping[str, Any]) -> Iterator[Problem]:
    by_name = {question["id"]: question for question in questions}
    order = [question["id"] for question in questions]
    depends = {q["id"]: q["only_if"]["question"] for q in questions if "only_if" in q}
    for name, earlier in depends.items():
        here = f"{place}, question {name}"
        if earlier not in by_name:
            yield Problem(here, f"It depends on “{earlier}”, which is not there.", "Mend the name under only_if.")
        elif ring := _ring(name, depends):
            yield Problem(here, f"It depends on itself: {' → '.join(ring)}.", "Take away one of the conditions.")
        elif order.index(earlier) > order.index(name):
            yield Problem(here, f"It depends on “{earlier}”, which is asked later.", "Ask that question first.")
        elif by_name[earlier]["kind"] in ("text", "number", "grid"):
            yield Problem(
                here,
                f"It depends on “{earlier}”, which has no list of answers to choose from.",
                "Depend on a question of the kind choice, scale, several or ranking.",
            )
        else:
            known = _values(by_name[earlier], scales)
            for value in by_name[name]["only_if"]["is"]:
                if value not in known:
                    yield Problem(
                        here, f"“{earlier}” has no answer “{value}”.", f"Write one of these: {', '.join(known)}."
                    )


def _ring(name: str, depends: Mapping[str, str]) -> list[str]:
    """The way from a question back to itself; empty if there is none."""
    way = [name]
    while (following := depends.get(way[-1])) is not None and following not in way[1:]:
        way.append(following)
        if following == name:
            return way
    return []


def _in_bands(place: str, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Bands must take each score from zero to the highest, once."""
    if "bands" not in data:
        return
    highest = sum(
        max((choice.get("points", 0) for choice in question.get("choices", ())), default=0)
        for question in data["questions"]
    )
    wanted = 0
    for band in data["bands"]:
        if band["from"] != wanted or band["to"] < band["from"]:
            yield Problem(place, f"The band “{band['name']}” must begin at {wanted}.", "Leave no gap between bands.")
            return
        wanted = band["to"] + 1
    if wanted != highest + 1:
        yield Problem(place, f"The bands end at {wanted - 1}, the points at {highest}.", "Let both end at one number.")
