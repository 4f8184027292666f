"""The last step of every build: no solution, hidden test, model answer or answer table may be in what is served.

What was found clean is remembered, by the digests of the file and of the secrets that it was searched for. So a build
searches files that are new for everything, and those it knows for secrets that are new.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from academy.site.writing import write_if_changed
from autograder.notebook import Lesson, regions, release
from autograder.notebook.lesson import Role

_LEAST_LENGTH = 12
"""Shorter lines, such as `x = 5`, stand in many an innocent place; the canary beside them gives them away."""
_TEXT = {".html", ".js", ".json", ".ipynb", ".txt", ".csv", ".geojson", ".md", ".py", ".xml", ".map", ".svg", ".css"}
_ARCHIVES = {".zip", ".whl"}
_TAG = re.compile(r"<[^>]*>")


class SecretLeaked(Exception):
    """A secret stands in the built site. The site must not be published."""


def assert_no_leaks(
    lessons: Iterable[Lesson], site: Path, *, kept_apart: Iterable[Path] = (), memory: Path | None = None
) -> None:
    """Read everything below `site` and raise SecretLeaked, naming file and secret, where one is found.

    `kept_apart` are the tables with the answers to made-up data. `memory` is a file that remembers what was found
    clean; without it, or where it cannot be read, everything is searched.
    """
    lessons = list(lessons)
    public = _plain("\n".join(node.source for lesson in lessons for node in release(lesson).cells))
    secrets = [_secrets_of_lesson(lesson, public) for lesson in lessons] + [*map(_secrets_of_table, kept_apart)]
    known = _Memory.read(memory)
    seen: set[str] = set()
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        content = path.read_bytes()
        file = _digest(path.suffix.encode(), content)
        seen.add(file)
        to_find = [each for each in secrets if not known.clean(file, each)]
        for name, part in _contents(str(path.relative_to(site)), content) if to_find else ():
            opened = _File(name, part)
            for each in to_find:
                each.refuse(opened)
    _Memory({each.digest for each in secrets}, seen).write(memory)


@dataclass(frozen=True)
class _Memory:
    """Every file of `files` was searched for all of `secrets`, and held none: digests both."""

    secrets: set[str]
    files: set[str]

    def clean(self, file: str, secrets: _Secrets) -> bool:
        return file in self.files and secrets.digest in self.secrets

    @classmethod
    def read(cls, place: Path | None) -> _Memory:
        try:
            facts = json.loads(place.read_text(encoding="utf-8")) if place else {}
            return cls(set(facts["secrets"]), set(facts["files"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(set(), set())

    def write(self, place: Path | None) -> None:
        facts = {"secrets": sorted(self.secrets), "files": sorted(self.files)}
        if place:
            write_if_changed(place, json.dumps(facts).encode())


class _File:
    """A file of the site, or of an archive in it."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content

    @cached_property
    def readings(self) -> list[tuple[str, set[str]]]:
        texts = _readings(self.name, self.content) if Path(self.name).suffix in _TEXT else []
        return [(text, set(text.split(" "))) for text in texts]


@dataclass(frozen=True)
class _Secrets:
    """What no file may hold: `marks` in a file of any kind, `lines` in one of text.

    All marks have the same `beginning`. `message` ends the sentence that a file's name and “holds” begin.
    """

    marks: tuple[bytes, ...]
    beginning: bytes
    lines: tuple[str, ...]
    message: str

    @cached_property
    def digest(self) -> str:
        """Changes when the secrets change, or the way in which they are searched for."""
        return _digest(_THIS_PROGRAM, *self.marks, b"lines", *(line.encode() for line in self.lines))

    def refuse(self, file: _File) -> None:
        found = self._mark_in(file) or self._line_in(file)
        if found is not None:
            raise SecretLeaked(f"{file.name} holds {self.message.format(found)}")

    def _mark_in(self, file: _File) -> str | None:
        # Most files lack the beginning, and need no search for each mark.
        marks = self.marks if self.beginning in file.content else ()
        return next((mark.decode("utf-8", "replace") for mark in marks if mark in file.content), None)

    def _line_in(self, file: _File) -> str | None:
        # Within a line, words stand between spaces: most texts lack one of them, and need no search for the line.
        for text, words in file.readings:
            for line, within in self._words_within:
                if within <= words and line in text:
                    return line
        return None

    @cached_property
    def _words_within(self) -> list[tuple[str, set[str]]]:
        return [(line, set(line.split(" ")[1:-1])) for line in self.lines]


def _secrets_of_lesson(lesson: Lesson, public: str) -> _Secrets:
    """The secrets of a lesson that stand nowhere in what learners are given, in any lesson: the text `public`."""
    canaries = (regions.canary(f"{lesson.slug}/{cell.id}").encode() for cell in lesson.cells if cell.task)
    return _Secrets(
        tuple(canaries),
        regions.CANARY.encode(),
        tuple(line for line in _secret_lines(lesson) if line not in public),
        "“{}”, which is a solution, a hidden test or a model answer.\n"
        "Nothing may be served from this build. See autograder/notebook/release.py.",
    )


def _secrets_of_table(table: Path) -> _Secrets:
    return _Secrets(
        (table.read_bytes().strip(),),
        b"",
        (),
        f"the answers of {table.name}, which are kept apart.\n"
        "Nothing may be served from this build. See autograder/lesson_files.py.",
    )


def _secret_lines(lesson: Lesson) -> Iterator[str]:
    """The lines of a lesson's secret regions, but for those that say too little to be one."""
    for cell in lesson.cells:
        if cell.role is Role.REVIEW:
            text = cell.source
        elif cell.role in (Role.ANSWER, Role.CHECK):
            parts = (regions.inside(cell.source, region) for region in (regions.SOLUTION, regions.HIDDEN))
            text = "\n".join(parts)
        else:
            continue
        lines = (_plain(line) for line in text.splitlines())
        yield from (line for line in lines if len(line) >= _LEAST_LENGTH)


def _contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The file itself; of an archive, every file within."""
    if Path(name).suffix not in _ARCHIVES:
        yield name, content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            yield from _contents(f"{name}/{member}", archive.read(member))


def _readings(name: str, content: bytes) -> list[str]:
    """The ways in which a text file may spell a line: as it is, without markup, or within JSON."""
    text = content.decode("utf-8", "replace")
    readings = [_plain(text)]
    if name.endswith(".html"):
        readings.append(_plain(html.unescape(_TAG.sub("", text))))
    if name.endswith((".ipynb", ".json", ".js")):
        readings.append(_plain(text.replace("\\n", "\n").replace('\\"', '"').replace("\\u201c", "“")))
    return readings


def _plain(text: str) -> str:
    return " ".join(text.split())


def _digest(*parts: bytes) -> str:
    """One digest of all parts, their lengths included, so that no other parts give the same."""
    made = hashlib.sha256()
    for part in parts:
        made.update(f"{len(part)}:".encode() + part)
    return made.hexdigest()


_THIS_PROGRAM = Path(__file__).read_bytes()
