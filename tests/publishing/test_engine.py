"""What the Docker Engine is sent, of which kind it ever is, and when a name moves."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.engine import DockerDestination, _known_layers
from jupyter_containerize.publishing.errors import StoredBlobDamaged
from tests.publishing.stored import stored_image

IRIS = Reference.parse("iris:latest")


@pytest.fixture
def names() -> Iterator[tuple[Reference, Reference]]:
    """Give two names in Docker that nobody else has; what is there afterwards is removed."""
    made = [Reference.parse(f"jc-test-{secrets.token_hex(4)}:latest") for _ in range(2)]
    yield made[0], made[1]
    subprocess.run(["docker", "rmi", "-f", *map(str, made)], check=False, capture_output=True)


def _publish(
    image: Image,
    store: LocalStore,
    name: Reference,
    on_bytes: Callable[[int], None] = lambda _: None,
    cancel: CancelToken | None = None,
) -> None:
    DockerDestination().publish(image, store, reference=name, on_bytes=on_bytes, cancel=cancel or CancelToken())


def _unseen() -> bytes:
    """Return code that no engine has an image of from an earlier run."""
    return secrets.token_bytes(16)


def _id(name: Reference) -> str:
    command = ("docker", "image", "inspect", "--format", "{{.Id}}", str(name))
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


@pytest.mark.docker
def test_publish__layers_of_another_name__are_not_sent(
    store: LocalStore, image: Image, names: tuple[Reference, Reference]
) -> None:
    """A second notebook's image sends only what the first one's does not have."""
    _publish(image, store, names[0])
    other = stored_image(store, _unseen())
    store.blob_path(image.layers[0].digest).unlink()
    _publish(other, store, names[1])
    assert _id(names[1]) in {other.config_digest, other.manifest_digest}


@pytest.mark.docker
def test_publish__cancelled__the_name_stays(
    store: LocalStore, image: Image, names: tuple[Reference, Reference]
) -> None:
    """A load that is cancelled moves no name, however far it came."""
    _publish(image, store, names[0])
    before, cancel = _id(names[0]), CancelToken()
    newer = stored_image(store, _unseen())
    with pytest.raises(Cancelled):
        _publish(newer, store, names[0], lambda _: cancel.cancel(), cancel)
    assert _id(names[0]) == before != ""


@pytest.mark.docker
def test_publish__damaged_layer__is_not_sent(store: LocalStore, names: tuple[Reference, Reference]) -> None:
    """A layer that is not what its name says does not leave the store, and the engine has no image of it."""
    image = stored_image(store, _unseen())
    store.blob_path(image.layers[1].digest).write_bytes(b"damaged")
    with pytest.raises(StoredBlobDamaged):
        _publish(image, store, names[0])
    assert _id(names[0]) == ""


def _engine(status: list[list[str]], *images: str) -> Any:
    """Return as much of an engine's client as says what it has; a containerd store is rarely at hand."""
    listed = [{"Id": name, "Created": at} for at, name in enumerate(images)]
    return SimpleNamespace(
        info=lambda: {"DriverStatus": status},
        api=SimpleNamespace(images=lambda: listed),
    )


CONTAINERD = [["driver-type", "io.containerd.snapshotter.v1"]]


def test_known_layers__containerd__are_the_blobs_of_our_images(store: LocalStore, image: Image) -> None:
    """Whatever images it knows by our digests, their blobs it has; others say nothing of blobs."""
    newer = stored_image(store, b"newer")
    shared = {image.layers[0].digest}
    assert _known_layers(_engine(CONTAINERD, image.manifest_digest), newer, IRIS, store) == shared
    assert _known_layers(_engine(CONTAINERD), newer, IRIS, store) == frozenset()
    strange = (f"sha256:{'0' * 64}", "nonsense", image.config_digest)
    assert _known_layers(_engine(CONTAINERD, *strange), newer, IRIS, store) == frozenset()
