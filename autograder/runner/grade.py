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
from autograder.runner.result import Result, Status, TaskResult
from autograder.runner.sandbox import Ending, Limits, SandboxMissing, run

logger = logging.getLogger(__name__)


class _OurFailure(Exception):
    """The grader itself failed. Its message goes to the log."""


def grade(lesson: Lesson, notebook: bytes, data: Sequence[Path], limits: Limits | None = None) -> Result:
    """Grade the bytes of a submitted notebook.

    `data` are the lesson's tables, laid read-only beside the notebook. Never raises for anything that a learner hands
    in; a failure of ours is a Result too, with the status `our_failure`. Raises SandboxMissing where nothing can run.
    """
    limits = limits or Limits()
    try:
        repaired = repair(lesson, read_submission(notebook))
    except NotANotebook as refusal:
        return Result(lesson.slug, Status.REJECTED, outcome(refusal.code, **refusal.facts), 0, lesson.possible)
    try:
        return _grade(lesson, repaired, data, limits)
    except SandboxMissing:
        raise
    except Exception as error:
        logger.exception("Grading failed for lesson %s", lesson.slug)
        failure = outcome("our-failure")
        return Result(
            lesson.slug, Status.OUR_FAILURE, failure, 0, lesson.possible, log=f"{type(error).__name__}: {error}"
        )


def _grade(lesson: Lesson, repaired: Repaired, data: Sequence[Path], limits: Limits) -> Result:
    run_of_learner = _run_learner(lesson, repaired, data, limits)
    every_check = checks(lesson)
    ready = {check.task: run_of_learner.exported(check) for check in every_check}
    verdicts = _run_checks([c for c in every_check if isinstance(ready[c.task], dict)], ready, data, limits)
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

    def __init__(self, ending: Ending, events: list[dict[str, Any]], limits: Limits) -> None:
        self.ending, self.limits = ending, limits
        # The notebook may have written events of its own: nothing about their shape is taken for granted.
        self.errors = {str(e.get("step")): e["error"] for e in events if e.get("event") == "ran" and e.get("error")}
        self.answers = {str(e.get("task")): e.get("answers") for e in events if e.get("event") == "answers"}
        self.finished = any(e.get("event") == "done" for e in events)
        self.log = f"learner's process: {ending.seconds:.1f} s, finished: {self.finished}"
        if not self.finished:
            self.log += f", exit status {ending.exit_status}\n{ending.complaints}"

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
            if "value" not in answer or answer["value"] == {"is": "blank", "value": None}:
                if check.task in self.errors:
                    return outcome("code-failed", error=str(self.errors[check.task])[:300])
                return outcome("no-answer")
            encoded[name] = answer["value"]
        return encoded

    def _cut_short(self) -> Outcome:
        if self.ending.timed_out:
            return outcome("took-too-long", seconds=int(self.limits.seconds))
        return outcome("stopped-itself")


def _run_learner(lesson: Lesson, repaired: Repaired, data: Sequence[Path], limits: Limits) -> _LearnerRun:
    names = {task.id: list(task.answers) for task in lesson.tasks}
    steps = [
        {"id": step.id, "source": step.source, "task": step.task, "answers": names.get(step.task or "", [])}
        for step in repaired.steps
    ]
    ending = Ending()
    events = [event for event in run("learner", {"steps": steps}, data, limits, ending) if isinstance(event, dict)]
    if not any(event.get("event") == "ready" for event in events):
        raise _OurFailure(f"The learner's process did not start: {ending.complaints}")
    return _LearnerRun(ending, events, limits)


def _run_checks(
    to_run: Sequence[Check], ready: Mapping[str, Any], data: Sequence[Path], limits: Limits
) -> dict[str, dict[str, Any]]:
    if not to_run:
        return {}
    job = {
        "checks": [
            {"task": check.task, "visible": check.visible, "hidden": check.hidden, "answers": ready[check.task]}
            for check in to_run
        ]
    }
    ending = Ending()
    verdicts = {event["task"]: event for event in run("checker", job, data, limits, ending)}
    for check in to_run:
        if check.task not in verdicts:
            raise _OurFailure(f"The check of “{check.task}” did not finish: {ending.complaints}")
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
