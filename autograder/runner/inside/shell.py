"""The notebook's shell: ipykernel's own, with nobody at the other end. It is made once, before any child is."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import sys
from collections.abc import Iterator
from typing import Any

from .outputs import Outputs, attach

_INSTALLED = ("site-packages", "dist-packages")


class _Kernel:
    """As much of a kernel as shells and magics ask for."""

    eventloop = None


def create() -> Any:
    """Make the shell, and give this process the look of a kernel's."""
    from ipykernel.compiler import XCachingCompiler
    from ipykernel.zmqshell import ZMQInteractiveShell
    from traitlets.config import Config

    config = Config()
    # As nbclient does: the history is kept in memory. A file would bring a thread along.
    config.HistoryManager.hist_file = ":memory:"
    shell: Any = ZMQInteractiveShell.instance(config=config, kernel=_Kernel(), compiler_class=XCachingCompiler)
    shell.enable_gui = lambda gui=None: None
    _read_cells_once(shell.input_transformer_manager)
    attach(shell)
    _notebook_folder_in_path()
    return shell


def current() -> Any:
    from IPython.core.getipython import get_ipython

    return get_ipython()


def outputs(shell: Any) -> Outputs:
    kept: Outputs = shell.displayhook.session
    return kept


def show_nothing(shell: Any) -> None:
    """Errors are not drawn: a traceback costs more than all the rest of many cells. Figures end with their cell."""

    def show(exception: Any = None, *_: object, **__: object) -> None:
        # Also tells Python which error was the last one.
        shell._get_exc_info(exception if isinstance(exception, tuple) else None)

    def close_figures() -> None:
        # As in a notebook: what the next cell plots must not land on the last one's figure.
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.close("all")

    shell.showtraceback = shell.showsyntaxerror = show
    shell.events.register("post_execute", close_figures)


def run_cell(shell: Any, source: str, *, quiet: bool) -> Any:
    """Run one cell as a kernel does: within a running event loop. `quiet` shows nothing and remembers nothing."""
    return _loop().run_until_complete(_run(shell, source, quiet))


@contextlib.contextmanager
def interrupted_after(seconds: float) -> Iterator[list[bool]]:
    """End a cell that takes too long as the stop button does. The list that it yields is then not empty."""
    interrupted: list[bool] = []
    # Python's own handler leaves no line of ours in what the notebook shows.
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield interrupted
    finally:
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if seconds and not left:
            interrupted.append(True)


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


async def _run(shell: Any, source: str, quiet: bool) -> Any:
    failed = None
    try:
        transformed = shell.transform_cell(source)
    except Exception:
        transformed, failed = source, sys.exc_info()
    keep = {"store_history": not quiet, "silent": quiet}
    if not shell.should_run_async(source, transformed_cell=transformed, preprocessing_exc_tuple=failed):
        return shell.run_cell(source, **keep)
    cell = shell.run_cell_async(source, **keep, transformed_cell=transformed, preprocessing_exc_tuple=failed)
    result = None
    try:
        result = await asyncio.ensure_future(cell)
    finally:
        shell.events.trigger("post_execute")
        if not quiet:
            shell.events.trigger("post_run_cell", result)
    return result


def _read_cells_once(manager: Any) -> None:
    """A kernel, and so we, let IPython split each cell into tokens twice. The second time, take what came of the first.

    Not where a notebook has added transformers of its own: they may count, or look at the clock.
    """
    transform, ours = manager.do_token_transforms, list(manager.token_transformers)
    last: list[list[str]] = [[], []]

    def remembered(lines: list[str]) -> list[str]:
        if manager.token_transformers != ours:
            return transform(lines)
        if last[0] != lines:
            last[:] = list(lines), transform(lines)
        return list(last[1])

    manager.do_token_transforms = remembered


def _notebook_folder_in_path() -> None:
    """The notebook's own folder comes after the standard library and before what is installed, as in a kernel."""
    sys.path[:] = [entry for entry in sys.path if entry not in ("", "/")]
    place = next((n for n, entry in enumerate(sys.path) if entry.endswith(_INSTALLED)), len(sys.path))
    sys.path.insert(place, "")
