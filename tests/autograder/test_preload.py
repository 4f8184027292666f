"""Loading modules before they are asked for makes lessons fast, and must not change what any program sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from matplotlib.font_manager import FontManager

from autograder.runner import WarmProcess, modules_of

from .conftest import DATA

LESSON_IMPORTS = ["numpy", "pandas", "matplotlib.pyplot", "matplotlib.dates", "toolkit.chart", "xml.etree.ElementTree"]


@pytest.fixture(scope="module")
def fresh() -> Iterator[WarmProcess]:
    with WarmProcess(DATA, modules=None) as warm:
        yield warm


@pytest.fixture(scope="module")
def preloaded() -> Iterator[WarmProcess]:
    with WarmProcess(DATA, LESSON_IMPORTS) as warm:
        yield warm


def seen(warm: WarmProcess, program: str, *, outputs: bool = False) -> Any:
    """What the program's cells, parted by lines of ---, leave in `seen`; or the error that they end in."""
    cells = program.split("\n---\n")
    steps: list[dict[str, Any]] = [
        {"id": f"cell-{n}", "source": c, "task": None, "answers": []} for n, c in enumerate(cells)
    ]
    steps[-1] |= {"task": "t", "answers": ["seen"]}
    events = warm.run("learner", {"steps": steps, "outputs": outputs}).events
    assert events[-1] == {"event": "done"}
    errors = [event["error"] for event in events if event["event"] == "ran" and event["error"]]
    answers = [event["answers"] for event in events if event["event"] == "answers"]
    assert errors or "value" in answers[0]["seen"], "The program says nothing that could be compared."
    return errors, answers


LOADED = "import sys\nseen = sorted(n for n in sys.modules if not n.startswith(('inside', 'shlex')))"
PROGRAMS = {
    "nothing imported": LOADED,
    "numpy": f"import numpy\n{LOADED}",
    "pandas": f"import pandas as pd\n{LOADED}",
    "matplotlib alone": f"import matplotlib\n{LOADED}",
    "pyplot": f"import matplotlib.pyplot as plt\n{LOADED}",
    "pyplot, then pandas": f"import matplotlib.pyplot\nimport pandas\n{LOADED}",
    "pandas, then pyplot": f"import pandas\nimport matplotlib.pyplot\n{LOADED}",
    "one module of matplotlib": f"import matplotlib.ticker\n{LOADED}",
    "a deep module of matplotlib": f"from matplotlib.backends import backend_agg\n{LOADED}",
    "a deep module of numpy": f"from numpy.linalg import norm\n{LOADED}",
    "a deep module of pandas": f"from pandas.api.types import is_numeric_dtype\n{LOADED}",
    "a module that pandas needs": f"import dateutil.parser\n{LOADED}",
    "another one": f"import six.moves\n{LOADED}",
    "a module of the standard library": f"import decimal, csv, statistics\n{LOADED}",
    "a package within a package": f"import xml.etree.ElementTree\n{LOADED}",
    "by name": f"import importlib\nimportlib.import_module('matplotlib.colors')\n{LOADED}",
    "an import that fails": f"try:\n    import pandas.no_such_thing\nexcept ImportError as e: pass\n{LOADED}",
    "a chart drawn by pandas": f"import pandas as pd, matplotlib.pyplot as plt\npd.DataFrame({{'a': [1]}}).plot.barh()\nplt.gcf().canvas.draw()\n---\n{LOADED}",
    "what charts can draw": "import matplotlib.figure, matplotlib.units as u\nseen = sorted(map(str, u.registry))",
    "what charts can draw after pandas": "import matplotlib.pyplot, matplotlib.units as u, pandas\nseen = sorted(map(str, u.registry))",
    "a chart drawn": f"import matplotlib.pyplot as plt\nplt.plot([1])\nplt.gcf().canvas.draw()\n---\n{LOADED}",
    "pyplot forgotten": "import matplotlib\nseen = matplotlib.pyplot.plot([1])",
    "a sub-package forgotten": "import xml\nseen = xml.etree",
    "attributes of packages": "import matplotlib, numpy\nseen = [sorted(n for n in dir(m) if not n.startswith('__')) for m in (matplotlib, numpy)]",
    "attributes of pandas": "import pandas\nseen = sorted(dir(pandas))",
    "attributes of pyplot": "import matplotlib.pyplot as plt\nseen = sorted(n for n in dir(plt) if n != '__builtins__')",
    "nothing imported, attributes of those there": "import sys\nseen = [[n, sorted(vars(m))] for n, m in sorted(sys.modules.items()) if n in ('xml', 'concurrent', 'importlib', 'email', 'toolkit')]",
    "display options": "import pandas as pd\nseen = [pd.get_option(o) for o in ('display.max_columns', 'display.width', 'display.max_rows', 'display.notebook_repr_html')]",
    "a wide table as text": "import pandas as pd\nseen = repr(pd.DataFrame({f'a long name of column {n}': [n] for n in range(30)}))",
    "settings of matplotlib": "import matplotlib as m\nseen = {k: str(v) for k, v in m.rcParams.items()} | {'backend': m.get_backend()}",
    "fonts": "import matplotlib.font_manager as f\nseen = sorted({e.name for e in f.fontManager.ttflist})",
    "figures": "import matplotlib.pyplot as plt\nseen = [plt.get_fignums(), plt.isinteractive()]",
    "filters of warnings": "import warnings\nseen = [str(f) for f in warnings.filters]",
    "filters of warnings after numpy": "import warnings, numpy\nseen = [str(f) for f in warnings.filters]",
    "hooks": "import sys\nip = get_ipython()\nseen = [[type(f).__name__ for f in sys.meta_path if type(f).__name__ != 'Stash'], len(sys.path_hooks), {k: [c.__name__ for c in v] for k, v in ip.events.callbacks.items()}]",
    "hooks after pyplot": "import sys, matplotlib.pyplot\nip = get_ipython()\nseen = [{k: [c.__name__ for c in v] for k, v in ip.events.callbacks.items()}, sorted(type(f).__name__ for f in sys.meta_path if type(f).__name__ != 'Stash')]",
    "hooks after six": "import sys, six\nseen = [type(f).__name__ for f in sys.meta_path if type(f).__name__ != 'Stash']",
    "names": "seen = sorted(n for n in globals() if n != 'seen')",
    "the name of the notebook": "import sys\nseen = [__name__, sys.argv, sys.path, sys.modules['__main__'].__dict__ is globals()]",
    "place, environment, threads": "import os, threading, gc, sys\nseen = [os.getcwd(), dict(os.environ), threading.active_count(), os.getpid(), gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit(), sys.gettrace() is None]",
    "files at hand": "import os\nseen = [sorted(os.listdir('.')), sorted(os.listdir('/tmp')), os.listdir('/dev/shm'), sorted(os.listdir('/proc/self/fd'))]",
    "the number of the cell": "1\n---\n2\n---\nseen = get_ipython().execution_count",
    "seeded streams": "import random, numpy as np\nrandom.seed(1); np.random.seed(1)\nseen = [random.random(), np.random.rand(3).tolist(), np.random.default_rng(1).random(), str(np.random.get_state()[0])]",
    "where a module says that it comes from": "import pandas, importlib.util\nseen = [pandas.__file__, type(pandas.__spec__.loader).__name__, type(pandas.__loader__).__name__, importlib.util.find_spec('matplotlib').origin]",
    "loaded again": "import importlib, decimal, textwrap\nimportlib.reload(textwrap)\nseen = decimal is importlib.import_module('decimal')",
    "taken out and loaded anew": "import sys, textwrap\nold = textwrap\ndel sys.modules['textwrap']\nimport textwrap\nseen = old is textwrap",
    "a file of one's own in the way": "open('pandas.py', 'w').write('mine = 1')\nimport pandas, os, sys\nseen = pandas.mine\nos.remove('pandas.py')\ndel sys.modules['pandas']",
    "a package of one's own in the way": "import os\nos.mkdir('dateutil')\nopen('dateutil/__init__.py', 'w').write('')\nimport numpy\nseen = numpy.__name__\ntry:\n    import pandas\nexcept ImportError as error: seen = type(error).__name__",
    "a folder that comes first": "import os, sys\nos.mkdir('/tmp/first')\nopen('/tmp/first/decimal.py', 'w').write('mine = 1')\nsys.path.insert(0, '/tmp/first')\nimport decimal\nseen = decimal.mine",
    "a file named like the standard library's": "open('statistics.py', 'w').write('mine = 1')\nimport statistics\nseen = hasattr(statistics, 'mine')",
    "pickled and read": "import pickle, pandas as pd\nseen = pickle.loads(pickle.dumps(pd.DataFrame({'a': [1]}))).to_dict()",
    "awaiting": "import asyncio\nawait asyncio.sleep(0)\nseen = asyncio.get_running_loop().is_running()",
    "a loop within the loop": "import asyncio\nasyncio.run(asyncio.sleep(0))",
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_sees_the_same_in_a_fresh_process_and_a_preloaded_one(
    program: str, fresh: WarmProcess, preloaded: WarmProcess
) -> None:
    """The table's programs: what they leave in `seen`, and how they fail."""
    assert seen(preloaded, PROGRAMS[program]) == seen(fresh, PROGRAMS[program])


@pytest.mark.parametrize("program", ["settings of matplotlib", "hooks after pyplot", "pyplot", "a chart drawn"])
def test_a_program_whose_outputs_are_kept_sees_the_same_too(
    program: str, fresh: WarmProcess, preloaded: WarmProcess
) -> None:
    assert seen(preloaded, PROGRAMS[program], outputs=True) == seen(fresh, PROGRAMS[program], outputs=True)


def test_what_a_fresh_process_refuses_is_refused(fresh: WarmProcess, preloaded: WarmProcess) -> None:
    for warm in (fresh, preloaded):
        errors, _ = seen(warm, PROGRAMS["pyplot forgotten"])
        assert "has no attribute 'pyplot'" in errors[0]


def test_every_child_draws_its_own_random_numbers(preloaded: WarmProcess) -> None:
    draw = "import random, numpy as np\nseen = [random.random(), np.random.rand()]"
    (_, [first]), (_, [second]) = seen(preloaded, draw), seen(preloaded, draw)
    first, second = first["seen"]["value"]["value"], second["seen"]["value"]["value"]
    assert first[0] != second[0] and first[1] != second[1]


def test_preloading_is_worth_its_trouble(fresh: WarmProcess, preloaded: WarmProcess) -> None:
    job = {"steps": [{"id": "a", "source": "import pandas, matplotlib.pyplot", "task": None, "answers": []}]}
    assert preloaded.run("learner", job).cpu < fresh.run("learner", job).cpu / 5


def test_the_modules_of_a_notebook_are_read_off_its_cells() -> None:
    cells = [
        "%matplotlib inline\nimport pandas as pd",
        "!pip list\nfrom matplotlib import pyplot",
        "def f():\n    import statistics",
        "this is no Python",
        "import no_such_package, os.path",
        "from .mine import x",
    ]
    assert modules_of(cells) == ["matplotlib", "os.path", "pandas", "statistics"]


def test_matplotlib_takes_the_list_of_fonts_that_this_machine_has_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = json.loads(Path(matplotlib.get_cachedir(), f"fontlist-v{FontManager.__version__}.json").read_text())
    known["ttflist"].append(known["ttflist"][0] | {"name": "Listed Before"})
    (tmp_path / f"fontlist-v{FontManager.__version__}.json").write_text(json.dumps(known))
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    program = "from matplotlib.font_manager import fontManager\nseen = 'Listed Before' in fontManager.get_font_names()"
    with WarmProcess(modules=["matplotlib.font_manager"]) as warm:
        assert seen(warm, program)[1] == [{"seen": {"value": True}}]
