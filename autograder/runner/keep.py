"""Warm processes kept from one submission to the next, for a worker that grades many lessons."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from autograder.notebook.lesson import Lesson
from autograder.runner.grade import warm_process
from autograder.runner.warm import WarmProcess

_Key = tuple[object, ...]


class WarmProcesses:
    """The warm processes of the lessons that were graded last, at most `most` of them. Not for several threads.

    A lesson whose text or tables have changed gets a new one. Use it as a context, or close it.
    """

    def __init__(self, most: int = 3) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[_Key, WarmProcess]] = OrderedDict()

    def __enter__(self) -> WarmProcesses:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._kept)

    def for_lesson(self, lesson: Lesson, data: Sequence[Path]) -> WarmProcess:
        """The warm process for this lesson as it now is, with these tables."""
        key = (lesson.version, *((path, path.stat().st_mtime_ns, path.stat().st_size) for path in data))
        now, warm = self._kept.pop(lesson.slug, (None, None))
        if warm is None or now != key:
            if warm is not None:
                warm.close()
            warm = warm_process(lesson, data)
        self._kept[lesson.slug] = (key, warm)
        while len(self._kept) > self._most:
            _, (_, oldest) = self._kept.popitem(last=False)
            oldest.close()
        return warm

    def close(self) -> None:
        while self._kept:
            self._kept.popitem()[1][1].close()
