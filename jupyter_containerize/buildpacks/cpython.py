"""A standalone CPython, for kernels whose minor version no Debian release carries.

The builds are those that ``uv python install`` offers (astral-sh/python-build-standalone). uv checks the
download against the hash that it ships for it.
"""

from __future__ import annotations

import functools
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

from uv import find_uv_bin

from jupyter_containerize.buildpacks import program, tree
from jupyter_containerize.buildpacks.cachekey import cache_key
from jupyter_containerize.buildpacks.debian import compiled_library, system_layer
from jupyter_containerize.buildpacks.debian_root import LAYOUT
from jupyter_containerize.buildpacks.errors import NoStandalonePython, PythonInstallFailed
from jupyter_containerize.buildpacks.protocol import BuildInputs, Contribution, Workbench
from jupyter_containerize.buildpacks.unpacked import lay_out
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Download, EntryKind, LayerEntry, LayerPlan, LayerRole

PREFIX = "opt/python"

# What a server does not need of a standalone CPython, below its prefix.
_LEFT_OUT = tuple(
    re.compile(pattern)
    for pattern in (
        r"(.*/)?__pycache__(/.*)?",  # compiled again, with hashes instead of times
        r"bin/(?!python3\.\d+$).*",  # pip, idle, pydoc, 2to3: for people at a shell
        r"include(/.*)?",  # for compilers
        r"share(/.*)?",  # manual pages, descriptions of terminals
        r"lib/(itcl|libtcl|libtk|tcl|thread|tk)[^/]*(/.*)?",  # a desktop's windows
        r"lib/pkgconfig(/.*)?",  # for compilers
        r"lib/libpython3\.so",  # for programs that embed any Python
        r"lib/python3\.\d+/(ensurepip|idlelib|test|tkinter|turtledemo)(/.*)?",  # as Debian splits them off
        r"lib/python3\.\d+/(turtle\.py|config-3[^/]*(/.*)?)",  # windows, a static library for compilers
        r"lib/python3\.\d+/lib-dynload/_(tkinter|test)[^/]*",
        r"lib/python3\.\d+/site-packages/.*",  # pip
        r"(.*/)?[^/]*\.a",  # for compilers
    )
)
_PROGRAM = re.compile(r"python3\.\d+")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_DETAIL_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class StandalonePython:
    """One build of CPython. ``key`` is uv's name for it; ``url`` names the release, and so the bytes."""

    key: str
    version: str
    url: str

    @property
    def executable(self) -> str:
        """The interpreter's absolute path in the image."""
        return f"/{PREFIX}/bin/python{'.'.join(self.version.split('.')[:2])}"


def resolve_standalone(python_minor: str, *, cancel: CancelToken) -> StandalonePython:
    """Return the newest CPython ``python_minor`` that uv offers for Linux on x86-64 with glibc.

    uv ships the list; nothing is asked over the network unless ``UV_PYTHON_DOWNLOADS_JSON_URL`` names another.

    Raises:
        NoStandalonePython: uv has none.
        PythonInstallFailed: uv cannot read its list.
    """
    wanted = f"cpython-{python_minor}-linux-x86_64-gnu"
    answer = _uv("python", "list", "--only-downloads", "--output-format", "json", wanted, key=wanted, cancel=cancel)
    builds = json.loads(answer)
    if not builds:
        raise NoStandalonePython(python_minor)
    # uv lists the newest patch release first, and only that one.
    return StandalonePython(key=builds[0]["key"], version=builds[0]["version"], url=builds[0]["url"])


class CPythonBuildpack:
    """Takes part with the Python that it is given, above Debian's system layer."""

    id = "cpython"

    def __init__(self, python: StandalonePython) -> None:
        self._python = python

    def detect(self, inputs: BuildInputs) -> Contribution | None:
        """Decide the Python layer."""
        plan = LayerPlan(
            role=LayerRole.PYTHON,
            title=f"Python {self._python.version}, standalone",
            buildpack=self.id,
            # uv adapts what it unpacks; another uv may do so differently.
            cache_key=cache_key(self.id, str(LAYOUT), self._python.key, self._python.url, metadata.version("uv")),
            size_bytes=0,
            sources=(self._python.key,),
            downloads=tuple(
                Download(url=package.url, sha256=package.sha256, size_bytes=package.size_bytes)
                for package in inputs.environment.system_packages
            ),
        )
        return Contribution(layers=(plan,))

    def build(self, plan: LayerPlan, inputs: BuildInputs, workbench: Workbench) -> Iterable[LayerEntry]:
        """Let uv install it, keep what a server needs, and compile its library with itself."""
        del plan  # there is only one
        home = _install(self._python, workbench.scratch(), workbench.cancel)
        python = tree.complete(_relocated(home))
        root = workbench.scratch()
        lay_out(system_layer(inputs.environment.system_packages, workbench), root)
        lay_out(python, root)
        return tree.complete([*python, *compiled_library(root, self._python.executable, workbench)])


def _install(python: StandalonePython, folder: Path, cancel: CancelToken) -> Path:
    """Return the folder that uv installed it into.

    Raises:
        PythonInstallFailed: no network, a refused download, a wrong hash.
    """
    options = ("--no-bin", "--no-progress", "--install-dir", str(folder))
    _uv("python", "install", *options, python.key, key=python.key, cancel=cancel)
    return folder / python.key


def _relocated(home: Path) -> Iterator[LayerEntry]:
    """Yield what is kept of ``home``, with the image's prefix where files name it; unsorted, without parents."""
    library = next(home.glob("lib/libpython3.*.so.*"), None)
    for entry in tree.folder_entries(home, at=PREFIX):
        path = str(PurePosixPath(entry.path).relative_to(PREFIX))
        if any(pattern.fullmatch(path) for pattern in _LEFT_OUT):
            continue
        if library is not None and path == f"lib/{library.name}" and not _loads(home, library.name):
            continue
        yield _with_prefix(entry, home)


def _loads(home: Path, library: str) -> bool:
    """Say whether the interpreter needs the shared library; most builds have it linked in."""
    programs = (path for path in (home / "bin").iterdir() if _PROGRAM.fullmatch(path.name))
    return any(library.encode() in path.read_bytes() for path in programs)


def _with_prefix(entry: LayerEntry, home: Path) -> LayerEntry:
    """Return the entry with ``home`` replaced in its text; programs and data stay as they are."""
    if entry.kind is not EntryKind.FILE or not entry.path.endswith((".py", ".json", ".txt", ".cfg")):
        return entry
    content = (home / PurePosixPath(entry.path).relative_to(PREFIX)).read_bytes()
    for name in {str(home), str(home.resolve())}:
        content = content.replace(name.encode(), f"/{PREFIX}".encode())
    opener = functools.partial(io.BytesIO, content)
    return LayerEntry(path=entry.path, kind=entry.kind, mode=entry.mode, size_bytes=len(content), open=opener)


def _uv(*arguments: str, key: str, cancel: CancelToken) -> str:
    """Return what uv says on stdout."""
    try:
        finished = program.run(
            (find_uv_bin(), *arguments, "--no-config", "--color", "never"), env=os.environ, cancel=cancel
        )
    except OSError as error:
        raise PythonInstallFailed(key, error.strerror or str(error)) from error
    if finished.exit_code:
        detail = _CREDENTIALS.sub("", finished.stderr.strip())
        raise PythonInstallFailed(key, detail[-_DETAIL_CHARACTERS:])
    return finished.stdout
