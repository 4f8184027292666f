"""Outputs that the grader records are those that a real kernel gives: compared cell by cell, with stock nbclient."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from academy.project import DATASETS, WORKSHEETS
from academy.project import LESSONS as CURRICULUM
from autograder.lesson_files import lesson_files
from autograder.notebook import compile_lesson, read_curriculum, read_lesson
from autograder.runner import Limits, WarmProcess, modules_of

from .conftest import DATA

CELLS = {
    "printed": "print('one')\nprint('two', end='')\nprint()",
    "two streams": "import sys\nprint('out')\nprint('wrong', file=sys.stderr)\nprint('more', file=sys.stderr)",
    "a result": "1 + 1",
    "no result": "None",
    "a semicolon": "1 + 1;",
    "a result and what is printed": "print('first')\n'then'",
    "the last result": "_ + 'x'",
    "an earlier result": "Out[3], In[3]",
    "a table": "import pandas as pd\ntable = pd.DataFrame({'a': [1, 2], 'b': ['x', None]})\ntable",
    "a wide table": "pd.DataFrame([range(40)] * 3)",
    "a series": "table['a']",
    "a long table": "pd.DataFrame({'n': range(200)})",
    "a chart": "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])",
    "a chart, no result": "plt.bar(['a', 'b'], [1, 2]);",
    "two charts": "plt.figure()\nplt.plot([1])\nplt.show()\nplt.figure()\nplt.plot([2]);\nprint('after')",
    "a figure as a result": "figure, axes = plt.subplots()\nfigure",
    "a chart and an error": "plt.plot([1])\nraise ValueError('no')",
    "a chart by the table": "table.plot.bar(x='b', y='a');",
    "no chart left": "plt.get_fignums()",
    "inline asked for": "%matplotlib inline\nplt.plot([2, 1]);",
    "an error": "1 / 0",
    "an error in a function": "def f(x):\n    return g(x)\n\ndef g(x):\n    return x['key']\n\nf({})",
    "an error of pandas": "table['no such column']",
    "an error with a cause": "try:\n    int('x')\nexcept ValueError as error:\n    raise RuntimeError('worse') from error",
    "a syntax error": "if True print(1)",
    "an indentation error": "if True:\nprint(1)",
    "an unknown name": "no_such_name",
    "an assertion": "assert 1 == 2, 'not equal'",
    "an exit": "import sys\nsys.exit(1)",
    "an exception of one's own": "class Mine(Exception): pass\nraise Mine('text', 5)",
    "printed before an error": "print('before')\nraise KeyError('k')",
    "what fails to show itself": "Bad = type('Bad', (), {'__repr__': lambda self: 1 / 0})\nBad()",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "a warning of pandas": "import pandas as pd\npd.to_datetime(['1 x', '2020-01-01'], errors='coerce');",
    "displayed": "display('text', {'a': 1})",
    "rich": "from IPython.display import HTML, Markdown, JSON, Latex, SVG\ndisplay(HTML('<b>x</b>'), Markdown('*x*'), JSON({'a': 1}), Latex('$x$'))",
    "a rich result": "HTML('<i>y</i>')",
    "several kinds at once": "class Two:\n    def _repr_html_(self): return '<p>'\n    def _repr_markdown_(self): return '#'\n    def __repr__(self): return 'two'\nTwo()",
    "raw data": "display({'application/x-mine': 'z', 'text/plain': 'p'}, raw=True, metadata={'application/x-mine': {'k': 1}})",
    "a display to change": "handle = display('old', display_id='mine')",
    "changed in a later cell": "handle.update('new')\nprint('done')",
    "changed in its own cell": "h = display(1, display_id=True)\nh.update(2)\nNone",
    "cleared": "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('stays')",
    "cleared later": "print('goes')\nclear_output(wait=True)\nprint('takes its place')",
    "cleared later, nothing after": "print('stays')\nclear_output(wait=True)",
    "an empty cell": "   \n",
    "a comment": "# nothing",
    "another program": "!echo from a shell",
    "another program's exit": "import subprocess\nsubprocess.run(['sh', '-c', 'exit 3']).returncode",
    "what another program writes": "import os\nos.system('echo straight')\nNone",
    "captured": "lines = !printf 'a\\nb'\nlines",
    "a magic": "%whos int",
    "a cell magic": "%%capture kept\nprint('hidden')",
    "what was captured": "kept.stdout",
    "a magic that is none": "%no_such_magic",
    "bash": "%%bash\necho in bash",
    "help": "len?",
    "asked for input": "input('Name? ')",
    "asked for a secret": "import getpass\ngetpass.getpass()",
    "awaited": "import asyncio\nawait asyncio.sleep(0.01)\n'slept'",
    "a loop in the loop": "asyncio.run(asyncio.sleep(0))",
    "a number format": "%precision 2\n3.14159",
    "assigned and shown": "x = 5\nx",
    "several results": "from IPython.core.interactiveshell import InteractiveShell as _S\n1\n2",
    "an object at an address": "object()",
    "text of all kinds": "print('\\x1b[31mred\\x1b[0m', 'ü 漢 \\u2028', '\\r over', chr(0))",
    "a deprecated call": "import warnings\ndef old():\n    warnings.warn('old', DeprecationWarning, stacklevel=2)\nold()",
    "logged": "import logging\nlogging.warning('to the log')",
    "the kernel's own look": "type(get_ipython()).__name__, hasattr(get_ipython(), 'kernel')",
    "the next number": "get_ipython().execution_count",
}  # fmt: skip


def executed(cells: list[str], files: list[Path], folder: Path) -> list[dict[str, Any]]:
    """The cells, executed by a real kernel."""
    for file in files:
        shutil.copy(file, folder)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    for name in ("MPLBACKEND", "PYTEST_CURRENT_TEST"):
        os.environ.pop(name, None)
    client = NotebookClient(
        notebook, timeout=120, allow_errors=True, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    # In a thread of its own: where a browser's tests ran before in this process, a loop is running here already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, client.async_execute()).result()
    return [dict(cell) for cell in notebook.cells]


def recorded(cells: list[str], files: list[Path]) -> list[dict[str, Any]]:
    """The cells, executed by a child of a warm process."""
    steps = [{"id": str(n), "source": cell, "task": None, "answers": []} for n, cell in enumerate(cells)]
    with WarmProcess(files, modules_of(cells)) as warm:
        events = warm.run("learner", {"steps": steps, "outputs": True}, Limits(seconds=120)).events
    assert events[-1] == {"event": "done"}
    by_step: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["event"] == "ran":
            by_step[event["step"]] = event
        elif event["event"] == "changed":
            by_step[event["step"]] |= {"outputs": event["outputs"]}
    return [by_step[step["id"]] for step in steps]


def comparable(cell: dict[str, Any]) -> Any:
    """A cell's number and outputs, without what no two runs share; what one stream writes at a stretch in one piece."""
    outputs: list[Any] = []
    for output in json.loads(json.dumps(cell["outputs"])):
        if (
            outputs
            and output["output_type"] == "stream" == outputs[-1]["output_type"]
            and output["name"] == outputs[-1]["name"]
        ):
            outputs[-1]["text"] += output["text"]
        else:
            outputs.append(output)
    text = json.dumps(outputs, sort_keys=True, ensure_ascii=False)
    text = text.replace(f"{Path.home()}/", "~/")
    text = re.sub(r"ipykernel_\d+", "ipykernel_N", text)
    text = re.sub(r"0x[0-9a-f]{8,}", "0xADDRESS", text)
    return cell["execution_count"], json.loads(text)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Any, Any]]]:
    cells = list(CELLS.values())
    real = executed(cells, DATA, tmp_path_factory.mktemp("kernel"))
    ours = recorded(cells, DATA)
    yield {name: (comparable(a), comparable(b)) for name, a, b in zip(CELLS, real, ours, strict=True)}


@pytest.mark.parametrize("kind", CELLS)
def test_a_cell_shows_what_a_real_kernel_shows(kind: str, both: dict[str, tuple[Any, Any]]) -> None:
    real, ours = both[kind]
    assert ours == real


def test_lesson_01_shows_what_a_real_kernel_shows(tmp_path: Path) -> None:
    lesson = read_lesson(CURRICULUM / "read-a-table", read_curriculum(CURRICULUM).glossary)
    cells = [cell.source for cell in compile_lesson(lesson).cells if cell.cell_type == "code"]
    # The toolkit lies in the sandbox, and beside a notebook where this project is installed.
    files = lesson_files(lesson, DATASETS, WORKSHEETS)
    real, ours = executed(cells, files, tmp_path), recorded(cells, files)
    assert [comparable(cell) for cell in ours] == [comparable(cell) for cell in real]
    pictures = [output for cell in ours for output in cell["outputs"] if "image/png" in output.get("data", {})]
    assert pictures, "No picture was compared."
