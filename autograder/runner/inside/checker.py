"""Runs the checks on exported answers, in a process that never ran learners' code.

Reads one job from standard input; writes one verdict a line to standard output.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from .answers import decode

_MAXIMUM_MESSAGE = 1_000


def main() -> None:
    job = json.load(sys.stdin)
    verdicts = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    for check in job["checks"]:
        verdicts.write(json.dumps({"task": check["task"], **_verdict(check)}) + "\n")
        verdicts.flush()
    os._exit(0)


def _verdict(check: dict[str, Any]) -> dict[str, Any]:
    """`passed`; else the `stage` that failed, the check's own `message`, and `puzzled` where the check itself broke."""
    names: dict[str, Any] = {"__name__": "check"}
    stage = "visible"
    try:
        names.update({name: decode(value) for name, value in check["answers"].items()})
        for stage in ("visible", "hidden"):
            exec(compile(check[stage], f"<{stage} check>", "exec"), names)
    except AssertionError as error:
        return {"passed": False, "stage": stage, "message": str(error)[:_MAXIMUM_MESSAGE], "puzzled": None}
    except Exception:
        return {"passed": False, "stage": stage, "message": "", "puzzled": traceback.format_exc(limit=3)[-2_000:]}
    return {"passed": True, "stage": None, "message": "", "puzzled": None}


if __name__ == "__main__":
    main()
