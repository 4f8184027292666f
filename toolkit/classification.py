"""Which class data belong to: public, protected, personal or private, and why.

The classes, their words and their rules are the glossary's (lessons/glossary.yml). `academy glossary` brings them to
classes.json beside this module, so that a browser reads the same. The classes are the State Data Plan's. In which order
to act by them is this project's own reading: the plan does not rank personal and private.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

NOT_SURE = "not sure"
CLUE = "a clue to who someone is"
ACCESS_RECORD = "a record of who got access and why"
_NO_HARM = "no harm"
_PERSON = ("who someone is", "someone's health")
_REASONS = {
    "break a law or regulation": "giving it to the public would break a law or regulation",
    "endanger health, safety or welfare": "giving it to the public would endanger health, safety or welfare",
    "hinder government or an investigation": "giving it to the public would hinder government or an investigation",
    "put an undue burden on the agency": "giving it to the public would put an undue burden on the agency",
    "open a record that is exempt from FOI": "the record is exempt from disclosure (C.G.S. § 1-210(b))",
    "yes": "a law on privacy or confidentiality covers it",
    "who someone is": "it says who someone is",
    "someone's health": "it tells about someone's health",
    _NO_HARM: "giving it to the public does no harm",
    "no": "no law on privacy or confidentiality covers it",
}


@dataclass(frozen=True)
class DataClass:
    """A class of data: the glossary's words, and the answers, by question, that lead to it."""

    id: str
    term: str
    plain: str
    definition: str
    within: str | None
    """A class that must hold too."""
    when: Mapping[str, tuple[str, ...]]


@cache
def data_classes() -> tuple[DataClass, ...]:
    """The classes in the order to act by: the first that holds decides."""
    entries = json.loads((Path(__file__).parent / "classes.json").read_text(encoding="utf-8"))
    return tuple(
        DataClass(**(entry | {"when": {question: tuple(answers) for question, answers in entry["when"].items()}}))
        for entry in entries
    )


def classes_of(facts: Mapping[str, Any]) -> list[str]:
    """Return the classes that a column or table belongs to, the one to act by first. Empty where the facts do not say.

    The facts are answers to the questions of the worksheet: `release` (what giving it to the public would do),
    `privacy_law` (yes, no or not sure) and `tells` (what it says about people).
    """
    known = {data_class.id: data_class for data_class in data_classes()}
    return [id for id in known if _holds(known[id], facts, known)]


def explain(facts: Mapping[str, Any]) -> str:
    """Return one sentence: the class to act by, the others that hold, and the answers that lead there."""
    held = classes_of(facts)
    if not held:
        return f"Not decided yet. {_what_is_open(facts)}"
    known = {data_class.id: data_class for data_class in data_classes()}
    reasons = dict.fromkeys(reason for id in held for reason in _reasons(known[id], facts))
    others = [id for id in reversed(held[1:]) if id != "protected"]
    also = f" (and {' and '.join(others)})" if others else ""
    return f"{held[0].capitalize()}{also}, because {' and '.join(reasons)}."


def advice(filled: Mapping[str, Any]) -> list[str]:
    """Return what the answers of a classification assessment lead to, half filled in or complete.

    First a sentence for each column, then what no single column can show.
    """
    columns = [row for row in _list(filled.get("columns")) if isinstance(row, Mapping)]
    told = [f"{_name(row)}: {explain(row)}{_difference(row)}" for row in columns]
    return [*told, *_about_the_table(filled, columns)]


def _holds(data_class: DataClass, facts: Mapping[str, Any], known: Mapping[str, DataClass]) -> bool:
    if data_class.within is not None and not _holds(known[data_class.within], facts, known):
        return False
    return all(_answer(facts, question) in answers for question, answers in data_class.when.items())


def _answer(facts: Mapping[str, Any], question: str) -> str:
    """The answer as the rules write it: capitals, spaces and curly marks do not count."""
    answer = facts.get(question)
    return " ".join(answer.replace("’", "'").split()).lower().replace("foi", "FOI") if isinstance(answer, str) else ""


def _reasons(data_class: DataClass, facts: Mapping[str, Any]) -> Iterator[str]:
    for question in data_class.when:
        answer = _answer(facts, question)
        yield _REASONS.get(answer, answer)


def _what_is_open(facts: Mapping[str, Any]) -> str:
    release, law = _answer(facts, "release"), _answer(facts, "privacy_law")
    if release == _NO_HARM and law == "yes":
        return "A privacy law covers it, yet it may be public? Ask counsel which of the two holds."
    asked = {"what giving it to the public would do": release, "whether a privacy law covers it": law}
    unknown = [question for question, answer in asked.items() if answer in ("", NOT_SURE)]
    return f"Ask counsel {' and '.join(unknown) or 'which answer fits'}. Until then, handle it as protected."


def _difference(row: Mapping[str, Any]) -> str:
    """What to say where the class that someone wrote is not the one that their answers lead to."""
    written, held = _answer(row, "class"), classes_of(row)
    if not written or not held or written == held[0]:
        return ""
    if written in held:
        return f" You wrote {written}. That holds too, but act by {held[0]}."
    return f" You wrote {written}: change the class, or the answer that is not right."


def _about_the_table(filled: Mapping[str, Any], columns: list[Mapping[str, Any]]) -> Iterator[str]:
    held = {id for row in columns for id in classes_of(row)[:1]}
    strictest = next((data_class.id for data_class in data_classes() if data_class.id in held), None)
    alone = filled.get("percent_alone")
    singles_out = isinstance(alone, int | float) and not isinstance(alone, bool) and alone > 0
    if singles_out:
        yield (
            f"Together, the clues leave {alone:g} percent of the rows alone. Handle the table as personal data, even "
            "without names."
        )
        if strictest in ("protected", "public"):
            strictest = "personal"
    elif any(_answer(row, "tells") == CLUE for row in columns) and alone is None:
        yield "There are clues to who someone is. Count how many rows are alone on them."
    if strictest:
        yield f"The table as a whole is {strictest}: it takes the strictest class of its parts."
    written = _answer(filled, "table_class")
    if written and strictest and written != strictest:
        yield f"You wrote that the table is {written}. Change that, or say to counsel why."
    for row in columns:
        if _answer(row, "release") == _NO_HARM and _answer(row, "tells") in _PERSON:
            yield f"{_name(row)}: a column about a person may be public, but name the law or policy that says so."
    plan, impact = _answer(filled, "release_plan"), _answer(filled, "impact")
    if plan == "publish the rows" and strictest not in (None, "public"):
        yield f"The rows are {strictest}. Publish counts, or share them under an agreement, or not at all."
    yield from _about_safeguards(filled, strictest)
    if impact == "high" and plan in ("publish the rows", "publish counts, small ones hidden"):
        yield "A leak could do great harm. Have a second person check what you publish."


def _about_safeguards(filled: Mapping[str, Any], strictest: str | None) -> Iterator[str]:
    safeguards = [kept for kept in _list(filled.get("safeguards")) if isinstance(kept, str)]
    if strictest not in ("personal", "private") or not safeguards:
        return
    if ACCESS_RECORD not in safeguards:
        yield f"The Personal Data Act asks for {ACCESS_RECORD} (C.G.S. § 4-193). Start one."
    if "access by role only" not in safeguards:
        yield "Give access by role only: to those who need the rows for their work."


def _name(row: Mapping[str, Any]) -> str:
    name = row.get("column")
    return " ".join(name.split()) if isinstance(name, str) and name.strip() else "A column without a name"


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
