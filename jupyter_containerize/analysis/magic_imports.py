"""Finds the modules that magics import and the files that they run: ``%load_ext``, ``%run``, ``%load``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jupyter_containerize.analysis.magic_calls import magic_of
from jupyter_containerize.analysis.shell_words import UNKNOWN, shell_commands
from jupyter_containerize.analysis.statements import Code
from jupyter_containerize.analysis.walk import walk
from jupyter_containerize.domain.notebook import ImportSite, Location

_MARKS = re.compile(r"load_ext|reload_ext|'run'|'load|magic\(|load_extension")
_EXTENSION = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
# They come with IPython itself.
_OWN_EXTENSIONS = frozenset({"autoreload", "storemagic", "IPython"})
# What came with IPython once, and where it went. Source: IPython's release notes of 1.0 to 4.0.
_MOVED_EXTENSIONS = {
    "cythonmagic": "Cython",
    "octavemagic": "oct2py.ipython",
    "parallelmagic": "ipyparallel",
    "rmagic": "rpy2.ipython",
    "sympyprinting": "sympy",
}
_OPTIONS_WITH_VALUE = {
    "run": frozenset({"-b", "-l", "-s", "-T", "-D", "-N"}),
    "load": frozenset({"-r", "-s"}),
    "loadpy": frozenset({"-r", "-s"}),
}


@dataclass(frozen=True, slots=True)
class RunFile:
    """A file that a magic runs in the notebook's namespace, as it was written."""

    path: str
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class MagicImports:
    """Both in document order."""

    extensions: tuple[ImportSite, ...]
    runs: tuple[RunFile, ...]


def read_magic_imports(code: Code, values: Callable[[str], str | None]) -> MagicImports:
    """Return what the magics of a notebook import and run. ``values`` gives what a name stands for."""
    extensions: list[ImportSite] = []
    runs: list[RunFile] = []
    for name, argument, location in _magics(code):
        if name in {"load_ext", "reload_ext"}:
            extension = _EXTENSION.match(argument.strip())
            if extension and extension[0].partition(".")[0] not in _OWN_EXTENSIONS:
                module = _MOVED_EXTENSIONS.get(extension[0], extension[0])
                extensions.append(ImportSite(module=module, location=location, rule="load_ext"))
        elif path := _target(name, argument, values):
            runs.append(RunFile(path, location))
    return MagicImports(extensions=tuple(extensions), runs=tuple(runs))


def _magics(code: Code) -> Iterator[tuple[str, str, Location]]:
    marked: dict[int, bool] = {}
    for statement in code.readable:
        cell = statement.text.cell
        if cell.index not in marked:
            marked[cell.index] = _MARKS.search(cell.python or "") is not None
        if not marked[cell.index]:
            continue
        for node in walk([statement.node]):
            if not isinstance(node, ast.Call):
                continue
            location = statement.text.location(node.lineno)
            if (magic := magic_of(node)) is not None:
                if magic[0] in {"load_ext", "reload_ext", *_OPTIONS_WITH_VALUE}:
                    yield *magic, location
                continue
            match node:
                case ast.Call(func=ast.Attribute(attr="load_extension"), args=[ast.Constant(value=str(extension))]):
                    yield "load_ext", extension, location


def _target(magic: str, argument: str, values: Callable[[str], str | None]) -> str:
    """Return the file that a magic reads, or nothing if it names none that can be known."""
    command = next(shell_commands(argument, values, python=True), None)
    rest = iter(() if command is None else command.words)
    for word in rest:
        if word in {"-m", "-M"} and magic == "run":
            return ""
        if not word.startswith("-"):
            return "" if UNKNOWN in word or "://" in word else word
        if word in _OPTIONS_WITH_VALUE[magic]:
            next(rest, None)
    return ""
