"""Layers kept as folders, and root file systems put together from them.

A folder is named for its layer's diff_id and appears whole. A person may remove some of it later, so how many files it
had is written beside it and compared whenever it is used; one that is not whole is made again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Final

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Layer
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.layout import appearing
from jupyter_containerize.publishing import rootfs
from jupyter_containerize.publishing.keeping import collecting, looking_up
from jupyter_containerize.publishing.unpack import unpack_layer
from jupyter_containerize.transport.sealing import used, used_ns

KEPT_DAYS: Final = 7.0
"""A folder that no build used for so long is removed: it is made again in a few seconds, and larger than its blob."""

_TRIES: Final = 3


class UnpackedLayers:
    """The folder of unpacked layers."""

    def __init__(self, folder: Path, scratch: Callable[[], AbstractContextManager[Path]]) -> None:
        self._folder = folder
        self._scratch = scratch

    def unpacked(self, layer: Layer, blob: Path, *, cancel: CancelToken) -> Path:
        """Return a folder with the layer's files, unpacked if need be; it counts as used.

        Raises:
            ImageUnreadable, OSError, Cancelled
        """
        done = self._folder / layer.diff_id.hex
        with looking_up(self._folder.parent):
            if self._expected(done) is not None and done.is_dir():
                used(done)
                return done
        with self._scratch() as folder:
            files = folder / "files"
            files.mkdir()
            unpack_layer(layer, blob, files, cancel=cancel)
            with appearing(_record(done)) as file:
                file.write(json.dumps({"entries": rootfs.count_entries(files)}).encode())
            _rename_unless_there(files, done)
        return done

    def assemble(self, layers: Iterable[tuple[Layer, Path]], into: Path, *, cancel: CancelToken) -> Path:
        """Return a root file system below ``into``, of layers and their blobs, bottom to top. Read only.

        Raises:
            ImageUnreadable, OSError, Cancelled
        """
        wanted = tuple(layers)
        for number in range(_TRIES):
            root = into / f"root-{number}"
            root.mkdir()
            folders = [self.unpacked(layer, blob, cancel=cancel) for layer, blob in wanted]
            try:
                counts: tuple[int, ...] = rootfs.assemble(folders, root, cancel=cancel)
            except FileNotFoundError:
                counts = tuple(map(rootfs.count_entries, folders))
            partial = [folder for folder, count in zip(folders, counts, strict=True) if count != self._expected(folder)]
            if not partial:
                return root
            for folder in partial:
                self.remove(folder)
        raise ImageUnreadable(f"layer {partial[0].name}", "its files disappear while they are used")

    def whole(self, layers: Iterable[tuple[Layer, Path]], *, cancel: CancelToken) -> tuple[Path, ...] | None:
        """Return the layers' folders; ``None`` if something of one is missing, which ``assemble`` makes again.

        Raises:
            ImageUnreadable, OSError, Cancelled
        """
        folders = tuple(self.unpacked(layer, blob, cancel=cancel) for layer, blob in layers)
        return None if any(map(self.is_partial, folders)) else folders

    def is_partial(self, folder: Path) -> bool:
        """Tell whether something of an unpacked layer is missing, or was added. One without a record is not asked."""
        expected = self._expected(folder)
        return expected is not None and expected != rootfs.count_entries(folder)

    def remove(self, folder: Path) -> None:
        """Remove an unpacked layer, at once for those who look for it."""
        with self._scratch() as aside:
            _move(folder, aside)

    def folders(self) -> tuple[Path, ...]:
        """Return all, sorted."""
        return tuple(sorted(path for path in self._folder.iterdir() if path.is_dir()))

    def remove_unused(self, *, days: float = KEPT_DAYS) -> None:
        """Remove what no build used for some days."""
        before_ns = time.time_ns() - int(days * 86_400e9)
        for folder in self.folders():
            if used_ns(folder) < before_ns:
                with self._scratch() as aside, collecting(self._folder.parent):
                    if used_ns(folder) < before_ns:
                        _move(folder, aside)

    @staticmethod
    def _expected(folder: Path) -> int | None:
        try:
            return int(json.loads(_record(folder).read_bytes())["entries"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _move(folder: Path, aside: Path) -> None:
    with suppress(FileNotFoundError):
        _record(folder).unlink(missing_ok=True)
        folder.rename(aside / folder.name)


def _record(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _rename_unless_there(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError:
        # Another process was faster, or an earlier version left one without a record. The name says that the content
        # is the same; whether it is whole is seen when it is used.
        if not target.is_dir():
            raise
