"""Finds a kernelspec and the interpreter behind it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import Any

from jupyter_containerize.kernels.errors import KernelNotPython, KernelUnreadable
from jupyter_containerize.kernels.specs import DEFAULT_KERNEL, Spec, find_spec

# What cosign and we read it from.
KEY_PASSWORD = "COSIGN_PASSWORD"  # noqa: S105  # the name of a variable
_PYTHON = re.compile(r"python(\d+(\.\d+)?)?(\.exe)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"i?python\d*(\.\d+)?", re.IGNORECASE)
_LOCAL = "local-provisioner"
_CONTAINERS = frozenset({"docker", "podman", "nerdctl", "singularity", "apptainer", "shifter", "udocker"})
_OTHER_MACHINES = frozenset({"ssh", "mosh", "rsh", "kubectl", "oc"})
# Kernels of these run here, and what they run the notebook with is elsewhere.
_GO_BETWEENS = frozenset({"remote_ikernel", "ssh_ipykernel", "sshpyk", "sparkmagic", "remote_kernel_provider"})
_LONGEST_LINE = 512
_SHELLS = frozenset({"bash", "sh", "dash", "zsh", "ksh"})
_LAUNCH = re.compile(r"-m\s+ipykernel(_launcher|\.\w+)?(\s.*|$)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """How to run the Python of a kernel: ``command`` takes a script and its arguments.

    ``command`` is more than an executable where the kernelspec starts it through something else
    (``conda run -n env python``, ``env VAR=1 python``) or with flags. ``contained``: it runs where our files
    and this machine's are not. ``shim``: a program of pyenv or its like, which chooses one by rules of its own.
    """

    kernel: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    contained: bool = False
    shim: bool = False

    @property
    def takes_text(self) -> bool:
        """Whether a script must be given as ``-c TEXT``; some shims choose by the folder that a script lies in."""
        return self.contained or self.shim


def find_interpreter(name: str | None) -> Interpreter:
    """Return the interpreter of a kernelspec; no name is ``python3``, Jupyter's own default.

    Raises:
        KernelNotInstalled: no such kernelspec.
        KernelNotPython: it is for another language.
        KernelUnreadable: the kernelspec cannot be read, names no interpreter, or one on another machine.
    """
    name = name or DEFAULT_KERNEL
    spec = find_spec(name)
    if spec.language and not _LANGUAGE.fullmatch(spec.language):
        raise KernelNotPython(name, spec.language)
    argv = [_fill(part, spec) for part in spec.argv]
    if not argv:
        raise KernelUnreadable(name, "", "the kernelspec has no argv")
    _refuse_other_machines(name, spec.metadata, argv)
    environ = ours_for_kernels()
    environ.update({key: Template(value).safe_substitute(environ) for key, value in spec.env.items()})
    command = _command(argv, environ)
    if command is None:
        raise KernelUnreadable(name, argv[0], "the kernelspec's argv names no Python interpreter")
    contained = any(Path(part).name in _CONTAINERS for part in command)
    shim = _is_shim(command[0], environ)
    return Interpreter(kernel=name, command=command, environ=environ, contained=contained, shim=shim)


def interpreter_at(path: Path) -> Interpreter:
    """Return the interpreter at a path, with no kernel; the folder of an environment stands for the one in it.

    Raises:
        KernelUnreadable: nothing is there.
    """
    inside = [path / name for name in ("bin/python", "Scripts/python.exe", "python.exe")] if path.is_dir() else [path]
    # Not resolved: a link is what makes a virtual environment's interpreter its own.
    found = next((str(choice.absolute()) for choice in inside if choice.is_file()), None) or shutil.which(path)
    if found is None:
        raise KernelUnreadable(str(path), str(path), "no Python interpreter is there")
    environ = ours_for_kernels()
    return Interpreter(kernel="", command=(found,), environ=environ, shim=_is_shim(found, environ))


def ours_for_kernels() -> dict[str, str]:
    """Return this process's environment for code of the user, without the password of a signing key."""
    return {name: value for name, value in os.environ.items() if name != KEY_PASSWORD}


def _is_shim(executable: str, environ: Mapping[str, str]) -> bool:
    found = shutil.which(executable, path=environ.get("PATH"))
    return found is not None and Path(found).parent.name == "shims"


def _refuse_other_machines(name: str, metadata: Mapping[str, Any], argv: list[str]) -> None:
    # Source: jupyter_client, "Kernel provisioning"; Enterprise Gateway had process proxies before.
    default = os.environ.get("JUPYTER_DEFAULT_PROVISIONER_NAME", _LOCAL)
    provisioner = (metadata.get("kernel_provisioner") or {}).get("provisioner_name", default)
    proxy = str((metadata.get("process_proxy") or {}).get("class_name", ""))
    if proxy and not proxy.endswith(".LocalProcessProxy"):
        provisioner = proxy
    if provisioner != _LOCAL:
        raise KernelUnreadable(name, str(provisioner), "a provisioner starts it elsewhere, where it cannot be asked")
    started_by = Path(argv[0]).name
    modules = {module.partition(".")[0] for flag, module in pairwise(argv) if flag == "-m"}
    if started_by in _OTHER_MACHINES or modules & _GO_BETWEENS:
        raise KernelUnreadable(name, argv[0], "it runs on another machine, where it cannot be asked")


def _fill(part: str, spec: Spec) -> str:
    # As KernelManager.format_kernel_cmd does; containers mount the connection file, so something must be there.
    filled = part.replace("{prefix}", sys.prefix).replace("{resource_dir}", spec.resource_dir)
    return filled.replace("{connection_file}", os.devnull)


def _command(argv: list[str], environ: Mapping[str, str]) -> tuple[str, ...] | None:
    line = _shell_line(argv)
    if line is not None:
        return line
    # Whatever stands before the last ``-m MODULE`` runs Python: the interpreter, its flags,
    # and wrappers that take a command (conda run, env, uv run, nb_conda_kernels).
    flags = [index for index, part in enumerate(argv) if part == "-m" or (part == "--module" and _is_uv(argv[0]))]
    cut = flags[-1] if flags else _script(argv)
    if cut is None:
        return _beside(argv[0], environ)
    command = argv[:cut]
    if command[0] in _own_names():
        # jupyter_client starts the kernel with its own interpreter when the name is a bare python.
        command[0] = sys.executable
    return tuple(command)


def _shell_line(argv: list[str]) -> tuple[str, ...] | None:
    # bash -c "module load x && exec python -m ipykernel_launcher -f FILE"
    if Path(argv[0]).name not in _SHELLS:
        return None
    for index, (flag, text) in enumerate(pairwise(argv)):
        if flag.startswith("-") and flag.endswith("c") and _LAUNCH.search(text):
            return (*argv[: index + 1], _LAUNCH.sub('"$@"', text), argv[0])
    return None


def _beside(program: str, environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the Python of a program that is Python's: the one in its first line, else the one beside it."""
    found = shutil.which(program, path=environ.get("PATH"))
    if found is None:
        return None
    words = _first_line(found).removeprefix("#!").split()
    if words and _PYTHON.fullmatch(Path(words[0]).name):
        return tuple(words)
    python = Path(found).with_name("python")
    return (str(python),) if Path(found).name == "xpython" and python.is_file() else None


def _first_line(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.readline(_LONGEST_LINE).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _is_uv(program: str) -> bool:
    return Path(program).name in {"uv", "uv.exe"}


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
