"""Where an image can go. The local store always has it; a destination is what the user names beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import Protocol

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Image, Published, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import Layout, archive_chunks, index_archive_chunks, platform_index
from jupyter_containerize.oci.layout import appearing
from jupyter_containerize.publishing.errors import DestinationUnwritable
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport import NotWritable, writing


class Destination(Protocol):
    """A place for images."""

    def check(self) -> None:
        """Fail now if publishing would fail later: nobody there, no permission, no login."""

    def publish(
        self,
        image: Image,
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Put the image there; its name there appears last. ``on_bytes`` gets increments."""

    def publish_index(
        self,
        images: Sequence[tuple[Platform, Image]],
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Put the images of several platforms there under one name; a place that takes one gets this machine's."""


def for_here(images: Sequence[tuple[Platform, Image]], here: Platform | None = None) -> Image:
    """Return the image for a platform, this machine's if none is named; the first where there is none for it."""
    wanted = here or Platform.here()
    return next((image for platform, image in images if platform == wanted), images[0][1])


def publish_images(
    destination: Destination,
    images: Sequence[tuple[Platform, Image]],
    store: LocalStore,
    *,
    reference: Reference,
    on_bytes: Callable[[int], None],
    cancel: CancelToken,
) -> Published:
    """Put an image there by itself, and several under one name."""
    if len(images) > 1:
        return destination.publish_index(images, store, reference=reference, on_bytes=on_bytes, cancel=cancel)
    return destination.publish(images[0][1], store, reference=reference, on_bytes=on_bytes, cancel=cancel)


def check_layers(
    image: Image, store: LocalStore, *, cancel: CancelToken, without: AbstractSet[Digest] = frozenset()
) -> None:
    """Make sure that no damaged layer leaves the store. It costs next to nothing while nobody wrote to them.

    Raises:
        StoredBlobDamaged, Cancelled
    """
    for layer in image.layers:
        if layer.digest not in without:
            store.check_blob(layer.digest, cancel=cancel)


def docker_command(reference: str) -> str:
    """Return how Docker starts an image so that only this machine reaches it."""
    return f"docker run --rm --read-only -p 127.0.0.1:8080:8080 {reference}"


def store_command(reference: str) -> str:
    """Return how we start an image of the local store, which no engine can see."""
    return f"jupyter containerize run {reference}"


class StoreDestination:
    """The local store alone."""

    def check(self) -> None:
        """The store was opened already."""

    def publish(
        self,
        image: Image,
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Do nothing: the image is there."""
        del image, store, on_bytes, cancel
        return Published(reference=str(reference), run_command=store_command(str(reference)))

    def publish_index(
        self,
        images: Sequence[tuple[Platform, Image]],
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Do nothing: the images are there."""
        return self.publish(for_here(images), store, reference=reference, on_bytes=on_bytes, cancel=cancel)


class ArchiveDestination:
    """One tar for ``docker load`` and ``podman load``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """See that the folder takes files.

        Raises:
            DestinationUnwritable: it does not.
        """
        _check_folder(self._path.parent, self._path)
        if self._path.is_dir():
            raise DestinationUnwritable(self._path, "is a folder")

    def publish(
        self,
        image: Image,
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Write the archive; an earlier one is replaced when the new one is whole."""
        check_layers(image, store, cancel=cancel)
        return self._write(archive_chunks(image, reference, store.blob_path), reference, on_bytes, cancel)

    def publish_index(
        self,
        images: Sequence[tuple[Platform, Image]],
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Write one archive of all; Docker and Podman find in it the image that is for their machine."""
        for _, image in images:
            check_layers(image, store, cancel=cancel)
        return self._write(index_archive_chunks(images, reference, store.blob_path), reference, on_bytes, cancel)

    def _write(
        self, chunks: Iterator[bytes], reference: Reference, on_bytes: Callable[[int], None], cancel: CancelToken
    ) -> Published:
        with _writing(self._path), appearing(self._path) as file:
            for chunk in chunks:
                cancel.check()
                file.write(chunk)
                on_bytes(len(chunk))
        return Published(
            reference=str(reference),
            run_command=f"docker load --input {quote(str(self._path))} && {docker_command(str(reference))}",
        )


class LayoutDestination:
    """An OCI image layout of the user's own; images that are in it stay."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self) -> None:
        """See that the folder, or the one it will be made in, takes files.

        Raises:
            DestinationUnwritable: it does not.
        """
        _check_folder(self._folder if self._folder.exists() else self._folder.parent, self._folder)

    def publish(
        self,
        image: Image,
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Copy the blobs that are missing there, then list the image."""
        layout = Layout(self._folder)
        with _writing(self._folder):
            self._copy((image,), layout, store, on_bytes, cancel)
            index = layout.read_index()
            layout.write_index(index.with_image(image).with_name(reference, image.manifest_digest))
        return self._published(reference)

    def publish_index(
        self,
        images: Sequence[tuple[Platform, Image]],
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Copy the blobs that are missing there, then list all as one image."""
        layout, index_bytes = Layout(self._folder), platform_index(images)
        with _writing(self._folder):
            self._copy([image for _, image in images], layout, store, on_bytes, cancel)
            digest = layout.write_blob(index_bytes)
            layout.write_index(layout.read_index().with_index(index_bytes).with_name(reference, digest))
        return self._published(reference)

    @staticmethod
    def _copy(
        images: Iterable[Image],
        layout: Layout,
        store: LocalStore,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> None:
        layout.create()
        for image in images:
            for layer in image.layers:
                if layout.has_blob(layer.digest, layer.size_bytes):
                    on_bytes(layer.size_bytes)
                    continue
                store.check_blob(layer.digest, cancel=cancel)
                blob = layout.blob_path(layer.digest)
                with store.blob_path(layer.digest).open("rb") as source, appearing(blob) as target:
                    while chunk := source.read(1 << 20):
                        cancel.check()
                        target.write(chunk)
                        on_bytes(len(chunk))
            layout.write_blob(image.config_bytes)
            layout.write_blob(image.manifest_bytes)

    def _published(self, reference: Reference) -> Published:
        return Published(
            reference=str(reference),
            run_command=f"skopeo copy {quote(f'oci:{self._folder}:{reference}')} docker-daemon:{reference}",
        )


def _check_folder(folder: Path, named: Path) -> None:
    if not folder.is_dir():
        raise DestinationUnwritable(named, f"there is no folder {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DestinationUnwritable(named, "permission denied")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        with writing(path):
            yield
    except NotWritable as error:
        raise DestinationUnwritable(error.path, error.reason) from error
