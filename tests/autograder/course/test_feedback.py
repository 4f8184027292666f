"""The pages that learners and trainers open: nothing of a learner's runs there, no hidden test shows, and they read well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbgrader
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode, from_dict
from playwright.sync_api import Browser, Page
from traitlets.config import Config

from autograder.course.feedback import POLICY, FeedbackExporter, clean_html, protect

PWN = "document.title='pwned'"
HOSTILE = f"""<script>{PWN}</script><img src=x onerror="{PWN}"><iframe srcdoc="<script>parent.{PWN}</script>"></iframe>
<svg onload="{PWN}"><a xlink:href="javascript:{PWN}">x</a></svg><details open ontoggle="{PWN}">x</details>
<a href=" java&#9;script:{PWN}">go</a><form action="https://evil.example"><input autofocus onfocus="{PWN}"></form>
<link rel=stylesheet href="https://evil.example/x.css"><img src="https://evil.example/beacon.png"><base href="https://evil.example">
<div style="position:fixed;inset:0;background:url(https://evil.example/x.png)" id="statusmessage" class="save-icon">over</div>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror={PWN}&gt;">"""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TABLE = (
    '<div><style scoped>.dataframe tbody tr th {vertical-align: top}</style><table border="1" class="dataframe"><thead>'
    '<tr style="text-align: right;"><th></th><th>town</th></tr></thead><tbody><tr><th>0</th><td>Avon</td></tr></tbody>'
    "</table></div>"
)


def shown(data: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata}


HOSTILE_OUTPUTS = [
    shown({"text/html": HOSTILE}),
    shown({"text/html": HOSTILE}, **{"text/html": {"isolated": True}}),
    shown({"text/markdown": f"{HOSTILE}\n\n[go](javascript:{PWN})"}),
    shown({"application/javascript": PWN, "text/plain": "was a script"}),
    shown({"image/svg+xml": f"<svg xmlns='http://www.w3.org/2000/svg' onload=\"{PWN}\"><script>{PWN}</script></svg>"}),
    shown({"image/png": PIXEL}, **{"image/png": {"width": f"1 onload={PWN}", "height": 1}}),
    shown({"image/png": "AAAA"}, **{"image/png": {"width": f"1 onerror={PWN}"}}),
    shown({"image/png": PIXEL}, filenames={"image/png": "https://evil.example/beacon.png"}),
    shown({"image/png": f'"><script>{PWN}</script>'}),
    shown({"text/latex": HOSTILE}),
    shown({"application/vnd.jupyter.widget-view+json": {"model_id": f"</script><script>{PWN}</script>"}}),
    shown({"text/vnd.mermaid": f"graph TD; A[\"<img src=x onerror={PWN}>\"]", "text/plain": "a diagram"}),
    {"output_type": "stream", "name": "stdout", "text": f"\x1b]0;pwned\x07\x1b[2J\x00 \u202e{HOSTILE}"},
    {"output_type": "error", "ename": "E", "evalue": HOSTILE, "traceback": [f"\x1b[31m{HOSTILE}"]},
]  # fmt: skip
HOSTILE_METADATA = {
    "title": f"</title><script>{PWN}</script>",
    "widgets": {"application/vnd.jupyter.widget-state+json": {"x": f"</script><script>{PWN}</script>"}},
    "language_info": {"name": "python", "pygments_lexer": "html"},
}
HIDDEN = "### BEGIN HIDDEN TESTS\nassert total == 41 + 1\n### END HIDDEN TESTS"


def marks(id: str, **more: object) -> dict[str, Any]:
    return {"grade_id": id, "grade": False, "solution": False, "task": False, "score": 1, "points": 2, **more}


def code(source: str, outputs: list[dict[str, Any]], **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": outputs, "execution_count": 1, "metadata": metadata}


def failed(name: str, words: str, *lines: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": list(lines)}


def notebook(*cells: dict[str, Any], **metadata: Any) -> NotebookNode:
    numbered = [{"id": f"cell-{n}", **cell} for n, cell in enumerate(cells)]
    node: NotebookNode = from_dict({"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    return node


def checked(*outputs: dict[str, Any], source: str = f"assert total\n{HIDDEN}", **metadata: Any) -> NotebookNode:
    return notebook(code(source, list(outputs), nbgrader=marks("total-check", grade=True), **metadata))


FACTS = {"nbgrader": {"notebook": "numbers", "score": 1.0, "max_score": 2.0, "late_penalty": 0}}


def feedback(node: NotebookNode) -> str:
    page: str = FeedbackExporter().from_notebook_node(node, {"nbgrader": dict(FACTS["nbgrader"])})[0]
    return page


def formgrader(node: NotebookNode) -> str:
    """The page that a trainer grades on, as nbgrader makes it with a course's settings."""
    settings = Config()
    protect(settings)
    settings.HTMLExporter.template_name = "formgrade"
    templates = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    settings.HTMLExporter.extra_template_basedirs = [str(templates)]
    facts = {"submission_id": "1", "notebook_id": "numbers", "assignment_id": "ps1", "base_url": "/x", "index": 0}
    page: str = HTMLExporter(config=settings).from_notebook_node(node, facts | {"total": 1, "notebook_path": "x"})[0]
    return page


def hostile() -> NotebookNode:
    words = {
        "cell_type": "markdown",
        "source": f"My words.\n\n{HOSTILE}\n\n[go](javascript:{PWN})\n\n![a](attachment:no.png)",
    }
    graded = {"nbgrader": marks("words", grade=True, solution=True, comment="Good.")}
    return notebook(
        code("total = 42", HOSTILE_OUTPUTS, tags=[f"x onclick={PWN}"], magics_language="html"),
        code(f"# {HOSTILE}", [], nbgrader=marks("total", solution=True)),
        code(f"assert total\n{HIDDEN}", [failed("AssertionError", HOSTILE)], nbgrader=marks("check", grade=True)),
        {**words, "metadata": graded},
        {"cell_type": "raw", "source": HOSTILE, "metadata": {"raw_mimetype": "text/html"}},
        **HOSTILE_METADATA,
        academy={"repairs": [f"The cell {HOSTILE} was missing."]},
    )  # fmt: skip


# -- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The browser that apt installs. Root may use it in a container, where there is nothing to protect from it."""
    return {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--no-first-run", "--disable-sync"]}


@pytest.fixture
def asked() -> list[str]:
    """What the browser wanted to load."""
    return []


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def window(request: pytest.FixtureRequest, browser: Browser, asked: list[str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.route("http*://**", lambda route: route.abort())
    yield page
    context.close()


def opened(window: Page, page: str, tmp_path: Path) -> None:
    file = tmp_path / "numbers.html"
    file.write_text(page, encoding="utf-8")
    window.goto(file.as_uri())
    for link in window.get_by_role("link").all():
        link.evaluate("link => link.removeAttribute('target')")


@pytest.mark.parametrize("made", [feedback, formgrader])
def test_nothing_of_a_learner_runs_or_loads(
    made: Callable[[NotebookNode], str], window: Page, asked: list[str], tmp_path: Path
) -> None:
    opened(window, made(hostile()), tmp_path)
    window.wait_for_timeout(300)
    assert window.title() in ("Feedback: numbers", "numbers")
    assert [url for url in asked if "evil" in url] == []
    assert window.locator("iframe, form input[autofocus], object, embed, math, base").count() == 0
    links = window.evaluate(
        "[...document.querySelectorAll('main a[href], #notebook a[href]')].map(link => link.protocol)"
    )
    assert set(links) <= {"file:", "https:", "http:"}


def test_feedback_asks_for_nothing_at_all_and_runs_no_script(window: Page, asked: list[str], tmp_path: Path) -> None:
    complaints: list[str] = []
    window.on("console", lambda message: complaints.append(message.text))
    opened(window, feedback(hostile()), tmp_path)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    window.evaluate(
        "document.body.append(Object.assign(document.createElement('img'), {src: 'https://evil.example/x'}))"
    )
    window.wait_for_timeout(200)
    assert any("Content Security Policy" in complaint for complaint in complaints), "The policy is not in force."


def test_feedback_can_be_used_by_everybody(window: Page, tmp_path: Path) -> None:
    page = feedback(hostile())
    opened(window, page, tmp_path)
    findings = [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in Axe().run(window).response["violations"]]
    assert findings == []
    assert window.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


# -- what stays -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [feedback, formgrader])
def test_a_table_a_picture_and_a_text_stay_as_they_are(made: Callable[[NotebookNode], str]) -> None:
    page = made(
        notebook(code("x", [shown({"text/html": TABLE}), shown({"image/png": PIXEL}, **{"image/png": {"width": 7}})]))
    )
    assert '<table class="dataframe">' in page
    assert "<td>Avon</td>" in page and 'style="text-align: right;"' in page
    assert f"data:image/png;base64,{PIXEL}" in page and 'width="7"' in page


def test_markdown_keeps_headings_lists_links_and_its_own_pictures() -> None:
    source = "## Mine\n\n- one\n\n[a page](https://data.ct.gov) and `code`\n\n![drawn](attachment:a.png)"
    words = {"cell_type": "markdown", "source": source, "metadata": {}, "attachments": {"a.png": {"image/png": PIXEL}}}
    page = feedback(notebook(words))
    for kept in (">Mine</h2>", "<li>one</li>", 'href="https://data.ct.gov"', "<code>code</code>", PIXEL, 'alt="drawn"'):
        assert kept in page


def test_markdown_that_cannot_be_shown_is_shown_as_it_was_typed() -> None:
    page = feedback(notebook({"cell_type": "markdown", "source": "![x](attachment:none.png) <b>", "metadata": {}}))
    assert "![x](attachment:none.png) &lt;b&gt;" in page


@pytest.mark.parametrize(
    "hidden",
    ["data:text/html;base64,PHNjcmlwdD4=", "DATA:image/png,x", " javascript:x", "vbscript:x", "//evil.example/x", "file:///etc"],
)  # fmt: skip
def test_links_and_pictures_lead_only_where_they_may(hidden: str) -> None:
    assert clean_html(f'<a href="{hidden}">x</a>') == "<a>x</a>"
    assert clean_html(f'<img src="{hidden}">') == "<img>"


@pytest.mark.parametrize("made", [feedback, formgrader])
def test_what_is_far_too_long_is_cut_so_that_the_page_opens(made: Callable[[NotebookNode], str]) -> None:
    long = "<b>x</b>" * 500_000
    words = {"cell_type": "markdown", "source": long, "metadata": {}}
    shows = [
        shown({"text/html": long, "text/plain": "a table"}),
        {"output_type": "stream", "name": "stdout", "text": long},
        failed("E", long, long),
    ]
    page = made(notebook(code("x = 1\n" * 500_000, shows), words))
    assert len(page) < 5_000_000
    assert "a table" in page and "The rest is left out" in page


# -- hidden tests -----------------------------------------------------------------------------------------------------

QUOTING = "\x1b[0;32m----> 3\x1b[0m \x1b[38;5;28;01massert\x1b[39;00m total \x1b[38;5;241m==\x1b[39m 41 + 1, 'Not yet.'"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (failed("AssertionError", "Count again.", QUOTING), "Count again."),
        (failed("AssertionError", "", QUOTING), "something that this check tests does not hold"),
        (failed("NameError", "name 'total' is not defined", QUOTING), "NameError: name 'total' is not defined"),
        (failed("SyntaxError", "bad", 'File "x", line 1\n    assert total == 41 + 1'), "SyntaxError: bad"),
        (failed("NameError", "x", "Python does not know “total”."), "Python does not know “total”."),
        (failed("NotGraded", "It was not read.", "\x1b[31mNotGraded\x1b[0m: x", "Give a number."), "Give a number."),
        (failed("CellTimeoutError", "", "\x1b[31mNo reply from kernel"), "This took too long and was stopped."),
    ],
)
def test_a_check_says_what_it_says_and_quotes_no_hidden_test(error: dict[str, Any], says: str) -> None:
    page = feedback(checked(error))
    assert says in page
    assert "41" not in page and "HIDDEN" not in page
    assert "total" in page, "The visible part of the check is gone too."


def test_a_check_with_an_unended_hidden_part_is_not_shown_at_all() -> None:
    page = feedback(checked(source="### BEGIN HIDDEN TESTS\nassert total == 41 + 1"))
    assert "41" not in page and "The tests of this cell are not shown." in page


def test_a_trainer_sees_the_hidden_tests() -> None:
    assert "HIDDEN TESTS" in formgrader(checked(failed("AssertionError", "Count again.", QUOTING)))


# -- what the page says of the grading --------------------------------------------------------------------------------


def test_what_was_repaired_and_what_did_not_run_apart_is_said_in_words() -> None:
    node = checked(academy={"ran": "in the learner's sandbox"})
    node.metadata = from_dict({"academy": {"repairs": ["One cell of the lesson had been deleted."]}})
    page = feedback(node)
    assert "One cell of the lesson had been deleted." in page
    assert "The check “total-check” ran together with your code" in page


def test_where_nothing_was_out_of_order_nothing_is_said() -> None:
    assert "About how it was graded" not in feedback(checked())


def test_points_and_comments_are_there() -> None:
    words = {"cell_type": "markdown", "source": "Mine.", "metadata": {"nbgrader": marks("words", grade=True, solution=True, comment="**Well** done.")}}  # fmt: skip
    page = feedback(notebook(words))
    assert "numbers: 1.0 of 2.0 points" in page
    assert "<strong>Well</strong> done." in page


def test_every_page_has_the_policy() -> None:
    page = feedback(checked())
    assert f'content="{POLICY}" http-equiv="Content-Security-Policy"' in page or f'content="{POLICY}"' in page
    assert "script-src" not in POLICY and POLICY.startswith("default-src 'none'")
