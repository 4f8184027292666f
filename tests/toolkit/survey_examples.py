"""Made-up surveys and answers for the tests, and our own instruments."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import yaml

from toolkit.survey.answers import Answer, Collected, collect
from toolkit.survey.instrument import Instrument, read_instrument

SURVEYS = Path(__file__).parent.parent.parent / "surveys"
OURS = sorted(path.stem for path in SURVEYS.glob("*.yml"))


def data_of(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((SURVEYS / f"{name}.yml").read_text(encoding="utf-8"))
    return data


def instrument_of(name: str) -> Instrument:
    return read_instrument(data_of(name), name)


def ferry_data(**changes: Any) -> dict[str, Any]:
    """A small survey of ferry crews that has every kind of question."""
    agree = [
        {"value": "yes", "text": "Yes, very", "reported_as": "agree"},
        {"value": "rather", "text": "Rather", "reported_as": "agree"},
        {"value": "neutral", "text": "Neither", "reported_as": "neutral"},
        {"value": "no", "text": "No", "reported_as": "disagree"},
        {"value": "none", "text": "Does not apply", "reported_as": None},
    ]
    questions = [
        {
            "id": "port",
            "kind": "choice",
            "text": "Which port?",
            "choices": [{"value": port, "text": f"Port {port}"} for port in ("east", "west", "north")],
        },
        {
            "id": "needs",
            "kind": "grid",
            "scale": "agreement",
            "text": "Is this in the way?",
            "items": [{"id": "time", "text": "Time"}, {"id": "tools", "text": "Tools"}],
        },
        {
            "id": "help",
            "kind": "ranking",
            "choose": 2,
            "text": "What would help most?",
            "items": [{"id": each, "text": each.capitalize()} for each in ("training", "tools", "people")],
        },
        {
            "id": "uses",
            "kind": "several",
            "text": "What do you use?",
            "choices": [{"value": use, "text": use.capitalize()} for use in ("paper", "radio", "other")],
        },
        {
            "id": "which",
            "kind": "text",
            "text": "Which other?",
            "longest": 200,
            "only_if": {"question": "uses", "is": ["other"]},
        },
        {"id": "years", "kind": "number", "text": "How many years?", "least": 0, "greatest": 60},
    ]
    return {
        "instrument": "ferry-crews",
        "title": "Ferry crews",
        "version": "2.1",
        "audience": "Crews.",
        "purpose": "To see what is needed.",
        "minutes": 3,
        "anonymity": "anonymous",
        "retention": "One year.",
        "consent": "It is your choice.",
        "open_answers": "The harbor master",
        "sections": [{"title": "All", "questions": [question["id"] for question in questions]}],
        "scales": {"agreement": {"choices": agree}},
        "questions": questions,
    } | changes


FERRY = read_instrument(ferry_data())


def answer(question: str, value: str, item: str = "", form: str = "1", **changes: str) -> Answer:
    """An answer to the survey of ferry crews."""
    return Answer(form, "", "", "ferry-crews", "2.1", question, item, value)._replace(**changes)


def counted(*answers: Answer, instrument: Instrument = FERRY) -> Collected:
    return collect(Collected(answers), instrument)


def crews(chance: random.Random, people: int) -> list[Answer]:
    """Made-up answers of `people`, who now and then leave a question out."""
    given = []
    for form in map(str, range(1, people + 1)):
        given.append(answer("port", chance.choice(["east", "east", "west", "north"]), form=form))
        for item in ("time", "tools"):
            if chance.random() < 0.9:
                given.append(answer("needs", chance.choice(["yes", "rather", "neutral", "no", "none"]), item, form))
        if chance.random() < 0.9:
            first, second = chance.sample(["training", "tools", "people"], 2)
            given += [answer("help", first, "first", form), answer("help", second, "second", form)]
        given += [answer("uses", use, form=form) for use in ("paper", "radio") if chance.random() < 0.4]
    return given
