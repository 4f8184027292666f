"""Runs a notebook's cells, and exports the answers that the checks will ask for.

Sends one event for each cell, so that whatever ends this process early leaves behind what came before. No check,
hidden or visible, is in this process, unless whoever made the job chose to send it as a cell.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from pathlib import Path
from typing import Any

from toolkit.messages import explain

from . import preload
from . import shell as shells
from .events import Events, read_job

_MAXIMUM_ERROR = 500
_MAXIMUM_ANSWER = 4_000_000
"""Characters of one task's answers."""


def main(protection: list[str]) -> None:
    job, events = read_job(), Events()
    shell = shells.current()
    outputs = shells.outputs(shell)
    recording = bool(job.get("outputs"))
    if recording:
        preload.plots_inline()
        outputs.record()
    else:
        shells.show_nothing(shell)
    os.environ.update(job.get("environment", {}))
    _lay_out(job.get("files", {}))
    events.send(event="ready", protection=protection)
    for step in job["steps"]:
        facts: dict[str, Any] = {"step": step["id"], "error": None}
        if recording and not step["source"].strip():
            events.send(event="ran", **facts, outputs=[], execution_count=None)
        else:
            outputs.begin(step["id"])
            shell.execution_count = count = step.get("number", shell.execution_count)
            with shells.interrupted_after(job.get("seconds_a_cell", 0)) as interrupted:
                result = shells.run_cell(shell, step["source"], quiet=not recording)
            error = result.error_before_exec or result.error_in_exec
            if interrupted:
                facts["interrupted"] = True
            facts["error"] = _say(error) if error is not None else None
            if recording:
                shown, changed = outputs.finish()
                events.send(event="ran", **facts, outputs=shown, execution_count=count)
                for cell, now in changed.items():
                    events.send(event="changed", step=cell, outputs=now)
            else:
                events.send(event="ran", **facts)
        if step["task"] is not None:
            answers = _export(shell.user_ns, step["answers"], modules=bool(job.get("modules")))
            events.send(event="answers", task=step["task"], answers=answers)
    events.send(event="done")


def _lay_out(files: dict[str, str]) -> None:
    """Put what the learner handed in beside the notebook. What lies there already is ours, and stays."""
    for name, content in files.items():
        path = Path.cwd() / name
        # Where we have a folder of a file's name, or a file of a folder's, ours stays too.
        with contextlib.suppress(OSError):
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(base64.b64decode(content))


def _export(names: dict[str, Any], wanted: list[str], *, modules: bool) -> dict[str, Any]:
    answers = preload.private("inside.answers")
    exported: dict[str, Any] = {}
    for name in wanted:
        if name not in names:
            exported[name] = {"missing": True}
            continue
        try:
            encoded = answers.encode(names[name], modules=modules)
            too_large = len(json.dumps(encoded)) > _MAXIMUM_ANSWER
        except answers.Unreadable as error:
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
