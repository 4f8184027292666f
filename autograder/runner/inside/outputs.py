"""What a cell shows, kept as a notebook file keeps it: streams, results, pictures, errors.

Our shell speaks to a session as a kernel's does; this session keeps what it is told, in nbformat's words, by the rules
by which nbclient keeps what a kernel sends.
"""

from __future__ import annotations

import builtins
import getpass
import io
import json
import os
import sys
from typing import Any

from ipykernel.kernelbase import Kernel
from jupyter_client.session import Session

MOST = 8_000_000
"""Characters of outputs that one notebook may show. What comes after is left out, and that is said."""
_LEFT_OUT = "(The rest is left out: a notebook may show {:,} characters.)\n"

Output = dict[str, Any]


class Outputs(Session):
    """The session of our shell. Until `record` is called it keeps nothing."""

    def __init__(self) -> None:
        super().__init__(key=b"")
        self._recording = False
        self._left = MOST
        self._cells: dict[str, list[Output]] = {}
        self._shown: dict[str, list[tuple[str, Output]]] = {}
        """Outputs that a later cell may replace, by display id."""
        self._cell = ""
        self._clear_first = False
        self._changed: set[str] = set()
        self._files: dict[str, _File] = {}

    def record(self) -> None:
        """Keep outputs from now on, and those of programs that cells start."""
        self._recording = True
        self._files = {name: _File(number) for name, number in (("stdout", 1), ("stderr", 2))}
        builtins.input = Kernel.raw_input.__get__(_NobodyToAsk())
        getpass.getpass = Kernel.getpass.__get__(_NobodyToAsk())

    def begin(self, cell: str) -> None:
        self._cell, self._clear_first = cell, False
        self._cells[cell] = []

    def finish(self) -> tuple[list[Output], dict[str, list[Output]]]:
        """The outputs of the cell that ran, and those of earlier cells that it changed."""
        self.drain()
        outputs = self._cells[self._cell]
        for output in outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        changed = {cell: self._cells[cell] for cell in self._changed if cell != self._cell}
        self._changed.clear()
        return outputs, changed

    def stream(self, name: str, text: str) -> None:
        if self._recording:
            self.drain()
            self._text(name, text)

    def drain(self) -> None:
        """Keep what programs wrote past Python."""
        for name, file in self._files.items():
            if text := file.new():
                self._text(name, text)

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *others: Any, **more: Any) -> None:
        """What the shell would tell a notebook."""
        if not self._recording:
            return
        kind = msg_or_type
        if isinstance(msg_or_type, dict):
            kind, content = msg_or_type["msg_type"], msg_or_type["content"]
        self.drain()
        if kind == "clear_output":
            self._clear_first = bool(content.get("wait"))
            if not self._clear_first:
                self._clear()
        elif kind == "error":
            error = {key: content[key] for key in ("ename", "evalue", "traceback")}
            self._keep({"output_type": "error", **error}, _size(error))
        elif kind in ("execute_result", "display_data", "update_display_data"):
            self._rich(kind, content)

    def _rich(self, kind: str, content: dict[str, Any]) -> None:
        display = (content.get("transient") or {}).get("display_id")
        data, metadata = content["data"], content["metadata"] or {}
        for cell, output in self._shown.get(display, ()) if display else ():
            output.update(data=data, metadata=metadata)
            self._changed.add(cell)
        if kind == "update_display_data":
            self._take(_size(data))
            return
        output = {"output_type": kind, "data": data, "metadata": metadata}
        if kind == "execute_result":
            output["execution_count"] = content["execution_count"]
        if self._keep(output, _size(data)) and display:
            self._shown.setdefault(display, []).append((self._cell, output))

    def _text(self, name: str, text: str) -> None:
        text = text.encode("utf-8", "replace").decode()
        here = self._cells.get(self._cell, [])
        last = here[-1] if here and not self._clear_first else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            if self._take(len(text)):
                last["text"].append(text)
        else:
            self._keep({"output_type": "stream", "name": name, "text": [text]}, len(text))

    def _keep(self, output: Output, size: int) -> bool:
        here = self._cells.setdefault(self._cell, [])
        if self._clear_first:
            self._clear()
            self._clear_first = False
        if not self._take(size):
            return False
        here.append(output)
        return True

    def _take(self, size: int) -> bool:
        if self._left < 0:
            return False
        self._left -= size
        if self._left < 0:
            note = {"output_type": "stream", "name": "stderr", "text": [_LEFT_OUT.format(MOST)]}
            self._cells[self._cell].append(note)
        return self._left >= 0

    def _clear(self) -> None:
        self._cells[self._cell].clear()
        for shown in self._shown.values():
            shown[:] = [each for each in shown if each[0] != self._cell]


class OutStream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a notebook."""

    encoding = "UTF-8"

    def __init__(self, outputs: Outputs, name: str) -> None:
        self._outputs, self.name = outputs, name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._outputs.stream(self.name, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1 if self.name == "stdout" else 2


class _File:
    """What is written to a standard file by its number: by programs that a cell starts."""

    def __init__(self, number: int) -> None:
        path = f"/dev/shm/.{number}"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.unlink(path)
        os.dup2(self._file, number)

    def new(self) -> str:
        size = os.fstat(self._file).st_size
        if not size:
            return ""
        written = os.pread(self._file, min(size, MOST), 0)
        os.ftruncate(self._file, 0)
        return written.decode("utf-8", "replace")


def attach(shell: Any) -> Outputs:
    """Give the shell, and what is printed, a session to speak to."""
    outputs = Outputs()
    shell.displayhook.session = shell.display_pub.session = outputs
    sys.stdout, sys.stderr = OutStream(outputs, "stdout"), OutStream(outputs, "stderr")
    return outputs


def _size(data: dict[str, Any]) -> int:
    return sum(len(value) if isinstance(value, str) else len(json.dumps(value)) for value in data.values())


class _NobodyToAsk:
    """As much of a kernel as its own refusal to ask for input needs."""

    _allow_stdin = False
