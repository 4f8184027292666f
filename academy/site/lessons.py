"""Lessons, prepared for the book, the browser and the download: compiled, executed only when needed, released."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import sys
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

import toolkit
from academy.execute import execute
from academy.site.writing import write_if_changed
from autograder.notebook import Lesson, compile_lesson, publish, release
from autograder.notebook.compile import to_bytes

_KERNEL = ("pandas", "numpy", "matplotlib", "ipython", "ipykernel")
_ZIP_DATE = (2020, 1, 1, 0, 0, 0)
"""One date for all files, so that the same lesson gives the same archive."""


def prepare(lesson: Lesson, data: Sequence[Path], build: Path) -> bool:
    """Write the lesson's notebooks, its page, its folder for the browser and its downloads below `build`.

    Returns whether the lesson had to be executed: only when its code, its data or the kernel's versions changed.
    Raises LessonDoesNotRun, FigureWithoutText.
    """
    folder = build / "lessons" / lesson.slug
    instructor = compile_lesson(lesson)
    write_if_changed(folder / "instructor.ipynb", to_bytes(instructor))
    executed, ran = _executed(folder / "executed.ipynb", instructor, data)
    write_if_changed(build / "pages" / f"{lesson.slug}.ipynb", to_bytes(publish(lesson, executed)))
    learner = to_bytes(release(lesson))
    write_if_changed(folder / "learner.ipynb", learner)
    write_learner_folder(build / "learner" / lesson.slug, f"{lesson.slug}.ipynb", learner, data)
    downloads = build / "site" / "downloads"
    write_if_changed(downloads / f"{lesson.slug}.ipynb", learner)
    write_if_changed(downloads / f"{lesson.slug}.zip", _archive(lesson.slug, learner, data))
    return ran


def remove_others(slugs: Sequence[str], build: Path) -> None:
    """Remove what lessons that are gone left behind."""
    for folder in ("lessons", "learner"):
        for path in (build / folder).glob("*"):
            if path.name not in slugs:
                shutil.rmtree(path)
    for folder in ("pages", "site/downloads"):
        for path in (build / folder).glob("*"):
            if path.stem not in slugs:
                path.unlink()


def _executed(file: Path, instructor: NotebookNode, data: Sequence[Path]) -> tuple[NotebookNode, bool]:
    """The executed notebook: the one at hand if nothing that could change its outputs has changed."""
    key = _execution_key(instructor, data)
    if file.is_file():
        at_hand: NotebookNode = nbformat.read(file, as_version=4)
        if at_hand.metadata.get("academy", {}).get("executed") == key:
            return at_hand, False
    executed = execute(instructor, data)
    executed.metadata["academy"] = {**instructor.metadata["academy"], "executed": key}
    write_if_changed(file, to_bytes(executed))
    return executed, True


def _execution_key(instructor: NotebookNode, data: Sequence[Path]) -> str:
    """A digest of everything that decides the outputs."""
    facts = {
        "code": [(cell.id, cell.source) for cell in instructor.cells if cell.cell_type == "code"],
        "data": [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in data],
        "toolkit": [(name, hashlib.sha256(content).hexdigest()) for name, content in _toolkit()],
        "kernel": [sys.version_info[:2], *(version(package) for package in _KERNEL)],
    }
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _toolkit() -> Iterator[tuple[str, bytes]]:
    """The toolkit's modules and what they read, by their path in the package that lessons import."""
    package = Path(toolkit.__file__).parent
    for file in sorted((*package.rglob("*.py"), *package.rglob("*.json"))):
        yield file.relative_to(package.parent).as_posix(), file.read_bytes()


def write_learner_folder(folder: Path, name: str, notebook: bytes, data: Sequence[Path]) -> None:
    """What the learner has beside each other in the browser and in a workshop."""
    write_if_changed(folder / name, notebook)
    for table in data:
        write_if_changed(folder / table.name, table.read_bytes())
    for path in folder.iterdir():
        if path.name not in {name, *(table.name for table in data)}:
            path.unlink()


def _archive(slug: str, notebook: bytes, data: Sequence[Path]) -> bytes:
    """The lesson to take along: with the toolkit beside it, it runs wherever its packages are installed."""
    files = {f"{slug}/{slug}.ipynb": notebook} | {f"{slug}/{table.name}": table.read_bytes() for table in data}
    files |= {f"{slug}/{name}": content for name, content in _toolkit()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
