"""Runs the checks on exported answers, in a process that never ran learners' code. Sends one verdict a check.

A check is code that asserts, visible and hidden; or, in courses that others wrote, one cell that is run as a notebook
runs it, and whose outputs are the verdict.
"""

from __future__ import annotations

import importlib
import traceback
from typing import Any

from toolkit.messages import plain_messages

from . import preload
from . import shell as shells
from .events import Events, read_job

_MAXIMUM_MESSAGE = 1_000


def main(protection: list[str]) -> None:
    job, events = read_job(), Events()
    importlib.import_module("inside.answers")
    shell = shells.current()
    if any("cell" in check for check in job["checks"]):
        preload.plots_inline()
        shells.outputs(shell).record()
    if job.get("plain_messages"):
        plain_messages()
    events.send(event="ready", protection=protection)
    for check in job["checks"]:
        verdict = _of_cell(check, shell) if "cell" in check else _of_asserts(check)
        events.send(event="checked", task=check["task"], **verdict)
    events.send(event="done")


def _of_asserts(check: dict[str, Any]) -> dict[str, Any]:
    """`passed`; else the `stage` that failed, the check's own `message`, and `puzzled` where the check itself broke."""
    names: dict[str, Any] = {"__name__": "check"}
    stage = "visible"
    try:
        names.update(_decoded(check))
        for stage in ("visible", "hidden"):
            exec(compile(check[stage], f"<{stage} check>", "exec"), names)
    except AssertionError as error:
        return {"passed": False, "stage": stage, "message": str(error)[:_MAXIMUM_MESSAGE], "puzzled": None}
    except Exception:
        return {"passed": False, "stage": stage, "message": "", "puzzled": traceback.format_exc(limit=3)[-2_000:]}
    return {"passed": True, "stage": None, "message": "", "puzzled": None}


def _of_cell(check: dict[str, Any], shell: Any) -> dict[str, Any]:
    """The cell's `outputs`, numbered as they would be in the learner's notebook; or why the answers cannot be had."""
    try:
        answers = _decoded(check)
    except Exception:
        return {"outputs": [], "puzzled": traceback.format_exc(limit=3)[-2_000:]}
    outputs = shells.outputs(shell)
    outputs.begin(check["task"])
    shell.execution_count = check["execution_count"]
    shell.user_ns.update(answers)
    with shells.interrupted_after(check.get("seconds", 0)) as interrupted:
        shells.run_cell(shell, check["cell"], quiet=False)
    shown, _ = outputs.finish()
    # What the check itself has made stays, for those after it: often only the first imports what all of them use.
    for name, answer in answers.items():
        if shell.user_ns.get(name) is answer:
            del shell.user_ns[name]
    return {"outputs": shown, "puzzled": None, "interrupted": bool(interrupted)}


def _decoded(check: dict[str, Any]) -> dict[str, Any]:
    answers = preload.private("inside.answers")
    return {name: answers.decode(value) for name, value in check["answers"].items()}
