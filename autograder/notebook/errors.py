"""What can be wrong with a lesson's source, said so that its author can mend it."""

from __future__ import annotations

from pathlib import Path


class LessonError(Exception):
    """A lesson that cannot be built. Names the file, the line, what is wrong and what to do."""

    def __init__(self, file: Path, line: int, problem: str, advice: str) -> None:
        self.file, self.line, self.problem, self.advice = file, line, problem, advice
        super().__init__(f"{file}:{line}: {problem}\n    {advice}")
