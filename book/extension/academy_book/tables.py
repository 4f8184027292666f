"""Tables readable for everyone: headers with a scope, none of them empty, numbers to the right. A wide one scrolls."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

# "0901301080" is a code: a number does not begin with a zero unless it is one.
_NUMBER = re.compile(r"[-+]?(0|[1-9][\d,]*)?(\.\d*)?(e[-+]?\d+)?%?|-?inf|NaN|NaT|<NA>|None")


class Tables(SphinxPostTransform):
    # After MyST-NB has chosen the HTML of each output.
    default_priority = 900

    def run(self, **_: object) -> None:
        for output in self.document.findall(nodes.raw):
            if 'class="dataframe"' in output.astext():
                output.children = [nodes.Text(accessible_tables(output.astext()))]
        for table in list(self.document.findall(nodes.table)):
            place = table.parent.index(table)
            table.parent[place : place + 1] = [_html('<div class="scrolls">'), table, _html("</div>")]


def accessible_tables(html: str) -> str:
    """Return the HTML of a pandas output with its tables made accessible."""
    page = BeautifulSoup(html, "html.parser")
    for style in page.find_all("style"):
        style.decompose()
    for table in page.find_all("table", class_="dataframe"):
        table.attrs = {"class": "dataframe"}
        for tag in table.find_all(["tr", "th", "td"]):
            tag.attrs.pop("style", None)
        _name_headers(table)
        _align_numbers(table)
        table.wrap(page.new_tag("div", attrs={"class": "scrolls"}))
    return str(page)


def _name_headers(table: Tag) -> None:
    for header in table.find_all("th"):
        if not header.get_text(strip=True):
            # The corner above the row labels. A screen reader would announce a header without a name.
            header.name = "td"
        else:
            header["scope"] = "col" if header.find_parent("thead") else "row"


def _align_numbers(table: Tag) -> None:
    rows = [row.find_all(["th", "td"]) for row in table.select("tbody > tr")]
    heads = table.select("thead > tr")
    columns = heads[-1].find_all(["th", "td"]) if heads else []
    for place, column in enumerate(columns):
        cells = [row[place] for row in rows if len(row) == len(columns)]
        if cells and all(cell.name == "td" and _NUMBER.fullmatch(cell.get_text(strip=True)) for cell in cells):
            for cell in (column, *cells):
                cell["class"] = "number"


def _html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def setup(app: Sphinx) -> None:
    app.add_post_transform(Tables)
