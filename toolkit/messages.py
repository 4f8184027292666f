"""Errors in a lesson, said in plain words: a learner who has never programmed meets no traceback."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

_NOT_YET = "Not yet. "

# Slips that beginners make, found by what Python says of them. The first that fits is told.
_SLIPS: tuple[tuple[type[BaseException], str, str], ...] = (
    (
        SyntaxError,
        "invalid character",
        "A quotation mark here is curly. Type it again on your keyboard: it must be straight.",
    ),
    (SyntaxError, "unterminated string", "A text has no closing quotation mark. Put one on each side of the text."),
    (SyntaxError, "incomplete input", "A bracket is opened but not closed. Count the opening and the closing ones."),
    (SyntaxError, "was never closed", "A bracket is opened but not closed. Count the opening and the closing ones."),
    (SyntaxError, "cannot assign to", "Put the name on the left of the equals sign, and the value on its right."),
    (SyntaxError, "leading zeros", "A code that starts with 0 is text. Put it between quotation marks."),
    (TypeError, "ellipsis", "A blank still holds its three dots. Replace them with your answer."),
    (
        TypeError,
        "not supported between instances",
        "A number and a text cannot be compared. Leave the quotation marks off numbers.",
    ),
    (TypeError, "Invalid comparison", "A number and a text cannot be compared. Leave the quotation marks off numbers."),
    (TypeError, "is not subscriptable", "After this name come round brackets ( ), not square ones [ ]."),
    (TypeError, "is not callable", "After this name come square brackets [ ], or none, not round ones ( )."),
    (ValueError, "truth value", "A table was used where one true or false is needed. Write numbers without a comma."),
)

# What the kinds of error mean for someone who met them today, and what to try.
_EXPLAINED: tuple[tuple[type[BaseException], str], ...] = (
    (IndentationError, "The line starts too far to the right or left. Remove the spaces at its beginning."),
    (SyntaxError, "Python cannot read this line. Look for a missing quotation mark, bracket or comma."),
    (NameError, "Python does not know this name. Text needs quotation marks. A name needs the cells above it run."),
    (ModuleNotFoundError, "Python cannot find this tool. Run the first cell of the lesson as it was given."),
    (FileNotFoundError, "Beside the notebook is no file of this name. Check the spelling in the quotation marks."),
    (KeyError, "The table has nothing of this name. Check the spelling, capital letters included."),
    (IndexError, "There are not that many rows. Ask for an earlier one; the first row is number 0."),
    (AttributeError, "Nothing of that name is behind the dot. Check the spelling of the word after the last dot."),
    (TypeError, "These things do not go together in this way. Compare the line with the example above."),
    (ValueError, "The kind of thing is right, but its value does not work here. Check what you typed."),
    (ZeroDivisionError, "A number was divided by zero. Check what you divide by."),
)


def explain(error: BaseException) -> str:
    """Return one or two plain sentences about `error`, ending with Python's own words where they help."""
    if isinstance(error, AssertionError):
        return _NOT_YET + (str(error) or "Look at your answer again.")
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    advice = next(
        (told for kind, sign, told in _SLIPS if isinstance(error, kind) and sign in words),
        next(
            (told for kind, told in _EXPLAINED if isinstance(error, kind)),
            "Something in this cell did not work. Read it once more, slowly.",
        ),
    )
    first_line = next(iter(words.splitlines()), "")
    return f"{advice}\n(Python says: {type(error).__name__}: {first_line})"


def plain_messages() -> None:
    """Show errors of this notebook as plain sentences. Outside a notebook this does nothing."""
    shell = _shell()
    if shell is None:
        return

    def show(
        shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None
    ) -> list[str]:
        lines = explain(error).splitlines()
        # Kept an error output, only a short one: graders read from it that the cell failed.
        shell._showtraceback(kind, error, lines)
        return lines

    def show_unreadable(*_: object, **__: object) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            shell._showtraceback(type(error), error, explain(error).splitlines())

    shell.set_custom_exc((Exception,), show)
    # A cell that Python cannot even read takes this way.
    shell.showsyntaxerror = show_unreadable


def _shell() -> Any:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()
