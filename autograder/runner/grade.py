"""One submission in, one result out. The only way that anything in this project gets a score."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.notebook.checks import Check, checks
from autograder.notebook.lesson import Lesson, Task
from autograder.notebook.repair import NotANotebook, Repaired, read_submission, repair
from autograder.outcomes import Outcome, outcome
from autograder.runner.imports import modules_of_lesson
from autograder.runner.result import Result, Status, TaskResult
from autograder.runner.sandbox import Limits, SandboxMissing
from autograder.runner.warm import Run, WarmProcess

logger = logging.getLogger(__name__)

_BLANK = {"is": "blank", "value": None}
"""The three dots of an answer that was not given, as they are carried."""


class _OurFailure(Exception):
    """The grader itself failed. Its message goes to the log."""


def grade(
    lesson: Lesson,
    notebook: bytes,
    data: Sequence[Path],
    limits: Limits | None = None,
    warm: WarmProcess | None = None,
) -> Result:
    """Grade the bytes of a submitted notebook.

    `data` are the lesson's tables, laid read-only beside the notebook. `warm` is a warm process for this lesson and
    these tables (`warm_process`); without one, a new one is started for this call alone, which takes most of its time.
    Never raises for anything that a learner hands in; a failure of ours is a Result too, with the status `our_failure`.
    Raises SandboxMissing where nothing can run.
    """
    limits = limits or Limits()
    try:
        repaired = repair(lesson, read_submission(notebook))
    except NotANotebook as refusal:
        return Result(lesson.slug, Status.REJECTED, outcome(refusal.code, **refusal.facts), 0, lesson.possible)
    try:
        if warm is not None:
            return _grade(lesson, repaired, warm, limits)
        with warm_process(lesson, data) as own:
            return _grade(lesson, repaired, own, limits)
    except SandboxMissing:
        raise
    except Exception as error:
        logger.exception("Grading failed for lesson %s", lesson.slug)
        failure = outcome("our-failure")
        return Result(
            lesson.slug, Status.OUR_FAILURE, failure, 0, lesson.possible, log=f"{type(error).__name__}: {error}"
        )


def warm_process(lesson: Lesson, data: Sequence[Path]) -> WarmProcess:
    """A warm process to grade many notebooks of this lesson with. Close it when done."""
    return WarmProcess(data, modules_of_lesson(lesson))


def _grade(lesson: Lesson, repaired: Repaired, warm: WarmProcess, limits: Limits) -> Result:
    run_of_learner = _run_learner(lesson, repaired, warm, limits)
    every_check = checks(lesson)
    ready = {check.task: run_of_learner.exported(check) for check in every_check}
    verdicts = _run_checks([c for c in every_check if isinstance(ready[c.task], dict)], ready, warm, limits)
    tasks = []
    for task in lesson.tasks:
        if task.manual:
            text = repaired.texts[task.id]
            tasks.append(_row(task, outcome("awaiting-review" if text else "no-answer"), answer=text))
            continue
        blocked = ready[task.id]
        tasks.append(_row(task, blocked) if isinstance(blocked, Outcome) else _judged(task, verdicts[task.id]))
    points = sum(row.points for row in tasks)
    log = "\n".join([run_of_learner.log, *(str(v["puzzled"]) for v in verdicts.values() if v["puzzled"])]).strip()
    return Result(
        lesson.slug, Status.GRADED, outcome("graded"), points, lesson.possible, tuple(tasks), repaired.repairs, log
    )


class _LearnerRun:
    """What came out of the learner's process."""

    def __init__(self, run: Run, limits: Limits) -> None:
        self.run, self.limits = run, limits
        events = [event for event in run.events if isinstance(event, dict)]
        # The notebook may have written events of its own: nothing about their shape is taken for granted.
        self.errors = {str(e.get("step")): e["error"] for e in events if e.get("event") == "ran" and e.get("error")}
        self.answers = {str(e.get("task")): e.get("answers") for e in events if e.get("event") == "answers"}
        self.finished = any(e.get("event") == "done" for e in events)
        self.log = f"learner's process: {run.seconds:.1f} s, finished: {self.finished}"
        if not self.finished:
            self.log += f", exit status {run.exit_status}\n{run.complaints}"

    def exported(self, check: Check) -> dict[str, Any] | Outcome:
        """The encoded answers of a task; or the outcome that stands in the way of checking them."""
        answers = self.answers.get(check.task)
        if not isinstance(answers, dict):
            return self._cut_short()
        encoded: dict[str, Any] = {}
        for name in check.answers:
            answer = answers.get(name)
            answer = answer if isinstance(answer, dict) else {"missing": True}
            if "unreadable" in answer:
                return outcome("cannot-read-answer", name=name, reason=str(answer["unreadable"])[:300])
            if "value" in answer:
                encoded[name] = answer["value"]
        blanks = [name for name in check.answers if encoded.get(name, _BLANK) == _BLANK]
        if blanks and check.task in self.errors:
            return outcome("code-failed", error=str(self.errors[check.task])[:300])
        # Where only some are blank, the check itself says which: it says so in the learner's notebook too.
        if len(blanks) == len(check.answers) or len(encoded) < len(check.answers):
            return outcome("no-answer")
        return encoded

    def _cut_short(self) -> Outcome:
        if self.run.timed_out:
            return outcome("took-too-long", seconds=int(self.limits.seconds))
        return outcome("stopped-itself")


def _run_learner(lesson: Lesson, repaired: Repaired, warm: WarmProcess, limits: Limits) -> _LearnerRun:
    names = {task.id: list(task.answers) for task in lesson.tasks}
    steps = [
        {"id": step.id, "source": step.source, "task": step.task, "answers": names.get(step.task or "", [])}
        for step in repaired.steps
    ]
    return _LearnerRun(warm.run("learner", {"steps": steps}, limits), limits)


def _run_checks(
    to_run: Sequence[Check], ready: Mapping[str, Any], warm: WarmProcess, limits: Limits
) -> dict[str, dict[str, Any]]:
    if not to_run:
        return {}
    job = {
        "checks": [
            {"task": check.task, "visible": check.visible, "hidden": check.hidden, "answers": ready[check.task]}
            for check in to_run
        ]
    }
    run = warm.run("checker", job, limits)
    verdicts = {event["task"]: event for event in run.events if event["event"] == "checked"}
    for check in to_run:
        if check.task not in verdicts:
            raise _OurFailure(f"The check of “{check.task}” did not finish: exit status {run.exit_status}")
    return verdicts


def _judged(task: Task, verdict: Mapping[str, Any]) -> TaskResult:
    if verdict["passed"]:
        return _row(task, outcome("correct"), points=task.points)
    if verdict["puzzled"]:
        return _row(task, outcome("check-puzzled"), stage=verdict["stage"])
    not_yet = outcome("not-yet")
    return _row(task, not_yet, message=verdict["message"] or not_yet.message, stage=verdict["stage"])


def _row(
    task: Task,
    result: Outcome,
    *,
    points: int = 0,
    message: str | None = None,
    answer: str | None = None,
    stage: str | None = None,
) -> TaskResult:
    return TaskResult(task.id, task.title, points, task.points, result.code, message or result.message, answer, stage)
