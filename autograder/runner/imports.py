"""What a notebook imports: the modules that are worth loading before it is run."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable

from autograder.notebook.lesson import Lesson


def modules_of(cells: Iterable[str]) -> list[str]:
    """The installed modules that these code cells import. Cells that Python cannot read are passed over."""
    found: set[str] = set()
    for cell in cells:
        # Lines for the shell or for IPython are no Python.
        lines = ("pass" if line.lstrip().startswith(("%", "!")) else line for line in cell.splitlines())
        try:
            tree = ast.parse("\n".join(lines))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
    return sorted(name for name in found if _installed(name.split(".")[0]))


def modules_of_lesson(lesson: Lesson) -> list[str]:
    return modules_of(cell.source for cell in lesson.cells if cell.is_code)


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False
