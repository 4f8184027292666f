"""Runs inside Pyodide, under Node: see in_pyodide.mjs. `/from` holds archives as fetched, `/to` gets them compiled."""

import importlib._bootstrap_external as bootstrap
import importlib.util
import json
import zipfile
from pathlib import Path

FONT_LIST = "matplotlib/fontlist.json"
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
PLACE_OF_STANDARD_LIBRARY = "/lib/python312.zip"
PLACE_OF_PACKAGES = "/lib/python3.12/site-packages"


def compile_all() -> None:
    """Every archive of /from into /to: sources replaced by compiled ones, left-out folders gone."""
    left_out = json.loads(Path("/from/left-out.json").read_text())
    for archive in sorted(Path("/from").iterdir()):
        if archive.suffix in (".whl", ".zip"):
            compile_archive(archive, Path("/to") / archive.name, tuple(left_out.get(archive.name, ())))
            print(archive.name, flush=True)


def compile_archive(source: Path, target: Path, left_out: tuple[str, ...]) -> None:
    place = PLACE_OF_STANDARD_LIBRARY if source.suffix == ".zip" else PLACE_OF_PACKAGES
    with zipfile.ZipFile(source) as opened, zipfile.ZipFile(target, "w") as written:
        for name in sorted(opened.namelist()):
            if name.endswith("/") or name.startswith(left_out):
                continue
            content = opened.read(name)
            if name.endswith(".py"):
                name, content = f"{name}c", compiled(content, f"{place}/{name}")
            add(written, name, content)


def compiled(source: bytes, path: str) -> bytes:
    """The bytes of a .pyc file that is never compared with its source."""
    code = compile(source, path, "exec", dont_inherit=True)
    make = bootstrap._code_to_hash_pyc  # type: ignore[attr-defined]  # As Python's own py_compile does.
    return bytes(make(code, importlib.util.source_hash(source), False))


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, FIXED_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def keep_font_list() -> None:
    """Put the list of matplotlib's fonts into its archive: the one inside is outdated, so browsers would redo it."""
    import matplotlib.font_manager

    made = Path(matplotlib.font_manager.__file__).with_name("fontlist.json")
    [wheel] = Path("/to").glob("matplotlib-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    kept[FONT_LIST] = made.read_bytes()
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in sorted(kept.items()):
            add(archive, name, content)
