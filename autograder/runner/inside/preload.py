"""Modules imported before they are asked for, without anybody noticing but by the clock.

After loading, every module is taken back out of `sys.modules` and off its parent package. When a learner's code imports
one, exactly the modules that this import loads in a fresh process come back, and with them what their loading wrote to
a few lists that all modules share. So what fails in a fresh process, such as `import matplotlib` followed by
`matplotlib.pyplot`, fails here too.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, all_suffixes
from types import ModuleType
from typing import Any

from . import warm_up
from .import_trace import Loaded, Registry, Trace

_ALWAYS = ("inside.answers",)
"""What the grader itself needs in every child."""
_WITH = {"matplotlib": ("matplotlib.backends.backend_agg",)}
"""What is loaded wherever a package is used, though only when something is drawn."""
_INLINE = "module://matplotlib_inline.backend_inline"


@dataclass(frozen=True)
class _Closure:
    """All that one import brings back, ready to be put where it belongs."""

    names: frozenset[str]
    modules: dict[str, Any]
    packages: list[tuple[Any, str, dict[str, Any]]]
    """Packages, their names, and the modules that are attributes of them."""
    entries: list[tuple[str, Registry, Any]]


class Stash:
    """Hidden modules, and the finder that brings them back."""

    def __init__(self) -> None:
        self.loads: dict[str, Loaded] = {}
        self._hidden: set[str] = set()
        self._closures: dict[str, _Closure] = {}
        self._path: list[str] = []
        self._registries: list[Registry] = []
        self._trace: Trace | None = None

    # -- filling ------------------------------------------------------------------------------------------------------

    def fill(self, work: Sequence[Callable[[], object]], hooks: Sequence[list[Any]]) -> None:
        """Do each piece of work, and hide what it imports. `hooks`: further lists that modules add to."""
        self._path = list(sys.path)
        self._registries = [
            Registry(warnings.filters, first=True),  # type: ignore[arg-type]
            Registry(sys.meta_path),
            Registry(sys.path_hooks),
            *map(Registry, hooks),
        ]
        sys.meta_path.insert(0, self)
        before = [list(registry.entries) for registry in self._registries]
        trace = self._trace = Trace(self.loads, self._registries)
        for piece in work:
            # Each piece begins as if it were the first, so that what it shares with an earlier one is seen.
            with trace.recording(), contextlib.suppress(Exception):
                piece()
            self._hide()
            for registry, entries in zip(self._registries, before, strict=True):
                registry.restore(entries)
        self._trace = None

    def _hide(self) -> None:
        self._closures.clear()
        for name, loaded in list(self.loads.items()):
            if name in self._hidden:
                continue
            if name not in sys.modules:
                del self.loads[name]  # its import failed
                continue
            loaded.module = sys.modules.pop(name)
            self._hidden.add(name)
        for loaded in self.loads.values():
            parent, _, child = loaded.name.rpartition(".")
            package = self._package(parent)
            if package is not None and getattr(package, "__dict__", {}).get(child) is loaded.module:
                delattr(package, child)
                loaded.on_parent = True

    def _package(self, name: str) -> Any:
        return self.loads[name].module if name in self.loads else sys.modules.get(name)

    # -- bringing back ------------------------------------------------------------------------------------------------

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._hidden or not self._as_it_was(name):
            return None
        original = getattr(self.loads[name].module, "__spec__", None)
        spec = ModuleSpec(name, self, origin=getattr(original, "origin", None))  # type: ignore[arg-type]
        spec.submodule_search_locations = getattr(original, "submodule_search_locations", None)
        spec.loader_state = original
        return spec

    def create_module(self, spec: ModuleSpec) -> Any:
        return self.loads[spec.name].module

    def exec_module(self, module: Any) -> None:
        spec = module.__spec__
        module.__spec__ = spec.loader_state
        if self._trace:
            self._trace.settle()
        closure = self.closure(spec.name)
        names = closure.names & self._hidden
        self._hidden -= names
        # In few steps, for all of them at once: every object that is touched is a page of memory to copy.
        whole = len(names) == len(closure.names)
        sys.modules.update(closure.modules if whole else {name: closure.modules[name] for name in names})
        for package, name, children in closure.packages:
            if not whole:
                children = {child: module for child, module in children.items() if f"{name}.{child}" in names}
            package.__dict__.update(children)
        for name, registry, entry in closure.entries:
            if name in names:
                registry.put(entry)
        if self._trace:
            self._trace.skip()

    def closure(self, name: str) -> _Closure:
        """All that importing `name` loads in a fresh process, in the order in which it was loaded."""
        if name not in self._closures:
            loads = sorted(self._reach(name), key=lambda loaded: loaded.order)
            packages: dict[str, dict[str, Any]] = {}
            for loaded in loads:
                if loaded.on_parent:
                    parent, _, child = loaded.name.rpartition(".")
                    packages.setdefault(parent, {})[child] = loaded.module
            self._closures[name] = _Closure(
                frozenset(loaded.name for loaded in loads),
                {loaded.name: loaded.module for loaded in loads},
                [(self._package(parent), parent, children) for parent, children in packages.items()],
                [(loaded.name, *entry) for loaded in loads for entry in loaded.entries],
            )
        return self._closures[name]

    def _reach(self, name: str) -> Iterator[Loaded]:
        waiting, seen = [name], {name, ""}
        while waiting:
            found = waiting.pop()
            others = [found.rpartition(".")[0]]
            if (loaded := self.loads.get(found)) is not None:
                yield loaded
                others += loaded.imports
            for other in others:
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)

    def _as_it_was(self, name: str) -> bool:
        """Would a fresh process load these very modules? Not where other files of their names come first by now."""
        if [entry for entry in sys.path if entry in self._path] != self._path:
            return False
        closure = self.closure(name)
        back = closure.names - self._hidden
        if any(sys.modules.get(other) is not closure.modules[other] for other in back):
            return False
        hidden = closure.names - back
        if not hidden.isdisjoint(sys.modules):
            return False
        shadows = self._shadows()
        return not any(_comes_later(closure.modules[other], shadows[other]) for other in hidden & shadows.keys())

    def _shadows(self) -> dict[str, int]:
        """Modules in folders that may have changed since: their names, and the place of their folder in the path."""
        found: dict[str, int] = {}
        for place, folder in enumerate(sys.path):
            if folder and folder in self._path:
                continue
            with contextlib.suppress(OSError):
                for file in os.scandir(folder or "."):
                    if file.name.endswith(_SUFFIXES) or file.is_dir():
                        found.setdefault(file.name.split(".")[0], place)
        return found


_SUFFIXES = tuple(all_suffixes())
_stash = Stash()


def preload(names: Sequence[str], shell: Any) -> None:
    """Import what lessons need, and hide it until it is imported. What cannot be imported is left for the lesson."""
    roots = [*_ALWAYS, *names, *(more for name in names for more in _WITH.get(name.split(".")[0], ()))]

    def importing(name: str) -> Callable[[], object]:
        def work() -> None:
            # Under this, pandas sees that it is in a notebook.
            with shell.builtin_trap:
                importlib.import_module(name)

        return work

    _stash.fill([*map(importing, roots), lambda: warm_up.warm_up(shell)], list(shell.events.callbacks.values()))
    # What will be asked for is made out beforehand. For every module, it would fill the memory that each fork copies.
    for name in {part for root in roots for part in (root, root.partition(".")[0])}:
        _stash.closure(name)


def private(name: str) -> Any:
    """The grader's own use of a module: if it is preloaded, it stays hidden from the learner's code."""
    loaded = _stash.loads.get(name)
    return importlib.import_module(name) if loaded is None else loaded.module


def preloaded(name: str) -> bool:
    return name in _stash.loads


def reseed() -> None:
    """NumPy's own stream of random numbers: another one for every child, as in every fresh process."""
    if preloaded("numpy.random"):
        private("numpy.random").seed()


def plots_inline() -> None:
    """Let charts go where a notebook's go. Matplotlib reads this from the environment only when it is loaded."""
    os.environ["MPLBACKEND"] = _INLINE
    if preloaded("matplotlib"):
        dict.__setitem__(private("matplotlib").rcParams, "backend", _INLINE)


def _comes_later(module: Any, place: int) -> bool:
    """Does this top-level module come from further down in the path than `place`?"""
    origin = getattr(getattr(module, "__spec__", None), "origin", None) or ""
    folder = os.path.dirname(origin)
    if hasattr(module, "__path__"):
        folder = os.path.dirname(folder)
    return folder not in sys.path or place < sys.path.index(folder)
