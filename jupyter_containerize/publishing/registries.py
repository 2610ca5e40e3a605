"""A registry: where images are pushed to, and where a base image comes from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Image, Layer, Published, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import media, platform_index
from jupyter_containerize.oci.artifact import Descriptor, describe
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.publishing.destinations import docker_command
from jupyter_containerize.publishing.pushed import PushedBlobs
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.registry import (
    DockerConfig,
    NoMatchingPlatform,
    RegistryClient,
    RegistryRefused,
    pull_documents,
    side_by_side,
)
from jupyter_containerize.registry.hosts import DOCKER_HUB, repository_of
from jupyter_containerize.transport import Transport

_SECONDS = 60
_RETRIES = 4
_CHECK_SECONDS = 10
_NOT_THERE = frozenset({403, 404})


class RegistryDestination:
    """A repository and tag of a registry."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference

    def check(self) -> None:
        """See that the registry answers and that we may push there.

        Raises:
            RegistryUnreachable, RegistryRefused, RegistryGarbled, CredentialsMissing, CredentialHelperFailed
            CredentialsUnreadable
        """
        client = client_for(self.reference, timeout_seconds=_CHECK_SECONDS, retries=1)
        client.may_push(repository_of(self.reference))

    def publish(
        self,
        image: Image,
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Push what the registry lacks, the manifest last: the tag moves when all is there.

        Raises:
            as ``push_image`` does
        """
        del reference  # the registry's own name counts
        push_image(self.reference, image, store, on_bytes=on_bytes, cancel=cancel)
        return self._published()

    def publish_index(
        self,
        images: Sequence[tuple[Platform, Image]],
        store: LocalStore,
        *,
        reference: Reference,
        on_bytes: Callable[[int], None],
        cancel: CancelToken,
    ) -> Published:
        """Push the images of several platforms under one name.

        Raises:
            as ``push_image`` does
        """
        del reference
        push_index(self.reference, images, store, on_bytes=on_bytes, cancel=cancel)
        return self._published()

    def _published(self) -> Published:
        return Published(reference=str(self.reference), run_command=docker_command(str(self.reference)))


def push_image(
    reference: Reference,
    image: Image,
    store: LocalStore,
    *,
    on_bytes: Callable[[int], None],
    cancel: CancelToken,
) -> Descriptor:
    """Push what the registry lacks of an image, then move the tag; return what to name the image by.

    ``on_bytes`` counts the bytes of all blobs, sent or not, in this thread.

    Raises:
        BlobDamaged: a layer in the store is not what it should be.
        RegistryUnreachable, RegistryRefused, RegistryGarbled, CredentialsMissing, CredentialHelperFailed
        CredentialsUnreadable, Cancelled
    """
    push = _Push(reference, store, on_bytes, cancel)
    push.blobs((image,))
    described = describe(image)
    push.manifest(reference.tag, image.manifest_bytes, described.media_type)
    return described


def pushed_bytes(images: Iterable[Image]) -> int:
    """Return the bytes that ``on_bytes`` counts in all when the images are pushed together: every blob once."""
    sizes: dict[Digest, int] = {}
    for image in images:
        sizes |= {layer.digest: layer.size_bytes for layer in image.layers}
        sizes[image.config_digest] = len(image.config_bytes)
    return sum(sizes.values())


def push_layers(reference: Reference, layers: Iterable[Layer], store: LocalStore, *, cancel: CancelToken) -> None:
    """Push what the registry lacks of some layers; nothing names them yet.

    Raises:
        as ``push_image`` does
    """
    _Push(reference, store, lambda _: None, cancel).layers(layers)


def push_index(
    reference: Reference,
    images: Sequence[tuple[Platform, Image]],
    store: LocalStore,
    *,
    on_bytes: Callable[[int], None],
    cancel: CancelToken,
) -> Descriptor:
    """Push the images of several platforms, then move the tag to the index of them; return what to name that by.

    Raises:
        as ``push_image`` does
    """
    push = _Push(reference, store, on_bytes, cancel)
    push.blobs([image for _, image in images])
    for _, image in images:
        push.manifest(image.manifest_digest, image.manifest_bytes, describe(image).media_type)
    index_bytes = platform_index(images)
    push.manifest(reference.tag, index_bytes, media.INDEX)
    return Descriptor(digest=digest_of(index_bytes), size_bytes=len(index_bytes), media_type=media.INDEX)


def read_remote(reference: Reference, platform: Platform) -> Image | None:
    """Return manifest and config of what the name means there for the platform; ``None`` if it means nothing to us.

    Raises:
        RegistryUnreachable, RegistryRefused, RegistryGarbled, CredentialsMissing, CredentialHelperFailed
        CredentialsUnreadable, ImageUnreadable
    """
    try:
        return pull_documents(client_for(reference), _with_host(reference), platform)
    except NoMatchingPlatform:
        return None
    except RegistryRefused as error:
        if error.status in _NOT_THERE:
            return None
        raise


def remote_has(
    reference: Reference, digests: Collection[Digest], *, cancel: CancelToken | None = None
) -> frozenset[Digest]:
    """Return those of the blobs that the name's repository has.

    Raises:
        RegistryUnreachable, RegistryRefused, RegistryGarbled, CredentialsMissing, CredentialHelperFailed
        CredentialsUnreadable, Cancelled
    """
    client, repository, found = client_for(reference), repository_of(_with_host(reference)), set[Digest]()

    def ask(digest: Digest, _count: Callable[[int], None], stop: CancelToken) -> None:
        if client.blob_exists(repository, digest, cancel=stop):
            found.add(digest)

    side_by_side(ask, sorted(set(digests)), on_bytes=lambda _: None, cancel=cancel or CancelToken())
    return frozenset(found)


def pull_image(
    reference: Reference,
    store: LocalStore,
    *,
    on_bytes: Callable[[int, int], None],
    cancel: CancelToken,
    platform: Platform | None = None,
) -> Image:
    """Return the image behind a name, with its layers in the store; what is there is not fetched again.

    ``on_bytes`` gets the bytes done and the total. ``platform`` is this machine's if it is not named.

    Raises:
        RegistryUnreachable, RegistryRefused, RegistryGarbled, CredentialsMissing, NoMatchingPlatform, ImageUnreadable
        HashMismatch, TooLarge, DiskFull, NotWritable, Cancelled
    """
    reference = _with_host(reference)
    client, repository = client_for(reference), repository_of(reference)
    image = pull_documents(client, reference, platform or Platform.here())
    done, total = 0, sum(layer.size_bytes for layer in image.layers)

    def moved(size_bytes: int) -> None:
        nonlocal done
        done += size_bytes
        on_bytes(done, total)

    def fetch(layer: Layer, count: Callable[[int], None], stop: CancelToken) -> None:
        with store.scratch() as folder:
            into = folder / layer.digest.hex
            client.pull_blob(repository, layer.digest, into, size_bytes=layer.size_bytes, on_bytes=count, cancel=stop)
            store.adopt_blob(into, layer.digest)

    missing = [layer for layer in image.layers if not store.has_layer(layer)]
    moved(total - sum(layer.size_bytes for layer in missing))
    # One layer may come twice in an image.
    side_by_side(fetch, list({layer.digest: layer for layer in missing}.values()), on_bytes=moved, cancel=cancel)
    if done != total:
        on_bytes(total, total)
    PushedBlobs(store, client.host).add((layer.digest for layer in image.layers), repository)
    return image


def client_for(reference: Reference, *, timeout_seconds: float = _SECONDS, retries: int = _RETRIES) -> RegistryClient:
    """Return a client of the reference's registry, with the logins that Docker keeps.

    Raises:
        CredentialsUnreadable
    """
    transport = Transport(timeout_seconds=timeout_seconds, retries=retries)
    return RegistryClient(reference.host or DOCKER_HUB, transport, DockerConfig.read().lookup)


@dataclass(frozen=True, slots=True)
class _Blob:
    digest: Digest
    content: Path | bytes
    size_bytes: int


class _Push:
    """One push: the blobs side by side, then what names them."""

    def __init__(
        self, reference: Reference, store: LocalStore, on_bytes: Callable[[int], None], cancel: CancelToken
    ) -> None:
        reference = _with_host(reference)
        self._client, self._repository = client_for(reference), repository_of(reference)
        self._store, self._on_bytes, self._cancel = store, on_bytes, cancel
        self._pushed = PushedBlobs(store, self._client.host)

    def blobs(self, images: Iterable[Image]) -> None:
        """Make sure that the registry has all blobs of the images."""
        wanted: dict[Digest, _Blob] = {}
        for image in images:
            config = image.config_bytes
            wanted[image.config_digest] = _Blob(image.config_digest, config, len(config))
            wanted |= self._layers(image.layers)
        self._all(wanted)

    def layers(self, layers: Iterable[Layer]) -> None:
        """Make sure that the registry has the layers."""
        self._all(self._layers(layers))

    def _layers(self, layers: Iterable[Layer]) -> dict[Digest, _Blob]:
        return {
            layer.digest: _Blob(layer.digest, self._store.blob_path(layer.digest), layer.size_bytes) for layer in layers
        }

    def _all(self, wanted: Mapping[Digest, _Blob]) -> None:
        """Send the blobs side by side; the largest begin first."""
        largest_first = sorted(wanted.values(), key=lambda blob: -blob.size_bytes)
        side_by_side(self._blob, largest_first, on_bytes=self._on_bytes, cancel=self._cancel)
        self._pushed.add(wanted, self._repository)

    def manifest(self, name: str, body: bytes, media_type: str) -> None:
        """Put a manifest under a tag or its digest."""
        self._cancel.check()
        self._client.push_manifest(self._repository, name, body, media_type, cancel=self._cancel)

    def _blob(self, blob: _Blob, count: Callable[[int], None], stop: CancelToken) -> None:
        self._client.push_blob(
            self._repository,
            blob.digest,
            blob.content,
            size_bytes=blob.size_bytes,
            mount_from=self._pushed.elsewhere(blob.digest, self._repository),
            on_bytes=count,
            cancel=stop,
        )


def _with_host(reference: Reference) -> Reference:
    if reference.host is not None:
        return reference
    return Reference(host=DOCKER_HUB, repository=reference.repository, tag=reference.tag)
