"""The local store: one OCI layout for all builds, with the caches that builds share beside it.

    STORE/store-format                     the number of this form, so that older programs keep their hands off newer
    STORE/oci-layout, index.json, blobs/   the images; any OCI tool reads them
    STORE/layers/KEY.json                  which layer a plan's cache key gave
    STORE/parts/KEY, KEY.json              pieces of layers that are made once
    STORE/unpacked/DIFF_ID/                layers as folders, for trying images and for compiling
    STORE/downloads/SHA256                 wheels and Debian packages as they came
    STORE/cache/                           what other rooms keep
    STORE/scratch/                         work in progress
    STORE/leases/                          which builds are under way
    STORE/trials/                          which containers at engines are in use

Several processes may use one store. Only the index is ever changed in place, under a lock;
everything else is written aside and renamed, and named for its content. See docs/store.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from jupyter_core.paths import jupyter_data_dir

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import (
    Compression,
    Digest,
    IllegalReference,
    Image,
    Layer,
    LayerEntry,
    Reference,
    StoredImage,
)
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import (
    ImageUnreadable,
    Index,
    IndexEntry,
    platform_index,
    read_config,
    read_image,
    read_index,
    write_layer,
)
from jupyter_containerize.oci.canonical import from_json, to_json
from jupyter_containerize.oci.layout import appearing
from jupyter_containerize.publishing.errors import NoSuchImage, StoredBlobDamaged
from jupyter_containerize.publishing.keeping import CheckedLayout, collecting, looking_up
from jupyter_containerize.publishing.opening import index_lock, open_store
from jupyter_containerize.publishing.parts import KeptPart, Parts
from jupyter_containerize.publishing.records import layer_of, layer_record
from jupyter_containerize.publishing.scratch import oldest_ns, scratch
from jupyter_containerize.publishing.unpacked import UnpackedLayers
from jupyter_containerize.transport import NotWritable, writing
from jupyter_containerize.transport.sealing import is_whole

STORE_VARIABLE: Final = "JUPYTER_CONTAINERIZE_STORE"


class LocalStore:
    """Images, layers and caches below one folder."""

    def __init__(self, root: Path) -> None:
        """Open the store; a folder that is not there yet is made, one that is there can be read without rights.

        Raises:
            NotWritable, DiskFull: the folder cannot be made.
            StoreOfOtherFormat: a newer version of this program made it.
        """
        self.root = root
        self.downloads = root / "downloads"
        self.cache = root / "cache"
        self.parts = root / "parts"
        self.layers = root / "layers"
        self._layout = CheckedLayout(root)
        self._layers = self.layers
        self._scratch = root / "scratch"
        self._leases = root / "leases"
        self.unpacked = UnpackedLayers(root / "unpacked", self.scratch)
        folders = ("downloads", "cache", "parts", "layers", "scratch", "leases", "unpacked")
        open_store(self._layout, (root / name for name in folders))

    @classmethod
    def default(cls) -> Self:
        """Open the user's store: ``$JUPYTER_CONTAINERIZE_STORE``, or one in the Jupyter data directory."""
        named = os.environ.get(STORE_VARIABLE, "")
        return cls(Path(named) if named else Path(jupyter_data_dir()) / "containerize" / "store")

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Let nobody remove, for the length of a block, what is used in it. A whole build is one block.

        What is at hand may go before it is used for the first time, and is made again then.

        Raises:
            NotWritable, DiskFull: nothing can be built into this store; ``path`` is its folder.
        """
        with ExitStack() as held:
            try:
                with writing(self.root), collecting(self.root):
                    held.enter_context(scratch(self._leases))
            except NotWritable as error:
                raise NotWritable(self.root, error.reason) from error
            yield
        with suppress(OSError):
            self.unpacked.remove_unused()

    def oldest_use_ns(self) -> int | None:
        """Return when the oldest block of ``in_use`` began that has not ended, in nanoseconds; ``None`` without one."""
        return oldest_ns(self._leases)

    def download_path(self, sha256: str) -> Path:
        """Return where the file with that hash is kept, or would be. One that is there counts as used.

        A file that was damaged after it came is removed: what is there is what the name says.
        """
        path = self.downloads / sha256
        with looking_up(self.root):
            if path.is_file() and not is_whole(path, sha256):
                with writing(path):
                    path.unlink(missing_ok=True)
        return path

    def blob_path(self, digest: Digest) -> Path:
        """Return where the blob is, or would be."""
        return self._layout.blob_path(digest)

    def check_blob(self, digest: Digest, *, cancel: CancelToken | None = None) -> None:
        """Make sure that a blob is what its name says. It is only read if it was written to since it was checked.

        Raises:
            StoredBlobDamaged: it is missing, or has another content.
            Cancelled
        """
        check = (cancel or CancelToken()).check
        if not self._layout.has_content(digest, check=check):
            there = self.blob_path(digest).exists()
            raise StoredBlobDamaged(self.root, digest, "its content is another" if there else "the file is missing")

    def scratch(self) -> AbstractContextManager[Path]:
        """Give a new empty folder on the store's file system for the length of a block."""
        return scratch(self._scratch)

    # --- layers

    def cached_layer(self, cache_key: str) -> Layer | None:
        """Return the layer that the key gave before, if its blob is still whole."""
        try:
            record = from_json("layer record", (self._layers / f"{cache_key}.json").read_bytes())
            layer = layer_of(record)
        except (OSError, KeyError, TypeError, IllegalReference, ImageUnreadable):
            return None
        return layer if self._layout.has_blob(layer.digest, layer.size_bytes) else None

    def make_layer(
        self,
        cache_key: str,
        entries: Iterable[LayerEntry],
        *,
        cancel: CancelToken,
        compression: Compression = Compression.GZIP,
    ) -> Layer:
        """Write a layer and remember it under the key; nothing is kept of one that fails.

        Raises:
            LayerMisplanned, DiskFull, NotWritable, Cancelled
        """
        with writing(self.root), self.scratch() as folder:
            with (folder / "layer").open("wb") as blob:
                layer = write_layer(entries, blob, compression, check=cancel.check)
            self._keep_layer(cache_key, layer, folder / "layer")
        return layer

    def part(self, key: str) -> KeptPart | None:
        """Return the part that was made under the key, if it is still whole; it counts as used."""
        with looking_up(self.root):
            return Parts(self.parts, self.scratch).find(key)

    def make_part(
        self,
        key: str,
        entries: Iterable[LayerEntry],
        *,
        cancel: CancelToken,
        compression: Compression = Compression.GZIP,
        left_out: Mapping[str, int] | None = None,
    ) -> KeptPart:
        """Write a part of layers and remember it under the key; nothing is kept of one that fails.

        ``left_out`` is kept with it; it is read when all entries were.

        Raises:
            LayerMisplanned, DiskFull, NotWritable, Cancelled
        """
        with writing(self.root):
            parts = Parts(self.parts, self.scratch)
            return parts.make(key, entries, compression, {} if left_out is None else left_out, cancel.check)

    def join_layer(
        self, cache_key: str, keys: Sequence[str], *, cancel: CancelToken, compression: Compression = Compression.GZIP
    ) -> Layer | None:
        """Put parts together to a layer and remember it; ``None`` where a part is gone or damaged.

        Raises:
            DiskFull, NotWritable, Cancelled
        """
        with writing(self.root), self.scratch() as folder:
            layer = Parts(self.parts, self.scratch).join(keys, folder / "layer", compression, cancel.check)
            if layer is not None:
                self._keep_layer(cache_key, layer, folder / "layer")
        return layer

    def _keep_layer(self, cache_key: str, layer: Layer, blob: Path) -> None:
        self._layout.adopt(blob, layer.digest)
        with appearing(self._layers / f"{cache_key}.json") as file:
            file.write(to_json(layer_record(layer)))

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
        with writing(self.root):
            return self.unpacked.unpacked(layer, self.blob_path(layer.digest), cancel=cancel or CancelToken())

    def folders_of(self, layers: Iterable[Layer], *, cancel: CancelToken) -> tuple[Path, ...] | None:
        """Return folders as ``unpacked_layer`` does; ``None`` if one is damaged, which ``root_of`` mends."""
        with writing(self.root):
            return self.unpacked.whole([(item, self.blob_path(item.digest)) for item in layers], cancel=cancel)

    @contextmanager
    def root_of(self, layers: Iterable[Layer], *, cancel: CancelToken | None = None) -> Iterator[Path]:
        """Give the layers stacked to one root file system, for the length of a block. Read only."""
        blobs = [(layer, self.blob_path(layer.digest)) for layer in layers]
        with self.scratch() as folder:
            with writing(self.root):
                root = self.unpacked.assemble(blobs, folder, cancel=cancel or CancelToken())
            yield root

    # --- images

    def add_image(self, image: Image) -> None:
        """List an image without a name; its layers must be in the store. It is on the disk when this returns.

        Raises:
            NoSuchImage: a layer is missing or damaged; carries the layer's digest.
        """
        for layer in image.layers:
            if not self._layout.has_blob(layer.digest, layer.size_bytes):
                raise NoSuchImage(layer.digest)
        with writing(self.root):
            self._layout.write_blob(image.config_bytes)
            self._layout.write_blob(image.manifest_bytes)
            blobs = (layer.digest for layer in image.layers)
            self._layout.bring_to_disk((*blobs, image.config_digest, image.manifest_digest))
        self.change_index(lambda index: index.with_image(image, created=_now()))

    def add_index(self, images: Sequence[tuple[Platform, Image]]) -> Digest:
        """List one image for several platforms without a name, and return its digest; each was added before.

        Raises:
            NotWritable, DiskFull
        """
        index_bytes = platform_index(images)
        with writing(self.root):
            digest = self._layout.write_blob(index_bytes)
            self._layout.bring_to_disk((digest,))
        self.change_index(lambda index: index.with_index(index_bytes, created=_now()))
        return digest

    def members(self, digest: Digest) -> tuple[IndexEntry, ...]:
        """Return the images, with their platforms, of an image for several; none if it is for one.

        Raises:
            ImageUnreadable: what is there is no index.
        """
        if not any(entry.digest == digest and entry.is_index for entry in self._layout.read_index().entries):
            return ()
        try:
            return read_index(self.blob_path(digest).read_bytes()).entries
        except FileNotFoundError as error:
            raise NoSuchImage(digest) from error

    def tag(self, reference: Reference, digest: Digest) -> None:
        """Let the name mean that image, in one step; the image that had it stays, without it.

        Raises:
            NoSuchImage: no image of that digest is listed.
        """
        try:
            self.change_index(lambda index: index.with_name(reference, digest, created=_now()))
        except KeyError as error:
            raise NoSuchImage(digest) from error

    def untag(self, reference: Reference) -> None:
        """Let the name mean nothing; its image stays.

        Raises:
            NoSuchImage: the name means nothing already.
        """
        if self._layout.read_index().find(reference) is None:
            raise NoSuchImage(str(reference))
        self.change_index(lambda index: index.without_name(reference))

    def images(self) -> tuple[StoredImage, ...]:
        """Return all images, the one that was added or named last first.

        Raises:
            ImageUnreadable: somebody else changed the store.
        """
        index = self._layout.read_index()
        names: dict[Digest, list[str]] = {}
        for entry in index.entries:
            for digest in (entry.digest, *(member.digest for member in self.members(entry.digest))):
                names.setdefault(digest, []).append(entry.name)
        images = {entry.digest for entry in index.entries if not entry.is_index}
        stored = [_stored(self.load(digest), index, names[digest]) for digest in images]
        return tuple(sorted(stored, key=lambda image: (image.created, image.digest), reverse=True))

    def find(self, reference: Reference, platform: Platform | None = None) -> Image | None:
        """Return the image that the name means; of several, that for ``platform`` (this machine's) or the first."""
        digest = self._layout.read_index().find(reference)
        if digest is None:
            return None
        members = self.members(digest)
        here = (member.digest for member in members if member.platform == str(platform or Platform.here()))
        return self.load(next(here, members[0].digest if members else digest))

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

    def index(self) -> Index:
        """Return what is listed.

        Raises:
            ImageUnreadable: the file is missing, or garbage.
        """
        return self._layout.read_index()

    def replace_index(self, index: Index) -> None:
        """Write an index in place of one that is lost; the caller holds its lock."""
        self._layout.write_index(index)

    def change_index(self, change: Callable[[Index], Index]) -> None:
        """Replace the index by what ``change`` makes of it, in one step and on the disk.

        Raises:
            ImageUnreadable, NotWritable, DiskFull
        """
        with writing(self.root), index_lock(self.root):
            before = self._layout.read_index()
            after = change(before)
            if after != before:
                self._layout.write_index(after)


def _stored(image: Image, index: Index, names: Iterable[str]) -> StoredImage:
    entries = [entry for entry in index.entries if entry.digest == image.manifest_digest]
    return StoredImage(
        digest=image.manifest_digest,
        config_digest=image.config_digest,
        tags=tuple(sorted({*names} - {""})),
        size_bytes=image.size_bytes,
        created=max(entry.created for entry in entries),
        labels=read_config(image.config_bytes).labels,
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
