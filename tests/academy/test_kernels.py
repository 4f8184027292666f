"""Warm kernels show what ordinary kernels show, and their processes live and die as those of ordinary kernels do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from academy.execute import execute
from academy.kernels import WarmKernelManager, WarmProvisioner, client
from academy.project import DATASETS, LESSONS, WORKSHEETS
from autograder.lesson_files import lesson_files
from autograder.notebook import compile_lesson, read_curriculum, read_lesson

from .running_kernel import Kernel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere there are ordinary kernels only.")

# -- the same outputs -------------------------------------------------------------------------------------------------

LOADED = "import sys\nprint(sorted(sys.modules))"
NOTEBOOKS = {
    "a kernel that has just started": [
        LOADED,
        "%who",
        "print(sorted(globals()), __name__, sys.modules['__main__'].__dict__ is globals())",
        "import os\nprint(sys.argv[0], sys.argv[3:], sys.orig_argv[:-3], sys.path, os.getcwd(), os.listdir())",
        "print(sorted(item for item in os.environ.items() if item[0] != 'JPY_PARENT_PID'))",
        "print(int(os.environ['JPY_PARENT_PID']) == os.getppid(), os.getsid(0) == os.getpid(), os.umask(0o22))",
        "import threading\nprint(sorted(t.name.rstrip('0123456789') for t in threading.enumerate() if '_watch' not in t.name))",
        "import signal\nprint([(s.name, str(signal.getsignal(s))) for s in signal.Signals])",
        "import warnings\nprint([str(f) for f in warnings.filters])",
        "print([type(f).__name__ for f in sys.meta_path if type(f).__name__ != 'Stash'], len(sys.path_hooks))",
        "print({k: [c.__name__ for c in v] for k, v in get_ipython().events.callbacks.items()})",
        "import gc\nprint(gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit(), sys.gettrace(), sys.flags)",
        "print(sys.stdin.read(), sys.__stdout__.fileno(), len(os.listdir('/proc/self/task')) > 1)",
        "import asyncio\nprint(type(asyncio.get_running_loop()).__name__, type(get_ipython()).__name__)",
    ],
    "libraries, one by one": [
        "import matplotlib\nmatplotlib.pyplot",
        LOADED,
        "from matplotlib import ticker",
        LOADED,
        "import numpy",
        LOADED,
        "import pandas as pd",
        LOADED,
        "import matplotlib.pyplot as plt",
        LOADED,
        "print(sorted(dir(pd)), sorted(dir(plt)), sorted(dir(numpy)))",
        "print({k: str(v) for k, v in matplotlib.rcParams.items()}, matplotlib.get_backend(), plt.isinteractive())",
        "print({o: pd.get_option('display.' + o) for o in ('width', 'max_columns', 'max_rows', 'notebook_repr_html')})",
        "print({k: [c.__name__ for c in v] for k, v in get_ipython().events.callbacks.items()})",
        "print(plt.get_fignums(), matplotlib.font_manager.findfont('sans'), sorted(map(str, matplotlib.units.registry)))",
        "table = pd.DataFrame({f'a long name of column {n}': [n] for n in range(30)})\nprint(table)\ntable",
        "pd.DataFrame({'a': [1, 2]}).plot.barh();",
        LOADED,
        "plt.plot([1, 2])\nplt.title('A chart')",
        "print(sorted(os.environ.items()) if 'os' in globals() else 'not imported')",
    ],
    "settings of charts": [
        "%matplotlib agg",
        "import matplotlib.pyplot as plt\nplt.plot([1])\nprint(plt.get_backend(), plt.get_fignums())",
        "%matplotlib inline",
        "plt.plot([1])",
        "%config InlineBackend.figure_format = 'svg'",
        "print(plt.get_backend())\nplt.rcParams['svg.hashsalt'] = 'a'\nplt.plot([2], label='b');",
    ],
    "warnings": [
        "import warnings, numpy as np, pandas as pd",
        "for _ in range(3): warnings.warn('careful')",
        "for _ in range(2): print(np.log(np.array([0.0])), np.array([1.0]) / 0)",
        "for _ in range(2): pd.to_datetime(['1 x', '2020-01-01'], errors='coerce')",
        "table = pd.DataFrame({'a': [1, 2]})\ntable[table['a'] > 1]['a'] = 5",
        "for _ in range(2): pd.Series([True, None]).fillna(False)",
        "def old():\n    warnings.warn('old', DeprecationWarning, stacklevel=2)\nold()",
        "import matplotlib.pyplot as plt\nplt.plot([1], label='_no'); plt.legend();",
        "plt.title('\\u6f22');",
    ],
    "random numbers from a seed": [
        "import random, numpy as np\nrandom.seed(1)\nnp.random.seed(1)",
        "print(random.random(), np.random.rand(3), np.random.default_rng(1).random(), np.random.get_state()[1][:3])",
    ],
    "all sorts of cells": [
        "input('Name? ')",
        "import getpass\ngetpass.getpass()",
        "import asyncio\nawait asyncio.sleep(0)\n'slept'",
        "asyncio.run(asyncio.sleep(0))",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(input())'])",
        "subprocess.run(['sh', '-c', 'echo straight; exit 3']).returncode",
        "!echo from a shell",
        "import os\nos.system('echo straight')",
        "import threading\nt = threading.Thread(target=print, args=['in a thread'])\nt.start(); t.join()",
        "from pathlib import Path\nPath('mine.py').write_text('x = 1')\nimport mine\nprint(mine.x, mine.__file__)\nPath('mine.py').unlink()",
        "Path('statistics.py').write_text('x = 1')\nimport statistics\nprint(hasattr(statistics, 'mean'))\nPath('statistics.py').unlink()",
        "Path('pandas.py').write_text('mine = 1')\nimport pandas\nprint(pandas.mine)\nPath('pandas.py').unlink()",
        "import logging\nlogging.warning('to the log')",
        "import pickle, decimal\npickle.loads(pickle.dumps(decimal.Decimal('1.5')))",
        "def f(x):\n    return {}[x]\n\nf('key')",
        "import pandas.no_such_thing",
        "%whos int",
        "sys.exit(1)",
        "import shutil\nshutil.rmtree('__pycache__', ignore_errors=True)\nos.listdir()",
        "get_ipython().execution_count, get_ipython().kernel.session.key != b''",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_warm_kernel_shows_what_an_ordinary_one_shows(name: str, tmp_path: Path) -> None:
    cells = NOTEBOOKS[name]
    ordinary, warm = (run(cells, tmp_path, kind) for kind in (AsyncKernelManager, WarmKernelManager))
    for cell, expected, shown in zip(cells, ordinary, warm, strict=True):
        assert shown == expected, cell


@pytest.mark.parametrize("slug", read_curriculum(LESSONS).lessons)
def test_a_lesson_shows_what_it_shows_in_an_ordinary_kernel(slug: str, tmp_path: Path) -> None:
    lesson = read_lesson(LESSONS / slug, read_curriculum(LESSONS).glossary)
    cells = [cell.source for cell in compile_lesson(lesson).cells if cell.cell_type == "code"]

    def shown(kind: type[AsyncKernelManager]) -> list[Any]:
        folder = tmp_path / kind.__name__ / "lesson"
        folder.mkdir(parents=True)
        for file in lesson_files(lesson, DATASETS, WORKSHEETS):
            (folder / file.name).symlink_to(file.resolve())
        return run(cells, folder, kind)

    with ThreadPoolExecutor(2) as both:
        ordinary, warm = both.map(shown, (AsyncKernelManager, WarmKernelManager))
    assert warm == ordinary
    assert not [output for cell in warm for output in cell if output["output_type"] == "error"]


def run(cells: list[str], folder: Path, manager: type[AsyncKernelManager]) -> list[Any]:
    """What each cell shows, without what no two processes share."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    started = NotebookClient(
        notebook,
        kernel_manager_class=manager,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        timeout=120,
        allow_errors=True,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, started.async_execute()).result()
    text = json.dumps([cell.outputs for cell in notebook.cells], sort_keys=True)
    text = text.replace(str(folder), "FOLDER")
    text = re.sub(r"ipykernel_\d+", "ipykernel_N", text)
    shown: list[Any] = json.loads(re.sub(r"0x[0-9a-f]{8,}", "0xADDRESS", text))
    return shown


def test_the_build_executes_lessons_in_warm_kernels() -> None:
    cell = nbformat.v4.new_code_cell("import os\nprint(open(f'/proc/{os.getppid()}/cmdline').read())")
    executed = execute(nbformat.v4.new_notebook(cells=[cell]), [])
    assert str(client._PROGRAM) in executed.cells[0].outputs[0].text


def test_other_tools_find_warm_kernels_by_their_name() -> None:
    (found,) = entry_points(group="jupyter_client.kernel_provisioners", name="warm-kernel")
    assert found.load() is WarmProvisioner


# -- a process like any other -----------------------------------------------------------------------------------------


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    with Kernel(tmp_path) as started:
        yield started


def children(process: int) -> list[int]:
    """Running or not: one that has ended is listed until somebody has waited for it."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def runs(process: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def is_warm(kernel: Kernel) -> bool:
    return kernel.warm_process != os.getpid()


def soon(true: Callable[[], bool]) -> bool:
    for _ in range(200):
        if true():
            return True
        time.sleep(0.05)
    return False


def test_every_kernel_draws_its_own_random_numbers(tmp_path: Path) -> None:
    draw = "import random, uuid, numpy\nprint(random.random(), numpy.random.rand(), uuid.uuid4())"
    with Kernel(tmp_path) as one, Kernel(tmp_path) as other:
        assert one.warm_process == other.warm_process
        assert set(one.run(draw).split()).isdisjoint(other.run(draw).split())


def test_what_one_kernel_does_no_other_sees(tmp_path: Path) -> None:
    with Kernel(tmp_path) as one:
        one.run("import os, sys, pandas as pd, matplotlib.pyplot as plt, warnings\nwarnings.simplefilter('ignore')")
        one.run("os.environ['MINE'] = '1'\npd.set_option('display.width', 7)\nplt.rcParams['font.size'] = 77\nx = 1")
        with Kernel(tmp_path) as other:
            other.run("import os, pandas as pd, matplotlib.pyplot as plt")
            look = (
                "print(os.environ.get('MINE'), pd.get_option('display.width'), plt.rcParams['font.size'], 'x' in dir())"
            )
            assert one.run(look) == "1 7 77.0 True"
            assert other.run(look) == "None 80 10.0 False"


def test_a_kernel_shares_no_open_file_with_the_warm_process_nor_with_another_kernel(tmp_path: Path) -> None:
    def files(process: int) -> set[str]:
        found = set()
        for file in list(Path(f"/proc/{process}/fd").iterdir()):
            with contextlib.suppress(FileNotFoundError):  # the list itself was one of them
                found.add(os.readlink(file))
        return found

    with Kernel(tmp_path) as one, Kernel(tmp_path) as other:
        own = files(os.getpid())
        assert not files(other.process) & files(other.warm_process) - own
        assert not {file for file in files(other.process) & files(one.process) - own if not file.startswith("anon")}


def test_the_warm_process_has_one_thread(kernel: Kernel) -> None:
    assert len(list(Path(f"/proc/{kernel.warm_process}/task").iterdir())) == 1


def test_an_endless_cell_can_be_interrupted_and_the_next_one_runs(kernel: Kernel) -> None:
    for endless in ("while True: pass", "import time\ntime.sleep(1000)", "!sleep 1000"):
        # After an error, a kernel drops what it is sent in the next moment, unless it is told not to.
        kernel.client.execute("print('runs')\n" + endless, stop_on_error=False)
        while kernel.client.get_iopub_msg(timeout=60)["content"].get("text") != "runs\n":
            pass
        kernel.manager.interrupt_kernel()
        assert kernel.client.get_shell_msg(timeout=60)["content"]["status"] in {"error", "ok"}
        assert kernel.run("print('here')").endswith("here")


def test_a_kernel_that_is_restarted_starts_anew(kernel: Kernel) -> None:
    kernel.run("x = 1")
    before, parent = kernel.process, kernel.warm_process
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.run("print(x)") == "NameError"
    assert kernel.process != before and kernel.warm_process == parent
    assert soon(lambda: before not in children(parent))


def test_a_kernel_that_is_shut_down_is_gone(kernel: Kernel) -> None:
    process, parent = kernel.process, kernel.warm_process
    kernel.run("import atexit, pathlib\natexit.register(pathlib.Path('farewell').touch)\nfolder = os.getcwd()")
    folder = Path(kernel.run("print(folder)"))
    kernel.manager.shutdown_kernel()
    assert not kernel.manager.is_alive() and not kernel.manager.has_kernel
    assert (folder / "farewell").exists(), "It had no time to leave by itself."
    assert soon(lambda: process not in children(parent))


def test_a_kernel_that_is_killed_takes_along_what_it_started(kernel: Kernel) -> None:
    process, parent = kernel.process, kernel.warm_process
    other = int(kernel.run("import subprocess\nprint(subprocess.Popen(['sleep', '1000']).pid)"))
    assert runs(other)
    kernel.manager.shutdown_kernel(now=True)
    assert soon(lambda: not runs(process) and not runs(other) and process not in children(parent))


@pytest.mark.parametrize(
    ("end", "status"),
    [("os._exit(3)", 3), ("os.kill(os.getpid(), 9)", -9), ("os.kill(os.getpid(), 11)", -11), ("os._exit(0)", 0)],
)
def test_a_kernel_that_ends_by_itself_is_known_to_have_ended(end: str, status: int, tmp_path: Path) -> None:
    with Kernel(tmp_path) as kernel:
        process, parent = kernel.process, kernel.warm_process
        assert kernel.manager.is_alive()
        kernel.client.execute(end)
        assert soon(lambda: not kernel.manager.is_alive())
        # In a thread of its own: where a browser's tests ran before in this process, a loop is running here already.
        with ThreadPoolExecutor(1) as thread:
            assert thread.submit(asyncio.run, kernel.provisioner.poll()).result() == status
        assert soon(lambda: process not in children(parent))


def test_a_kernel_whose_owner_has_forgotten_it_is_buried_all_the_same(kernel: Kernel) -> None:
    command = [sys.executable, "-m", "ipykernel_launcher", "--version"]
    process = client.start_kernel(command, kernel.provisioner.modules, env=dict(os.environ)).pid
    assert soon(lambda: process not in children(kernel.warm_process))


def test_with_its_warm_process_a_kernel_ends_and_the_next_kernel_has_another_one(tmp_path: Path) -> None:
    with Kernel(tmp_path, bare=True) as kernel:
        process, parent = kernel.process, kernel.warm_process
        os.kill(parent, signal.SIGKILL)
        assert soon(lambda: not runs(process) and not kernel.manager.is_alive())
        with Kernel(tmp_path, bare=True) as other:
            assert is_warm(other) and other.warm_process != parent


def test_kernels_of_several_threads_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    def work(number: int) -> tuple[str, int]:
        with Kernel(tmp_path) as kernel:
            return kernel.run(f"import pandas as pd\nprint(pd.Series([{number}]).sum())"), kernel.warm_process

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(work, range(8)))
    assert [printed for printed, _ in done] == [str(number) for number in range(8)]
    assert len({parent for _, parent in done}) == 1


def test_each_environment_has_its_own_warm_process_and_few_are_kept(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = [kernel.warm_process]
    for value in "abc":
        monkeypatch.setenv("A_SETTING", value)
        with Kernel(tmp_path, bare=True) as other:
            assert other.run("import os\nprint(os.environ['A_SETTING'])") == value
            parents.append(other.warm_process)
    assert len(set(parents)) == 4
    assert [runs(parent) for parent in parents] == [True, False, True, True], "The one in use stays, of the others two."


# -- who started it ---------------------------------------------------------------------------------------------------

OWNER = """
import json, os, sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.academy.running_kernel import Kernel
kernel = Kernel(Path({folder!r}), bare=True)
other = kernel.run("import subprocess\\nprint(subprocess.Popen(['sleep', '1000']).pid)")
started = [kernel.process, kernel.warm_process, int(other)]
{first}
print(json.dumps(started), flush=True)
{then}
"""


@pytest.mark.parametrize(
    ("first", "then", "ending"),
    [
        ("", "time.sleep(1000)", signal.SIGKILL),
        ("if os.fork() == 0: time.sleep(20), os._exit(0)", "time.sleep(1000)", signal.SIGKILL),
        ("", "pass", None),
        ("", "os._exit(1)", None),
    ],
    ids=["killed", "killed, a fork of it lives on", "done", "ended at once"],
)
def test_nothing_outlives_who_started_it(first: str, then: str, ending: signal.Signals | None, tmp_path: Path) -> None:
    """Not even where it cannot put its things in order."""
    code = OWNER.format(root=str(Path(__file__).parents[2]), folder=str(tmp_path), first=first, then=then)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        started = json.loads(owner.stdout.readline())
        if ending is not None:
            assert all(map(runs, started))
            owner.send_signal(ending)
    assert soon(lambda: not any(map(runs, started)))


def test_a_fork_of_the_owner_has_a_warm_process_of_its_own(tmp_path: Path) -> None:
    then = """
before = kernel.warm_process
if os.fork() == 0:
    with Kernel(Path(), bare=True) as own:
        assert own.warm_process != before
    os._exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
assert kernel.run("print('alive')") == "alive"
print("done")
"""
    code = OWNER.format(root=str(Path(__file__).parents[2]), folder=str(tmp_path), first="", then=then)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("done\n"), done.stderr


# -- where a warm kernel would not be right ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (lambda patch, folder: patch.setattr(sys, "platform", "darwin"), "Linux only"),
        (lambda patch, folder: patch.setattr(client, "_PROGRAM", folder / "none.py"), "did not start"),
        (lambda patch, folder: patch.setenv("PYTHONPATH", "here"), "PYTHONPATH"),
        (lambda patch, folder: (folder / "matplotlibrc").write_text("font.size: 20"), "Matplotlib"),
    ],
    ids=["another system", "no warm process", "a relative path", "settings in the folder"],
)
def test_where_a_warm_kernel_cannot_be_had_an_ordinary_one_is_started_and_it_is_said_why(
    why: Callable[[pytest.MonkeyPatch, Path], object],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("A_NEW_ENVIRONMENT", reason)
    why(monkeypatch, tmp_path)
    with caplog.at_level(logging.WARNING), Kernel(tmp_path, bare=True) as kernel:
        assert not is_warm(kernel)
    assert reason in caplog.text and "without its head start" in caplog.text


def test_other_commands_than_the_usual_one_are_not_for_warm_kernels() -> None:
    for command in (["python"], ["R", "--slave"], ["python", "-m", "no_kernel"], ["-m", "ipykernel_launcher"]):
        with pytest.raises(client.NotWarm, match="command"):
            client.start_kernel(command, [], env={})
    with pytest.raises(client.NotWarm, match="asked for with independent"):
        client.start_kernel([sys.executable, "-m", "ipykernel_launcher"], [], env={}, independent=True)
