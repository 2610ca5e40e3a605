"""Opening the files of a batch: what is written has its name only once it is complete."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import Unreadable, Unwritable

STANDARD = "-"
_FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet"}


def format_of(name: str) -> str:
    """Return a file's format by the ending of its name; empty if that says nothing."""
    return _FORMATS.get(Path(name).suffix.lower(), "")


@contextlib.contextmanager
def reading(name: str, *, seeks: bool = False) -> Iterator[tuple[BinaryIO, Callable[[], float | None]]]:
    """Give the source's bytes, and how much of it has been read; ``seeks`` is for formats that begin at their end.

    Raises:
        Unreadable: it is not there, or not ours to read.
    """
    try:
        with contextlib.ExitStack() as stack:
            if name != STANDARD:
                plain: Any = stack.enter_context(Path(name).open("rb"))
                size = os.fstat(plain.fileno()).st_size
                yield plain, lambda: min(plain.raw.tell() / size, 1.0) if size else None
            elif seeks:
                # A stream cannot be read from its end.
                kept: Any = stack.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(sys.stdin.buffer, kept)
                kept.seek(0)
                yield kept, lambda: None
            else:
                yield sys.stdin.buffer, lambda: None
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        if error.filename != name:
            raise
        raise Unreadable(f"{error.strerror}") from None


@contextlib.contextmanager
def writing(name: str, output: BinaryIO) -> Iterator[BinaryIO]:
    """Give the target's bytes: ``output`` for standard output, else a file that takes its name at the end.

    If anything is raised, also by a signal, nothing of it stays.

    Raises:
        Unwritable: it cannot be made there.
    """
    if name == STANDARD:
        yield output
        output.flush()
        return
    path = Path(name)
    try:
        # Beside it: only there can it be renamed.
        number, named = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise Unwritable(f"cannot write to {path.parent}: {error.strerror}") from None
    part = Path(named)
    try:
        with os.fdopen(number, "wb") as file:
            yield file
        # mkstemp's is for its owner alone, who may be nobody that the host knows.
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def _umask() -> int:
    found = os.umask(0o022)
    os.umask(found)
    return found
