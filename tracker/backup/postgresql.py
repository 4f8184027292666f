"""Copying a PostgreSQL database by its own programs, while it is used: pg_dump, pg_restore and psql."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from tracker.backup.errors import NoBackup, ProgramFailed, ProgramMissing

NAME = "PostgreSQL"
MEMBER = "database.dump"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def save(to: Path) -> dict[str, int]:
    """Write a dump of the database, and return how many rows each table had at that moment."""
    with _connect() as database:
        # The rows are counted in the very snapshot that is dumped.
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        snapshot = _one(database, "SELECT pg_export_snapshot()")
        counts = {
            table: _one(database, SQL("SELECT count(*) FROM {}").format(Identifier(table)))
            for (table,) in database.execute(_TABLES).fetchall()
        }
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={to}")
    return counts


def check(saved: Path, counts: dict[str, int]) -> None:
    """Raise BackupFailed unless PostgreSQL can read the dump to its end."""
    try:
        _run("pg_restore", "--file=/dev/null", str(saved), database=False)
    except ProgramFailed as failed:
        raise NoBackup("The file", "PostgreSQL cannot read the database in it") from failed


def bring_back(saved: Path, counts: dict[str, int]) -> None:
    """Replace every table, in one transaction that also counts the rows: all of it happens, or nothing."""
    with tempfile.TemporaryFile() as script, _connect() as database:
        for (table,) in database.execute(_TABLES).fetchall():
            _add(script, SQL("DROP TABLE {} CASCADE;\n").format(Identifier(table)), database)
        script.flush()
        _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(saved), database=False, stdout=script)
        script.seek(0, os.SEEK_END)
        # The dump empties the search path for its own statements.
        _add(
            script,
            SQL("\nSET search_path TO {};\n").format(Identifier(_one(database, "SELECT current_schema()"))),
            database,
        )
        for table, count in counts.items():
            _add(script, _COUNT_CHECK.format(table=Identifier(table), count=Literal(count)), database)
        database.rollback()
        script.seek(0)
        # A statement that waits too long for somebody's open transaction gives up, and nothing has changed.
        _run(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--file=-",
            "--set=ON_ERROR_STOP=1",
            stdin=script,
            more={"PGOPTIONS": "-c lock_timeout=30s"},
        )


# Division by zero is the plainest way to end a transaction from SQL alone.
_COUNT_CHECK = SQL("SELECT 1 / (count(*) = {count})::int FROM {table};\n")


def _add(script: IO[bytes], statement: Any, database: psycopg.Connection) -> None:
    script.write(statement.as_string(database).encode())


def _one(database: psycopg.Connection, query: Any) -> Any:
    row = database.execute(query).fetchone()
    assert row is not None
    return row[0]


def _parts() -> dict[str, Any]:
    """Where the database is: what psycopg connects with, without what only psycopg understands."""
    found = connection.get_connection_params()
    known = ("dbname", "user", "password", "host", "port", "service", "passfile", "connect_timeout")
    return {key: value for key, value in found.items() if key in known or key.startswith("ssl")}


def _connect() -> psycopg.Connection:
    return psycopg.connect(**_parts())


def _run(name: str, *arguments: str, database: bool = True, more: dict[str, str] | None = None, **facts: Any) -> None:
    parts, environment = _parts(), os.environ | (more or {})
    # Never among the arguments, which everybody on this machine can read.
    if password := parts.pop("password", None):
        environment["PGPASSWORD"] = password
    where = [f"--dbname={make_conninfo(**parts)}"] if database else []
    facts = {"stdout": subprocess.DEVNULL} | facts
    done = subprocess.run(
        [_program(name), *where, *arguments], stderr=subprocess.PIPE, text=True, env=environment, check=False, **facts
    )
    if done.returncode:
        raise ProgramFailed(name, done.stderr)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        # Debian keeps every version's programs in a folder of their own.
        kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
        found = str(kept[-1]) if kept else None
    if found is None:
        raise ProgramMissing(name)
    return found
