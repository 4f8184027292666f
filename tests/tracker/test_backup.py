"""`academy backup` and `academy restore`: an installation in one file, and the way back."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.tracker.cast import Cast
from tests.tracker.postgres import database_for
from tracker.audit.log import note
from tracker.audit.models import Entry
from tracker.backup import archive
from tracker.backup.archive import bring_back, make_backup
from tracker.backup.errors import BackupFailed, FileThere, InUse, NewerVersion, NoBackup, OtherDatabase
from tracker.learning.models import Lesson, Review, Submission
from tracker.learning.reviews import review
from tracker.learning.submissions import notebook_of, submit
from tracker.people.models import Agency, Person

ROOT = Path(__file__).parents[2]
Tables = dict[str, list[tuple[Any, ...]]]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installation's own folder."""
    folder = tmp_path / "var"
    folder.mkdir()
    (folder / "secret-key").write_text("the key of this installation")
    monkeypatch.setattr(archive, "VAR", folder)
    return folder


@pytest.fixture
def lively(cast: Cast, graded_submission: Callable[..., Submission], hand_in: Callable[..., Submission]) -> Cast:
    """Something in every corner: scores, written answers, reviews, what waits, and the log."""
    done = graded_submission(cast.learner, 5, text="Besuche, nach Büro: 东 ‘quoted’ \\ back\tslash\n")
    review(done.task_results.get(manual=True), cast.trainer, 1.5, "Good; but “why”?")
    graded_submission(cast.colleague, 1)
    hand_in(cast.outsider, bytes(range(256)))
    note(cast.administrator, "roster.import", "somebody", rows=3, dry=False, why=None)
    return cast


def tables(folder: Path | None = None, address: str = "") -> Tables:
    """Every row of every table: of the test's own database, or of another one."""
    if folder is None and not address:
        with connection.cursor() as cursor:
            found: Tables = {}
            for name in connection.introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{name}"')
                found[name] = _sorted(cursor.fetchall())
            return found
    if address:
        with psycopg.connect(address) as other:
            names = other.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return {name: _sorted(other.execute(f'SELECT * FROM "{name}"'.encode()).fetchall()) for (name,) in names}
    assert folder is not None
    with contextlib.closing(sqlite3.connect(folder / "academy.sqlite3")) as file:
        names = file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        return {name: _sorted(file.execute(f'SELECT * FROM "{name}"').fetchall()) for (name,) in names}


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    plain = [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in rows]
    return sorted(plain, key=repr)


def damage(backup: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change what is in the backup."""
    with zipfile.ZipFile(backup) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    with zipfile.ZipFile(backup, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)


def rewrite(manifest: bytes, **facts: Any) -> bytes:
    return json.dumps(json.loads(manifest) | facts).encode()


def test_what_was_saved_comes_back_in_every_table_to_the_last_row(lively: Cast, tmp_path: Path, var: Path) -> None:
    made = make_backup(tmp_path / "academy.backup")
    before = tables()
    assert {name: len(rows) for name, rows in before.items()} == made.rows
    assert made.rows["learning_taskresult"] == 6
    # A bad day: people and scores are gone, others have come, and the key is another.
    Review.objects.all().delete()
    Submission.objects.all().delete()
    lively.cohort.delete()
    Person.objects.exclude(pk=lively.administrator.pk).delete()
    Agency.objects.create(name="Office of Mistakes")
    (var / "secret-key").write_text("another key")

    bring_back(tmp_path / "academy.backup", overwrite=True)
    after = tables()
    restored = [row for row in after["audit_entry"] if row not in before["audit_entry"]]
    assert len(restored) == 1 and "backup.restore" in restored[0]
    assert after | {"audit_entry": before["audit_entry"]} == before
    assert (var / "secret-key").read_text() == "the key of this installation"
    # New rows get new numbers, not those of the rows that came back.
    assert Agency.objects.create(name="Office of Beginnings").pk > max(row[0] for row in before["people_agency"])
    assert notebook_of(Submission.objects.get(person=lively.outsider)) == bytes(range(256))


def test_a_new_installation_becomes_the_one_that_was_saved(
    lively: Cast, tmp_path: Path, worker_environment: dict[str, str]
) -> None:
    def academy(*words: str, **more: str) -> str:
        command = [sys.executable, "-m", "academy", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=worker_environment | more, capture_output=True, text=True, check=True
        )
        return done.stdout

    backup, new = tmp_path / "academy.backup", tmp_path / "new"
    assert f"{backup}" in academy("backup", str(backup))
    assert backup.stat().st_mode & 0o777 == 0o600
    address = database_for(new)
    said = academy("restore", str(backup), ACADEMY_VAR=str(new), ACADEMY_DATABASE=address)
    assert "Start the server again" in said
    theirs = tables(new, address)
    with zipfile.ZipFile(backup) as file:
        counts = json.loads(file.read("manifest.json"))["rows"]
    assert {name: len(rows) for name, rows in theirs.items()} == counts | {"audit_entry": counts["audit_entry"] + 1}
    assert {row[1] for row in theirs["people_person"]} == set(Person.objects.values_list("password", flat=True))
    key = Path(worker_environment["ACADEMY_VAR"], "secret-key").read_text()
    assert (new / "secret-key").read_text() == key
    assert (new / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_backup_made_while_notebooks_are_handed_in_holds_one_moment(
    cast: Cast, lesson: Lesson, tmp_path: Path
) -> None:
    people = [Person.objects.create_user(f"{n}@example.org", name=f"Person {n}") for n in range(60)]
    acknowledged: list[int] = []
    going, stop = threading.Event(), threading.Event()

    def hand_in(mine: list[Person]) -> None:
        try:
            for number in range(9):
                for person in mine:
                    if stop.is_set():
                        return
                    content = f"{person.email} {number} ".encode() * 2_000
                    acknowledged.append(submit(person, lesson, content, Submission.Way.BROWSER).pk)
                    going.set()
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=[people[number::3]]) for number in range(3)]
    for thread in threads:
        thread.start()
    assert going.wait(20)
    before = list(acknowledged)
    make_backup(tmp_path / "academy.backup")
    after = list(acknowledged)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert len(after) > len(before), "Nothing was handed in meanwhile, so this test says nothing."

    bring_back(tmp_path / "academy.backup", overwrite=True)
    kept = {submission.pk: submission for submission in Submission.objects.select_related("stored_notebook")}
    assert set(before) <= set(kept)
    assert len(kept) <= len(after) + len(threads)
    assert all(hashlib.sha256(notebook_of(row)).hexdigest() == row.sha256 for row in kept.values())


def test_a_database_with_people_in_it_is_replaced_only_when_that_is_said(lively: Cast, tmp_path: Path) -> None:
    make_backup(tmp_path / "academy.backup")
    Agency.objects.create(name="Office of Newcomers")
    before = tables()
    with pytest.raises(InUse, match=r"has 11 people in it.*--overwrite"):
        bring_back(tmp_path / "academy.backup")
    assert tables() == before


def test_a_backup_never_writes_over_a_file(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "academy.backup").write_text("the only copy of last year")
    with pytest.raises(FileThere, match="Choose another name"):
        make_backup(tmp_path / "academy.backup")
    assert (tmp_path / "academy.backup").read_text() == "the only copy of last year"


def test_making_a_backup_and_bringing_it_back_stand_in_the_log(cast: Cast, tmp_path: Path) -> None:
    made = make_backup(tmp_path / "academy.backup")
    bring_back(tmp_path / "academy.backup", overwrite=True)
    lines = [(entry.action, entry.about, entry.facts) for entry in Entry.objects.order_by("pk")]
    assert lines == [
        ("backup.make", "academy.backup", {}),
        ("backup.restore", "academy.backup", {"made_at": made.made_at}),
    ]


def test_a_backup_of_another_kind_of_database_is_refused(lively: Cast, tmp_path: Path) -> None:
    backup = tmp_path / "academy.backup"
    make_backup(backup)
    other = "PostgreSQL" if connection.vendor == "sqlite" else "SQLite"
    damage(backup, lambda files: files.update({"manifest.json": rewrite(files["manifest.json"], database=other)}))
    with pytest.raises(OtherDatabase, match=f"This backup is of {other}"):
        bring_back(backup, overwrite=True)


def test_a_backup_of_a_newer_version_is_refused(lively: Cast, tmp_path: Path) -> None:
    backup = tmp_path / "academy.backup"
    make_backup(backup)
    future = ["learning.0001_initial", "learning.9999_next_year"]
    damage(backup, lambda files: files.update({"manifest.json": rewrite(files["manifest.json"], migrations=future)}))
    with pytest.raises(NewerVersion, match=r"\(learning\.9999_next_year\)\. Update this installation"):
        bring_back(backup, overwrite=True)


def _cut(files: dict[str, bytes]) -> None:
    name = next(name for name in files if name.startswith("database."))
    files[name] = files[name][: len(files[name]) // 2]


def _cut_and_signed(files: dict[str, bytes]) -> None:
    """As if the copy had been damaged before the backup was put together."""
    _cut(files)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "manifest.json"}
    files["manifest.json"] = rewrite(files["manifest.json"], digests=digests)


def _fewer_rows_than_said(files: dict[str, bytes]) -> None:
    rows = json.loads(files["manifest.json"])["rows"]
    files["manifest.json"] = rewrite(files["manifest.json"], rows=rows | {"people_person": rows["people_person"] + 1})


def _no_manifest(files: dict[str, bytes]) -> None:
    del files["manifest.json"]


def _elsewhere(files: dict[str, bytes]) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    files["../outside"] = b"x"
    files["manifest.json"] = rewrite(files["manifest.json"], digests={"../outside": digest})


@pytest.mark.parametrize("change", [_cut, _cut_and_signed, _fewer_rows_than_said, _no_manifest, _elsewhere])
def test_a_damaged_backup_changes_nothing(
    change: Callable[[dict[str, bytes]], None], lively: Cast, tmp_path: Path, var: Path
) -> None:
    backup = tmp_path / "academy.backup"
    make_backup(backup)
    before = tables()
    damage(backup, change)
    with pytest.raises(BackupFailed):
        bring_back(backup, overwrite=True)
    assert tables() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name not in ("build", "compressed")) == [
        "academy.backup",
        "var",
    ]
    assert [path.name for path in var.iterdir()] == ["secret-key"]


def test_a_file_that_is_no_backup_is_refused(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no backup")
    with pytest.raises(NoBackup, match=r"notes\.txt is no whole backup.*Take another one"):
        bring_back(tmp_path / "notes.txt", overwrite=True)
