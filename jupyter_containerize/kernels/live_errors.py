"""What goes wrong between us and a kernel that is already running.

UserError
├── ConnectionFileUnusable  31  no file there, or one that names no kernel
├── KernelElsewhere         32  it runs on another machine, or does not see our files
├── KernelGone              33  nobody answers, or nobody does any more
├── KernelBusy              34  a cell runs, and went on running
├── KernelInterrupted       35  somebody interrupted the kernel while it was asked
├── RanMeanwhile            36  a cell ran while the objects were taken
├── EnvironmentDiffers      37  it is not the Python that the image is made for
├── NoRunningKernel         38  no server has a kernel for the notebook
└── SeveralKernels          39  more than one has
"""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.errors import UserError


class ConnectionFileUnusable(UserError):
    """The file does not say how to reach a kernel; ``reason`` is why."""

    code = "JC-KERNELS-31"

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class KernelElsewhere(UserError):
    """The kernel is not on this machine. ``ip`` is as the connection file says, empty if it cannot see our files."""

    code = "JC-KERNELS-32"

    def __init__(self, file: Path, ip: str) -> None:
        super().__init__(f"{file}: {ip or 'other files'}")
        self.file = file
        self.ip = ip


class KernelGone(UserError):
    """The kernel does not answer. ``reason`` says since when, as a clause: ``it ended while it was asked``."""

    code = "JC-KERNELS-33"

    def __init__(self, name: str, notebook: str, reason: str) -> None:
        super().__init__(f"{notebook}: {name}: {reason}")
        self.name = name
        self.notebook = notebook
        self.reason = reason


class KernelBusy(UserError):
    """The kernel ran something for all of ``patience_seconds``; nothing of ours runs there later."""

    code = "JC-KERNELS-34"

    def __init__(self, name: str, notebook: str, patience_seconds: float) -> None:
        super().__init__(f"{notebook}: {name}: {patience_seconds:g} s")
        self.name = name
        self.notebook = notebook
        self.patience_seconds = patience_seconds


class KernelInterrupted(UserError):
    """Somebody interrupted the kernel while it was asked."""

    code = "JC-KERNELS-35"

    def __init__(self, name: str, notebook: str) -> None:
        super().__init__(f"{notebook}: {name}")
        self.name = name
        self.notebook = notebook


class RanMeanwhile(UserError):
    """Cells ran while the objects were taken, so the objects may be of different moments."""

    code = "JC-KERNELS-36"

    def __init__(self, name: str, notebook: str) -> None:
        super().__init__(f"{notebook}: {name}")
        self.name = name
        self.notebook = notebook


class EnvironmentDiffers(UserError):
    """The running kernel has another Python than the one whose distributions would go into the image.

    ``running`` and ``inspected`` are the interpreter and its version: ``/env/bin/python (3.11.7)``.
    """

    code = "JC-KERNELS-37"

    def __init__(self, name: str, running: str, inspected: str) -> None:
        super().__init__(f"{name}: {running}, {inspected}")
        self.name = name
        self.running = running
        self.inspected = inspected


class NoRunningKernel(UserError):
    """No Jupyter server of this user has a kernel for the notebook.

    ``servers`` are the addresses of those that were asked, ``silent`` those that would not say, with why.
    """

    code = "JC-KERNELS-38"

    def __init__(self, notebook: str, servers: tuple[str, ...] = (), silent: tuple[str, ...] = ()) -> None:
        super().__init__(f"{notebook}: {', '.join(servers + silent)}")
        self.notebook = notebook
        self.servers = servers
        self.silent = silent


class SeveralKernels(UserError):
    """More than one kernel runs for the notebook; ``found`` are their connection files, sorted."""

    code = "JC-KERNELS-39"

    def __init__(self, notebook: str, found: tuple[str, ...]) -> None:
        super().__init__(f"{notebook}: {', '.join(found)}")
        self.notebook = notebook
        self.found = found
