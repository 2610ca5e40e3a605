"""Pythons that were laid out on the disk to compile their own libraries, kept for what is compiled next."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self, TypeAlias

Command: TypeAlias = tuple[tuple[str, ...], Mapping[str, str]]
"""A command line that runs a Python, and its whole environment."""


class LaidOut:
    """The Pythons of one build, by the keys of their layers.

    Unpacking the finished layers again, to compile the distributions with them, is two thousand files and up to two
    seconds in which nothing else can go on.
    """

    def __init__(self) -> None:
        self._open = False
        self._lock = threading.Lock()
        self._folders = ExitStack()
        self._commands: dict[str, Command] = {}

    def __enter__(self) -> Self:
        """Keep what comes from now on."""
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove all."""
        with self._lock:
            self._open = False
            self._commands.clear()
        self._folders.close()

    def keep(self, key: str, command: Command, folders: ExitStack) -> None:
        """Take over the folders that the Python of that layer needs; they are closed at once where nothing is kept."""
        with self._lock:
            if self._open:
                self._commands[key] = command
                self._folders.push(folders)
                return
        folders.close()

    def find(self, key: str) -> Command | None:
        """Return what runs the Python of that layer, if it is here."""
        with self._lock:
            return self._commands.get(key)
