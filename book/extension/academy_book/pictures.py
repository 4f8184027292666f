"""Every picture has a text alternative, and every figure its picture, or the build stops."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

_IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"\balt\s*=", re.IGNORECASE)
_NO_TEXT = (
    "This picture has no text alternative. Say in one sentence what it shows. In a notebook, write it into the cell's "
    'metadata: mystnb: {image: {alt: "…"}}. In Markdown, write it between the brackets of ![…](picture.png).'
)
_NOT_DRAWN = (
    "A cell made a figure, but its picture was not kept. Execute the lesson again, and end the cell with plt.show()."
)

logger = logging.getLogger(__name__)


class PicturesHaveText(SphinxPostTransform):
    # After MyST-NB has chosen the picture of each output.
    default_priority = 900

    def run(self, **_: object) -> None:
        for picture in self.document.findall(nodes.image):
            if not picture.get("alt", "").strip():
                _complain(_NO_TEXT, picture)
        for html in self.document.findall(nodes.raw):
            if any(not _ALT.search(tag) for tag in _IMG.findall(html.astext())):
                _complain(_NO_TEXT, html)
        for words in self.document.findall(nodes.literal_block):
            if words.astext().startswith("<Figure size"):
                _complain(_NOT_DRAWN, words)


def _complain(message: str, node: nodes.Node) -> None:
    # Pictures know no line; what they stand in does.
    while not node.line and node.parent is not None:
        node = node.parent
    logger.warning(message, location=node, type="academy")


def setup(app: Sphinx) -> None:
    app.add_post_transform(PicturesHaveText)
