"""What the benches share: the lesson that they grade, the floor, and the machine's name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from academy.project import LESSONS
from autograder.notebook import Lesson, read_curriculum, read_lesson

LESSON = "read-a-table"


class NotComparable(Exception):
    """Two ways of grading did not do the same work, so their times say nothing."""


def lesson() -> Lesson:
    return read_lesson(LESSONS / LESSON, read_curriculum(LESSONS).glossary)


def machine() -> str:
    """Cores that this process may use, kind of processor, memory."""
    cores = len(os.sched_getaffinity(0))
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processor = names[0] if names else "processor unknown"
    return f"{cores} cores ({processor}), {memory:.0f} GB of memory"


def _lines(file: str) -> list[str]:
    path = Path(file)
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


class Floor:
    """A process that runs the solved notebook's cells bare, one fork for each time that it is asked."""

    def __init__(self, folder: Path, cells: Sequence[str], files: Mapping[str, bytes]) -> None:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        environment = os.environ | {"MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "floor.py")],
            cwd=folder,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._ask(json.dumps(list(cells)))
        self.run()

    def __enter__(self) -> Floor:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.kill()

    def run(self, *, pictures: bool = False) -> float:
        self._ask("pictures" if pictures else "plain")
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().strip()
        try:
            return float(answer)
        except ValueError:
            raise NotComparable("The cells cannot be executed bare.") from None

    def _ask(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
