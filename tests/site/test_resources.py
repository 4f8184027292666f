"""The page of resources: every entry says who answers for it, where it was named, and when its link was last opened."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from academy.project import worksheet_names

BOOK = Path(__file__).parents[2] / "book"
TOPICS: list[dict[str, Any]] = yaml.safe_load((BOOK / "resources.yml").read_text(encoding="utf-8"))
RESOURCES = [resource for topic in TOPICS for resource in topic["resources"]]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource["title"])
def test_an_entry_says_all_that_a_reader_needs_to_trust_it(resource: dict[str, Any]) -> None:
    assert set(resource) - {"link"} == {"title", "owner", "what_for", "license", "named_in", "last_checked"}
    assert all(resource[name] for name in ("title", "owner", "what_for", "license", "named_in"))
    assert resource.get("link", "https://").startswith("https://")
    day = resource["last_checked"]
    assert day is None or (isinstance(day, datetime.date) and day <= datetime.date.today())
    for name in re.findall(r"site:worksheets/([a-z-]+)\.html", resource["what_for"]):
        assert name in worksheet_names()


def test_the_page_shows_every_entry_and_admits_what_nobody_opened_yet() -> None:
    templates = Environment(loader=FileSystemLoader(BOOK), undefined=StrictUndefined)
    page = templates.get_template("resources.md.jinja").render(hub=TOPICS)
    headings = re.findall(r"^### \[?(.+?)(?:\]\(|$)", page, re.MULTILINE)
    assert headings == [resource["title"] for resource in RESOURCES]
    unopened = [resource for resource in RESOURCES if "link" in resource and not resource["last_checked"]]
    assert page.count("- **Link opened:** not yet\n") == len(unopened)
