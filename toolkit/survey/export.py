"""An instrument for other tools: as XLSForm (ODK, Kobo), as SurveyJS JSON, and as a page to print or read.

In both formats an answer's name is its question, and its item after an underscore: `challenges_budget`. Our own names
have no underscore, so each can be found again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from toolkit.survey.instrument import WAVES, Condition, Instrument, Question

Sheet: TypeAlias = list[dict[str, str]]

_WAVE = "Is this before or after the course?"
_CODE = "A word of your own, the same before and after, so that your two forms can be joined. Not your name."
_TWICE = "Choose two that differ."
ANONYMITY = {
    "anonymous": "Nobody can tell who gave which answers.",
    "pseudonymous": "Your name is not kept with your answers, but a few facts or a code are.",
    "named": "Your name is kept with your answers.",
}


def name_of(question: Question, slot: str) -> str:
    return f"{question.id}_{slot}" if slot else question.id


# -- XLSForm ----------------------------------------------------------------------------------------------------------


def xlsform(instrument: Instrument) -> dict[str, Sheet]:
    """Return the three sheets of the instrument as an XLSForm: survey, choices, settings."""
    questions = {question.id: question for question in instrument.questions}
    survey: Sheet = [{"type": "note", "name": "consent", "label": _notice(instrument)}]
    choices: Sheet = []
    if instrument.waves:
        survey += [
            {"type": "select_one wave", "name": "wave", "label": _WAVE, "required": "yes"},
            {"type": "text", "name": "person", "label": _CODE},
        ]
        choices += [{"list_name": "wave", "name": wave, "label": wave.capitalize()} for wave in WAVES]
    for place, section in enumerate(instrument.sections, 1):
        survey.append({"type": "begin_group", "name": f"section_{place}", "label": section.title})
        if section.intro:
            survey.append({"type": "note", "name": f"section_{place}_intro", "label": section.intro})
        for id_ in section.questions:
            survey += _xlsform_rows(questions[id_], questions)
        survey.append({"type": "end_group"})
    for question in instrument.questions:
        pairs = [(c.value, c.text) for c in question.choices] or [(item.id, item.text) for item in question.items]
        choices += [{"list_name": question.id, "name": value, "label": text} for value, text in pairs]
    settings = {"form_title": instrument.title, "form_id": instrument.name, "version": instrument.version}
    return {"survey": survey, "choices": choices, "settings": [settings]}


def _xlsform_rows(question: Question, questions: Mapping[str, Question]) -> Iterator[dict[str, str]]:
    relevant = {"relevant": _xlsform_condition(question.only_if, questions)} if question.only_if else {}
    base = {"name": question.id, "label": question.text, **relevant}
    if question.kind in ("choice", "scale"):
        yield {"type": f"select_one {question.id}", **base}
    elif question.kind == "several":
        yield {"type": f"select_multiple {question.id}", **base}
    elif question.kind == "number":
        low = [f". >= {question.least:g}"] if question.least is not None else []
        high = [f". <= {question.greatest:g}"] if question.greatest is not None else []
        yield {"type": "decimal", **base, **({"constraint": " and ".join(low + high)} if low or high else {})}
    elif question.kind == "text":
        yield {"type": "text", **base, "constraint": f"string-length(.) <= {question.longest}"}
    else:
        yield {"type": "begin_group", **base}
        for place, slot in enumerate(question.slots):
            label = question.label(slot) if question.kind == "grid" else f"{slot.capitalize()} choice"
            row = {"type": f"select_one {question.id}", "name": name_of(question, slot), "label": label}
            if question.kind == "ranking" and place:
                others = [f". != ${{{name_of(question, other)}}}" for other in question.slots[:place]]
                row |= {"constraint": " and ".join(others), "constraint_message": _TWICE}
            yield row
        yield {"type": "end_group"}


def _xlsform_condition(condition: Condition, questions: Mapping[str, Question]) -> str:
    earlier = questions[condition.question]
    names = [name_of(earlier, slot) for slot in earlier.slots]
    return " or ".join(f"selected(${{{name}}}, '{value}')" for name in names for value in condition.any_of)


# -- SurveyJS ---------------------------------------------------------------------------------------------------------


def surveyjs(instrument: Instrument) -> dict[str, Any]:
    """Return the instrument as SurveyJS reads it: a page for each section."""
    questions = {question.id: question for question in instrument.questions}
    pages: list[dict[str, Any]] = []
    if instrument.waves:
        waves = [{"value": wave, "text": wave.capitalize()} for wave in WAVES]
        first = [
            {"type": "radiogroup", "name": "wave", "title": _WAVE, "isRequired": True, "choices": waves},
            {"type": "text", "name": "person", "title": _CODE, "maxLength": 20},
        ]
        pages.append({"name": "start", "title": "Before you begin", "elements": first})
    for place, section in enumerate(instrument.sections, 1):
        elements = [element for id_ in section.questions for element in _elements(questions[id_], questions)]
        intro = {"description": section.intro} if section.intro else {}
        pages.append({"name": f"section_{place}", "title": section.title, **intro, "elements": elements})
    return {"title": instrument.title, "description": _notice(instrument), "pages": pages}


def _elements(question: Question, questions: Mapping[str, Question]) -> Iterator[dict[str, Any]]:
    base: dict[str, Any] = {"name": question.id, "title": question.text}
    shown = {"visibleIf": _visible_if(question.only_if, questions)} if question.only_if else {}
    choices = [{"value": choice.value, "text": choice.text} for choice in question.choices]
    if question.kind in ("choice", "scale", "several"):
        kind = "checkbox" if question.kind == "several" else "radiogroup"
        yield {"type": kind, **base, **shown, "choices": choices}
    elif question.kind == "grid":
        rows = [{"value": item.id, "text": item.text} for item in question.items]
        yield {"type": "matrix", **base, **shown, "columns": choices, "rows": rows}
    elif question.kind == "number":
        limits = {"min": question.least, "max": question.greatest}
        given = {name: value for name, value in limits.items() if value is not None}
        yield {"type": "text", "inputType": "number", **base, **shown, **given}
    elif question.kind == "text":
        yield {"type": "comment", **base, **shown, "maxLength": question.longest}
    else:
        yield from _ranking(question, shown)


def _ranking(question: Question, shown: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Each place of a ranking as a list to choose from."""
    options = [{"value": item.id, "text": item.text} for item in question.items]
    for place, slot in enumerate(question.slots):
        here = name_of(question, slot)
        element = {"type": "dropdown", "name": here, **shown, "choices": options}
        element["title"] = f"{question.text} {slot.capitalize()} choice"
        others = [f"{{{here}}} <> {{{name_of(question, other)}}}" for other in question.slots[:place]]
        if others:
            rule = f"{{{here}}} empty or ({' and '.join(others)})"
            element["validators"] = [{"type": "expression", "expression": rule, "text": _TWICE}]
        yield element


def _visible_if(condition: Condition, questions: Mapping[str, Question]) -> str:
    earlier = questions[condition.question]
    values = ", ".join(f"'{value}'" for value in condition.any_of)
    return " or ".join(f"{{{name_of(earlier, slot)}}} anyof [{values}]" for slot in earlier.slots)


# -- a page -----------------------------------------------------------------------------------------------------------


def as_page(instrument: Instrument) -> str:
    """Return the instrument as Markdown: what is said at the top, then every question with its answers."""
    questions = {question.id: question for question in instrument.questions}
    blocks = [
        f"# {instrument.title}",
        f"Version {instrument.version}. For: {instrument.audience} It takes about {instrument.minutes} minutes.",
        _notice(instrument),
        f"What you write in your own words is read by: {instrument.open_answers}.",
    ]
    for section in instrument.sections:
        blocks += [f"## {section.title}", *([section.intro] if section.intro else [])]
        for id_ in section.questions:
            blocks += _question_blocks(questions[id_], questions)
    if instrument.based_on:
        blocks += ["## What this was modeled on", "\n".join(f"- {source}" for source in instrument.based_on)]
    return "\n\n".join(blocks) + "\n"


def _question_blocks(question: Question, questions: Mapping[str, Question]) -> Iterator[str]:
    yield f"### {question.text}"
    if question.only_if:
        earlier = questions[question.only_if.question]
        words = [_option_text(earlier, value) for value in question.only_if.any_of]
        yield f"Only if you answered “{earlier.text}” with: {' / '.join(words)}"
    if question.kind == "text":
        yield f"In your own words, {question.longest:,} characters at most."
    elif question.kind == "number":
        yield "A number."
    elif question.kind == "grid":
        yield f"For each, one of: {' / '.join(choice.text for choice in question.choices)}"
        yield "\n".join(f"- {item.text}" for item in question.items)
    elif question.kind == "ranking":
        yield f"Choose your {' and your '.join(question.slots)} from:"
        yield "\n".join(f"- {item.text}" for item in question.items)
    else:
        yield "Choose all that apply:" if question.kind == "several" else "Choose one:"
        yield "\n".join(f"- {choice.text}" for choice in question.choices)


def _option_text(question: Question, value: str) -> str:
    options = {choice.value: choice.text for choice in question.choices} | {
        item.id: item.text for item in question.items
    }
    return options[value]


def _notice(instrument: Instrument) -> str:
    """What is said before the first question: why, who can tell, how long it is kept, and that it is a choice."""
    parts = (instrument.purpose, ANONYMITY[instrument.anonymity], instrument.consent, instrument.retention)
    return " ".join(part.strip() for part in parts)
