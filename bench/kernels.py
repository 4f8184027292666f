"""How long papermill takes for the lessons: with ordinary kernels, and with warm ones. Prints, writes nothing.

What is compared with what, and how to read it: bench/README.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode

from academy.execute import execute
from academy.kernels import WarmKernelManager
from academy.kernels.client import end_all
from academy.project import DATASETS, LESSONS, WORKSHEETS
from autograder.lesson_files import lesson_files
from autograder.notebook import compile_lesson, read_curriculum, read_lesson

_KINDS: dict[str, type[AsyncKernelManager]] = {"ordinary": AsyncKernelManager, "warm": WarmKernelManager}

Lessons = Sequence[tuple[NotebookNode, Sequence[Path]]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Time papermill over the lessons with ordinary and warm kernels.")
    parser.add_argument("--turns", type=int, default=3, help="how often each of them executes all lessons (default: 3)")
    turns = parser.parse_args().turns
    if turns < 1:
        parser.error("--turns must be 1 or more")
    print(f"Load average at the start: {os.getloadavg()[0]:.1f}. Above 0.5, other work disturbs: run again when quiet.")
    lessons = _lessons()
    print(f"{len(lessons)} lessons, executed with each kind of kernel in turn. Turns: {turns}.\n")
    times: dict[str, dict[str, list[float]]] = {}
    for turn in range(turns + 1):
        for kind, manager in _KINDS.items():
            for what, seconds in _seconds(lessons, manager).items():
                # The first turn fills the caches of the machine.
                if turn:
                    times.setdefault(what, {}).setdefault(kind, []).append(seconds)
    print(_row("seconds", *_KINDS, "ordinary / warm: min", "median", "max"))
    for what, by_kind in times.items():
        ratios = [one / other for one, other in zip(by_kind["ordinary"], by_kind["warm"], strict=True)]
        medians = [f"{statistics.median(by_kind[kind]):.2f}" for kind in _KINDS]
        print(
            _row(what, *medians, *(f"{ratio:.2f}" for ratio in (min(ratios), statistics.median(ratios), max(ratios))))
        )


def _lessons() -> Lessons:
    curriculum = read_curriculum(LESSONS)
    read = [read_lesson(LESSONS / slug, curriculum.glossary) for slug in curriculum.lessons]
    return [(compile_lesson(lesson), lesson_files(lesson, DATASETS, WORKSHEETS)) for lesson in read]


def _seconds(lessons: Lessons, manager: type[AsyncKernelManager]) -> dict[str, float]:
    """Seconds for all lessons, from no warm process to none."""
    before, started = _processor(), time.perf_counter()
    each = []
    for notebook, data in lessons:
        begun = time.perf_counter()
        execute(notebook, data, manager)
        each.append(time.perf_counter() - begun)
    end_all()
    return {
        "all lessons": time.perf_counter() - started,
        "all lessons, processor": _processor() - before,
        "the first lesson": each[0],
        "each further lesson": sum(each[1:]) / max(1, len(each) - 1),
    }


def _processor() -> float:
    """Seconds of work of this process, and of all processes that it has seen end, and theirs."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _row(label: str, *cells: str) -> str:
    return f"{label:<26}" + "".join(f"{cell:>{max(10, len(cell) + 2)}}" for cell in cells)


if __name__ == "__main__":
    main()
