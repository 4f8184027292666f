"""Which names a check cell needs from the notebook, and which it makes: read from its code, without running it."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import symtable
from collections.abc import Iterator

_BUILTINS = frozenset(dir(builtins))
_WHOLE_NAMESPACE = frozenset(
    {
        "globals",
        "locals",
        "vars",
        "dir",
        "exec",
        "eval",
        "get_ipython",
        "In",
        "Out",
        "_",
        "__",
        "___",
        "_i",
        "_ih",
        "_oh",
    }
)
"""With these, code reaches names that nobody can read off it."""
_WORD = re.compile(r"[^\W\d]\w*")


def needed_names(source: str) -> tuple[str, ...] | None:
    """The names that a cell takes from the notebook, sorted; None where that cannot be read off its code."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    needed: set[str] = set()
    made: set[str] = set()
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
            return None
        try:
            table = symtable.symtable(ast.unparse(statement), "check", "exec")
        except (SyntaxError, ValueError, RecursionError):
            return None
        read, written = set(_read(table)), set(_written(table))
        plain = isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Assert)
        # “x = x + 1” takes x from before; “for x in …” makes its own.
        needed |= read - made - (set() if plain else written)
        made |= written
    if needed & _WHOLE_NAMESPACE:
        return None
    return tuple(sorted(needed - _BUILTINS))


def made_names(source: str) -> frozenset[str]:
    """The names that a cell leaves behind in the notebook. Its magics are passed over."""
    lines = ("pass" if line.startswith(("%", "!")) else line for line in source.splitlines())
    try:
        return frozenset(_written(symtable.symtable("\n".join(lines), "check", "exec")))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()


def words(source: str) -> list[str]:
    """All that could be a name in a cell, whether Python can read it or not."""
    return [word for word in _WORD.findall(source) if not keyword.iskeyword(word)]


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (top or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _read(child)


def _written(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if (symbol.is_assigned() or symbol.is_imported()) and (top or symbol.is_declared_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _written(child)
