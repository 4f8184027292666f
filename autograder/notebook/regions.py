"""The marked regions of a cell: solutions and hidden tests, in nbgrader's own markers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

CANARY = "canary"
CODE_STUB = ""
"""What stands in the learner's cell in place of a solution. The blank itself is written above the solution."""
TEXT_STUB = "Write your answer here."


@dataclass(frozen=True)
class Region:
    """The words between a BEGIN and an END marker."""

    name: str

    @property
    def begin(self) -> str:
        return f"### BEGIN {self.name}"

    @property
    def end(self) -> str:
        return f"### END {self.name}"


SOLUTION = Region("SOLUTION")
HIDDEN = Region("HIDDEN TESTS")


class UnbalancedRegion(ValueError):
    """A BEGIN without its END, or the other way round. `line` counts from 0 within the cell."""

    def __init__(self, line: int, problem: str) -> None:
        self.line = line
        super().__init__(problem)


def _lines(source: str, region: Region) -> Iterator[tuple[str, bool, bool]]:
    """Yield (line, inside the region, is a marker) for every line."""
    inside = False
    opened = 0
    for number, line in enumerate(source.split("\n")):
        if line.strip() == region.begin:
            if inside:
                raise UnbalancedRegion(number, f"“{region.begin}” comes twice without “{region.end}” between them.")
            inside, opened = True, number
            yield line, True, True
        elif line.strip() == region.end:
            if not inside:
                raise UnbalancedRegion(number, f"“{region.end}” comes without “{region.begin}” before it.")
            inside = False
            yield line, True, True
        else:
            yield line, inside, False
    if inside:
        raise UnbalancedRegion(opened, f"“{region.begin}” is never closed by “{region.end}”.")


def has(source: str, region: Region) -> bool:
    return any(marker for _, _, marker in _lines(source, region))


def inside(source: str, region: Region) -> str:
    """The text of the region, markers left out."""
    return "\n".join(line for line, within, marker in _lines(source, region) if within and not marker)


def without(source: str, region: Region, stub: str | None = None) -> str:
    """The text with the region cut; `stub` stands in its place, as far to the right as its BEGIN marker stood."""
    kept: list[str] = []
    for line, within, marker in _lines(source, region):
        if not within:
            kept.append(line)
        elif marker and stub is not None and line.strip() == region.begin:
            kept.append((re.match(r"\s*", line)[0] + stub).rstrip())  # type: ignore[index]
    return "\n".join(kept)


def with_canary(source: str, region: Region, seed: str) -> str:
    """The text with a canary comment planted in the region: if the word ever shows in public, a secret leaked."""
    planted: list[str] = []
    for line, _, marker in _lines(source, region):
        planted.append(line)
        if marker and line.strip() == region.begin:
            indent = line[: len(line) - len(line.lstrip())]
            planted.append(f"{indent}# {canary(seed)}")
    return "\n".join(planted)


def canary(seed: str) -> str:
    return f"{CANARY}-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"
