"""What a buildpack works with while it makes one layer."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from jupyter_containerize.buildpacks.interpreter import compile_tree, target_command
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Layer
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.publishing import LocalStore


class TargetPython:
    """The image's own Python, unpacked when the first layer needs it and removed after the last."""

    def __init__(self, python: str, layers: Sequence[Layer], store: LocalStore) -> None:
        self._python = python
        self._layers = layers
        self._store = store
        self._lock = threading.Lock()
        self._folders = ExitStack()
        self._root: Path | None = None

    def __enter__(self) -> Self:
        """Unpack nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what was unpacked."""
        self._folders.close()

    def compile(self, folder: Path, *, installed_as: str, cancel: CancelToken) -> None:
        """Compile the Python files of ``folder`` where they stand."""
        with self._lock:
            if self._root is None:
                self._root = self._folders.enter_context(self._store.root_of(self._layers, cancel=cancel))
        command, env = target_command(self._root, self._python)
        compile_tree(command, env, folder, installed_as=installed_as, cancel=cancel)


class LayerWorkbench:
    """A ``Workbench`` for one layer; its folders go when the layer is done."""

    def __init__(self, store: LocalStore, downloads: Downloads, python: TargetPython, cancel: CancelToken) -> None:
        self.cancel = cancel
        self._store = store
        self._downloads = downloads
        self._python = python
        self._folders = ExitStack()

    def __enter__(self) -> Self:
        """Begin a layer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the layer's folders."""
        self._folders.close()

    def fetch(self, url: str, *, sha256: str, size_bytes: int | None) -> Path:
        """Return a file with that content, downloaded and checked unless it is at hand."""
        return self._downloads.fetch(url, sha256=sha256, size_bytes=size_bytes)

    def scratch(self) -> Path:
        """Return a new empty folder."""
        return self._folders.enter_context(self._store.scratch())

    def compile(self, folder: Path, *, installed_as: str) -> None:
        """Write .pyc files beside the .py files of ``folder``, with the image's Python."""
        self._python.compile(folder, installed_as=installed_as, cancel=self.cancel)
