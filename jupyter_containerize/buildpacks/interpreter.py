"""The image's own Python, run from an unpacked root: without a container, without root, without namespaces.

The image's dynamic loader is started as a program and told where the image's libraries are, so that nothing
of this machine but its kernel takes part. Source: ld.so(8).
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from jupyter_containerize.buildpacks import program
from jupyter_containerize.buildpacks.elf import ElfBroken, read_elf
from jupyter_containerize.buildpacks.errors import CompileFailed, TargetNotRunnable
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.publishing.unpack import inside

_SCRIPT = Path(__file__).with_name("compile_script.py")
_WORKERS = 2
_DETAIL_CHARACTERS = 2000
# As a shell says it.
_NOT_STARTED = 126
# As ``platform.machine()`` may say it on Linux.
_MACHINES = frozenset({"x86_64", "AMD64", "aarch64"})


def target_command(root: Path, python: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the command and the whole environment that run the image's Python from ``root``.

    ``python`` is the interpreter's absolute path in the image. The command ends where Python's
    options may go on; it imports nothing from outside the image and writes no .pyc files.

    Raises:
        TargetNotRunnable: this is not Linux, or ``root`` has no such program for this machine's processor.
    """
    _require_linux(python)
    executable = inside(root, PurePosixPath(python))
    return _command(executable, python, (root,))


def target_command_of_layers(folders: Sequence[Path], python: str) -> tuple[tuple[str, ...], Mapping[str, str]] | None:
    """Return what ``target_command`` does of the root that these unpacked layers make, without making it.

    ``None`` where only the root would do: the interpreter and its library are not in one of the layers alone. The
    layers have no whiteouts; they are listed bottom to top.

    Raises:
        TargetNotRunnable: as ``target_command``
    """
    _require_linux(python)
    found = [path for folder in folders if (path := inside(folder, PurePosixPath(python))).is_file()]
    if len(found) != 1:
        return None
    library = PurePosixPath(python).parent.parent / "lib" / _library_of(found[0].parent.parent)
    if library.name == "lib" or sum(inside(folder, library).is_dir() for folder in folders) != 1:
        return None
    try:
        return _command(found[0], python, tuple(reversed(folders)))
    except TargetNotRunnable:
        # In the root, it may be where a link of another layer leads.
        return None


def _library_of(home: Path) -> str:
    """Return the name of the folder of Python's own library; empty: there is not one alone that is whole."""
    names = [path.parent.name for path in home.glob("lib/python3.*/os.py")]
    return names[0] if len(names) == 1 else ""


def _command(executable: Path, python: str, roots: Sequence[Path]) -> tuple[tuple[str, ...], Mapping[str, str]]:
    prefix = executable.parent.parent
    asked = PurePosixPath(_loader_of(executable, python))
    loader = next((path for root in roots if (path := inside(root, asked)).is_file()), None)
    if loader is None:
        raise TargetNotRunnable(python, f"no {asked.name}")
    places = [inside(root, PurePosixPath(name)) for name in library_folders(Platform.here()) for root in roots]
    command = (
        str(loader),
        # musl's loader has no cache to ignore.
        *(("--inhibit-cache",) if loader.name.startswith("ld-linux") else ()),
        "--library-path",
        ":".join(dict.fromkeys(str(folder) for folder in (prefix / "lib", *places) if folder.is_dir())),
        str(executable),
        # Not -I: it would ignore PYTHONHOME, without which Python looks for its library on this machine.
        *("-s", "-S", "-B", "-X", "utf8"),
    )
    return command, MappingProxyType({"PYTHONHOME": str(prefix), "PYTHONHASHSEED": "0"})


def _require_linux(python: str) -> None:
    if not (sys.platform == "linux" and platform.machine() in _MACHINES):
        raise TargetNotRunnable(python, f"{platform.system()} {platform.machine()}")


def compile_bundle(
    command: tuple[str, ...], env: Mapping[str, str], bundle: Path, *, installed_as: str, cancel: CancelToken
) -> None:
    """Write the hash-based .pyc files of a bundle's modules beside it, the same bytes on every machine.

    What a bundle is, says ``compile_script.py``. ``installed_as`` is the absolute path of the modules' folder in the
    image, which tracebacks show. A module that is not of that Python's language stays without.

    Raises:
        CompileFailed: Python did not start, or could not write.
        Cancelled: asked for while it ran; what is written stays.
    """
    arguments = (*command, "-W", "ignore", str(_SCRIPT), str(bundle), installed_as, str(_WORKERS))
    _run(arguments, env, installed_as, cancel)


def _run(arguments: tuple[str, ...], env: Mapping[str, str], subject: str, cancel: CancelToken) -> None:
    try:
        finished = program.run(arguments, env=env, cancel=cancel)
    except OSError as error:
        # Where the folder is mounted noexec, for one.
        raise CompileFailed(subject, _NOT_STARTED, str(error)) from error
    if finished.exit_code:
        raise CompileFailed(subject, finished.exit_code, finished.stderr[-_DETAIL_CHARACTERS:])


def compile_own_imports(command: tuple[str, ...], env: Mapping[str, str], *, cancel: CancelToken) -> None:
    """Let a Python whose library has no .pyc files write those of what it imports to compile others.

    Their bytes are not those of every machine. But what a Python compiles depends on the strings that it holds already,
    and it holds others when it read its own modules as text: without this, the library that a Python compiles for
    itself is not the one that the same Python, complete, compiles for another processor.

    Raises:
        CompileFailed: Python did not start.
        Cancelled: asked for while it ran.
    """
    writing = tuple(word for word in command if word != "-B")
    _run((*writing, "-W", "ignore", str(_SCRIPT), "--serve", "1"), env, str(_SCRIPT.name), cancel)


def library_folders(platform: Platform) -> tuple[str, ...]:
    """Return where distributions keep libraries of that processor; an interpreter's own come before these."""
    name = platform.multiarch
    return ("/usr/local/lib", f"/usr/lib/{name}", f"/lib/{name}", "/usr/lib64", "/lib64", "/usr/lib", "/lib")


def _loader_of(executable: Path, python: str) -> str:
    """Return the loader that a program for this machine's processor asks for.

    Raises:
        TargetNotRunnable: it is not there, not such a program, or asks for none.
    """
    machine = Platform.here().machine
    try:
        with executable.open("rb") as file:
            elf = read_elf(file)
    except OSError as error:
        raise TargetNotRunnable(python, os.strerror(error.errno or 0)) from error
    except ElfBroken as error:
        raise TargetNotRunnable(python, error.reason) from error
    if elf is None or elf.machine != machine:
        raise TargetNotRunnable(python, f"not a program for {machine}")
    if not elf.interpreter:
        raise TargetNotRunnable(python, "linked statically")
    return elf.interpreter
