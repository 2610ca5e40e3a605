"""Runs in the image's Python, 3.9 or newer: compiles the modules of a bundle to hash-based .pyc files.

Usage: ``python compile_script.py BUNDLE INSTALLED_AS WORKERS`` for one bundle, or ``python compile_script.py --serve
WORKERS`` for any number: BUNDLE and INSTALLED_AS are then lines on standard input, and each pair is answered by a
line with ``0``, or ``1`` when something could not be written. Starting a Python for each would take longer than
compiling a small one.

A bundle is many files in one: eight bytes with the size of the index, the index, and the contents in its order. The
index has ``SIZE NAME`` for each, with a NUL between two. Making a file for each module, and one for what it compiles
to, takes as long as compiling. The results of BUNDLE are the bundles ``BUNDLE.0``, ``BUNDLE.1`` and so on.

Modules are compiled in groups, each in a process forked from one that has compiled nothing:
what marshal writes depends on which strings the process shares with other code, so that the bytes would otherwise
depend on what came before, and on how many workers there are.
"""

# pathlib interns the parts of its paths, and what is compiled shall share no string with us.
# ruff: noqa: PTH123

from __future__ import annotations

import gc
import marshal
import os
import sys
import traceback
from importlib.util import MAGIC_NUMBER, cache_from_source, source_hash
from types import CodeType

# Until 3.10 a frozenset's order in a .pyc depends on where objects lie in memory (python/cpython#81777).
ORDERS_SETS = sys.version_info >= (3, 11)
# PEP 552: by hash, and never checked.
FLAGS = b"\1\0\0\0"
SIZE_BYTES = 8
# On average. A process for each directory takes a third longer for NumPy, SciPy and scikit-learn.
MODULES_IN_GROUP = 24

Member = tuple[int, int, bytes]
"""Where a file's content begins in the bundle, its size, and its name."""


def main(arguments: list[str]) -> int:
    """Compile what the arguments say; return the exit code, 1 when a result of the one bundle could not be written."""
    # What the compiler sets up once is set up before the first fork.
    compile("x = 1", "", "exec")
    gc.disable()
    if arguments[0] != "--serve":
        bundle, installed_as, workers = arguments
        return compile_bundle(bundle, installed_as, int(workers))
    while line := sys.stdin.buffer.readline():
        installed_as = os.fsdecode(sys.stdin.buffer.readline().rstrip(b"\n"))
        failed = compile_bundle(os.fsdecode(line.rstrip(b"\n")), installed_as, int(arguments[1]))
        sys.stdout.write(f"{failed}\n")
        sys.stdout.flush()
    return 0


def compile_bundle(bundle: str, installed_as: str, workers: int) -> int:
    """Compile all modules; return 1 when a group's result could not be written."""
    failed = running = 0
    for number, group in enumerate(groups(members(bundle))):
        if running == workers:
            failed |= os.wait()[1]
            running -= 1
        if os.fork() == 0:
            os._exit(compile_group(bundle, group, installed_as, f"{bundle}.{number}"))
        running += 1
    while running:
        failed |= os.wait()[1]
        running -= 1
    return 1 if failed else 0


def members(bundle: str) -> list[Member]:
    """Return what is in a bundle, in its order."""
    with open(bundle, "rb") as file:
        index = file.read(int.from_bytes(file.read(SIZE_BYTES), "little"))
    found, at = [], SIZE_BYTES + len(index)
    for row in index.split(b"\0") if index else []:
        size, _, name = row.partition(b" ")
        found.append((at, int(size), name))
        at += int(size)
    return found


def groups(listed: list[Member]) -> list[list[Member]]:
    """Cut where the names say: a module that has changed, or that another processor has, moves no other."""
    found: list[list[Member]] = []
    for member in listed:
        if not found or begins_group(member[2]):
            found.append([])
        found[-1].append(member)
    return found


def begins_group(name: bytes) -> bool:
    """Say whether a group begins with the module of that name."""
    return int.from_bytes(source_hash(name), "little") % MODULES_IN_GROUP == 0


def compile_group(bundle: str, group: list[Member], installed_as: str, result: str) -> int:
    """Write a bundle of the .pyc files; return 1 when that failed for another reason than a module's content."""
    try:
        index, contents = [], []
        with open(bundle, "rb") as file:
            for at, size, name in group:
                file.seek(at)
                content = compiled(file.read(size), f"{installed_as}/{os.fsdecode(name)}")
                if content is not None:
                    index.append(b"%d %s" % (len(content), os.fsencode(cache_from_source(os.fsdecode(name)))))
                    contents.append(content)
        rows = b"\0".join(index)
        with open(result, "wb") as file:
            file.writelines((len(rows).to_bytes(SIZE_BYTES, "little"), rows, *contents))
    except BaseException:  # noqa: BLE001  # the process ends here, whatever it is
        traceback.print_exc()
        sys.stderr.flush()
        return 1
    return 0


def compiled(source: bytes, installed_as: str) -> bytes | None:
    """Return a module's .pyc, or ``None`` where the content is not of this Python."""
    try:
        code = compile(source, installed_as, "exec", dont_inherit=True)
    # Templates and Python 2 leftovers stay without: they are no error until somebody imports them.
    except Exception:  # noqa: BLE001  # of a codec, for one, whatever it raises
        return None
    if not ORDERS_SETS and has_unordered_set(code):
        return None
    return b"".join((MAGIC_NUMBER, FLAGS, source_hash(source), marshal.dumps(code)))


def has_unordered_set(constant: object) -> bool:
    """Say whether code has a set constant with members that hash by their address: None, or an Ellipsis."""
    if isinstance(constant, CodeType):
        return any(has_unordered_set(inner) for inner in constant.co_consts)
    if isinstance(constant, tuple):
        return any(has_unordered_set(inner) for inner in constant)
    return isinstance(constant, frozenset) and not all(
        isinstance(member, (str, bytes, int, float)) for member in constant
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
