"""The Content-Security-Policy of each area of the site: what a browser may load and run there, and nothing else.

The tracker reads build/policy.json and sends the policy of the area with each page.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from academy.site import lite, practice

_OTHER_AREAS = ("practice", "lite", "downloads")
"""The folders of the site that are not the book."""
_NOT_RUN = ("application/json", "application/ld+json")
"""Types of <script> that hold data."""


def write_policies(site: Path, destination: Path) -> None:
    """Write the policies of the areas book, practice, lite and tracker to `destination`, as JSON."""
    policies = {
        "book": book_policy(site),
        "practice": practice.POLICY,
        "lite": lite.policy(site / "lite"),
        "tracker": _policy("'self'", style="'self'"),
    }
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(json.dumps(policies, indent=2) + "\n", encoding="utf-8")


def book_policy(site: Path) -> str:
    """The policy of the book: this site only, and the inline scripts that its pages were built with.

    Our own templates have none. Should an extension add one, it is allowed by its digest, so that a script that comes
    into a page in another way is still refused.
    """
    pages = (page for page in site.rglob("*.html") if page.relative_to(site).parts[0] not in _OTHER_AREAS)
    digests = {digest(script) for page in pages for script in inline_scripts(page.read_text(encoding="utf-8"))}
    # Tables in notebooks carry style attributes.
    return _policy(" ".join(["'self'", *sorted(digests)]), style="'self' 'unsafe-inline'")


def _policy(script: str, style: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {script}",
            f"style-src {style}",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def digest(script: str) -> str:
    """The digest by which a policy allows an inline script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode()}'"


def inline_scripts(html: str) -> Iterator[str]:
    """Yield the text of each script that stands in the page itself."""
    reader = _Scripts()
    # A browser reads line ends in this way before it computes the digest.
    reader.feed(html.replace("\r\n", "\n"))
    reader.close()
    yield from reader.found


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") not in _NOT_RUN:
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._text is not None:
            self.found.append("".join(self._text))
            self._text = None
