"""A worker that an ordinary user runs: jobs in, one a line, and what came of them out. Used by test_sandbox.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.runner import Limits, Run, WarmProcess

ROOT = Path(__file__).parents[2]
SOMEBODY = "4321"


class OrdinaryUser:
    """Runs jobs like a WarmProcess, in a program of an ordinary user."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._program = program

    def run(self, program: str, job: dict[str, Any], limits: Limits | None = None) -> Run:
        assert self._program.stdin and self._program.stdout
        self._program.stdin.write(json.dumps([program, job, asdict(limits or Limits())]) + "\n")
        self._program.stdin.flush()
        return Run(**json.loads(self._program.stdout.readline()))


@contextmanager
def ordinary_user(files: list[Path]) -> Iterator[OrdinaryUser]:
    """Start the worker. Where the tests themselves run as root, it becomes somebody else first."""
    command = [sys.executable, "-m", "tests.autograder.ordinary_user", *map(str, files)]
    if os.geteuid() == 0:
        # This Python may lie in a folder that only root can enter: there, the worker sees one that all can.
        view = ["bwrap", "--dev-bind", "/", "/"]
        closed = next((p for p in reversed(Path(sys.base_prefix).parents) if not p.stat().st_mode & 0o001), None)
        if closed:
            view += ["--perms", "0755", "--tmpfs", str(closed)]
            for folder in reversed(Path(sys.base_prefix).parents):
                if folder.is_relative_to(closed) and folder != closed:
                    view += ["--perms", "0755", "--dir", str(folder)]
            view += ["--ro-bind", sys.base_prefix, sys.base_prefix]
        command = [*view, "setpriv", "--reuid", SOMEBODY, "--regid", SOMEBODY, "--clear-groups", *command]
    environment = os.environ | {"HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        yield OrdinaryUser(program)
        assert program.stdin
        program.stdin.close()


def main() -> None:
    assert os.geteuid() != 0
    with WarmProcess([Path(file) for file in sys.argv[1:]], ["pandas"]) as warm:
        for line in sys.stdin:
            program, job, limits = json.loads(line)
            print(json.dumps(asdict(warm.run(program, job, Limits(**limits)))), flush=True)


if __name__ == "__main__":
    main()
