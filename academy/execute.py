"""Runs the instructor's notebook, as a trainer's machine would: by papermill, in a folder with its data."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from nbformat import NotebookNode

from academy.kernels import WarmKernelManager


class LessonDoesNotRun(Exception):
    """A worked example, a solution or a check of the lesson failed in the instructor's notebook."""


def execute(
    notebook: NotebookNode, data: Sequence[Path], kernels: type[AsyncKernelManager] = WarmKernelManager
) -> NotebookNode:
    """Return the notebook with its outputs. Raises LessonDoesNotRun, naming the cell."""
    with tempfile.TemporaryDirectory() as folder:
        for table in data:
            (Path(folder) / table.name).symlink_to(table.resolve())
        given, done = Path(folder) / "given.ipynb", Path(folder) / "done.ipynb"
        nbformat.write(notebook, given)
        try:
            papermill.execute_notebook(
                given,
                done,
                cwd=folder,
                progress_bar=False,
                # One write at the end. Writing the notebook before and after each cell takes longer than the cells.
                request_save_on_cell_execute=False,
                kernel_name="python3",
                kernel_manager_class=kernels,
                # Only what matters: the kernel warns of unencrypted sockets, which here never leave the machine.
                extra_arguments=["--log-level=ERROR"],
            )
        except papermill.PapermillExecutionError as error:
            cell = notebook.cells[error.cell_index]
            raise LessonDoesNotRun(
                f"The cell “{cell.id}” stopped: {error.ename}: {error.evalue}\n{error.source}"
            ) from None
        executed: NotebookNode = nbformat.read(done, as_version=4)
    return executed
