"""What the form of a worksheet on the web page asks of Python: JSON text in, JSON text out.

The form runs these functions in the reader's own browser, so that it says what a notebook and the command line say.
"""

from __future__ import annotations

import json

from toolkit.worksheet import advice, as_markdown, located_faults


def check(filled: str, schema: str) -> str:
    """Return what to mend, with the way to each field, and what the answers mean once nothing is to mend."""
    answers, questions = json.loads(filled), json.loads(schema)
    found = [
        {"path": fault.path, "message": fault.message, "sentence": fault.sentence}
        for fault in located_faults(answers, questions)
    ]
    return json.dumps({"faults": found, "advice": advice(answers, questions)})


def page(filled: str, schema: str) -> str:
    """Return the filled worksheet as Markdown, as a JSON text."""
    return json.dumps(as_markdown(json.loads(filled), json.loads(schema)))
