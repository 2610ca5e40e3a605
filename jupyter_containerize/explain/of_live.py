"""Words for what goes wrong with a kernel that is already running."""

from __future__ import annotations

from jupyter_containerize.explain.words import Words, listed, words
from jupyter_containerize.kernels import live_errors as live

_RUN_INSTEAD = "or build without --state live: the notebook is then run in a fresh kernel"


@words.register
def _(error: live.ConnectionFileUnusable) -> Words:
    return Words(
        title="The connection file leads to no kernel",
        saw=f"{error.file}: {error.reason}.",
        todo="Open the notebook in JupyterLab and run a cell, then build again. --kernel-file takes the file that "
        "`%connect_info` names.",
    )


@words.register
def _(error: live.KernelElsewhere) -> Words:
    return Words(
        title="The running kernel is not on this machine",
        saw=f"{error.file} leads to {error.ip}."
        if error.ip
        else f"The kernel of {error.file} does not see this machine's temporary folder.",
        todo=f"Build on the machine where the kernel runs, {_RUN_INSTEAD}.",
    )


@words.register
def _(error: live.KernelGone) -> Words:
    return Words(
        title="The running kernel does not answer",
        saw=f"Kernel {error.name} of {error.notebook}: {error.reason}.",
        todo=f"Restart the kernel and run all cells, then build again, {_RUN_INSTEAD}.",
    )


@words.register
def _(error: live.KernelBusy) -> Words:
    return Words(
        title="The running kernel is busy",
        saw=f"Kernel {error.name} of {error.notebook} ran a cell for all of {error.patience_seconds:g} s. Nothing was "
        "changed, and nothing of the build will run there later.",
        todo=f"Wait until the cell has ended, or interrupt it, and build again; {_RUN_INSTEAD}.",
    )


@words.register
def _(error: live.KernelInterrupted) -> Words:
    return Words(
        title="The kernel was interrupted",
        saw=f"Somebody interrupted kernel {error.name} of {error.notebook} while its objects were taken.",
        todo="Build again, and leave the kernel alone until the objects are taken.",
    )


@words.register
def _(error: live.RanMeanwhile) -> Words:
    return Words(
        title="A cell ran while the objects were taken",
        saw=f"In kernel {error.name} of {error.notebook} the objects could be of two different moments.",
        todo="Build again, and run no cell until the objects are taken.",
    )


@words.register
def _(error: live.EnvironmentDiffers) -> Words:
    return Words(
        title="The running kernel has another Python",
        saw=f"It runs {error.running}; the packages of the image are those of {error.inspected}.",
        todo="Build with the running kernel's own kernelspec: --kernel NAME. If the environment was changed meanwhile, "
        "restart the kernel and run all cells.",
    )


@words.register
def _(error: live.NoRunningKernel) -> Words:
    return Words(
        title="No kernel runs for the notebook",
        saw=f"Servers that were asked for {error.notebook}: {listed(error.servers, otherwise='none')}.",
        todo="Open the notebook in JupyterLab and run it, or name the kernel: --kernel-file FILE.",
        details="\n".join(error.silent),
    )


@words.register
def _(error: live.SeveralKernels) -> Words:
    return Words(
        title="More than one kernel runs for the notebook",
        saw=f"Kernels of {error.notebook}: {listed(error.found, otherwise='')}.",
        todo="Shut down those that you do not need, or choose one: --kernel-file FILE.",
    )
