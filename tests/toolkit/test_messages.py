"""A learner's slips are answered in plain words, and a failed check still counts as failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from toolkit import plain_messages

SLIPS = {
    "head_shows = b": "Python does not know “b”. If it is text, put quotation marks around it.",
    "table.sort_values('people', ascending=false)": "Write False with a capital letter",
    "table.sort_values('people', ascending='False')": "without quotation marks, with a capital letter",
    "town = 'Union": "no closing quotation mark",
    "town = “Union”": "curly",
    "print('Union'": "not closed",
    "x = 1\ny = print('Union'": "Line 2:",
    "table[table['people'] =! 5]": "with the exclamation mark first",
    "table[table['people'] = 5]": "write two: ==",
    "table[table['people'] <> 5]": "Here it is !=",
    "table.sort_values(table['people'] = 5)": "write two: ==",
    "2.5 ^ 2": "two stars",
    "table['people'].mean() ^ 2": "two stars",
    "(table['people'] / 2) ^ 2": "two stars",
    "code = 0911": "starts with 0, is text",
    "day = 2027-03": "A date, or a code",
    "table['twon']": "Check the spelling",
    "table.haed()": "the word after the last dot",
    "table.iloc[99]": "not that many rows",
    "table[table['people'] < '2500']": "Leave the quotation marks off numbers",
    "table[table['people'] < 2,500]": "2500, not 2,500",
    "table.head[3]": "round brackets",
    "table('people')": "square brackets",
    "bool(table)": "without a comma",
    "sum(...)": "three dots",
    "open('towns.cvs')": "is no file of this name",
    "import pandsa": "cannot find this tool",
    "1 / 0": "divided by zero",
    "table['___']": "A gap is left in your line",
    "table.head(___)": "A gap is left in your line",
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


def test_what_a_tool_of_the_lesson_says_stands_alone(shell: Shell) -> None:
    shell.run("from toolkit.contrast import contrast_ratio\ncontrast_ratio('navy', 'white')")
    assert shell.shown == ["“navy” is not a color code. Write a # and six digits from 0 to f, such as #1a5c57."]


@pytest.mark.parametrize("slip", ["answer = table.haed()", "answer = “Union”"])
def test_a_check_does_not_judge_the_answer_from_before_a_slip(slip: str, shell: Shell) -> None:
    shell.run("answer = 'an earlier one'")
    shell.run(slip)
    shell.run("assert answer == 'right', 'That is not it.'")
    assert shell.shown == ["The cell that gives “answer” stopped with an error. Mend its red box first, then run both."]
    shell.run("answer = 'right'")
    assert shell.run("assert answer == 'right', 'That is not it.'").success


def test_an_answer_given_before_a_slip_on_another_line_stays(shell: Shell) -> None:
    shell.run("answer = 'right'\nprnt(answer)")
    assert shell.run("assert answer == 'right'").success


def test_a_cell_that_works_shows_nothing(shell: Shell) -> None:
    assert shell.run("1 + 1").success
    assert shell.shown == []


def test_outside_a_notebook_it_does_nothing() -> None:
    InteractiveShell.clear_instance()
    plain_messages()
