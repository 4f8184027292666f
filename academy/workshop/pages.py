"""What trainers and learners see of a handed-in notebook: nothing in it runs in their browser, and no secret shows.

Named in a workshop's nbgrader_config.py: two filters for the pages of formgrader and feedback, and a step for feedback.
"""

from __future__ import annotations

import re
from typing import Any

import bleach  # type: ignore[import-untyped]
from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]
from nbconvert.filters import markdown2html as _markdown2html
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from traitlets import Bool

from autograder.notebook import regions

_TAGS = frozenset(bleach.ALLOWED_TAGS) | frozenset(
    "br caption col colgroup dd del details div dl dt h1 h2 h3 h4 h5 h6 hr kbd p pre s small span sub summary sup "
    "table tbody td tfoot th thead tr u var".split()
)
_ATTRIBUTES = {
    "*": ["class", "id", "style", "title"],
    "a": ["href"],
    "details": ["open"],
    "td": ["colspan", "rowspan", "align"],
    "th": ["colspan", "rowspan", "align", "scope"],
}
_STYLES = CSSSanitizer(allowed_css_properties=["color", "background-color", "font-weight", "font-style", "text-align"])


def clean_html(html: object) -> str:
    """HTML with text, tables and colors kept, and everything that runs, loads or covers the page taken out."""
    text = html.decode("utf-8", "replace") if isinstance(html, bytes) else str(html)
    # Of these the words would stay. Every table that pandas shows brings a style of its own.
    text = re.sub(r"<(script|style)\b.*?</\1\s*>", "", text, flags=re.DOTALL | re.IGNORECASE)
    cleaned: str = bleach.clean(text, tags=_TAGS, attributes=_ATTRIBUTES, css_sanitizer=_STYLES, strip=True)
    return cleaned


def markdown2html(source: str) -> str:
    """Markdown as a page, cleaned."""
    return clean_html(_markdown2html(source))


class CutSecrets(Preprocessor):
    """Feedback says what a check said, and does not show the hidden tests, neither in the cell nor in a traceback."""

    # Steps that settings name are off unless they say otherwise.
    enabled = Bool(True).tag(config=True)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = regions.without(cell.source, regions.HIDDEN).rstrip()
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources
