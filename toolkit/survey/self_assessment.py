"""What the self-assessment on a page asks of Python: JSON text in, JSON text out.

It runs in the reader's own browser, so that the page counts points and recommends a path by the same rule as a report.
"""

from __future__ import annotations

import json

from toolkit.survey.answers import Answer, Collected, collect
from toolkit.survey.instrument import WAVES, read_instrument
from toolkit.survey.recommend import for_person, paths_of
from toolkit.survey.tables import scores


def assess(filled: str, facts: str) -> str:
    """Return what the answers of one person say: questions left, points, what they mean, and the path to take.

    `filled` has an answer for each question, by its value or its text; `facts` the data of the instrument and of the
    curriculum. Where a question is left, there are no points and no path yet.
    """
    known = json.loads(facts)
    instrument = read_instrument(known["instrument"])
    wave = WAVES[0] if instrument.waves else ""
    given = tuple(
        Answer("1", "", wave, instrument.name, instrument.version, question, "", answer)
        for question, answer in json.loads(filled).items()
    )
    answers = collect(Collected(given), instrument).answers
    answered = {answer.question for answer in answers}
    left = [question.id for question in instrument.questions if question.id not in answered]
    found = scores(answers, instrument)
    if left or not found:
        return json.dumps({"left": left})
    (points,) = found.values()
    band = next(band for band in instrument.bands if band.least <= points <= band.greatest)
    path = for_person(instrument, answers, paths_of(known["curriculum"]))
    result = {
        "left": [],
        "points": points,
        "most": instrument.highest_score,
        "band": {"name": band.name, "text": band.text},
        "path": {"id": path.path.id, "title": path.path.title} if path.path else None,
        "first": path.first,
        "besides": path.besides,
        "rule": path.rule,
    }
    return json.dumps(result)
