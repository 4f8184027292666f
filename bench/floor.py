"""The floor below which no grader can go: one fork, and the notebook's cells executed bare, on one core.

No sandbox, no shell, no answers carried, no checks. Started by bench/grading.py: reads cells as JSON, then a line for
each run that it is asked for, and answers with the seconds of processor time that the run took.
"""

from __future__ import annotations

import gc
import io
import json
import os
import sys
import time
from collections.abc import Sequence

from autograder.runner.inside.warm_up import use_charts, use_tables


def main() -> None:
    cells: list[str] = json.loads(sys.stdin.readline())
    out = sys.stdout
    # Before the first fork: what the cells import, and the same work for the libraries' caches as in a warm process.
    execute(cells[:1], pictures=False)
    use_tables()
    use_charts()
    sys.stdout = out
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        started = time.process_time()
        process = os.fork()
        if process == 0:
            execute(cells, pictures=line.strip() == "pictures")
            os._exit(0)
        _, status, used = os.wait4(process, 0)
        cpu = time.process_time() - started + used.ru_utime + used.ru_stime
        print(cpu if status == 0 else "failed", flush=True)


def execute(cells: Sequence[str], *, pictures: bool) -> None:
    """Run the cells, and draw every figure that they leave open, if asked to."""
    from matplotlib import pyplot

    sys.stdout = io.StringIO()
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in cells:
        exec(compile(cell, "<cell>", "exec"), names)
        if pictures:
            for number in pyplot.get_fignums():
                pyplot.figure(number).savefig(io.BytesIO(), format="png", bbox_inches="tight")
            pyplot.close("all")
    pyplot.close("all")


if __name__ == "__main__":
    main()
