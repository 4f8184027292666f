"""A kernel that the tests talk to. Loads little, for tests start processes that use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from academy.kernels import WarmProvisioner
from academy.kernels.provisioner import MODULES


class Kernel:
    """A running kernel, and what its cells print. `bare`: of a warm process that has loaded nothing but kernels."""

    def __init__(self, folder: Path, *, bare: bool = False) -> None:
        self.manager = KernelManager(kernel_name="python3")
        spec, modules = self.manager.kernel_spec, [] if bare else MODULES
        self.provisioner = WarmProvisioner(kernel_spec=spec, parent=self.manager, modules=modules)
        self.manager.provisioner = self.provisioner
        quiet = ["--log-level=ERROR", "--HistoryManager.hist_file=:memory:"]
        self.manager.start_kernel(cwd=str(folder), extra_arguments=quiet)
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code: str) -> str:
        shown: list[str] = []

        def look(message: Any) -> None:
            content = message["content"]
            shown.append(content.get("text") or content.get("ename") or "")

        self.client.execute_interactive(code, output_hook=look, timeout=60, allow_stdin=False)
        return "".join(shown).strip()

    @property
    def process(self) -> int:
        return int(self.run("import os\nprint(os.getpid())"))

    @property
    def warm_process(self) -> int:
        return int(self.run("import os\nprint(os.getppid())"))
