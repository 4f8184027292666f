"""Every lesson runs unchanged in the browser's Python, and gives the answers, charts and words that the server gives.

Each notebook is run with its solutions and with all its checks, hidden ones too: here by the grader's own child, and in
Pyodide under Node, by the browser's kernel, with the files and packages of the built browser lesson.

Left out of the comparison: the pixels of pictures, where no two builds of a drawing library agree. That a picture is
shown is compared; what a chart says is compared where it is an answer.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from academy.project import DATASETS, LESSONS, ROOT, WORKSHEETS
from academy.site.browser_files import fetch
from academy.site.browser_packages import run_in_pyodide
from academy.site.lessons import write_learner_folder
from academy.site.lite import CONFIGURATION, build_lite, environment_python
from autograder.lesson_files import lesson_files
from autograder.notebook import Lesson, compile_lesson, read_curriculum, read_lesson, release
from autograder.notebook.compile import to_bytes
from autograder.runner import Limits, warm_process

pytestmark = pytest.mark.xdist_group("lessons in pyodide")

FILES = ROOT / "build" / "browser-files"
CURRICULUM = read_curriculum(LESSONS)
CLOSE = 1e-9


@dataclass(frozen=True)
class Ran:
    """What came of one cell. `answers` are those that the check of its task will ask for, as data."""

    step: str
    error: str | None
    outputs: list[dict[str, Any]]
    answers: dict[str, Any]


@cache
def lesson_of(slug: str) -> Lesson:
    return read_lesson(LESSONS / slug, CURRICULUM.glossary)


def files_of(lesson: Lesson) -> list[Path]:
    return lesson_files(lesson, DATASETS, WORKSHEETS)


def steps_of(lesson: Lesson) -> list[dict[str, Any]]:
    """The instructor's code cells: worked examples, solutions, and checks with their hidden tests."""
    answers = {task.id: list(task.answers) for task in lesson.tasks}
    return [
        {"id": cell.id, "source": cell.source, "task": cell.id, "answers": answers.get(cell.id, [])}
        for cell in compile_lesson(lesson).cells
        if cell.cell_type == "code"
    ]


@cache
def on_the_server(slug: str) -> list[Ran]:
    """Run a lesson in the grader's sandbox."""
    lesson = lesson_of(slug)
    with warm_process(lesson, files_of(lesson)) as warm:
        events = warm.run("learner", {"steps": steps_of(lesson), "outputs": True}, Limits(seconds=120)).events
    assert events[-1] == {"event": "done"}
    answers = {event["task"]: event["answers"] for event in events if event["event"] == "answers"}
    return [
        Ran(event["step"], event["error"], event["outputs"], answers.get(event["step"], {}))
        for event in events
        if event["event"] == "ran"
    ]


@pytest.fixture(scope="module")
def in_the_browser(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Ran]]:
    """Run every lesson in Pyodide, started once, beside the files of the browser lesson."""
    folder = tmp_path_factory.mktemp("pyodide")
    for slug in CURRICULUM.lessons:
        lesson = lesson_of(slug)
        notebook = to_bytes(release(lesson))
        write_learner_folder(folder / "learner" / slug, f"{slug}.ipynb", notebook, files_of(lesson))
    fetch(FILES, progress=lambda _: None)
    build_lite(ROOT, FILES, folder / "learner", folder / "site", progress=lambda _: None)
    job, done = folder / "job", folder / "done"
    shutil.copytree(folder / "site" / "lite" / "files", job / "lessons")
    shutil.copy(ROOT / "autograder" / "runner" / "inside" / "answers.py", job)
    (job / "jobs").mkdir()
    done.mkdir()
    for slug in CURRICULUM.lessons:
        (job / "jobs" / f"{slug}.json").write_text(json.dumps(steps_of(lesson_of(slug))), encoding="utf-8")
    python_of_the_site = folder / "site" / "lite" / "static" / "pyodide"
    run_in_pyodide(
        environment_python(ROOT),
        Path(__file__).with_name("lessons_in_pyodide.py"),
        "run_lessons",
        pyodide=python_of_the_site,
        packages_in=python_of_the_site,
        source=job,
        target=done,
        packages=packages_of_the_kernel(),
    )
    return {
        slug: [Ran(**cell) for cell in json.loads((done / f"{slug}.json").read_text(encoding="utf-8"))]
        for slug in CURRICULUM.lessons
    }


def packages_of_the_kernel() -> list[str]:
    """What the browser lesson loads before the first cell."""
    plugins = json.loads(CONFIGURATION.read_text(encoding="utf-8"))["jupyter-config-data"]["litePluginSettings"]
    packages: list[str] = plugins["@jupyterlite/pyodide-kernel-extension:kernel"]["loadPyodideOptions"]["packages"]
    return packages


def differences(here: Any, there: Any, place: str = "") -> Iterator[str]:
    """Yield where two pieces of data differ. Numbers may do so in their last digits."""
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        for name in here:
            yield from differences(here[name], there[name], f"{place}.{name}")
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for number, (one, other) in enumerate(zip(here, there, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif isinstance(here, float) and isinstance(there, float):
        both_missing = math.isnan(here) and math.isnan(there)
        if not both_missing and not math.isclose(here, there, rel_tol=CLOSE, abs_tol=CLOSE):
            yield f"{place}: {here!r} on the server, {there!r} in the browser"
    elif type(here) is not type(there) or here != there:
        yield f"{place}: {str(here)[:200]!r} on the server, {str(there)[:200]!r} in the browser"


def read_by_learners(cell: Ran) -> list[tuple[str, str]]:
    """What a cell shows as text, in order; of a picture, that it is one."""
    shown: list[tuple[str, str]] = []
    for output in cell.outputs:
        if output["output_type"] == "stream":
            if shown and shown[-1][0] == output["name"]:
                shown[-1] = (output["name"], shown[-1][1] + output["text"])
            else:
                shown.append((output["name"], output["text"]))
            continue
        for kind, content in sorted(output.get("data", {}).items()):
            if kind == "image/png":
                shown.append((kind, "a picture"))
            elif "image/png" not in output["data"]:
                shown.append((kind, content))
    return shown


def chart(**facts: Any) -> dict[str, Any]:
    mark = {"x": 0.0, "y": 2.5, "label": "Avon", "color": "#1f77b4"}
    return {"y_limits": [0.0, 2.625], "x_ticks": ["Avon"], "layers": [{"kind": "bar", "marks": [mark | facts]}]}


@pytest.mark.parametrize(
    ("here", "there", "told"),
    [
        (1.0, 1.0 + 1e-12, []),
        (math.nan, math.nan, []),
        (chart(), chart(), []),
        (1.0, 1.00001, [": 1.0 on the server, 1.00001 in the browser"]),
        (1, True, [": '1' on the server, 'True' in the browser"]),
        ("int64", "int32", [": 'int64' on the server, 'int32' in the browser"]),
        ([1, 2], [1], [": '[1, 2]' on the server, '[1]' in the browser"]),
        ({"a": [{"b": "x"}]}, {"a": [{"b": "y"}]}, [".a[0].b: 'x' on the server, 'y' in the browser"]),
        (
            chart(),
            chart(color="#ff7f0e"),
            [".layers[0].marks[0].color: '#1f77b4' on the server, '#ff7f0e' in the browser"],
        ),
    ],
)
def test_the_comparison_sees_every_difference_but_the_last_digits(here: Any, there: Any, told: list[str]) -> None:
    assert list(differences(here, there)) == told


@pytest.mark.parametrize("slug", CURRICULUM.lessons)
def test_every_cell_runs_and_every_check_passes(slug: str, in_the_browser: dict[str, list[Ran]]) -> None:
    steps = [step["id"] for step in steps_of(lesson_of(slug))]
    for cells in (on_the_server(slug), in_the_browser[slug]):
        assert {cell.step: cell.error for cell in cells if cell.error} == {}
        assert [cell.step for cell in cells] == steps


@pytest.mark.parametrize("slug", CURRICULUM.lessons)
def test_the_answers_are_those_of_the_server(slug: str, in_the_browser: dict[str, list[Ran]]) -> None:
    here, there = ({cell.step: cell.answers for cell in cells} for cells in (on_the_server(slug), in_the_browser[slug]))
    assert list(differences(here, there)) == []
    answers = {task.id: set(task.answers) for task in lesson_of(slug).tasks if not task.manual}
    assert {task: {name for name, answer in here[task].items() if "value" in answer} for task in answers} == answers


@pytest.mark.parametrize("slug", CURRICULUM.lessons)
def test_learners_read_the_same_in_both_places(slug: str, in_the_browser: dict[str, list[Ran]]) -> None:
    here, there = (
        {cell.step: read_by_learners(cell) for cell in cells} for cells in (on_the_server(slug), in_the_browser[slug])
    )
    assert list(differences(here, there)) == []
