"""Builds /lite/: JupyterLite with our own Python, and every lesson's notebook and data. It asks no other host.

The app is made again only when what it is made from changes; a changed lesson costs a copy and a small index.
Never move /lite/: the learners' work lies in their browsers under this address.
"""

from __future__ import annotations

import base64
import json
import mimetypes
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from academy.site.browser_files import sha256_of
from academy.site.browser_packages import PROGRAMS, BrowserPackagesError, Wheel, add_wheel, prepare

CONFIGURATION = PROGRAMS / "jupyter-lite.json"
STYLE = PROGRAMS / "learner.css"
NAMES = PROGRAMS / "learner.js"
DATA_SUFFIXES = {".csv", ".json", ".geojson", ".txt"}
SECRETS = re.compile(rb"### (BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
# JupyterLite compares this with what a learner has saved: a fixed date never asks whose version to keep.
FIXED_DATE = "2020-01-01T00:00:00Z"


class NotForLearners(Exception):
    """A file was about to be published that learners must not get."""


def build_lite(
    root: Path,
    files: Path,
    lessons: Path,
    site: Path,
    *,
    python: Path | None = None,
    progress: Callable[[str], None] = print,
) -> None:
    """Make `site`/lite from the verified browser `files` and the learner folders `lessons`/<slug>/.

    A learner folder holds <slug>.ipynb and the tables beside it, nothing else. `python` is the interpreter of
    .venv-browser, the environment that requirements-browser.lock describes.

    Raises NotForLearners, and BrowserFilesError when the browser's Python is not complete.
    """
    # Not resolved: it is a link, and what it links to knows nothing of the environment.
    python = (python or environment_python(root)).absolute()
    contents = dict(_contents(lessons))
    lite = site / "lite"
    packages = root / "build" / "browser-packages"
    prepare(files, packages, python, progress=progress)
    lock = root / "requirements-browser.lock"
    made_from = _digest(Path(__file__), CONFIGURATION, STYLE, NAMES, lock, packages / "pyodide-lock.json")
    toolkit_sources = sorted(path for path in (root / "toolkit").rglob("*") if path.suffix in (".py", ".json", ".toml"))
    made = _Made(site.parent / "lite-made-from.json")
    if not lite.is_dir() or not made.same("app", made_from):
        made.forget()
        progress("Building JupyterLite")
        _build_app(packages, lite, python)
        made.remember("app", made_from)
    if not made.same("toolkit", _digest(*toolkit_sources)):
        _add_toolkit(root / "toolkit", lite / "static" / "pyodide", python)
        made.remember("toolkit", _digest(*toolkit_sources))
    _put_contents(contents, lite)


def environment_python(root: Path) -> Path:
    """The interpreter of the environment that builds the browser lessons."""
    place = root / ".venv-browser"
    return place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def policy(lite: Path) -> str:
    """The Content-Security-Policy of /lite/: this host only, and what JupyterLite and WebAssembly cannot do without."""
    hashes = set()
    for page in lite.glob("*/index.html"):
        for script in re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), re.DOTALL):
            hashes.add("'sha256-" + base64.b64encode(sha256(script.encode()).digest()).decode() + "'")
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval'", *sorted(hashes)]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data:",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'none'",
            "frame-ancestors 'self'",
        ]
    )


def _contents(lessons: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that learners get, by its path in JupyterLite, after a look at whether they may have it."""
    for folder in sorted(path for path in lessons.iterdir() if path.is_dir()):
        slug = folder.name
        for path in sorted(folder.iterdir()):
            content = path.read_bytes() if path.is_file() else b""
            is_notebook = path.name == f"{slug}.ipynb"
            if not path.is_file() or not (is_notebook or path.suffix in DATA_SUFFIXES):
                raise NotForLearners(
                    f"{path} is neither the learner's notebook ({slug}.ipynb) nor a table, so it was not published.\n"
                    "    Take it out of the folder of learner files."
                )
            if is_notebook:
                _refuse_unfit(path, content)
            yield f"{slug}/{path.name}", content


def _refuse_unfit(path: Path, notebook: bytes) -> None:
    if SECRETS.search(notebook):
        raise NotForLearners(
            f"{path} still holds a solution or hidden checks, so it was not published.\n"
            "    Put the released notebook there, not the instructor's."
        )
    if json.loads(notebook)["metadata"].get("language_info", {}).get("name") != "python":
        raise NotForLearners(
            f"{path} does not say that it is in Python, so the browser would ask every learner to choose.\n"
            '    Its metadata needs "language_info": {"name": "python"}.'
        )


def _build_app(packages: Path, lite: Path, python: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="academy-lite-") as folder:
        source, built = Path(folder) / "source", Path(folder) / "built"
        source.mkdir()
        shutil.copyfile(CONFIGURATION, source / CONFIGURATION.name)
        folders = ["--lite-dir", str(source), "--output-dir", str(built)]
        options = ["--apps", "notebooks", "--no-sourcemaps", "--no-unused-shared-packages", "--no-libarchive"]
        _call(python, ["jupyterlite_core", "build", *folders, *options], source)
        shutil.copytree(packages, built / "static" / "pyodide")
        for part in (STYLE, NAMES):
            shutil.copyfile(part, built / part.name)
        _mend_page(built / "notebooks" / "index.html")
        shutil.rmtree(lite, ignore_errors=True)
        lite.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(built, lite)


def _mend_page(page: Path) -> None:
    """Say what JupyterLite's page leaves out: its language, what it is, how a lesson looks, and what its parts are."""
    text = page.read_text(encoding="utf-8")
    style = f'<link rel="stylesheet" href="../{STYLE.name}" />'
    for old, new in (
        ("<html>", '<html lang="en">'),
        ("<title>Jupyter Notebook - Notebooks</title>", "<title>Practice notebook</title>"),
        ("</head>", f'{style}\n<script src="../{NAMES.name}" defer></script>\n</head>'),
    ):
        if old not in text:
            raise BrowserPackagesError(f"JupyterLite's page has changed: it lacks {old}. Mend academy/site/lite.py.")
        text = text.replace(old, new, 1)
    page.write_text(text, encoding="utf-8")


def _add_toolkit(toolkit: Path, pyodide: Path, python: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="academy-toolkit-") as folder:
        _call(python, ["hatchling", "build", "--target", "wheel", "--directory", folder], toolkit)
        [wheel] = Path(folder).glob("*.whl")
        add_wheel(pyodide, Wheel(wheel, ("toolkit",), ("pandas", "matplotlib")))


def _call(python: Path, module: list[str], folder: Path) -> None:
    done = subprocess.run([python, "-m", *module], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        last_words = [line[:300] for line in (done.stdout + done.stderr).strip().splitlines()[-12:]]
        raise BrowserPackagesError("\n    ".join([f"{module[0]} failed. What it said last:", *last_words]))


def _put_contents(contents: dict[str, bytes], lite: Path) -> None:
    """Make /lite/files/ hold exactly these files, and /lite/api/contents/ list them as JupyterLite expects."""
    wanted = {f"files/{path}": content for path, content in contents.items()}
    folders: dict[str, list[dict[str, Any]]] = {"": []}
    for path, content in contents.items():
        slug, name = path.split("/")
        if slug not in folders:
            folders[slug] = []
            folders[""].append(_entry(slug, slug, "directory"))
        kind = "notebook" if name.endswith(".ipynb") else "file"
        folders[slug].append(_entry(path, name, kind, len(content)))
    for slug, entries in folders.items():
        listing = _entry(slug, slug, "directory") | {"content": entries, "format": "json"}
        place = f"{slug}/all.json".lstrip("/")
        wanted[f"api/contents/{place}"] = json.dumps(listing, indent=1).encode()
    for area in ("files", "api/contents"):
        for old in [path for path in (lite / area).rglob("*") if path.is_file()]:
            if old.relative_to(lite).as_posix() not in wanted:
                old.unlink()
    for place, content in wanted.items():
        target = lite / place
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def _entry(path: str, name: str, kind: str, size: int | None = None) -> dict[str, Any]:
    """One file or folder as Jupyter's contents interface describes it."""
    mimetype = mimetypes.guess_type(name)[0] if kind == "file" else None
    entry = {"name": name, "path": path, "type": kind, "size": size, "mimetype": mimetype, "writable": True}
    return entry | {"content": None, "format": None, "created": FIXED_DATE, "last_modified": FIXED_DATE}


def _digest(*paths: Path) -> str:
    return sha256("\n".join(f"{path.name} {sha256_of(path)}" for path in paths).encode()).hexdigest()


class _Made:
    """What each part of /lite/ was last made from, kept between builds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digests: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def same(self, part: str, digest: str) -> bool:
        return self.digests.get(part) == digest

    def remember(self, part: str, digest: str) -> None:
        self.digests[part] = digest
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.digests), encoding="utf-8")

    def forget(self) -> None:
        self.digests = {}
        self.path.unlink(missing_ok=True)
