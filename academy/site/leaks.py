"""The last step of every build: no solution, hidden test, model answer or answer table may be in what is served."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

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
    lessons: Iterable[Lesson], site: Path, *, kept_apart: Iterable[Path] = (), verified: Iterable[Path] = ()
) -> None:
    """Read everything below `site` and raise SecretLeaked, naming file and secret, where one is found.

    `kept_apart` are the tables with the answers to made-up data. `verified` are folders whose files were checked
    against published hashes, and so hold nothing of ours.
    """
    tokens, lines = _canaries(lessons := list(lessons)), _secret_lines(lessons)
    skip = tuple(verified)
    tables = {table.name: table.read_bytes().strip() for table in kept_apart}
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        if any(path.is_relative_to(folder) for folder in skip):
            continue
        for name, content in _contents(str(path.relative_to(site)), path.read_bytes()):
            for table, answers in tables.items():
                if answers in content:
                    raise SecretLeaked(
                        f"{name} holds the answers of {table}, which are kept apart.\n"
                        "Nothing may be served from this build. Ask for a dataset's tables with academy.data.tables."
                    )
            found = next((token for token in tokens if token.encode() in content), None)
            if found is None and Path(name).suffix in _TEXT:
                readings = _readings(name, content)
                found = next((line for line in lines if any(line in reading for reading in readings)), None)
            if found is not None:
                raise SecretLeaked(
                    f"{name} holds “{found}”, which is a solution, a hidden test or a model answer.\n"
                    "Nothing may be served from this build. See autograder/notebook/release.py."
                )


def _canaries(lessons: list[Lesson]) -> list[str]:
    return [regions.canary(f"{lesson.slug}/{cell.id}") for lesson in lessons for cell in lesson.cells if cell.task]


def _secret_lines(lessons: list[Lesson]) -> list[str]:
    """The lines of all secret regions that stand nowhere in what learners are given, in any lesson."""
    secrets: list[str] = []
    public = _plain("\n".join(node.source for lesson in lessons for node in release(lesson).cells))
    for lesson in lessons:
        for cell in lesson.cells:
            if cell.role is Role.REVIEW:
                text = cell.source
            elif cell.role in (Role.ANSWER, Role.CHECK):
                parts = (regions.inside(cell.source, region) for region in (regions.SOLUTION, regions.HIDDEN))
                text = "\n".join(parts)
            else:
                continue
            lines = (_plain(line) for line in text.splitlines())
            secrets += [line for line in lines if len(line) >= _LEAST_LENGTH and line not in public]
    return secrets


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
