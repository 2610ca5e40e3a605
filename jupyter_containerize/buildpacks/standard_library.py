"""A Python's standard library, compiled: by that Python itself where it can run, and else by the same one of here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Protocol, runtime_checkable

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.bytecode import bytecode_of
from jupyter_containerize.buildpacks.deb import Deb, read_deb
from jupyter_containerize.buildpacks.debian_root import merged_links, package_entries
from jupyter_containerize.buildpacks.elf import ElfBroken, read_elf
from jupyter_containerize.buildpacks.interpreter import compile_bundle, compile_own_imports, target_command
from jupyter_containerize.buildpacks.protocol import BuildInputs, Workbench
from jupyter_containerize.buildpacks.unpacked import lay_out
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.image import Bytecode, EntryKind, LayerEntry
from jupyter_containerize.domain.platform import Platform

_LIBRARY = re.compile(r"usr/lib(64)?/([a-z0-9_]+-linux-gnu/)?[^/]+\.so[^/]*")
# What a Python needs at least; asked first, so that the others are seldom opened.
LIKELY = ("libc6", "zlib1g", "libexpat1", "libcrypt1")


@runtime_checkable
class KeepsPython(Protocol):
    """A workbench that can use a Python in its folders for what is compiled next."""

    def keep_python(self, command: tuple[str, ...], env: Mapping[str, str]) -> None:
        """Take note of the command line and the whole environment that run it."""


def base_packages(inputs: BuildInputs) -> tuple[SystemPackage, ...]:
    """Return the packages of the base; those that wheels need beside it are a layer of their own."""
    return tuple(package for package in inputs.environment.system_packages if not package.needed_by)


def fetched(packages: Iterable[SystemPackage], workbench: Workbench) -> dict[str, Deb]:
    """Return the packages by name, read.

    Raises:
        DebBroken, Cancelled, and what downloading raises.
    """
    folder = workbench.scratch()
    debs = {}
    for package in packages:
        workbench.cancel.check()
        path = workbench.fetch(package.url, sha256=package.sha256, size_bytes=package.size_bytes)
        debs[package.name] = read_deb(path, package.name, folder=folder, cancel=workbench.cancel)
    return debs


def with_bytecode(python: list[LayerEntry], inputs: BuildInputs, workbench: Workbench) -> list[LayerEntry]:
    """Return the entries of a Python and of its standard library's .pyc files, sorted, parents first.

    A Python for another processor cannot run here: the workbench's compiles, which is of the same version.

    Raises:
        TargetNotRunnable, CompileFailed, Cancelled
    """
    if inputs.options.bytecode is Bytecode.OMIT:
        return python
    workbench.cancel.check()
    library = _library_of(python, PurePosixPath(inputs.python))
    below = str(library.relative_to("/"))
    if inputs.platform != Platform.here():
        return tree.complete([*python, *workbench.compile(python, below=below)])
    root = workbench.scratch()
    _lay_out(python, root, workbench.cancel)
    # The system's layer may be under way in another thread: the few libraries are unpacked once more.
    _lay_out(_libraries(python, inputs, workbench), root, workbench.cancel)
    command, env = target_command(root, inputs.python)
    compile_own_imports(command, env, cancel=workbench.cancel)
    if isinstance(workbench, KeepsPython):
        workbench.keep_python(command, env)
    compile_ = partial(compile_bundle, command, env, installed_as=str(library), cancel=workbench.cancel)
    return tree.complete([*python, *bytecode_of(python, below=below, folder=workbench.scratch(), compile_=compile_)])


def _library_of(python: Iterable[LayerEntry], program: PurePosixPath) -> PurePosixPath:
    """Return the folder of the standard library, ``lib`` or ``lib64`` beside the program's folder."""
    prefix = program.parent.parent
    paths = {entry.path for entry in python}
    places = (prefix / lib / program.name for lib in ("lib", "lib64"))
    return next((place for place in places if f"{place}/os.py"[1:] in paths), prefix / "lib" / program.name)


def _lay_out(entries: Iterable[LayerEntry], root: Path, cancel: CancelToken) -> None:
    def stoppable() -> Iterator[LayerEntry]:
        for entry in entries:
            cancel.check()
            yield entry

    lay_out(stoppable(), root)


def _libraries(python: Iterable[LayerEntry], inputs: BuildInputs, workbench: Workbench) -> list[LayerEntry]:
    """Return what of the base the interpreter loads, and the links by which it is found.

    No more packages are opened than it takes: without this, the whole system was unpacked to compile its Python.
    """
    found = {PurePosixPath(entry.path).name: entry for entry in python if ".so" in entry.path}
    taken = {entry.path: entry for entry in merged_links()}
    program = next(entry for entry in python if f"/{entry.path}" == inputs.python)
    order = sorted(base_packages(inputs), key=lambda package: (package.name not in LIKELY, package.size_bytes))
    for package in order:
        if not _missing(program, found):
            break
        for entry in package_entries(fetched([package], workbench)):
            if _LIBRARY.fullmatch(entry.path):
                taken[entry.path] = entry
                name = PurePosixPath(entry.path).name
                # A link may have the name of what it leads to, as Debian's loader has.
                if entry.kind is EntryKind.FILE or name not in found:
                    found[name] = entry
    return tree.complete(taken.values())


def _missing(program: LayerEntry, found: Mapping[str, LayerEntry]) -> bool:
    """Say whether the program, or a library that it loads, needs one that is not there."""
    waiting, seen = [program], set[str]()
    while waiting:
        for name in _needs(waiting.pop()) - seen:
            seen.add(name)
            if name not in found:
                return True
            entry = found[name]
            waiting.append(found.get(PurePosixPath(entry.link_target).name, entry))
    return False


def _needs(entry: LayerEntry) -> set[str]:
    if entry.open is None:
        return set()
    with entry.open() as file:
        try:
            elf = read_elf(file)
        except ElfBroken:
            # Whoever starts it says so better.
            return set()
    return set() if elf is None else {*elf.needed, *([PurePosixPath(elf.interpreter).name] if elf.interpreter else [])}
