"""A worker: one submission in, a graded one out. It touches no gradebook and no course folder, so it can run anywhere.

It holds one warm process for one assignment. Learners' cells run in one child of it; the checks run in another, on
copies of the answers, so that no learner's code can read, change or satisfy a check that it has not met.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.course.assignment import Assignment, Notebook, Submission, Where
from autograder.course.lessons import GivenLesson
from autograder.course.mend import Cell, Mended, blank, mend
from autograder.notebook.repair import NotANotebook, read_submission, too_deep
from autograder.outcomes import Outcome, outcome
from autograder.runner import Limits, Run, WarmProcess

LONGEST = 300.0
"""Seconds that one notebook may run in all, however many cells it has."""
_SPARE = 30.0
_MOST_SHOWN = 20_000_000
"""Bytes of all outputs in a notebook's file. Its process keeps to less, as long as it is what it was."""
_NOT_SHOWN = "ERROR: An error occurred while showtraceback was disabled"
_ENVIRONMENT = {"NBGRADER_EXECUTION": "autograde"}
"""nbgrader sets it, and notebooks may ask for it."""


class CheckLost(Exception):
    """The check process did not come to its end. A failure of ours: never a score."""


@dataclass(frozen=True)
class GradedNotebook:
    """`cells` with their outputs; `refused` where the file could not be run at all; `repairs` in plain words."""

    name: str
    cells: list[Cell]
    metadata: dict[str, Any] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    refused: Outcome | None = None
    log: str = ""


@dataclass(frozen=True)
class GradedSubmission:
    """What goes back to the coordinator."""

    learner: str
    digest: str
    notebooks: tuple[GradedNotebook, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0


class Worker:
    """Grades submissions of one assignment, one at a time. Use it as a context, or close it.

    `assignment` may be given anew when its checks have been placed: what lies beside the notebook stays the same.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self._folder = tempfile.TemporaryDirectory(prefix="assignment-")
        beside = []
        for path, content in assignment.files.items():
            if path in assignment.keep_files:
                continue
            file = Path(self._folder.name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            top = Path(self._folder.name, Path(path).parts[0])
            if top not in beside:
                beside.append(top)
        self._warm = WarmProcess(beside, assignment.modules)
        self._lessons = {each.name: GivenLesson(each) for each in assignment.notebooks if each.lesson is not None}

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._warm.close()
        self._folder.cleanup()

    @property
    def warm(self) -> WarmProcess:
        return self._warm

    def grade(self, submission: Submission) -> GradedSubmission:
        """Grade all notebooks of a submission.

        Raises WarmProcessFailed, CheckLost, SandboxMissing: failures of ours.
        """
        files = {path: base64.b64encode(content).decode() for path, content in self._beside(submission).items()}
        notebooks = [
            self._notebook(self.assignment.notebook(name), content, files)
            for name, content in submission.notebooks.items()
        ]
        return GradedSubmission(submission.learner, submission.digest, tuple(notebooks), submission.files)

    def _beside(self, submission: Submission) -> dict[str, bytes]:
        """What the learner handed in, over our own copies of what may be replaced."""
        kept = {path: self.assignment.files[path] for path in self.assignment.keep_files & self.assignment.files.keys()}
        return {**kept, **submission.files}

    def _notebook(self, notebook: Notebook, content: bytes | None, files: Mapping[str, str]) -> GradedNotebook:
        try:
            if content is None:
                raise NotANotebook("not-a-notebook")
            submitted = read_submission(content)
            lesson = self._lessons.get(notebook.name)
            mended = lesson.mend(submitted) if lesson else mend(notebook, submitted)
        except NotANotebook as refusal:
            refused = outcome(refusal.code, **refusal.facts)
            return GradedNotebook(notebook.name, blank(notebook, f"{refused.message} {refused.help}"), refused=refused)
        cells, log = run(self._warm, notebook, mended, files, self.assignment.seconds_a_cell)
        metadata = submitted.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        return GradedNotebook(notebook.name, cells, metadata, mended.repairs, log=log)


def run(
    warm: WarmProcess, notebook: Notebook, mended: Mended, files: Mapping[str, str], seconds_a_cell: float
) -> tuple[list[Cell], str]:
    """Run a whole notebook and its checks. Returns its cells with outputs, and a line for the log."""
    cells = [dict(cell) for cell in mended.cells]
    steps, checks = _plan(notebook, cells)
    code = sum(bool(step["source"].strip()) for step in steps)
    limits = Limits(seconds=min(LONGEST, seconds_a_cell * max(1, code)) + _SPARE)
    job = {
        "steps": steps,
        "outputs": True,
        "modules": True,
        "files": dict(files),
        "environment": _ENVIRONMENT,
        "seconds_a_cell": seconds_a_cell,
    }
    learner = _LearnerRun(warm.run("learner", job, limits), limits)
    learner.show_in(cells, [int(step["id"]) for step in steps if step["source"].strip()])
    ready = [check for check in checks if learner.reached(check["task"])]
    for check in checks:
        if check not in ready:
            cells[check["place"]]["outputs"] = [learner.stopped()]
    _run_checks(warm, cells, ready, learner, seconds_a_cell, plain=notebook.lesson is not None)
    return cells, learner.log


def _plan(notebook: Notebook, cells: list[Cell]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The steps of the learner's run, and the checks that run apart. All are numbered as in one notebook."""
    steps: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    number = 0
    for place, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        number += bool(cell["source"].strip())
        id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        where: Where = notebook.places.get(id, "sandbox")
        step = {"id": str(place), "source": cell["source"], "number": number, "task": None, "answers": []}
        if where == "apart":
            # Nothing of the check itself: only the names to export where it stands.
            step |= {"source": "", "task": id, "answers": list(notebook.needs[id])}
            check = {"task": id, "place": place, "cell": cell["source"], "needs": notebook.needs[id]}
            checks.append(check | {"execution_count": number})
        elif where == "by hand":
            step["source"] = ""
        steps.append(step)
    return steps, checks


class _LearnerRun:
    """What came out of the learner's process. It ran their code, so nothing about its shape is taken for granted."""

    def __init__(self, run: Run, limits: Limits) -> None:
        self.run, self.limits = run, limits
        self._events = [event for event in run.events if isinstance(event, dict)]
        self._answers = {e.get("task"): e.get("answers") for e in self._of("answers") if isinstance(e.get("task"), str)}
        self.finished = any(True for _ in self._of("done"))
        self.log = f"learner's process: {run.seconds:.1f} s, finished: {self.finished}"
        if not self.finished:
            self.log += f", exit status {run.exit_status}\n{run.complaints}"

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        return (event for event in self._events if event.get("event") == kind)

    def show_in(self, cells: list[Cell], places: Sequence[int]) -> None:
        """Put the outputs into the cells at these places; what one that never ran would have shown is why."""
        ran = set()
        asked = {str(place): place for place in places}
        for event in self._events:
            place = event.get("step")
            if event.get("event") not in ("ran", "changed") or not isinstance(place, str) or place not in asked:
                continue
            cell = cells[asked[place]]
            cell["outputs"] = [output for output in _list(event.get("outputs")) if _is_output(output)]
            if event["event"] == "ran":
                ran.add(place)
                count = event.get("execution_count")
                cell["execution_count"] = count if isinstance(count, int) else None
                if event.get("interrupted"):
                    cell["outputs"].append(_TIMED_OUT)
                elif event.get("error") and not any(each["output_type"] == "error" for each in cell["outputs"]):
                    # A notebook can keep its shell from showing an error; nbgrader then says so in these words.
                    cell["outputs"].append(_error("Hidden", str(event["error"])[:500], _NOT_SHOWN))
        missed = [place for name, place in asked.items() if name not in ran]
        for n, place in enumerate(missed):
            # A check that shows nothing would have passed.
            if n == 0 or cells[place]["metadata"].get("nbgrader", {}).get("grade"):
                cells[place]["outputs"] = [self.stopped()]
        left = _MOST_SHOWN
        for cell in (cells[place] for place in places):
            left -= len(json.dumps(cell["outputs"], ensure_ascii=False))
            if left < 0:
                cell["outputs"] = [_error("TooMuch", "", "The rest is left out: this notebook shows too much.")]

    def reached(self, task: str) -> bool:
        return isinstance(self._answers.get(task), dict)

    def answer(self, task: str, name: str) -> dict[str, Any]:
        """{"value": …}, {"missing": True} or {"unreadable": "why"}."""
        answer = (self._answers[task] or {}).get(name)
        return answer if isinstance(answer, dict) else {"missing": True}

    def stopped(self) -> dict[str, Any]:
        """Why nothing came after this point, as an error that a notebook shows."""
        if self.run.timed_out:
            return _said(outcome("took-too-long", seconds=int(self.limits.seconds)))
        return _said(outcome("stopped-itself"))


def _run_checks(
    warm: WarmProcess,
    cells: list[Cell],
    checks: list[dict[str, Any]],
    learner: _LearnerRun,
    seconds_a_cell: float,
    *,
    plain: bool,
) -> None:
    """Run the checks, and put what they show into their cells. `plain`: errors are said as lessons say them."""
    jobs = []
    for check in checks:
        cell = cells[check["place"]]
        answers: dict[str, Any] = {}
        for name in check["needs"]:
            answer = learner.answer(check["task"], name)
            if "unreadable" in answer:
                said = outcome("cannot-read-answer", name=name, reason=str(answer["unreadable"])[:300])
                cell["outputs"], cell["execution_count"] = [_said(said)], check["execution_count"]
                break
            if "value" in answer:
                answers[name] = answer["value"]
        else:
            jobs.append({**check, "answers": answers, "seconds": seconds_a_cell})
    limits = Limits(seconds=min(LONGEST, seconds_a_cell * len(jobs)) + _SPARE)
    while jobs:
        ran = warm.run("checker", {"checks": jobs, "plain_messages": plain}, limits)
        verdicts = {event["task"]: event for event in ran.events if event["event"] == "checked"}
        lost = None
        for job in jobs:
            cell = cells[job["place"]] | {"execution_count": job["execution_count"]}
            if (verdict := verdicts.get(job["task"])) is None:
                lost = lost or job
                continue
            cell["outputs"] = verdict["outputs"] if not verdict["puzzled"] else [_said(outcome("check-puzzled"))]
            if verdict.get("interrupted"):
                cell["outputs"].append(_TIMED_OUT)
            cells[job["place"]] = cell
        if lost is None:
            return
        if not ran.timed_out:
            raise CheckLost(
                f"The check “{lost['task']}” did not finish: exit status {ran.exit_status}. {ran.complaints}"
            )
        # The instructor's answers were checked in time, so it is this answer that the check cannot get through.
        cells[lost["place"]] |= {"outputs": [_TIMED_OUT], "execution_count": lost["execution_count"]}
        jobs = [job for job in jobs if job is not lost]


def _said(what: Outcome) -> dict[str, Any]:
    return _error("NotGraded", what.message, what.help)


def _error(name: str, message: str, detail: str) -> dict[str, Any]:
    traceback = [f"\x1b[0;31m{name}\x1b[0m: {message or detail}"] + ([detail] if message else [])
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": traceback}


_TIMED_OUT = _error("CellTimeoutError", "", "No reply from kernel before timeout")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_output(output: object) -> bool:
    """Whether it has a shape that a notebook may hold. A learner's process could send anything."""
    if not isinstance(output, dict):
        return False
    match output.get("output_type"):
        case "stream":
            return output.get("name") in ("stdout", "stderr") and isinstance(output.get("text"), str)
        case "error":
            lines = output.get("traceback")
            return (
                isinstance(output.get("ename"), str)
                and isinstance(output.get("evalue"), str)
                and isinstance(lines, list)
                and all(isinstance(line, str) for line in lines)
            )
        case "execute_result" | "display_data":
            data = output.get("data")
            return (
                isinstance(data, dict)
                and isinstance(output.get("metadata"), dict)
                and all(isinstance(value, str) or kind.endswith("json") for kind, value in data.items())
                and not too_deep(output)
            )
    return False
