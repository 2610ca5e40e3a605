"""A registry: where images are pushed to, and where a base image comes from."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, Published, Reference
from jupyter_containerize.oci import media
from jupyter_containerize.publishing.destinations import docker_command
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.registry import DockerConfig, RegistryClient, pull_documents
from jupyter_containerize.registry.hosts import DOCKER_HUB, repository_of
from jupyter_containerize.transport import Transport

_SECONDS = 60


class RegistryDestination:
    """A repository and tag of a registry."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def check(self) -> None:
        """See that the registry answers and that we may push there.

        Raises:
            RegistryUnreachable, RegistryRefused, CredentialsMissing, CredentialHelperFailed, CredentialsUnreadable
        """
        _client(self._reference).may_push(repository_of(self._reference))

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
            RegistryUnreachable, RegistryRefused, CredentialsMissing, CredentialHelperFailed, CredentialsUnreadable
        """
        del reference  # the registry's own name counts
        client, repository = _client(self._reference), repository_of(self._reference)
        for layer in image.layers:
            blob = store.blob_path(layer.digest)
            client.push_blob(repository, layer.digest, blob, on_bytes=on_bytes, cancel=cancel)
        client.push_blob(repository, image.config_digest, image.config_bytes, on_bytes=on_bytes, cancel=cancel)
        cancel.check()
        client.push_manifest(repository, self._reference.tag, image.manifest_bytes, media.MANIFEST)
        return Published(reference=str(self._reference), run_command=docker_command(str(self._reference)))


def pull_image(
    reference: Reference, store: LocalStore, *, on_bytes: Callable[[int, int], None], cancel: CancelToken
) -> Image:
    """Return the image behind a name, with its layers in the store; what is there is not fetched again.

    ``on_bytes`` gets the bytes done and the total.

    Raises:
        RegistryUnreachable, RegistryRefused, CredentialsMissing, NoMatchingPlatform, ImageUnreadable
        HashMismatch, TooLarge, DiskFull, NotWritable, Cancelled
    """
    if reference.host is None:
        reference = Reference(host=DOCKER_HUB, repository=reference.repository, tag=reference.tag)
    client, repository = _client(reference), repository_of(reference)
    image = pull_documents(client, reference)
    done, total = 0, sum(layer.size_bytes for layer in image.layers)

    def moved(size_bytes: int) -> None:
        nonlocal done
        done += size_bytes
        on_bytes(done, total)

    for layer in image.layers:
        if store.has_layer(layer):
            moved(layer.size_bytes)
            continue
        with store.scratch() as folder:
            into = folder / "layer"
            client.pull_blob(repository, layer.digest, into, size_bytes=layer.size_bytes, on_bytes=moved, cancel=cancel)
            store.adopt_blob(into, layer.digest)
    return image


def _client(reference: Reference) -> RegistryClient:
    host = reference.host or DOCKER_HUB
    return RegistryClient(host, Transport(timeout_seconds=_SECONDS), DockerConfig.read().lookup)
