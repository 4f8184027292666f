"""What learners and trainers see of a graded notebook: nothing in it runs in their browser, and no hidden test shows.

A course needs one line of its nbgrader_config.py for both:

    from autograder.course.feedback import protect
    protect(c)

Formgrader and feedback then show outputs and Markdown cleaned. Feedback is a page of our own besides: check cells
without their hidden tests, errors of checks without the code that they quote, what was repaired, which checks did not
run apart, and a policy under which no script runs and nothing is loaded.
"""

from __future__ import annotations

import binascii
import html
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bleach  # type: ignore[import-untyped]
from bleach.css_sanitizer import CSSSanitizer  # type: ignore[import-untyped]
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, from_dict
from nbgrader.preprocessors import ClearHiddenTests
from traitlets import Bool
from traitlets.config import Config

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_MARK = "academy"
_HERE = f"{__name__}."
_MOST = 100_000
"""Characters of one text on a page. What is longer is cut, and HTML is then shown as plain text."""
_CUT = "\n(The rest is left out: it is too long for a page.)\n"


def protect(configuration: Config) -> None:
    """Set up formgrader and feedback of a course."""
    configuration.HTMLExporter.sanitize_html = True
    configuration.HTMLExporter.preprocessors = [f"{_HERE}KeepWhatIsSafe"]
    configuration.HTMLExporter.filters = {
        "clean_html": f"{_HERE}clean_html",
        "markdown2html": f"{_HERE}markdown2html",
    }
    configuration.GenerateFeedback.exporter_class = f"{_HERE}FeedbackExporter"
    configuration.GenerateFeedback.preprocessors = ["nbgrader.preprocessors.GetGrades"]


# -- HTML and Markdown ------------------------------------------------------------------------------------------------

_TAGS = frozenset(bleach.ALLOWED_TAGS) | frozenset(
    "br caption col colgroup dd del details div dl dt h1 h2 h3 h4 h5 h6 hr img kbd p pre s small span sub summary sup "
    "table tbody td tfoot th thead tr u var".split()
)
_STYLES = CSSSanitizer(allowed_css_properties=["color", "background-color", "font-weight", "font-style", "text-align"])
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
_LINK = re.compile(r"(https?://|mailto:|#).*", re.DOTALL | re.IGNORECASE)
_CLASSES = re.compile(r"(dataframe|highlight|hl-[a-z0-9]+|[a-z]{1,2}[0-9]?)( +(dataframe|highlight|[a-z]{1,2}[0-9]?))*")
"""Those of tables and of colored code. Others would reach into the page around."""
_OTHERS = {
    "col": ("span",),
    "colgroup": ("span",),
    "details": ("open",),
    "img": ("alt", "height", "width"),
    "ol": ("start",),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan", "scope"),
}


def clean_html(source: object) -> str:
    """HTML with its text, tables, pictures and colors; without all that runs, loads, or lies over the page."""
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else str(source)
    # Of these the words would stay. Every table that pandas shows brings a style of its own.
    text = re.sub(r"<(script|style)\b.*?</\1\s*>", "", text, flags=re.DOTALL | re.IGNORECASE)
    cleaned: str = bleach.clean(
        text,
        tags=_TAGS,
        attributes=_may_stay,
        protocols=("http", "https", "mailto", "data"),
        css_sanitizer=_STYLES,
        strip=True,
    )
    return cleaned


def _may_stay(tag: str, name: str, value: str) -> bool:
    match name:
        case "src":
            return tag == "img" and _PICTURE.fullmatch(value) is not None
        case "href":
            return tag == "a" and _LINK.fullmatch(value) is not None
        case "class":
            return _CLASSES.fullmatch(value) is not None
        case "id":
            return re.fullmatch("h[1-6]", tag) is not None
        case "style" | "title":
            return True
    return name in _OTHERS.get(tag, ())


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """Markdown as HTML, cleaned. What cannot be read as Markdown is shown as it was typed."""
    as_typed = f"<pre>{html.escape(source)}</pre>"
    if len(source) > _MOST:
        return as_typed
    attachments = (context.get("cell") or {}).get("attachments", {})
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    try:
        return clean_html(MarkdownWithMath(renderer=renderer).render(source))
    except Exception:  # such as a picture that is not attached
        return as_typed


# -- what a notebook holds --------------------------------------------------------------------------------------------

_TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")
_PICTURES = ("image/png", "image/jpeg")


class KeepWhatIsSafe(Preprocessor):
    """Of outputs, attachments and metadata, only what a page can show without running it."""

    # Steps that settings name are off unless they say otherwise.
    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        nb.metadata = from_dict({_MARK: _mapping(nb.metadata.get(_MARK))})
        for cell in nb.cells:
            cell.metadata = from_dict({key: cell.metadata[key] for key in ("nbgrader", _MARK) if key in cell.metadata})
            cell.source = _short(cell.source)
            if "attachments" in cell:
                cell.attachments = from_dict({name: _pictures(each) for name, each in cell.attachments.items()})
            if cell.cell_type == "code":
                shown = map(_safe, cell.outputs)
                cell.outputs = [output for output in shown if "data" not in output or output.data]
        return nb, resources


def _safe(output: NotebookNode) -> NotebookNode:
    if output.output_type == "stream":
        output.text = _short(output.text)
    elif output.output_type == "error" and len(whole := "\n".join([*output.traceback, output.evalue])) > _MOST:
        output.evalue, output.traceback = _short(output.evalue), [_short(whole)]
    if "data" not in output:
        return output
    texts = {kind: output.data[kind] for kind in _TEXTS if isinstance(output.data.get(kind), str)}
    data = {kind: text for kind, text in texts.items() if len(text) <= _MOST or kind == "image/svg+xml"}
    if "text/plain" in texts:
        data["text/plain"] = _short(texts["text/plain"])
    data |= _pictures(output.data)
    sizes = {kind: _sizes(output.metadata.get(kind)) for kind in _PICTURES if kind in data}
    kept = {"output_type": output.output_type, "data": data, "metadata": sizes}
    if output.output_type == "execute_result":
        kept["execution_count"] = output.get("execution_count")
    node: NotebookNode = from_dict(kept)
    return node


def _short(text: str) -> str:
    return text if len(text) <= _MOST else text[:_MOST] + _CUT


def _pictures(data: object) -> dict[str, str]:
    pictures = {kind: _mapping(data).get(kind) for kind in _PICTURES}
    return {kind: picture for kind, picture in pictures.items() if isinstance(picture, str) and _is_base64(picture)}


def _is_base64(text: str) -> bool:
    try:
        b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _sizes(facts: object) -> dict[str, Any]:
    """Width and height as numbers: these go into the page as they are."""
    sizes = {key: _mapping(facts).get(key) for key in ("width", "height")}
    kept: dict[str, Any] = {key: size for key, size in sizes.items() if type(size) in (int, float)}
    alternative = _mapping(facts).get("alt")
    return kept | {"alt": alternative} if isinstance(alternative, str) else kept


# -- the page of feedback ---------------------------------------------------------------------------------------------


class HideTests(ClearHiddenTests):  # type: ignore[misc]
    """Check cells as they were given out: the hidden tests are cut, and errors quote no code."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        if not _is_check(cell):
            return cell, resources
        try:
            self._remove_hidden_test_region(cell)
        except RuntimeError:
            cell.source = "# The tests of this cell are not shown."
        cell.source = cell.source.rstrip()
        for output in cell.outputs:
            if output.output_type == "error":
                output.traceback = list(_in_words(output))
        return cell, resources


_CODE = re.compile(r"\x1b\[|^Traceback \(most recent call last\)|^ *(Cell In|File |Input In)|^-+> ", re.MULTILINE)
"""What only a traceback that quotes code has. Lessons say their errors in plain words instead."""
_TOO_LONG = "This took too long and was stopped. Look for a line that never ends."


def _in_words(error: NotebookNode) -> Iterator[str]:
    """What an error says, without the code that it quotes."""
    if error.ename == "NotGraded":
        # One of ours, with its advice on the lines below.
        yield from (error.evalue, *error.traceback[1:])
    elif error.ename == "CellTimeoutError":
        yield _TOO_LONG
    elif not _CODE.search("\n".join(error.traceback)):
        yield from error.traceback
    elif error.ename == "AssertionError":
        yield error.evalue or "Not yet: something that this check tests does not hold."
    else:
        yield f"{error.ename}: {error.evalue}"


class SayWhatWasDone(Preprocessor):
    """The notes above the page: what was repaired, and which checks did not run apart."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        resources["academy_notes"] = list(_notes(nb))
        resources["academy_policy"] = POLICY
        return nb, resources


def _notes(nb: NotebookNode) -> Iterator[str]:
    repairs = _mapping(nb.metadata.get(_MARK)).get("repairs")
    if isinstance(repairs, list):
        yield from (str(repair) for repair in repairs)
    together = [cell.metadata.nbgrader.grade_id for cell in nb.cells if _is_check(cell) and _MARK in cell.metadata]
    if len(together) == 1:
        yield f"The check “{together[0]}” ran together with your code, because it needs more of it than answers."
    elif together:
        listed = ", ".join(f"“{id}”" for id in together)
        yield f"The checks {listed} ran together with your code, because they need more of it than answers."


def _is_check(cell: NotebookNode) -> bool:
    facts = _mapping(cell.metadata.get("nbgrader"))
    return cell.cell_type == "code" and bool(facts.get("grade")) and not facts.get("solution")


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback as a page that learners can open without harm, and read with any aid."""

    @property
    def default_config(self) -> Config:
        own = Config()
        protect(own)
        own.FeedbackExporter.template_name = "academy_feedback"
        own.FeedbackExporter.extra_template_basedirs = [str(Path(__file__).with_name("templates"))]
        own.FeedbackExporter.preprocessors = [KeepWhatIsSafe, HideTests, SayWhatWasDone]
        configuration: Config = super().default_config.copy()
        configuration.merge(own)
        return configuration


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
