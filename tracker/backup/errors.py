"""Why a backup was not made or not brought back. Every message says what to do next."""

from __future__ import annotations


class BackupFailed(Exception):
    """Nothing was changed. The message is for the person who ran the command."""


class NoBackup(BackupFailed):
    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} is no whole backup of the academy: {why}. Take another one.")


class OtherDatabase(BackupFailed):
    def __init__(self, theirs: str, ours: str) -> None:
        super().__init__(
            f"This backup is of {theirs}, but this installation uses {ours}. Set ACADEMY_DATABASE to a {theirs} "
            "database (without it, SQLite is used), then run this again."
        )


class NewerVersion(BackupFailed):
    def __init__(self, unknown: list[str]) -> None:
        super().__init__(
            "This backup was made by a newer version of the academy, which knows changes of the database that this one "
            f"does not ({', '.join(unknown)}). Update this installation, then run this again."
        )


class InUse(BackupFailed):
    def __init__(self, people: int) -> None:
        count = f"{people:,} person" if people == 1 else f"{people:,} people"
        super().__init__(
            f"This installation's database has {count} in it. Bringing a backup back replaces all of it. Make a "
            "backup of what is there first, stop the server, and run this again with --overwrite."
        )


class FileThere(BackupFailed):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is there already. Choose another name, or remove it first.")


class ProgramMissing(BackupFailed):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"“{name}” is missing. Install PostgreSQL's client programs (Debian, Ubuntu: postgresql-client), in the "
            "version of your server or a newer one."
        )


class ProgramFailed(BackupFailed):
    def __init__(self, name: str, said: str) -> None:
        super().__init__(f"PostgreSQL's “{name}” failed, and nothing was changed. It said: {said.strip()[-2_000:]}")
