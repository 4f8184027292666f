"""How long the datasets take to be checked and rebuilt, one by one and all together. Prints, writes nothing.

A check of all is part of every commit, so it should stay under ten seconds, and a rebuild of all under a minute. The
rebuild needs the published files, as `academy data build` does; without them it is left out.

Wall-clock time is what a person waits. Processor time says what the machine did, also where other work held it up.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from academy.data import read_package, slugs
from academy.data.build import build, sources_folder
from academy.data.check import check, check_all
from academy.project import DATASETS


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the checks and rebuilds of the datasets.")
    parser.add_argument("--sources", type=Path, default=sources_folder(), help="the folder of the published files")
    sources = parser.parse_args().sources
    print(f"Load average at the start: {os.getloadavg()[0]:.1f}. Above 0.5, other work disturbs: run again when quiet.")
    if not sources.is_dir():
        print(f"The published files are not at {sources}, so nothing is rebuilt.")
    # The first check loads the libraries.
    check(slugs()[0])
    print(_row("dataset", "cells", "check", "rebuild", "(processor seconds)"))
    checked = rebuilt = 0.0
    with tempfile.TemporaryDirectory() as folder:
        datasets = Path(shutil.copytree(DATASETS, Path(folder) / "datasets"))
        for slug in slugs():
            seconds = _processor_seconds(partial(check, slug))
            checked += seconds
            cells = [slug, f"{_cells(slug):,}", f"{seconds:.2f}"]
            if sources.is_dir():
                seconds = _processor_seconds(partial(build, slug, sources, datasets))
                rebuilt += seconds
                cells.append(f"{seconds:.2f}")
            print(_row(*cells))
            sys.stdout.flush()
    print(_row("all", f"{sum(map(_cells, slugs())):,}", f"{checked:.2f}", f"{rebuilt:.2f}" if rebuilt else ""))
    started = time.perf_counter()
    check_all(slugs())
    waited = time.perf_counter() - started
    print(f"All checked, as by `academy data check`: {waited:.1f} seconds on {len(os.sched_getaffinity(0))} cores.")


def _processor_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _cells(slug: str) -> int:
    """Return how many cells the tables have. Shapes are counted by their properties."""
    return sum(table.path.read_bytes().count(b"\n") * len(table.columns) for table in read_package(slug).tables)


def _row(name: str, cells: str, check_time: str, rebuild_time: str = "", note: str = "") -> str:
    return f"{name:26}{cells:>10}{check_time:>9}{rebuild_time:>9}  {note}".rstrip()


if __name__ == "__main__":
    main()
