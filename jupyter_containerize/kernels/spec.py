"""Finds a kernelspec and the interpreter behind it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager, NoSuchKernel
from traitlets import TraitError

from jupyter_containerize.kernels.errors import KernelNotInstalled, KernelNotPython, KernelUnreadable

_PYTHON = re.compile(r"python(\d+(\.\d+)?)?(\.exe)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """How to run the Python of a kernel: ``command`` takes a script and its arguments.

    ``command`` is more than an executable where the kernelspec starts it through something else
    (``conda run -n env python``, ``env VAR=1 python``) or with flags.
    """

    kernel: str
    command: tuple[str, ...]
    environ: Mapping[str, str]


def find_interpreter(name: str | None) -> Interpreter:
    """Return the interpreter of a kernelspec; no name is ``python3``, Jupyter's own default.

    Raises:
        KernelNotInstalled: no such kernelspec.
        KernelNotPython: it is for another language.
        KernelUnreadable: the kernelspec cannot be read, or names no interpreter.
    """
    name = name or NATIVE_KERNEL_NAME
    spec = _find_spec(name)
    if spec.language and spec.language.lower() != "python":
        raise KernelNotPython(name, spec.language)
    argv = [_fill(part, spec) for part in spec.argv]
    if not argv:
        raise KernelUnreadable(name, "", "the kernelspec has no argv")
    command = _command(argv)
    if command is None:
        raise KernelUnreadable(name, argv[0], "the kernelspec's argv names no Python interpreter")
    environ = dict(os.environ)
    environ.update({key: Template(value).safe_substitute(environ) for key, value in spec.env.items()})
    return Interpreter(kernel=name, command=command, environ=environ)


def _find_spec(name: str) -> KernelSpec:
    manager = KernelSpecManager()
    try:
        return manager.get_kernel_spec(name)
    except NoSuchKernel:
        raise KernelNotInstalled(name, tuple(sorted(manager.find_kernel_specs()))) from None
    except (OSError, ValueError, TypeError, TraitError) as error:
        # kernel.json is not JSON, or has keys that no kernelspec has.
        place = manager.find_kernel_specs().get(name, "")
        raise KernelUnreadable(name, str(Path(place) / "kernel.json"), str(error)) from error


def _fill(part: str, spec: KernelSpec) -> str:
    # As KernelManager.format_kernel_cmd does; the connection file is not ours to fill.
    return part.replace("{prefix}", sys.prefix).replace("{resource_dir}", spec.resource_dir)


def _command(argv: list[str]) -> tuple[str, ...] | None:
    # Whatever stands before the last ``-m MODULE`` runs Python: the interpreter, its flags,
    # and wrappers that take a command (conda run, env, uv run, nb_conda_kernels).
    cut = len(argv) - 1 - argv[::-1].index("-m") if "-m" in argv else _script(argv)
    if cut is None:
        return None
    command = argv[:cut]
    if command[0] in _own_names():
        # jupyter_client starts the kernel with its own interpreter when the name is a bare python.
        command[0] = sys.executable
    return tuple(command)


def _script(argv: list[str]) -> int | None:
    for index, part in enumerate(argv[1:], start=1):
        if part.endswith(".py"):
            return index
    for index, part in enumerate(argv):
        if _PYTHON.fullmatch(Path(part).name):
            return index + 1
    return None


def _own_names() -> set[str]:
    major, minor = sys.version_info[:2]
    return {"python", f"python{major}", f"python{major}.{minor}"}
