"""Runs inside Pyodide, under Node: the cells of lessons, by the kernel that the browser lessons have.

`/from/lessons/<slug>/` holds what lies beside the notebook, `/from/jobs/<slug>.json` the cells to run and the answers
to export after each, `/from/answers.py` the grader's own way to write an answer as data. `/to/<slug>.json` gets what
came of every cell.
"""

# mypy: ignore-errors

import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, "/from")


async def run_lessons() -> None:
    import pyodide_kernel

    shell, kernel = pyodide_kernel.ipython_shell, pyodide_kernel.kernel_instance
    outputs = []

    def keep(kind, **facts) -> None:
        outputs.append({"output_type": kind, **facts})

    def keep_stream(name, text) -> None:
        keep("stream", name=name, text=text)

    pyodide_kernel.stdout_stream.publish_stream_callback = keep_stream
    pyodide_kernel.stderr_stream.publish_stream_callback = keep_stream
    shell.displayhook.publish_execution_result = lambda _, data, __: keep("execute_result", data=dict(data))
    shell.display_pub.display_data_callback = lambda data, *_: keep("display_data", data=dict(data))
    for job in sorted(Path("/from/jobs").iterdir()):
        beside = shutil.copytree(Path("/from/lessons") / job.stem, Path("/drive") / job.stem)
        os.chdir(beside)
        ran = []
        for step in json.loads(job.read_text(encoding="utf-8")):
            outputs.clear()
            result = await kernel.run(step["source"])
            error = f"{result['ename']}: {result['evalue']}" if result["status"] == "error" else None
            answers = {name: exported(shell.user_ns, name) for name in step["answers"]}
            ran.append({"step": step["id"], "error": error, "outputs": [*outputs], "answers": answers})
        (Path("/to") / job.name).write_text(json.dumps(ran), encoding="utf-8")
        forget(shell)


def exported(names, name):
    import answers

    try:
        return {"value": answers.encode(names[name])}
    except (KeyError, answers.Unreadable) as error:
        return {"unreadable": str(error)}


def forget(shell) -> None:
    """Start over, as far as that goes without starting Python again, which takes ten seconds: names, charts, settings."""
    import warnings

    import matplotlib.pyplot as plt
    import pandas as pd

    shell.reset(new_session=True)
    plt.close("all")
    plt.rcdefaults()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pd.reset_option("all")
