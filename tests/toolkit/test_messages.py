"""A learner's slips are answered in plain words, and a failed check still counts as failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from toolkit import plain_messages

SLIPS = {
    "head_shows = b": "Text needs quotation marks",
    "town = 'Union": "no closing quotation mark",
    "town = “Union”": "curly",
    "print('Union'": "not closed",
    "5 = x": "on the left of the equals sign",
    "code = 0911": "starts with 0 is text",
    "table['twon']": "Check the spelling",
    "table.haed()": "the word after the last dot",
    "table.iloc[99]": "not that many rows",
    "table[table['people'] < '2500']": "Leave the quotation marks off numbers",
    "table.head[3]": "round brackets",
    "table('people')": "square brackets",
    "bool(table)": "without a comma",
    "sum(...)": "three dots",
    "open('towns.cvs')": "is no file of this name",
    "import pandsa": "cannot find this tool",
    "1 / 0": "divided by zero",
    " x = 1\n   y = 2": "spaces at its beginning",
    "assert False, 'You counted rows.'": "Not yet. You counted rows.",
}


class Shell:
    """A notebook's shell that keeps what it shows of errors."""

    def __init__(self) -> None:
        self.shell: Any = InteractiveShell.instance(colors="nocolor")
        self.shell.user_ns["table"] = pd.DataFrame({"town": ["Union"], "people": [785]})
        self.shown: list[str] = []
        self.shell._showtraceback = lambda kind, error, lines: self.shown.append("\n".join(lines))

    def run(self, source: str) -> Any:
        self.shown.clear()
        return self.shell.run_cell(source)


@pytest.fixture
def shell() -> Iterator[Shell]:
    made = Shell()
    made.run("from toolkit import plain_messages\nplain_messages()")
    yield made
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("slip", SLIPS)
def test_the_learner_reads_what_to_do_about(slip: str, shell: Shell) -> None:
    result = shell.run(slip)
    assert SLIPS[slip] in shell.shown[0]
    assert "Traceback" not in shell.shown[0]
    assert len(shell.shown[0].splitlines()) <= 2
    # Graders read from this that the cell failed.
    assert not result.success


def test_a_cell_that_works_shows_nothing(shell: Shell) -> None:
    assert shell.run("1 + 1").success
    assert shell.shown == []


def test_outside_a_notebook_it_does_nothing() -> None:
    InteractiveShell.clear_instance()
    plain_messages()
