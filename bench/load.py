"""How the tracker holds a whole state, on SQLite and on PostgreSQL, through a really running gunicorn.

What is measured, and how to read it: docs/load.md. Run it from the project's folder: python -m bench.load
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench.common import machine

FOLDER = Path("build") / "load"
ENGINES = ("SQLite", "PostgreSQL")
PARTS = ("pages", "exports", "rush", "rush with kills")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the tracker with 50,000 employees.")
    parser.add_argument("--only", choices=ENGINES, help="one database only")
    parser.add_argument("--times", type=int, default=60, help="how often each page is asked for (default: 60)")
    parser.add_argument("--learners", type=int, default=500, help="who hand in within the minute (default: 500)")
    parser.add_argument("--part", choices=PARTS, action="append", help="this part only; may be given again")
    asked = parser.parse_args()
    print(f"{machine()}. Load average at the start: {os.getloadavg()[0]:.1f}; above 0.5, other work disturbs.\n")
    state = _state()
    for engine in ENGINES if asked.only is None else (asked.only,):
        print(f"\n## {engine}\n", flush=True)
        parts = ["--times", str(asked.times), "--learners", str(asked.learners)]
        parts += [word for part in asked.part or PARTS for word in ("--part", part)]
        subprocess.run([sys.executable, "-m", "bench.load_parts", *parts], env=_installation(engine, state), check=True)


def _state() -> Path:
    """The SQLite file with the state, brought up to this version; made the first time."""
    folder = FOLDER / "state"
    made = folder / "academy.sqlite3"
    if not made.is_file():
        print("Making the state: a few minutes, once.", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"ACADEMY_VAR": str(folder), "ACADEMY_DATABASE": ""}
    subprocess.run([sys.executable, "-m", "bench.load_state"], env=environment, check=True)
    return made


def _installation(engine: str, state: Path) -> dict[str, str]:
    """The environment of a fresh installation with the state in its database."""
    folder = FOLDER / engine.lower()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    environment = os.environ | {"ACADEMY_VAR": str(folder), "ACADEMY_DATABASE": ""}
    if engine == "SQLite":
        shutil.copy(state, folder / "academy.sqlite3")
        return environment
    from tests.tracker.postgres import start_postgres

    # As Debian sets it up, on the disk: what was acknowledged must have been written.
    environment["ACADEMY_DATABASE"] = start_postgres(shared_buffers="512MB")
    command = [sys.executable, "-m", "bench.load_state", "--copy-from", str(state)]
    subprocess.run(command, env=environment, check=True)
    return environment


if __name__ == "__main__":
    main()
