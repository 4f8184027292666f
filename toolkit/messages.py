"""Errors in a lesson, said in plain words: a learner who has never programmed meets no traceback."""

from __future__ import annotations

import dis
import linecache
import re
import sys
from types import TracebackType
from typing import Any

_NOT_YET = "Not yet. "
_COMMA = "Write numbers without a comma: 2500, not 2,500."
_BRACKET = "A bracket is opened but not closed. Count the opening and the closing ones."
_GAP = "A gap is left in your line: ___ . Put your own word or number in its place."
_ASK = "One equals sign gives the thing on its right a name. To ask a question, write two: =="
_POWER = "Excel writes “to the power of” as ^ . Here it is ** , two stars."
_COMPARE = "A number and a text cannot be compared. Leave the quotation marks off numbers."

# Slips that beginners make, found by a sign in what Python says of them. The first that fits is told.
_SLIPS: tuple[tuple[str, str], ...] = (
    ("'___'", _GAP),
    ("invalid character", "A quotation mark here is curly. Type it again on your keyboard: it must be straight."),
    ("unterminated string", "A text has no closing quotation mark. Put one on each side of the text."),
    ("incomplete input", _BRACKET),
    ("was never closed", _BRACKET),
    ("=!", "Write “is not equal” as != , with the exclamation mark first."),
    ("<>", "Excel writes “is not equal” as <> . Here it is != , an exclamation mark and an equals sign."),
    ("for ^:", _POWER),
    ("Cannot perform 'xor'", _POWER),
    ("bitwise_xor", _POWER),
    ("cannot assign to", _ASK),
    ("meant \"==\"", _ASK),
    ("leading zeros", "A date, or a code that starts with 0, is text. Put it between quotation marks."),
    ("ellipsis", "A blank still holds its three dots. Replace them with your answer."),
    ("InvalidIndexError", _COMMA),
    ("truth value", _COMMA),
    ("not supported between instances", _COMPARE),
    ("Invalid comparison", _COMPARE),
    ('expected type bool, received type str', "Write True and False without quotation marks, with a capital letter."),
    ("Cannot construct a Series from a DataFrame", "One column is needed here, not the whole table."),
    ("is not subscriptable", "After this name come round brackets ( ), not square ones [ ]."),
    ("is not callable", "After this name come square brackets [ ], or none, not round ones ( )."),
)  # fmt: skip

# What the kinds of error mean for someone who met them today, and what to try.
_EXPLAINED: tuple[tuple[type[BaseException], str], ...] = (
    (IndentationError, "The line starts too far to the right or left. Remove the spaces at its beginning."),
    (SyntaxError, "Python cannot read this line. Look for a missing quotation mark, bracket or comma."),
    (ModuleNotFoundError, "Python cannot find this tool. Run the first cell of the lesson as it was given."),
    (FileNotFoundError, "Beside the notebook is no file of this name. Check the spelling in the quotation marks."),
    (KeyError, "The table has nothing of this name. Check the spelling, capital letters included."),
    (IndexError, "There are not that many rows. Ask for an earlier one; the first row is number 0."),
    (AttributeError, "Nothing of that name is behind the dot. Check the spelling of the word after the last dot."),
    (TypeError, "These things do not go together in this way. Compare the line with the example above."),
    (ValueError, "Python knows what this is, but cannot use this value. Compare the line with the example above."),
    (ZeroDivisionError, "A number was divided by zero. Check what you divide by."),
)


def explain(error: BaseException) -> str:
    """Return one or two plain sentences about `error`. Python's own words stand on a second line; ours stand alone."""
    if isinstance(error, AssertionError):
        return _NOT_YET + (str(error) or "Look at your answer again.")
    if type(error).__module__.split(".")[0] == __package__:
        return str(error)  # Our own errors say what to do.
    words = (error.msg if isinstance(error, SyntaxError) else str(error)).splitlines()
    python_says = f"{type(error).__name__}: {words[0] if words else ''}"
    signs = f"{python_says} {(error.text or '') if isinstance(error, SyntaxError) else ''}"
    if isinstance(error, NameError):
        advice = _unknown_name(str(error.name or words[0].split("'")[1]))
    else:
        advice = next(
            (told for sign, told in _SLIPS if sign in signs),
            next(
                (told for kind, told in _EXPLAINED if isinstance(error, kind)),
                "Something in this cell did not work. Compare it with the example above.",
            ),
        )
    if isinstance(error, SyntaxError) and error.lineno:
        advice = f"Line {error.lineno}: {advice}"
    return f"{advice}\n(Python says: {python_says})"


def _unknown_name(name: str) -> str:
    if name in ("true", "false"):
        return f"Write {name.capitalize()} with a capital letter, and without quotation marks."
    return (
        f"Python does not know “{name}”. If it is text, put quotation marks around it. "
        "If it is a name, check its capital letters, and run the cells above."
    )


def plain_messages() -> None:
    """Show errors of this notebook as plain sentences. Outside a notebook this does nothing.

    A line that fails also takes back the name that it was to give: otherwise a check would judge the answer that the
    name held before.
    """
    shell = _shell()
    if shell is None:
        return
    unfinished: set[str] = set()

    def show(
        shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None
    ) -> list[str]:
        lines = explain(error).splitlines()
        if _has_gap(shell, trace):
            lines = [_GAP]
        if isinstance(error, NameError) and error.name in unfinished:
            lines = [
                f"The cell that gives “{error.name}” stopped with an error. Mend its red box first, then run both."
            ]
        take_back(_names_written(error) if isinstance(error, SyntaxError) else _names_given(shell, trace))
        # Kept an error output, only a short one: graders read from it that the cell failed.
        shell._showtraceback(kind, error, lines)
        return lines

    def show_unreadable(*_: object, **__: object) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            shell._showtraceback(type(error), error, explain(error).splitlines())

    def take_back(names: set[str]) -> None:
        unfinished.update(names)
        for name in names:
            shell.user_ns.pop(name, None)

    shell.set_custom_exc((Exception,), show)
    # Some cells that Python cannot even read take this way.
    shell.showsyntaxerror = show_unreadable


def _names_given(shell: Any, trace: TracebackType | None) -> set[str]:
    """The names that the failing line of the notebook was to give."""
    while trace is not None:
        if trace.tb_frame.f_globals is shell.user_global_ns:
            code = trace.tb_frame.f_code
            return {step.argval for step in dis.get_instructions(code) if step.opname == "STORE_NAME"}
        trace = trace.tb_next
    return set()


def _has_gap(shell: Any, trace: TracebackType | None) -> bool:
    """Whether the failing line still has the gap of a hint. IPython takes it for a name of its own."""
    while trace is not None:
        if trace.tb_frame.f_globals is shell.user_global_ns:
            return bool(re.search(r"\b___\b", linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno)))
        trace = trace.tb_next
    return False


def _names_written(error: SyntaxError) -> set[str]:
    """The names to the left of equals signs in a cell that could not be read."""
    cell = "".join(linecache.getlines(error.filename or ""))
    return set(re.findall(r"^(\w+)\s*=(?!=)", cell, flags=re.MULTILINE))


def _shell() -> Any:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()
