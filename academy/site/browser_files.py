"""Fetches the files that run Python in a learner's browser, and checks every one of them against the committed list.

The list, browser-files.json, names each file with its size and SHA-256. A file may come from a folder that the user
gives, from Pyodide's content delivery network, or out of a package of the Python package index: none is trusted, every
file is verified. A set-up that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

LIST = Path(__file__).with_name("browser-files.json")
SECONDS_TO_WAIT = 5

Progress = Callable[[str], None]


class BrowserFilesError(Exception):
    """The files that run Python in the browser are not complete and as listed."""


class BrowserFileMissing(BrowserFilesError):
    """A listed file is not where it should be, and could not be fetched."""


class BrowserFileAltered(BrowserFilesError):
    """A file differs from the committed list: it is never used."""


@dataclass(frozen=True)
class BrowserFile:
    """One line of the list. `origin` is `core`, `packages`, or a requirement such as `pandas==3.1.1`."""

    name: str
    size: int
    sha256: str
    origin: str
    package: dict[str, Any] | None = None

    def is_at(self, path: Path) -> bool:
        """True if `path` holds exactly this file."""
        return path.is_file() and path.stat().st_size == self.size and sha256_of(path) == self.sha256


@dataclass(frozen=True)
class BrowserFiles:
    """The list: the files, and where they may be had."""

    files: tuple[BrowserFile, ...]
    info: dict[str, str]
    cdn: dict[str, str]
    carrier: dict[str, str]


def read_list(path: Path = LIST) -> BrowserFiles:
    """The committed list of files."""
    listed = json.loads(path.read_text(encoding="utf-8"))
    files = tuple(
        BrowserFile(row["name"], row["size"], row["sha256"], row["from"], row.get("package")) for row in listed["files"]
    )
    return BrowserFiles(files, listed["info"], listed["cdn"], listed["carrier"])


def fetch(
    destination: Path, *, source: Path | None = None, listed: BrowserFiles | None = None, progress: Progress = print
) -> None:
    """Put every listed file into the folder `destination`. Those that are there and right are not fetched again.

    `source` is a folder that holds them, for a machine without internet access. `progress` gets one line per file.

    Raises BrowserFileMissing or BrowserFileAltered, each naming the file.
    """
    listed = listed or read_list()
    destination.mkdir(parents=True, exist_ok=True)
    wanted = [file for file in listed.files if not file.is_at(destination / file.name)]
    if not wanted:
        return
    origin: _Folder | _Internet = _Folder(source) if source else _Internet(listed, wanted, progress)
    with origin:
        for number, file in enumerate(wanted, start=1):
            progress(f"{number} of {len(wanted)}: {file.name} ({file.size / 1e6:.1f} MB)")
            with _temporary_name(destination / file.name) as part:
                origin.copy(file, part)
                if not file.is_at(part):
                    _refuse(file, origin.place(file))


def verify(folder: Path, listed: BrowserFiles | None = None) -> None:
    """Check that every listed file is in `folder`, unaltered. Raises BrowserFileMissing or BrowserFileAltered."""
    for file in (listed or read_list()).files:
        path = folder / file.name
        if not path.is_file():
            raise BrowserFileMissing(
                f"The browser's Python is not complete: {file.name} is missing in {folder}.\n"
                "    Run the set-up again: it fetches only what is missing."
            )
        if not file.is_at(path):
            _refuse(file, str(path))


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


class _Folder:
    """A folder that the user gave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> _Folder:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def place(self, file: BrowserFile) -> str:
        return str(self.folder / file.name)

    def copy(self, file: BrowserFile, part: Path) -> None:
        try:
            part.write_bytes((self.folder / file.name).read_bytes())
        except OSError as error:
            raise BrowserFileMissing(
                f"{file.name} cannot be read in the folder you gave, {self.folder}.\n"
                "    Give a folder that holds all the files of academy/site/browser-files.json."
            ) from error


class _Internet:
    """Pyodide's content delivery network where it can be reached, else the Python package index through pip."""

    def __init__(self, listed: BrowserFiles, wanted: Sequence[BrowserFile], progress: Progress) -> None:
        self.listed, self.wanted, self.progress = listed, wanted, progress
        self.cdn_answers = True
        self.came_from = ""
        self.downloads = tempfile.TemporaryDirectory(prefix="academy-browser-files-")

    def __enter__(self) -> _Internet:
        return self

    def __exit__(self, *_: object) -> None:
        self.downloads.cleanup()

    def place(self, file: BrowserFile) -> str:
        return self.came_from

    def copy(self, file: BrowserFile, part: Path) -> None:
        if self._copy_from_cdn(file, part):
            return
        if file.origin in self.listed.cdn:
            self.came_from = self.listed.carrier["requirement"]
            part.write_bytes(self._carrier.read(f"{self.listed.carrier['folder']}/{file.name}"))
        else:
            self.came_from = file.origin
            part.write_bytes(self._download(file, file.origin, file.sha256).read_bytes())

    def _copy_from_cdn(self, file: BrowserFile, part: Path) -> bool:
        base = self.listed.cdn.get(file.origin)
        if not base or not self.cdn_answers:
            return False
        self.came_from = base + file.name
        try:
            with urllib.request.urlopen(self.came_from, timeout=SECONDS_TO_WAIT) as answer:
                # A guest network or a company's proxy may answer with a page of its own.
                if answer.headers.get_content_type() == "text/html":
                    raise urllib.error.URLError("a web page came in place of the file")
                part.write_bytes(answer.read())
        except (OSError, urllib.error.URLError) as error:
            self.cdn_answers = False
            self.progress(f"{base} does not answer ({error}): taking the files from the Python package index.")
            return False
        return True

    @cached_property
    def _carrier(self) -> zipfile.ZipFile:
        carrier = self.listed.carrier
        first = next(file for file in self.wanted if file.origin in self.listed.cdn)
        self.progress(f"Fetching {carrier['requirement']}, which holds Pyodide's files (77 MB, once)")
        return zipfile.ZipFile(self._download(first, carrier["requirement"], carrier["sha256"]))

    def _download(self, file: BrowserFile, requirement: str, sha256: str) -> Path:
        """One wheel for the browser's Python, by pip, which refuses any other than the one of this checksum."""
        folder = Path(self.downloads.name) / sha256[:12]
        folder.mkdir()
        wanted = folder / "wanted.txt"
        wanted.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
        platform = ["--platform", "pyemscripten_2024_0_wasm32", "--python-version", "3.12"]
        tags = ["--implementation", "cp", "--abi", "cp312", "--only-binary", ":all:"]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
        done = subprocess.run(
            [*pip, *platform, *tags, "--dest", str(folder), "--requirement", str(wanted)],
            capture_output=True,
            text=True,
            check=False,
        )
        wheel = next(folder.glob("*.whl"), None)
        if done.returncode or not wheel:
            reason = (done.stderr.strip() or "pip gave no reason").splitlines()[-1]
            kind = BrowserFileAltered if "HASHES" in done.stderr else BrowserFileMissing
            raise kind(
                f"{file.name} could not be fetched: pip could not get {requirement} ({reason}).\n"
                "    Connect to the internet and run the set-up again, or give it a folder that holds the files."
            )
        return wheel


@contextmanager
def _temporary_name(path: Path) -> Iterator[Path]:
    """A name to write to; the file gets its own name only when it is whole and right, else nothing is left behind."""
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _refuse(file: BrowserFile, place: str) -> NoReturn:
    raise BrowserFileAltered(
        f"{file.name} is not the file of the committed list, and was not used (found: {place}).\n"
        "    It may be damaged or tampered with. Delete it and run the set-up again;"
        " if it happens again, tell whoever looks after your network."
    )
