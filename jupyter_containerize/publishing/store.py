"""The local store: one OCI layout for all builds, with the caches that builds share beside it.

    STORE/oci-layout, index.json, blobs/   the images; any OCI tool reads them
    STORE/layers/KEY.json                  which layer a plan's cache key gave
    STORE/unpacked/DIFF_ID/                layers as folders, for trying images and for compiling
    STORE/downloads/SHA256                 wheels and Debian packages as they came
    STORE/cache/                           what other rooms keep
    STORE/scratch/                         work in progress

Several processes may use one store. Only the index is ever changed in place, under a lock;
everything else is written aside and renamed, and named for its content.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from filelock import FileLock
from jupyter_core.paths import jupyter_data_dir

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Image, Layer, LayerEntry, Reference, StoredImage
from jupyter_containerize.oci import (
    ImageUnreadable,
    Index,
    Layout,
    read_config,
    read_image,
    write_layer,
)
from jupyter_containerize.oci.canonical import from_json, to_json
from jupyter_containerize.oci.layout import appearing
from jupyter_containerize.publishing import rootfs
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.publishing.scratch import scratch
from jupyter_containerize.publishing.unpack import unpack_layer
from jupyter_containerize.transport import writing

STORE_VARIABLE: Final = "JUPYTER_CONTAINERIZE_STORE"


class LocalStore:
    """Images, layers and caches below one folder."""

    def __init__(self, root: Path) -> None:
        """Open the store; a folder that is not there yet is made.

        Raises:
            NotWritable, DiskFull: the folder cannot be made.
        """
        self.root = root
        self.downloads = root / "downloads"
        self.cache = root / "cache"
        self._layout = Layout(root)
        self._layers = root / "layers"
        self._unpacked = root / "unpacked"
        self._scratch = root / "scratch"
        with writing(root):
            for folder in (self.downloads, self.cache, self._layers, self._unpacked, self._scratch):
                folder.mkdir(parents=True, exist_ok=True)
            with self._lock():
                self._layout.create()

    @classmethod
    def default(cls) -> Self:
        """Open the user's store: ``$JUPYTER_CONTAINERIZE_STORE``, or one in the Jupyter data directory."""
        named = os.environ.get(STORE_VARIABLE, "")
        return cls(Path(named) if named else Path(jupyter_data_dir()) / "containerize" / "store")

    def download_path(self, sha256: str) -> Path:
        """Return where the file with that hash is kept, or would be."""
        return self.downloads / sha256

    def blob_path(self, digest: Digest) -> Path:
        """Return where the blob is, or would be."""
        return self._layout.blob_path(digest)

    def scratch(self) -> AbstractContextManager[Path]:
        """Give a new empty folder on the store's file system for the length of a block."""
        return scratch(self._scratch)

    # --- layers

    def cached_layer(self, cache_key: str) -> Layer | None:
        """Return the layer that the key gave before, if its blob is still whole."""
        try:
            record = from_json("layer record", (self._layers / f"{cache_key}.json").read_bytes())
            layer = Layer(
                digest=Digest(record["digest"]),
                diff_id=Digest(record["diff_id"]),
                size_bytes=record["size"],
                media_type=record["mediaType"],
            )
        except (FileNotFoundError, KeyError, ImageUnreadable):
            return None
        return layer if self._layout.has_blob(layer.digest, layer.size_bytes) else None

    def make_layer(self, cache_key: str, entries: Iterable[LayerEntry], *, cancel: CancelToken) -> Layer:
        """Write a layer and remember it under the key; nothing is kept of one that fails.

        Raises:
            LayerMisplanned, DiskFull, NotWritable, Cancelled
        """
        with writing(self.root), self.scratch() as folder:
            with (folder / "layer").open("wb") as blob:
                layer = write_layer(_stoppable(entries, cancel), blob)
            self._layout.adopt(folder / "layer", layer.digest)
            record = {
                "diff_id": layer.diff_id,
                "digest": layer.digest,
                "mediaType": layer.media_type,
                "size": layer.size_bytes,
            }
            with appearing(self._layers / f"{cache_key}.json") as file:
                file.write(to_json(record))
        return layer

    def has_layer(self, layer: Layer) -> bool:
        """Tell whether the layer's blob is here in its full size."""
        return self._layout.has_blob(layer.digest, layer.size_bytes)

    def adopt_blob(self, file: Path, digest: Digest) -> None:
        """Move a finished, checked file of ``scratch`` into the store."""
        with writing(self.root):
            self._layout.adopt(file, digest)

    def unpacked_layer(self, layer: Layer, *, cancel: CancelToken | None = None) -> Path:
        """Return a folder with the layer's files, unpacked once. It is shared: read only.

        Raises:
            ImageUnreadable, DiskFull, NotWritable, Cancelled
        """
        done = self._unpacked / layer.diff_id.hex
        if not done.is_dir():
            with writing(self.root), self.scratch() as folder:
                files = folder / "files"
                files.mkdir()
                unpack_layer(layer, self.blob_path(layer.digest), files, cancel=cancel or CancelToken())
                _rename_unless_there(files, done)
        return done

    @contextmanager
    def root_of(self, layers: Iterable[Layer], *, cancel: CancelToken | None = None) -> Iterator[Path]:
        """Give the layers stacked to one root file system, for the length of a block. Read only."""
        unpacked = [self.unpacked_layer(layer, cancel=cancel) for layer in layers]
        with self.scratch() as folder:
            root = folder / "root"
            with writing(self.root):
                root.mkdir()
                rootfs.assemble(unpacked, root)
            yield root

    # --- images

    def add_image(self, image: Image) -> None:
        """List an image without a name; its layers must be in the store.

        Raises:
            NoSuchImage: a layer is missing; carries the layer's digest.
        """
        for layer in image.layers:
            if not self._layout.has_blob(layer.digest, layer.size_bytes):
                raise NoSuchImage(layer.digest)
        with writing(self.root):
            self._layout.write_blob(image.config_bytes)
            self._layout.write_blob(image.manifest_bytes)
        self._change(lambda index: index.with_image(image, created=_now()))

    def tag(self, reference: Reference, digest: Digest) -> None:
        """Let the name mean that image, in one step; the image that had it stays, without it.

        Raises:
            NoSuchImage: no image of that digest is listed.
        """
        try:
            self._change(lambda index: index.with_name(reference, digest, created=_now()))
        except KeyError as error:
            raise NoSuchImage(digest) from error

    def untag(self, reference: Reference) -> None:
        """Let the name mean nothing; its image stays.

        Raises:
            NoSuchImage: the name means nothing already.
        """
        if self._layout.read_index().find(reference) is None:
            raise NoSuchImage(str(reference))
        self._change(lambda index: index.without_name(reference))

    def images(self) -> tuple[StoredImage, ...]:
        """Return all images, the one that was added or named last first.

        Raises:
            ImageUnreadable: somebody else changed the store.
        """
        index = self._layout.read_index()
        stored = [_stored(self.load(digest), index) for digest in {entry.digest for entry in index.entries}]
        return tuple(sorted(stored, key=lambda image: (image.created, image.digest), reverse=True))

    def find(self, reference: Reference) -> Image | None:
        """Return the image that the name means."""
        digest = self._layout.read_index().find(reference)
        return None if digest is None else self.load(digest)

    def load(self, digest: Digest) -> Image:
        """Return the image with that manifest digest.

        Raises:
            NoSuchImage: it is not here.
            ImageUnreadable: what is here is none.
        """
        try:
            manifest_bytes = self.blob_path(digest).read_bytes()
            config = from_json("manifest", manifest_bytes)["config"]["digest"]
            return read_image(manifest_bytes, self.blob_path(Digest(config)).read_bytes())
        except FileNotFoundError as error:
            raise NoSuchImage(digest) from error
        except (KeyError, TypeError) as error:
            raise ImageUnreadable("manifest", "config is missing") from error

    def _change(self, change: Callable[[Index], Index]) -> None:
        with writing(self.root), self._lock():
            before = self._layout.read_index()
            after = change(before)
            if after != before:
                self._layout.write_index(after)

    def _lock(self) -> FileLock:
        return FileLock(self.root / "index.lock")


def _stored(image: Image, index: Index) -> StoredImage:
    entries = [entry for entry in index.entries if entry.digest == image.manifest_digest]
    return StoredImage(
        digest=image.manifest_digest,
        config_digest=image.config_digest,
        tags=tuple(sorted(entry.name for entry in entries if entry.name)),
        size_bytes=image.size_bytes,
        created=max(entry.created for entry in entries),
        labels=read_config(image.config_bytes).labels,
    )


def _stoppable(entries: Iterable[LayerEntry], cancel: CancelToken) -> Iterator[LayerEntry]:
    for entry in entries:
        cancel.check()
        yield entry


def _rename_unless_there(folder: Path, target: Path) -> None:
    try:
        folder.rename(target)
    except OSError:
        # Another process was faster; its folder has the same content, since the name says so.
        if not target.is_dir():
            raise


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
