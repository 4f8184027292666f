"""What a page may load: our own style sheets and Sphinx's own scripts, from this site and from nowhere else."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

OURS = ("_static/palette.css", "_static/academy.css")

logger = logging.getLogger(__name__)


def trim(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Keep the page light: extensions add style sheets that ours replace. Refuse anything from another host."""
    context["css_files"] = [css for css in context["css_files"] if str(css.filename) in OURS]
    for script in context["script_files"]:
        name = str(getattr(script, "filename", None) or "")
        if not name or "//" in name:
            logger.warning(
                "An extension adds a script that is not a file of this site: %s", name or "inline", location=page
            )


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", trim, priority=900)
