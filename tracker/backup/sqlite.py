"""Copying a SQLite database while it is used, by SQLite's own online backup: one moment of it, whoever writes."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from django.db import connection

from tracker.backup.errors import BackupFailed

NAME = "SQLite"
MEMBER = "database.sqlite3"


def save(to: Path) -> dict[str, int]:
    """Write a copy of the database, and return how many rows each table of the copy has."""
    with contextlib.closing(_open(_live())) as live, contextlib.closing(_open(to)) as copy:
        live.backup(copy)
        # One file, without a second one beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        return _counts(copy)


def check(saved: Path, counts: dict[str, int]) -> None:
    """Raise BackupFailed unless this is a whole database with these rows."""
    with contextlib.closing(_open(saved)) as copy:
        try:
            found = copy.execute("PRAGMA integrity_check").fetchall()
            orphans = copy.execute("PRAGMA foreign_key_check").fetchall()
            whole = found == [("ok",)] and not orphans and _counts(copy) == counts
        except sqlite3.DatabaseError:
            whole = False
    if not whole:
        raise BackupFailed("The database in this backup is damaged. Nothing was changed. Take another backup.")


def bring_back(saved: Path, counts: dict[str, int]) -> None:
    """Make the installation's database equal to the copy, in one transaction."""
    with contextlib.closing(_open(saved)) as copy, contextlib.closing(_open(_live())) as live:
        live.execute("PRAGMA journal_mode = WAL")
        try:
            copy.backup(live)
        except sqlite3.OperationalError as error:
            raise BackupFailed(
                f"The database is in use ({error}), and nothing was changed. Stop the server and the grading worker, "
                "then run this again."
            ) from error


def _live() -> Path:
    return Path(connection.settings_dict["NAME"])


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=20, isolation_level=None)


def _counts(database: sqlite3.Connection) -> dict[str, int]:
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables.fetchall()}
