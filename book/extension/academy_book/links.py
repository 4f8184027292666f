"""Links by meaning: `[open data](glossary:open-data)` to a word, `[your team](site:team/)` to a part of the site.

A word that the glossary lacks is a warning, and so stops the build. Links to the site are relative to the page.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

GLOSSARY = "glossary:"
SITE = "site:"


class GlossaryLinks(SphinxTransform):
    """Turn a link to a word into a checked reference to its place in the glossary."""

    default_priority = 400

    def apply(self, **_: object) -> None:
        for link in list(self.document.findall(nodes.reference)):
            if not link.get("refuri", "").startswith(GLOSSARY):
                continue
            word = addnodes.pending_xref(
                "",
                nodes.inline("", "", *link.children, classes=["term"]),
                refdomain="std",
                reftype="ref",
                reftarget="term-" + link["refuri"].removeprefix(GLOSSARY),
                refexplicit=True,
                refwarn=True,
                refdoc=self.env.docname,
            )
            word.source, word.line = link.source, link.line
            link.replace_self(word)


class SiteLinks(SphinxPostTransform):
    """Make a link to another part of the site relative to the page that it stands on."""

    default_priority = 700

    def run(self, **_: object) -> None:
        for link in self.document.findall(nodes.reference):
            if link.get("refuri", "").startswith(SITE):
                up = "../" * self.env.docname.count("/")
                link["refuri"] = (up + link["refuri"].removeprefix(SITE)) or "./"
                link["internal"] = True


def setup(app: Sphinx) -> None:
    app.add_transform(GlossaryLinks)
    app.add_post_transform(SiteLinks)
