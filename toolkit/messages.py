"""Errors in a lesson, said in plain words: a learner who has never programmed meets no traceback."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

_NOT_YET = "Not yet. "

# What Python's own names for an error mean for someone who met them today, and what to try.
_EXPLAINED: tuple[tuple[type[BaseException], str], ...] = (
    (IndentationError, "The line starts too far to the right or left. Remove the spaces at its beginning."),
    (SyntaxError, "Python cannot read this line. Look for a missing quotation mark, bracket or comma."),
    (NameError, "Python does not know this name yet. Run the cells above from the top, then check the spelling."),
    (ModuleNotFoundError, "Python cannot find this tool. Run the first cell of the lesson as it was given."),
    (
        FileNotFoundError,
        "There is no file of this name beside the notebook. Check the spelling in the quotation marks.",
    ),
    (KeyError, "The table has nothing of this name. Check the spelling, capital letters included."),
    (IndexError, "There are not that many rows. Ask for an earlier one; the first row is number 0."),
    (
        AttributeError,
        "There is nothing of that name behind the dot. Check the spelling of the word after the last dot.",
    ),
    (TypeError, "These things do not go together like this. A blank may still hold three dots."),
    (ValueError, "The kind of thing is right, but its value does not work here. Check what you typed."),
    (ZeroDivisionError, "A number was divided by zero. Check what you divide by."),
)


def explain(error: BaseException) -> str:
    """Return one or two plain sentences about `error`, ending with Python's own words where they help."""
    if isinstance(error, AssertionError):
        return _NOT_YET + (str(error) or "Look at your answer again.")
    python_says = f"{type(error).__name__}: {error}"
    for kind, advice in _EXPLAINED:
        if isinstance(error, kind):
            return f"{advice}\n(Python says: {python_says})"
    return f"Something in this cell did not work. Read it once more, slowly.\n(Python says: {python_says})"


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
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()
