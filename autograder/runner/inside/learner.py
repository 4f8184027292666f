"""Runs a notebook's cells in the sandbox, and exports the answers that the checks will ask for.

Reads one job from standard input; writes one event a line to standard output, cell by cell, so that whatever ends this
process early leaves behind what came before. No check, hidden or visible, is ever in this process.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, TextIO

from toolkit.messages import explain

from .answers import Unreadable, encode

_MAXIMUM_ERROR = 500
_MAXIMUM_ANSWER = 4_000_000
"""Characters of one task's answers."""


def main() -> None:
    job = json.load(sys.stdin)
    events = _private_output()
    shell = _shell()
    _send(events, event="ready")
    for step in job["steps"]:
        result = shell.run_cell(step["source"], store_history=False, silent=True)
        error = result.error_before_exec or result.error_in_exec
        _send(events, event="ran", step=step["id"], error=_say(error) if error is not None else None)
        if step["answers"]:
            _send(events, event="answers", task=step["task"], answers=_export(shell.user_ns, step["answers"]))
    _send(events, event="done")
    # Leave at once: threads, exit handlers and finalisers of the notebook have had their time.
    os._exit(0)


def _private_output() -> TextIO:
    """Keep standard output for our events; what the notebook prints or reads goes nowhere."""
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return events


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell

    shell: Any = InteractiveShell.instance(colors="nocolor")
    shell.enable_gui = lambda gui=None: None
    return shell


def _export(names: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    exported: dict[str, Any] = {}
    for name in wanted:
        if name not in names:
            exported[name] = {"missing": True}
            continue
        try:
            encoded = encode(names[name])
            too_large = len(json.dumps(encoded)) > _MAXIMUM_ANSWER
        except Unreadable as error:
            exported[name] = {"unreadable": str(error)}
        except Exception as error:  # a value whose own methods fail is the learner's, not ours
            exported[name] = {"unreadable": f"looking at it ended in {type(error).__name__}."}
        else:
            exported[name] = {"unreadable": "it is far too large."} if too_large else {"value": encoded}
    return exported


def _say(error: BaseException) -> str:
    try:
        return " ".join(explain(error).split())[:_MAXIMUM_ERROR]
    except Exception:  # an exception whose own text fails
        return type(error).__name__[:_MAXIMUM_ERROR]


def _send(events: TextIO, **event: object) -> None:
    events.write(json.dumps(event) + "\n")
    events.flush()


if __name__ == "__main__":
    main()
