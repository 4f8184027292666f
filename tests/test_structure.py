"""The house: imports run one way, and each room keeps to itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each room may import itself and the rooms named here, of ours. From docs/structure.md.
MAY_IMPORT = {
    "toolkit": set(),
    "autograder/notebook": set(),
    "autograder/runner/inside": {"toolkit"},
    "autograder/runner": {"toolkit", "autograder.notebook", "autograder.outcomes"},
    "autograder/course": {"autograder.notebook", "autograder.outcomes", "autograder.runner"},
    "tracker": {"toolkit", "autograder"},
    "academy/kernels": {"autograder.runner.inside"},
    "academy": {"toolkit", "autograder", "tracker"},
}
OURS = {"toolkit", "autograder", "tracker", "academy"}


def files_of(room: str) -> list[Path]:
    deeper = [other for other in MAY_IMPORT if other.startswith(room + "/")]
    return [
        path
        for path in (ROOT / room).rglob("*.py")
        if not any(path.is_relative_to(ROOT / other) for other in deeper) and "lesson_template" not in path.parts
    ]


def imports_of(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in found if name.split(".")[0] in OURS}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_run_one_way(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room.replace("/", ".")}
    files = files_of(room)
    assert files, f"{room} has no code"
    for file in files:
        for name in imports_of(file):
            reached = [each for each in allowed if name == each or name.startswith(each + ".")]
            passes_by = name in {"autograder", "autograder.runner"} and any(each.startswith(name) for each in allowed)
            assert reached or passes_by, f"{file.relative_to(ROOT)} imports {name}"


def test_the_command_line_starts_without_django_or_pandas() -> None:
    code = "import academy.cli, sys; print(sorted({'django', 'pandas', 'numpy', 'jupytext'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_generated_is_committed() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.splitlines()
    ours = [name for name in tracked if not name.startswith("tests/")]
    assert not [name for name in ours if name.endswith(".ipynb") or name.startswith(("build/", "var/"))]
