"""One file that holds an installation: its database as it was at one moment, its secret key, and what it said of both.

    manifest.json       when, of which kind of database, which changes of the database were in it, rows of each table,
                        and the digest of every other file here
    database.sqlite3    SQLite's own copy, or
    database.dump       what PostgreSQL's pg_dump wrote
    files/secret-key    …and the other small files of the installation, if they are there

The secret key is in it, because what was signed with it must stay good: a backup is as secret as the installation.
Lessons, the built site and settings in the environment are not: they are no data of the installation.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from tracker.audit.log import note
from tracker.backup import postgresql, sqlite
from tracker.backup.errors import FileThere, InUse, NewerVersion, NoBackup, OtherDatabase
from tracker.home import VAR

FORMAT = 1
FILES = ("secret-key", "demo-accounts.txt")
"""The files of the installation's folder that no command can make again."""
_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str
    database: str
    migrations: list[str]
    rows: dict[str, int]
    digests: dict[str, str]
    format: int = FORMAT

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def make_backup(to: Path) -> Manifest:
    """Write a backup, readable by its owner only. The server may go on working. Raises BackupFailed."""
    if to.exists():
        raise FileThere(to.name)
    engine = _engine()
    # Before the copy, so that the backup itself says that it was made.
    note(None, "backup.make", to.name)
    with tempfile.TemporaryDirectory(prefix=".academy-backup-", dir=to.parent) as folder:
        saved = Path(folder) / engine.MEMBER
        rows = engine.save(saved)
        members = {engine.MEMBER: saved} | {f"files/{name}": VAR / name for name in FILES if (VAR / name).is_file()}
        manifest = Manifest(
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            database=engine.NAME,
            migrations=_applied(),
            rows=rows,
            digests={name: _digest(path) for name, path in members.items()},
        )
        unfinished = Path(folder) / "backup.zip"
        with zipfile.ZipFile(
            os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b"),
            "w",
            zipfile.ZIP_DEFLATED,
            compresslevel=6,
        ) as archive:
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
            for name, path in members.items():
                archive.write(path, name)
        _onto_the_disk(unfinished)
        unfinished.rename(to)
    return manifest


def bring_back(backup: Path, overwrite: bool = False) -> Manifest:
    """Make this installation what the backup says: all is checked before anything changes. Raises BackupFailed."""
    engine = _engine()
    with _unpacked(backup) as (folder, manifest):
        if manifest.database != engine.NAME:
            raise OtherDatabase(manifest.database, engine.NAME)
        if unknown := sorted(set(manifest.migrations) - set(_known())):
            raise NewerVersion(unknown)
        engine.check(folder / engine.MEMBER, manifest.rows)
        if (people := _people()) and not overwrite:
            raise InUse(people)
        connection.close()
        engine.bring_back(folder / engine.MEMBER, manifest.rows)
        for name in FILES:
            if (saved := folder / "files" / name).is_file():
                _replace(VAR / name, saved)
    # A backup of an older version is brought up to this one.
    call_command("migrate", verbosity=0, interactive=False)
    note(None, "backup.restore", backup.name, made_at=manifest.made_at)
    return manifest


def _engine() -> ModuleType:
    return sqlite if connection.vendor == "sqlite" else postgresql


@contextmanager
def _unpacked(backup: Path) -> Iterator[tuple[Path, Manifest]]:
    """The backup's files in a folder of their own, each compared with its digest."""
    with tempfile.TemporaryDirectory(prefix=".academy-restore-", dir=VAR) as name:
        folder = Path(name)
        try:
            with zipfile.ZipFile(backup) as archive:
                manifest = _manifest(json.loads(archive.read(_MANIFEST)))
                for member in manifest.digests:
                    archive.extract(member, folder)
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
            raise NoBackup(backup.name, "it cannot be read") from error
        if any(_digest(folder / member) != digest for member, digest in manifest.digests.items()):
            raise NoBackup(backup.name, "it has changed since it was made")
        yield folder, manifest


def _manifest(said: dict[str, object]) -> Manifest:
    if said.get("format") != FORMAT:
        raise ValueError("another format")
    manifest = Manifest(**said)  # type: ignore[arg-type]
    if not {sqlite.MEMBER, postgresql.MEMBER} & set(manifest.digests):
        raise ValueError("no database")
    return manifest


def _applied() -> list[str]:
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def _known() -> list[str]:
    return [f"{app}.{name}" for app, name in MigrationExecutor(connection).loader.disk_migrations]


def _people() -> int:
    from tracker.people.models import Person

    return Person.objects.count() if Person._meta.db_table in connection.introspection.table_names() else 0


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _replace(file: Path, saved: Path) -> None:
    fresh = file.with_name(f".{file.name}-{os.getpid()}")
    with saved.open("rb") as content, open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy:
        shutil.copyfileobj(content, copy)
    fresh.replace(file)


def _onto_the_disk(file: Path) -> None:
    with file.open("rb") as content:
        os.fsync(content.fileno())
