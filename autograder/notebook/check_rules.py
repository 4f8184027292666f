"""What a check cell may do: look at its answers, and leave nothing behind.

It runs twice: in the learner's own notebook, where it must not disturb their names, and in the grader's check process,
where the answers that its task names are all there is.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.notebook import regions

_SCOPES = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Fault:
    """`line` counts from 0 within the cell."""

    line: int
    problem: str
    advice: str


def faults_of_check(source: str, answers: tuple[str, ...]) -> Iterator[Fault]:
    """Yield what is wrong with a check cell, in the order of its lines."""
    if not answers:
        yield Fault(0, "It names no answers.", "Add “academy: {answers: [name]}” to its metadata.")
    if not source.startswith("# "):
        advice = "Begin it: # Check your answer: click here, then press Shift and Enter."
        yield Fault(0, "A folded cell shows its first line, and this one is code.", advice)
    parts = {
        "visible": regions.without(source, regions.HIDDEN),
        "hidden": regions.inside(source, regions.HIDDEN),
    }
    for name, part in parts.items():
        if "assert " not in part:
            yield Fault(0, f"It has no {name} assert.", f"Add at least one {name} test.")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        yield Fault((error.lineno or 1) - 1, f"It is not Python: {error.msg}.", "Mend this line.")
        return
    made, local = _names_made(tree), _local_names(tree)
    for name in sorted(made):
        if not name.startswith("_"):
            yield Fault(0, f"It would leave “{name}” behind in the learner's notebook.", f"Call it “_{name}”.")
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert) and node.msg is None:
            yield Fault(node.lineno - 1, "An assert has no message.", "Say in plain words what went wrong.")
        if isinstance(node, ast.Name) and node.id not in {*made, *local, *answers, *dir(builtins)}:
            yield Fault(
                node.lineno - 1,
                f"It uses “{node.id}”, which is not among its answers.",
                "A check may use its answers, and what it imports or reads itself.",
            )


def _names_made(tree: ast.AST) -> set[str]:
    """The names that running the cell leaves behind at its top level."""
    within = {id(node) for scope in _scopes(tree) for node in ast.walk(scope) if node is not scope}
    made: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in within:
            continue
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                made.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                made.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                made.update((alias.asname or alias.name).split(".")[0] for alias in names)
            case _:
                pass
    return made


def _local_names(tree: ast.AST) -> set[str]:
    """The names that live only inside a function, a comprehension or an except clause."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name}
    for scope in _scopes(tree):
        for node in ast.walk(scope):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
    return names


def _scopes(tree: ast.AST) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if isinstance(node, _SCOPES)]
