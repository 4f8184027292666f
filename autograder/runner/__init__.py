"""The half of the autograder that runs notebooks: sandbox, learner's process, check process, score."""

from autograder.runner.grade import grade
from autograder.runner.result import Result, Status, TaskResult
from autograder.runner.sandbox import Limits, SandboxMissing, check_sandbox

__all__ = ["Limits", "Result", "SandboxMissing", "Status", "TaskResult", "check_sandbox", "grade"]
