"""`academy glossary`: brings the four classes of data from the glossary to the toolkit, which runs in browsers too."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from academy.project import LESSONS, ROOT
from autograder.notebook import Term, read_glossary

CLASSES = ROOT / "toolkit" / "classes.json"


@click.command()
def glossary() -> None:
    """Bring the classes of data, as the glossary defines them, to the toolkit.

    Run it after a change to one of the four in lessons/glossary.yml. No browser's Python reads YAML, so the toolkit has
    them as JSON.
    """
    CLASSES.write_text(classes_as_json(read_glossary(LESSONS / "glossary.yml")), encoding="utf-8")
    click.echo(f"{CLASSES.relative_to(ROOT)} is what the glossary says.")


def classes_as_json(terms: Mapping[str, Term]) -> str:
    """The terms that have a rule, in the order of their rules."""
    ruled = sorted(((term.rule.order, term, term.rule) for term in terms.values() if term.rule), key=lambda row: row[0])
    classes = [
        {
            "id": rule.id,
            "term": term.term,
            "plain": term.plain,
            "definition": term.definition,
            "within": rule.within,
            "when": rule.when,
        }
        for _, term, rule in ruled
    ]
    return json.dumps(classes, indent=2, ensure_ascii=False) + "\n"
