"""A learner takes home what a lesson made, wherever they took it."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest

from toolkit import keep_page

PAGE = "Towns with no station: 63 – “none” & <all>\n"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_page_lies_beside_the_notebook() -> None:
    keep_page("note.md", PAGE)
    assert Path("note.md").read_text(encoding="utf-8") == PAGE


@pytest.mark.parametrize(
    ("name", "kind"), [("note.md", "text/plain"), ("table.csv", "text/csv"), ("page.html", "text/html")]
)
def test_the_link_downloads_the_same_page_under_its_name(name: str, kind: str) -> None:
    [(told, data, file, words)] = re.findall(
        r'<a href="data:([\w/]+);charset=utf-8;base64,([\w+/=]+)" download="([^"]+)">([^<]+)</a>',
        keep_page(name, PAGE).data,
    )
    assert (told, file, words) == (kind, name, f"Download {name}")
    assert b64decode(data).decode("utf-8") == PAGE


def test_the_link_can_have_words_of_its_own() -> None:
    assert ">Download this card</a>" in keep_page("card.html", PAGE, "Download this card").data
