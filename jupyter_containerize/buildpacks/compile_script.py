"""Runs in the image's Python, 3.9 or newer: writes hash-based .pyc files beside the .py files of folders.

Usage: ``python compile_script.py FOLDER INSTALLED_AS WORKERS`` for one folder, or ``python compile_script.py --serve
WORKERS`` for any number: FOLDER and INSTALLED_AS are then lines on standard input, and each pair is answered by a
line with ``0``, or ``1`` when a file could not be written. Starting a Python for each folder would take longer than
compiling a small one.

Each directory is compiled in a process of its own, forked from one that has compiled nothing: what marshal
writes depends on which strings the process shares with other code, so that the bytes would otherwise
depend on what came before, and on how many workers there are. A process for each file would do as well,
and takes twice as long.
"""

# pathlib interns the parts of its paths, and what is compiled shall share no string with us.
# ruff: noqa: PTH108, PTH114, PTH123

from __future__ import annotations

import gc
import marshal
import os
import py_compile
import sys
import traceback
from types import CodeType

# Until 3.10 a frozenset's order in a .pyc depends on where objects lie in memory (python/cpython#81777).
ORDERS_SETS = sys.version_info >= (3, 11)
HEADER_BYTES = 16


def main(arguments: list[str]) -> int:
    """Compile what the arguments say; return the exit code, 1 when a file of the one folder could not be written."""
    # What the compiler sets up once is set up before the first fork.
    compile("x = 1", "", "exec")
    gc.disable()
    if arguments[0] != "--serve":
        folder, installed_as, workers = arguments
        return compile_folder(folder, installed_as, int(workers))
    while line := sys.stdin.buffer.readline():
        installed_as = os.fsdecode(sys.stdin.buffer.readline().rstrip(b"\n"))
        failed = compile_folder(os.fsdecode(line.rstrip(b"\n")), installed_as, int(arguments[1]))
        sys.stdout.write(f"{failed}\n")
        sys.stdout.flush()
    return 0


def compile_folder(folder: str, installed_as: str, workers: int) -> int:
    """Compile all files; return 1 when one could not be written."""
    failed = running = 0
    for directory, names in directories(folder):
        if running == workers:
            failed |= os.wait()[1]
            running -= 1
        if os.fork() == 0:
            os._exit(compile_directory(directory, names, installed_as + directory[len(folder) :]))
        running += 1
    while running:
        failed |= os.wait()[1]
        running -= 1
    return 1 if failed else 0


def directories(folder: str) -> list[tuple[str, list[str]]]:
    """Return each directory with the sorted names of its .py files, symbolic links left out.

    Not those named ``tests``: a third of the files of numpy, scipy and scikit-learn, which no server imports.
    Whoever does gets them compiled in memory.
    """
    found = []
    for parent, inner, names in os.walk(folder):
        inner[:] = [name for name in inner if name != "tests"]
        sources = [name for name in names if name.endswith(".py") and not os.path.islink(f"{parent}/{name}")]
        if sources:
            found.append((parent, sorted(sources)))
    return sorted(found)


def compile_directory(directory: str, names: list[str], installed_as: str) -> int:
    """Write the .pyc files; return 1 when that failed for another reason than a file's content."""
    try:
        for name in names:
            compile_file(f"{directory}/{name}", f"{installed_as}/{name}")
    except BaseException:  # noqa: BLE001  # the process ends here, whatever it is
        traceback.print_exc()
        sys.stderr.flush()
        return 1
    return 0


def compile_file(path: str, installed_as: str) -> None:
    """Write one .pyc, or none where the content is not of this Python."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        compiled = str(py_compile.compile(path, dfile=installed_as, doraise=True, invalidation_mode=mode))
    # Templates and Python 2 leftovers stay without: they are no error until somebody imports them.
    except (py_compile.PyCompileError, RecursionError, MemoryError):
        return
    if not ORDERS_SETS:
        with open(compiled, "rb") as file:
            content = file.read()
        # We wrote it a moment ago.
        if has_unordered_set(marshal.loads(content[HEADER_BYTES:])):  # noqa: S302
            os.unlink(compiled)


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
