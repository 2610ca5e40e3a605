"""Words for what goes wrong with a kernel, or while it runs the notebook."""

from __future__ import annotations

from jupyter_containerize.explain.words import Words, listed, words
from jupyter_containerize.kernels import errors as kernels


@words.register
def _(error: kernels.KernelNotInstalled) -> Words:
    return Words(
        title="The notebook's kernel is not installed",
        saw=f"No kernel is named {error.name}. Installed: {listed(error.installed, otherwise='none')}.",
        todo="Install that kernel, or build with another one: --kernel NAME.",
    )


@words.register
def _(error: kernels.KernelUnreadable) -> Words:
    return Words(
        title="The kernel's Python does not answer",
        saw=f"Kernel {error.name} starts {error.executable}: {error.reason}.",
        todo="Start that kernel in JupyterLab to see whether it works, or build with another one: --kernel NAME.",
    )


@words.register
def _(error: kernels.KernelNotPython) -> Words:
    return Words(
        title="The kernel is not a Python kernel",
        saw=f"Kernel {error.name} speaks {error.language}.",
        todo="Choose a Python kernel for the notebook, or build with --kernel NAME.",
    )


@words.register
def _(error: kernels.KernelDidNotStart) -> Words:
    return Words(
        title="The kernel did not start",
        saw=f"Kernel {error.name} ended before it answered.",
        todo="Start that kernel in JupyterLab to see whether it works; the details are what it printed.",
        details=error.reason,
    )


@words.register
def _(error: kernels.CellFailed) -> Words:
    todo = (
        "The notebook is run from top to bottom in a fresh kernel. Restart the kernel and run all cells in "
        "JupyterLab; when that works, build again."
    )
    if error.ename == "ModuleNotFoundError":
        todo = (
            "The kernel does not have it, and a build installs nothing there: installation commands in cells are left "
            "out. Run that command in JupyterLab, restart the kernel, and build again."
        )
    return Words(
        title="A cell of the notebook failed",
        saw=f"{error.location}: {error.ename}: {error.evalue}",
        todo=todo,
        details=error.traceback,
        location=error.location,
    )


@words.register
def _(error: kernels.CellTimedOut) -> Words:
    return Words(
        title="A cell of the notebook took too long",
        saw=f"{error.location} ran longer than {error.timeout_seconds:g} s.",
        todo="Make the cell quicker, for example by loading a model that was trained before.",
        location=error.location,
    )


@words.register
def _(error: kernels.KernelDied) -> Words:
    return Words(
        title="The kernel died while it ran the notebook",
        saw=f"The process ended in {error.location}.",
        todo="Most often there was not enough memory: use less data in that cell, or a machine with more.",
        details=error.reason,
        location=error.location,
    )


@words.register
def _(error: kernels.NameMissing) -> Words:
    return Words(
        title="A name that serving needs does not exist",
        saw=f"After the run, {listed(error.names, otherwise='')} is not defined (used in {error.location}).",
        todo="Define it in a cell above the function, then restart the kernel and run all cells to see that it works.",
        location=error.location,
    )


@words.register
def _(error: kernels.ObjectsUnpicklable) -> Words:
    first = error.objects[0]
    return Words(
        title="An object that serving needs cannot be saved",
        saw="\n".join(_unpicklable(item) for item in error.objects),
        todo="Such things exist only in the running kernel. Make it in a function that is called at start: "
        f"tag its cell `startup`, or pass --recreate {first.name}.",
        details="\n".join(f"{item.name}: {item.reason}" for item in error.objects),
        location=first.location,
    )


def _unpicklable(item: kernels.Unpicklable) -> str:
    made = f", made in {item.location}" if item.location else ""
    if item.where in {"", item.name}:
        return f"{item.name}, a {item.type_name}{made}: {item.kind or item.reason}"
    found = f"{item.kind} ({item.found})" if item.kind else f"a {item.found}: {item.reason}"
    return f"{item.name}, a {item.type_name}{made}: {item.where} is {found}"


@words.register
def _(error: kernels.ObjectsNeedPickle) -> Words:
    return Words(
        title="An object can only be saved as a pickle",
        saw="\n".join(
            f"{item.name}, a {item.type_name}{f', made in {item.location}' if item.location else ''}: {item.reason}"
            for item in error.objects
        ),
        todo="Build without --strict, or keep the object as numpy arrays, as plain numbers, texts, lists and dicts, "
        "or as a model of scikit-learn with skops installed in the kernel.",
        location=error.objects[0].location,
    )


@words.register
def _(error: kernels.VersionSkew) -> Words:
    packages = "\n".join(
        f"{item.name}: the kernel works with {item.loaded}, installed is {item.installed}" for item in error.packages
    )
    return Words(
        title="Packages were installed while the kernel ran",
        saw=packages,
        todo="Restart the kernel, so that it loads what is installed, run the notebook, and build again. An image gets "
        "the installed versions.",
    )


@words.register
def _(error: kernels.NotServable) -> Words:
    return Words(
        title=f"{error.symbol} cannot be served",
        saw=f"{error.location}: {error.symbol} is a {error.type_name}: {error.reason}.",
        todo="Make it a plain function whose parameters have names.",
        location=error.location,
    )


@words.register
def _(error: kernels.CaptureBroken) -> Words:
    return Words(
        title="Taking the objects out of the kernel failed",
        saw=str(error),
        todo="This is our bug, not yours. Please report it with the details below.",
        details=error.traceback,
    )
