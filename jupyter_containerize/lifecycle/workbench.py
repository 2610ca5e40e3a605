"""What a buildpack works with while it makes one layer, or one part of one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from jupyter_containerize.buildpacks.bytecode import bytecode_of
from jupyter_containerize.buildpacks.interpreter import target_command, target_command_of_layers
from jupyter_containerize.buildpacks.wheel_compiler import Compiler
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Layer, LayerEntry
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.lifecycle.laid_out import Command
from jupyter_containerize.publishing import LocalStore


class TargetPython:
    """The image's own Python, unpacked and started when the first layer needs it, and ended after the last."""

    def __init__(
        self,
        python: str,
        layers: Sequence[Layer],
        store: LocalStore,
        below: Sequence[Layer] = (),
        *,
        laid_out: Command | None = None,
    ) -> None:
        """Take the layers that we made for it, and those of somebody's image below them.

        ``laid_out`` is how that Python is run already, if it is.
        """
        self._python = python
        self._layers = (*below, *layers)
        # In layers of others, files of lower ones may be gone.
        self._needs_root = bool(below)
        self._store = store
        self._lock = threading.Lock()
        self._open = ExitStack()
        self._command = laid_out
        self._idle: list[Compiler] = []

    def __enter__(self) -> Self:
        """Unpack nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what was started, and remove what was unpacked."""
        self._open.close()

    def compile(self, bundle: Path, *, installed_as: str, cancel: CancelToken) -> None:
        """Compile the modules of a bundle."""
        compiler = self._take(cancel)
        compiler.compile(bundle, installed_as=installed_as, cancel=cancel)
        # One that failed or was cancelled is in the middle of something, and is not used again.
        with self._lock:
            self._idle.append(compiler)

    def _take(self, cancel: CancelToken) -> Compiler:
        """Return a Python that has nothing to do; there are as many as work at the same time."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            if self._command is None:
                self._command = self._of_layers(cancel) or self._of_root(cancel)
            return self._open.enter_context(Compiler(*self._command))

    def _of_layers(self, cancel: CancelToken) -> Command | None:
        """Return how it is run from where its layers lie, if it can be: a root has some thousand links."""
        folders = None if self._needs_root else self._store.folders_of(self._layers, cancel=cancel)
        return None if folders is None else target_command_of_layers(folders, self._python)

    def _of_root(self, cancel: CancelToken) -> Command:
        return target_command(self._open.enter_context(self._store.root_of(self._layers, cancel=cancel)), self._python)


class LayerWorkbench:
    """A ``Workbench`` for one layer or part; its folders go when that is done."""

    def __init__(
        self,
        store: LocalStore,
        downloads: Downloads,
        python: TargetPython,
        cancel: CancelToken,
        keep: Callable[[Command, ExitStack], None],
    ) -> None:
        """Take what the layer needs; ``keep`` is given a Python that was laid out, and the folders that it lies in."""
        self.cancel = cancel
        self.left_out: dict[str, int] = {}
        self._store = store
        self._downloads = downloads
        self._python = python
        self._folders = ExitStack()
        self._keep = keep
        self._kept: Command | None = None

    def __enter__(self) -> Self:
        """Begin a layer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the layer's folders, unless a Python in them can be of use."""
        if self._kept is not None and error is None:
            self._keep(self._kept, self._folders.pop_all())
        self._folders.close()

    def fetch(self, url: str, *, sha256: str, size_bytes: int | None) -> Path:
        """Return a file with that content, downloaded and checked unless it is at hand."""
        return self._downloads.fetch(url, sha256=sha256, size_bytes=size_bytes)

    def scratch(self) -> Path:
        """Return a new empty folder."""
        return self._folders.enter_context(self._store.scratch())

    def compile(self, entries: Iterable[LayerEntry], *, below: str) -> list[LayerEntry]:
        """Return the .pyc files of the modules among the entries, made with the image's Python."""
        compile_ = partial(self._python.compile, installed_as=f"/{below}", cancel=self.cancel)
        return bytecode_of(entries, below=below, folder=self.scratch(), compile_=compile_)

    def keep_python(self, command: tuple[str, ...], env: Mapping[str, str]) -> None:
        """Take note of a Python that is laid out in folders of ours."""
        self._kept = (command, env)

    def leave_out(self, left_out: Mapping[str, int]) -> None:
        """Take note of the bytes that strip rules left out, by rule."""
        for rule, size_bytes in left_out.items():
            self.left_out[rule] = self.left_out.get(rule, 0) + size_bytes
