"""Which database an installation uses: a file beside its other files, or a PostgreSQL that it is told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_FOR_SHORT_QUESTIONS = "-c join_collapse_limit=16 -c from_collapse_limit=16 -c jit=off"
"""Who may be seen is a part of most queries, which then have more tables than the eight that PostgreSQL by itself puts
into a good order: one page took 1.6 s in place of 10 ms. And it expects much of a question with many conditions, and
compiles it to machine code first: 0.8 s for an agency's overdue people, who are found in 0.1 s without."""


class DatabaseAddressWrong(Exception):
    """ACADEMY_DATABASE cannot be understood. The message never shows it: a password may be in it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"ACADEMY_DATABASE cannot be understood: {what}. Write it like "
            "postgresql://user:password@host:5432/academy, with signs such as @ or / in the password as %40 or %2F; "
            "or leave it out, to use a file."
        )


def database(address: str, file: Path) -> dict[str, Any]:
    """Django's settings of the database at `address`, a PostgreSQL URI; of the SQLite file where it is empty."""
    return _postgresql(address) if address else _sqlite(file)


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            "timeout": 20,
            # A transaction that will write says so at its start, so that two of them wait for each other, not fail.
            "transaction_mode": "IMMEDIATE",
            # FULL: a submission that was acknowledged is on the disk, also when the power fails.
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
        },
    }


def _postgresql(address: str) -> dict[str, Any]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    if not address.startswith(("postgresql://", "postgres://")):
        raise DatabaseAddressWrong("it does not begin with postgresql://")
    try:
        # PostgreSQL's own reading: sslmode, passfile and the rest work as its manual says.
        parts: dict[str, Any] = dict(conninfo_to_dict(address))
    except ProgrammingError:
        raise DatabaseAddressWrong("PostgreSQL cannot read it") from None
    if not parts.get("dbname"):
        raise DatabaseAddressWrong("it does not say which database, after the last /")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        # A connection for each thread of the server is kept, and looked at before it is used again.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 10,
            "application_name": "academy",
            **parts,
            "options": f"{_FOR_SHORT_QUESTIONS} {parts.get('options', '')}".strip(),
        },
    }
