"""Whether notebooks have changed since something was made of them; each is read once for each time it was saved."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.notebooks import saved_digest

PATIENCE_SECONDS: Final = 0.02
"""How long a call reads notebooks; the others are read after it, for the next one."""
MOST: Final = 2_000


class NotebookDigests:
    """The digests of notebooks as they are saved now; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[tuple[int, int], str]] = {}
        self._reader: threading.Thread | None = None

    def of(self, files: Iterable[Path]) -> tuple[Mapping[Path, str], bool]:
        """Return the digests (hex) of those that are known by now, and whether these are all.

        A file that is gone, or is no notebook, has none.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        found: dict[Path, str] = {}
        waiting: list[Path] = []
        for file in set(files):
            if (version := _version(file)) is None:
                continue
            with self._lock:
                known = self._known.get(file)
            if known is not None and known[0] == version:
                found[file] = known[1]
            elif time.monotonic() < until:
                found[file] = self._read(file, version)
            else:
                waiting.append(file)
        self._read_later(waiting)
        return {file: digest for file, digest in found.items() if digest}, not waiting

    def _read_later(self, files: list[Path]) -> None:
        with self._lock:
            if not files or (self._reader is not None and self._reader.is_alive()):
                return
            self._reader = threading.Thread(
                target=self._read_all, args=(files,), name="containerize-notebooks", daemon=True
            )
            self._reader.start()

    def _read_all(self, files: list[Path]) -> None:
        for file in files:
            if (version := _version(file)) is not None:
                self._read(file, version)

    def _read(self, file: Path, version: tuple[int, int]) -> str:
        try:
            digest = saved_digest(file)
        except (ContainerizeError, OSError):
            digest = ""
        with self._lock:
            while len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            self._known[file] = (version, digest)
        return digest


def _version(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
