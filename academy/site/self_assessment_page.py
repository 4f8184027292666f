"""The self-assessment as a page of the book: where somebody stands with data, and which path fits them.

It is the survey surveys/data-literacy.yml, without anybody who collects it. It reads well, prints with a key to count
points by hand, and book/look/self-assessment.js counts them in the page. Nothing is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from academy.site.entries import Entry
from academy.site.worksheet_pages import Field, templates
from academy.survey.instruments import load_data
from autograder.notebook.curriculum import Curriculum
from toolkit.survey.instrument import Instrument, Question, read_instrument

INSTRUMENT = "data-literacy"
PAGE = "self-assessment"


def self_assessment_page(root: Path, curriculum: Curriculum, entries: Mapping[str, Entry]) -> dict[str, bytes]:
    """Return the source of the page by its file name in the book. Raises InstrumentBroken."""
    data = load_data(root / "surveys" / f"{INSTRUMENT}.yml")
    instrument = read_instrument(data)
    page = templates(root / "book" / "parts").get_template(f"{PAGE}.md.jinja")
    text = page.render(
        instrument=instrument,
        fields=[(question, _field(question)) for question in instrument.questions],
        lessons=entries,
        facts=_in_a_page({"instrument": data, **_facts(curriculum, entries, instrument)}),
    )
    return {f"{PAGE}.md": text.encode("utf-8")}


def _field(question: Question) -> Field:
    return Field(question.id, "radio", question.text, "", "", "", tuple(choice.text for choice in question.choices))


def _facts(curriculum: Curriculum, entries: Mapping[str, Entry], instrument: Instrument) -> dict[str, Any]:
    """What the page must know of the curriculum: its paths, and the lessons that the questions name."""
    named = {slug for question in instrument.questions for slug in question.lessons}
    return {
        "curriculum": {
            "paths": [{"id": path.id, "title": path.title, "lessons": path.lessons} for path in curriculum.paths],
            "planned": [{"slug": slug} for slug, entry in entries.items() if not entry.written],
        },
        "lessons": {slug: {"title": entries[slug].title, "ready": entries[slug].written} for slug in sorted(named)},
    }


def _in_a_page(facts: Mapping[str, Any]) -> str:
    """The facts as JSON that can stand inside an element of a page: nothing in it ends the element."""
    return json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")
