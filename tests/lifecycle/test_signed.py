"""Whether an image of the store is signed at a real registry."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_containerize.attestations import (
    Signature,
    attach,
    attach_signature,
    sign,
    signature_attachment,
    signature_image,
    signature_tag,
)
from jupyter_containerize.attestations.attachments import Attachment
from jupyter_containerize.attestations.statements import BUNDLE, CYCLONEDX, bundle, statement
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Digest, Reference
from jupyter_containerize.lifecycle.signed import Signed, signed
from jupyter_containerize.oci.artifact import Artifact, ArtifactBlob, Descriptor, describe, make_artifact
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.pushed import PushedBlobs
from jupyter_containerize.publishing.registries import client_for, push_image
from jupyter_containerize.registry.client import RegistryClient
from jupyter_containerize.registry.referrers import push_artifact
from tests.attestations.made_contents import CREATED
from tests.attestations.made_keys import new_key
from tests.publishing.stored import stored_image
from tests.registry.serving import docker_registry

pytestmark = pytest.mark.registry

KEY = new_key()
OTHER = Digest(f"sha256:{64 * '0'}")
NOBODY_SECONDS = 0.2

Beside = Callable[[RegistryClient, Reference, Descriptor], None]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a registry for the tests of this file."""
    with docker_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture
def local(tmp_path: Path) -> LocalStore:
    """Return an empty store."""
    return LocalStore(tmp_path / "store")


def pushed(local: LocalStore, name: str) -> tuple[Reference, Descriptor]:
    """Put an image into the store and a registry."""
    image, reference = stored_image(local, code=name.encode()), Reference.parse(name)
    push_image(reference, image, local, on_bytes=lambda _: None, cancel=CancelToken())
    return reference, describe(image)


def nothing(_client: RegistryClient, _reference: Reference, _about: Descriptor) -> None:
    """Put nothing beside the image."""


def classic(client: RegistryClient, reference: Reference, about: Descriptor) -> None:
    """Sign as cosign 2 does."""
    attach_signature(client, reference, about, KEY, cancel=CancelToken())


def of_another(client: RegistryClient, reference: Reference, about: Descriptor) -> None:
    """Put another image's signature there."""
    _tagged(client, reference, about, signature_image([sign(OTHER, reference, KEY)]))


def empty(client: RegistryClient, reference: Reference, about: Descriptor) -> None:
    """Put a payload there that nobody signed."""
    payload = sign(about.digest, reference, KEY).payload
    _tagged(client, reference, about, signature_image([Signature(payload=payload, annotations={})]))


def rubbish(client: RegistryClient, reference: Reference, about: Descriptor) -> None:
    """Put something else under the signatures' tag."""
    blob = ArtifactBlob(data=b"x", media_type="text/plain")
    _tagged(client, reference, about, make_artifact([blob], artifact_type="text/plain"))


def as_bundle(client: RegistryClient, reference: Reference, about: Descriptor) -> None:
    """Sign as cosign 3 does."""
    item = signature_attachment(about.digest, KEY, created=CREATED)
    attach(client, reference, about, [item], cancel=CancelToken())


def bill(client: RegistryClient, reference: Reference, about: Descriptor) -> None:
    """Put a signed statement there that is no signature of the image."""
    said = bundle(statement("", about.digest, CYCLONEDX, {}), KEY)
    _bundled(client, reference, about, said)


def damaged(client: RegistryClient, reference: Reference, about: Descriptor) -> None:
    """Put a bundle there that is none, before one that is."""
    _bundled(client, reference, about, b"{}")
    as_bundle(client, reference, about)


def _bundled(client: RegistryClient, reference: Reference, about: Descriptor, content: bytes) -> None:
    item = Attachment(artifact_type=BUNDLE, media_type=BUNDLE, content=content)
    attach(client, reference, about, [item], cancel=CancelToken())


def _tagged(client: RegistryClient, reference: Reference, about: Descriptor, artifact: Artifact) -> None:
    push_artifact(client, reference.repository, artifact, cancel=CancelToken(), tag=signature_tag(about.digest))


CASES: dict[str, tuple[Beside, bool]] = {
    "nothing": (nothing, False),
    "a classic signature": (classic, True),
    "that of another image": (of_another, False),
    "one without a signature": (empty, False),
    "rubbish": (rubbish, False),
    "a bundle": (as_bundle, True),
    "a signed bill of materials": (bill, False),
    "a damaged bundle and a whole one": (damaged, True),
}


@pytest.mark.parametrize("case", CASES)
def test_signed__beside_the_pushed_image__told_with_its_place(host: str, local: LocalStore, case: str) -> None:
    """What looks like a signature of this very image counts, and nothing else."""
    beside, expected = CASES[case]
    name = f"{host}/signed/{case.replace(' ', '-')}:1"
    reference, about = pushed(local, name)
    beside(client_for(reference), reference, about)
    place = name.removesuffix(":1")
    found = signed(about.digest, local)
    assert found == Signed(places=(place,) if expected else ())
    assert found.known is expected


def test_signed__never_pushed__nobody_is_asked(local: LocalStore) -> None:
    """An image that went nowhere has a signature nowhere."""
    image = stored_image(local)
    assert signed(image.manifest_digest, local).known is False


def test_signed__two_places__the_one_that_has_it(host: str, local: LocalStore) -> None:
    """The same image may be signed at one registry, or below one name, alone."""
    first, about = pushed(local, f"{host}/two/places:1")
    second = replace(first, repository="two/others")
    image = local.load(about.digest)
    push_image(second, image, local, on_bytes=lambda _: None, cancel=CancelToken())
    classic(client_for(second), second, about)
    assert signed(about.digest, local).places == (f"{host}/two/others",)
    refused = signed(about.digest, local, may_ask=lambda place: not place.endswith("others"))
    assert refused == Signed()


@pytest.mark.parametrize("answers", ["nobody", "silence"])
def test_signed__registry_that_does_not_answer__not_known(local: LocalStore, answers: str) -> None:
    """Neither a registry that is gone nor one that says nothing keeps anybody waiting, or makes an error."""
    image = stored_image(local)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if answers == "silence":
            silent.listen()
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        PushedBlobs(local, host).add([image.config_digest], "team/iris")
        found = signed(image.manifest_digest, local, patience_seconds=NOBODY_SECONDS)
    assert found == Signed(silent=(f"{host}/team/iris",))
    assert found.known is None
