"""The half of the autograder that runs notebooks: sandbox, learner's process, check process, score.

Our own lessons:

    with warm_process(lesson, data) as warm:            # or WarmProcesses, for a worker that grades many lessons
        result = grade(lesson, notebook, data, warm=warm)

Courses that others wrote: take a warm process, and run its two programs.

    with WarmProcess(files, modules_of(cells)) as warm:
        run = warm.run("learner", {"steps": [...], "outputs": True, "modules": True}, limits)
        run = warm.run("checker", {"checks": [...]}, limits)

A step is `{"id", "source", "task", "answers"}`: a code cell, and the names to export after it for its task; `"number"`
is its place in the notebook's count. The job may hold `"files"` to lay beside the notebook (path to base64),
`"environment"`, and `"seconds_a_cell"`, after which a cell is interrupted and the next one runs. The events of the
learner's run, in `run.events`, were written by a process that ran learners' code, so nothing about them is certain but
the first:

    {"event": "ready", "protection": [...]}
    {"event": "ran", "step", "error"}                   error: a plain sentence, or None
        with outputs: {…, "outputs": [...], "execution_count"}    nbformat's outputs; the count is None for a blank cell
    {"event": "changed", "step", "outputs"}             a later cell has changed what this earlier one shows
    {"event": "answers", "task", "answers"}             name: {"value": …}, {"missing": True} or {"unreadable": "why"}
    {"event": "done"}                                   missing where the run was cut short: see `run.timed_out`

With `"modules": True` an answer may be a well-known module, such as the notebook's `np`.

A check is `{"task", "answers"}`, with the encoded values by name, and either `"visible"` and `"hidden"`, code that
asserts, or `"cell"` and `"execution_count"`, one cell to be run as in a notebook, and interrupted after `"seconds"`.
Its event, which can be trusted:

    {"event": "checked", "task", "passed", "stage", "message", "puzzled"}
    {"event": "checked", "task", "outputs", "puzzled", "interrupted"}    for a cell; its last line may be the points

A check of what cannot be exported, such as a function, can be made a step of the learner's own run. Then it is in the
learner's hands: they can read it and make it pass. So this is for whoever makes the job to choose, check by check.
"""

from autograder.runner.grade import grade, warm_process
from autograder.runner.imports import modules_of, modules_of_lesson
from autograder.runner.keep import WarmProcesses
from autograder.runner.result import Result, Status, TaskResult
from autograder.runner.sandbox import Limits, SandboxMissing
from autograder.runner.warm import Run, WarmProcess, WarmProcessFailed, check_sandbox

__all__ = [
    "Limits",
    "Result",
    "Run",
    "SandboxMissing",
    "Status",
    "TaskResult",
    "WarmProcess",
    "WarmProcessFailed",
    "WarmProcesses",
    "check_sandbox",
    "grade",
    "modules_of",
    "modules_of_lesson",
    "warm_process",
]
