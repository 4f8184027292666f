"""What each module asks for while it is loaded: watched once, so that it can be told later without loading again."""

from __future__ import annotations

import builtins
import contextlib
import importlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_machinery: Any = importlib._bootstrap


@dataclass(frozen=True, eq=False)
class Registry:
    """A list that modules add to while they load. `first`: new entries go before the old ones."""

    entries: list[Any]
    first: bool = False

    def put(self, entry: Any) -> None:
        if entry in self.entries:
            self.entries.remove(entry)
        self.entries.insert(0 if self.first else len(self.entries), entry)
        self._tell()

    def restore(self, entries: Sequence[Any]) -> None:
        self.entries[:] = entries
        self._tell()

    def _tell(self) -> None:
        if self.entries is warnings.filters:
            warnings._filters_mutated()  # type: ignore[attr-defined]


@dataclass
class Loaded:
    """One module, and what its loading did. `on_parent`: it is an attribute of its package."""

    name: str
    order: int = 0
    module: Any = None
    imports: list[str] = field(default_factory=list)
    """What it asked for, loaded before or not; and names that it put into `sys.modules` itself."""
    entries: list[tuple[Registry, Any]] = field(default_factory=list)
    on_parent: bool = False


class Trace:
    """Watches imports, and writes down in `loads` what each module asks for and leaves in the registries."""

    def __init__(self, loads: dict[str, Loaded], registries: Sequence[Registry]) -> None:
        self.loads, self.registries = loads, registries
        self._loading: list[Loaded] = []
        self._last: list[list[Any]] = []

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        self._import, self._find, self._load = builtins.__import__, _machinery._gcd_import, _machinery._load_unlocked
        builtins.__import__, _machinery._gcd_import = self._asked_by_statement, self._asked_by_name
        _machinery._load_unlocked = self._loaded
        self.skip()
        try:
            yield
        finally:
            builtins.__import__, _machinery._gcd_import = self._import, self._find
            _machinery._load_unlocked = self._load

    def skip(self) -> None:
        """What is in the registries by now is nobody's."""
        self._last = [list(registry.entries) for registry in self.registries]

    def settle(self) -> None:
        """What came into the registries since the last time is of the module that is loading."""
        for registry, last in zip(self.registries, self._last, strict=True):
            if self._loading and registry.entries != last:
                new = [entry for entry in registry.entries if entry not in last]
                self._loading[-1].entries += [(registry, entry) for entry in (new[::-1] if registry.first else new)]
        self.skip()

    def _asked(self, name: str) -> None:
        if self._loading and name not in self._loading[-1].imports:
            self._loading[-1].imports.append(name)

    def _asked_by_statement(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> Any:
        package = _machinery._calc___package__(globals) if level else ""
        wanted = _machinery._resolve_name(name, package, level) if level else name
        self._asked(wanted)
        module = self._import(name, globals, locals, fromlist, level)
        for each in fromlist or ():
            parts = getattr(module, "__all__", ()) if each == "*" else (each,)
            for part in parts:
                inner = sys.modules.get(f"{wanted}.{part}")
                if inner is not None and getattr(module, part, None) is inner:
                    self._asked(f"{wanted}.{part}")
        return module

    def _asked_by_name(self, name: str, package: Any = None, level: int = 0) -> Any:
        self._asked(_machinery._resolve_name(name, package, level) if level else name)
        return self._find(name, package, level)

    def _loaded(self, spec: Any) -> Any:
        self._asked(spec.name)
        if spec.name in self.loads:
            return self._load(spec)
        self.settle()
        loaded = self.loads[spec.name] = Loaded(spec.name)
        self._loading.append(loaded)
        before = set(sys.modules)
        try:
            return self._load(spec)
        finally:
            self.settle()
            self._loading.pop()
            for name in sys.modules.keys() - before - self.loads.keys():
                self.loads[name] = Loaded(name, order=len(self.loads))
                loaded.imports.append(name)
            loaded.order = len(self.loads)
