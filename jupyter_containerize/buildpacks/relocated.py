"""A Python that stood somewhere else, as it stands in the image: what is kept, and which paths its files name."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterable
from pathlib import Path

from jupyter_containerize.domain.image import EntryKind, LayerEntry

PREFIX = "opt/python"
# Part of every cache key: raise it when the same Python gives other bytes.
LAYOUT = "1"

# What a server does not need of a CPython, below its prefix.
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
        r"lib(64)?/python3\.\d+/(ensurepip|idlelib|test|tkinter|turtledemo)(/.*)?",  # as Debian splits them off
        r"lib(64)?/python3\.\d+/(ctypes|distutils|lib2to3|sqlite3|unittest)/tests?(/.*)?",  # and these
        r"lib(64)?/python3\.\d+/(turtle\.py|config-3[^/]*(/.*)?)",  # windows, a static library for compilers
        r"lib(64)?/python3\.\d+/lib-dynload/_(tkinter|test)[^/]*",
        r"lib(64)?/python3\.\d+/(site|dist)-packages/.*",  # pip, and what the kernel has
        r"(.*/)?[^/]*\.a",  # for compilers
    )
)
_TEXTS = (".py", ".json", ".txt", ".cfg")
# What files name below these is the system's, and the image has it there as well: zones, certificates.
_OF_SYSTEM = frozenset({"/", "/usr", "/usr/local"})


def kept(path: str) -> bool:
    """Say whether a server needs the file at ``path``, relative to the prefix."""
    return not any(pattern.fullmatch(path) for pattern in _LEFT_OUT)


def with_prefix(entry: LayerEntry, source: Path, homes: Iterable[str]) -> LayerEntry:
    """Return the entry of the file ``source`` with ``homes`` replaced in its text; programs stay as they are."""
    if entry.kind is not EntryKind.FILE or not entry.path.endswith(_TEXTS):
        return entry
    content = source.read_bytes()
    for name in sorted(set(homes) - _OF_SYSTEM, key=len, reverse=True):
        # Not the beginning of another name: 3.12.1 of 3.12.10.
        content = re.sub(re.escape(name.encode()) + rb"(?![\w.-])", f"/{PREFIX}".encode(), content)
    opener = functools.partial(io.BytesIO, content)
    return LayerEntry(path=entry.path, kind=entry.kind, mode=entry.mode, size_bytes=len(content), open=opener)
