"""Where jupyter_client asks for a kernel's process: a warm one if it can be had, else an ordinary one."""

from __future__ import annotations

import os
import uuid
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import List, Unicode

from academy.kernels.client import NotWarm, start_kernel

MODULES = [
    "pandas",
    "pandas.plotting._matplotlib",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
]
"""What lessons import, and what takes long."""


class WarmProvisioner(LocalProvisioner):
    """Treats a warm kernel as jupyter_client treats an ordinary one; only its start differs."""

    modules = List(Unicode(), MODULES, help="Loaded before the notebook asks for them.").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        try:
            process: Any = start_kernel(cmd, self.modules, **self._scrub_kwargs(kwargs))
        except NotWarm as reason:
            self.log.warning("This kernel starts without its head start: %s", reason)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd") or os.getcwd()
        return self.connection_info


class WarmKernelManager(AsyncKernelManager):
    """Starts kernels warm, whatever provisioner their kernelspec names."""

    async def _async_pre_start_kernel(self, **kwargs: Any) -> tuple[list[str], dict[str, Any]]:
        if self.provisioner is None:
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = WarmProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)

    pre_start_kernel = _async_pre_start_kernel

    async def _async_interrupt_kernel(self) -> None:
        """Called before each shutdown, but not here: a kernel that has just answered is not done with its answer, and
        would complain of an interrupt. `interrupt_kernel` interrupts."""
