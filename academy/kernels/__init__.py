"""Kernels with a head start: real ones, forked from a process that has loaded already what notebooks import.

For trusted notebooks only, such as those of our own build and tests: a warm kernel has no sandbox, as an ordinary one
has none. Submissions are run by `autograder.runner`.

    papermill.execute_notebook(given, done, kernel_manager_class=WarmKernelManager)

Other tools find the provisioner by its entry point, without a kernelspec of its own:

    JUPYTER_DEFAULT_PROVISIONER_NAME=warm-kernel jupyter nbconvert --execute --to notebook *.ipynb

A warm kernel sees what an ordinary one sees, but for what nobody should rely on: the order of sets, which is the same
for all kernels of one process, one thread for linear algebra, and one more finder on `sys.meta_path`.

provisioner.py   starts a warm kernel where it can, and an ordinary one where not
client.py        this side of the warm processes: starts them, asks them for kernels, learns of a kernel's end
process.py       the warm process, a program of its own
"""

from academy.kernels.provisioner import WarmKernelManager, WarmProvisioner

__all__ = ["WarmKernelManager", "WarmProvisioner"]
