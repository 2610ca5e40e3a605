"""A real docker-registry that wants tokens: what is asked for is what each step of a push needs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import media
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.registry import (
    Credentials,
    CredentialsMissing,
    RegistryClient,
    RegistryRefused,
    pull_documents,
)
from jupyter_containerize.transport import Transport
from tests.oci.small import small_image
from tests.registry.serving import PASSWORD, USER, docker_registry
from tests.registry.token_service import TokenService, token_service

pytestmark = pytest.mark.registry

AMD64 = Platform(architecture="amd64")
LOGIN = Credentials(username=USER, password=PASSWORD)
RIGHTS = {"team": "pull,push", "shared": "pull"}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[str, TokenService]]:
    """Give ``host:port`` of a registry, and the service that it sends us to."""
    with token_service(RIGHTS) as service:
        configuration = service.configuration(tmp_path / "registry")
        with docker_registry(tmp_path / "registry", token=configuration) as host:
            yield host, service


def _client(host: str, credentials: Credentials | None = LOGIN) -> RegistryClient:
    return RegistryClient(host, Transport(retries=0, timeout_seconds=10), lambda _host: credentials)


def _blob(client: RegistryClient, repository: str, content: bytes, *mount_from: str) -> int:
    """Push one blob, and return how many bytes of it were counted."""
    counted: list[int] = []
    client.push_blob(
        repository, digest_of(content), content, on_bytes=counted.append, cancel=CancelToken(), mount_from=mount_from
    )
    return sum(counted)


def _image(client: RegistryClient, repository: str) -> Image:
    image, blobs = small_image()
    for blob in (image.config_bytes, *blobs.values()):
        _blob(client, repository, blob)
    client.push_manifest(repository, "v1", image.manifest_bytes, media.MANIFEST)
    return image


def test_push__with_tokens__is_let_in_and_asks_for_what_it_does(guarded: tuple[str, TokenService]) -> None:
    """An image goes in and comes back; a token is fetched once for each kind of right."""
    host, service = guarded
    client = _client(host)
    image = _image(client, "team/iris")
    assert service.asked == ["repository:team/iris:pull", "repository:team/iris:pull,push"]
    assert pull_documents(_client(host), Reference.parse(f"{host}/team/iris:v1"), AMD64) == image


def test_push_blob__in_chunks_with_tokens__is_let_in(guarded: tuple[str, TokenService]) -> None:
    """Every chunk of a blob that is sent in several carries the token."""
    host, service = guarded
    client, content = _client(host), random.Random(0).randbytes(300_000)
    client._uploads._chunk_bytes = 100_000
    assert _blob(client, "team/large", content) == len(content)
    assert client.blob_exists("team/large", digest_of(content))
    assert len(service.asked) == 2


def test_push_blob__mounted_with_tokens__asks_for_both_repositories(guarded: tuple[str, TokenService]) -> None:
    """A mount needs to read there and to write here, in one token."""
    host, service = guarded
    client, content = _client(host), b"to be mounted"
    _blob(client, "team/from", content)
    service.asked.clear()
    _blob(client, "team/to", content, "team/from")
    assert "repository:team/to:pull,push repository:team/from:pull" in service.asked
    assert "repository:team/to:pull,push" not in service.asked, "it was sent, not mounted"
    assert client.blob_exists("team/to", digest_of(content))


def test_push_blob__no_right_to_mount_from_there__is_sent(guarded: tuple[str, TokenService]) -> None:
    """A token service that grants less than was asked for costs a mount, not the push."""
    host, _ = guarded
    client, content = _client(host), b"not to be had there"
    _blob(client, "team/to", content, "secret/from")
    assert client.blob_exists("team/to", digest_of(content))


NOT_ALLOWED: dict[str, tuple[str, Credentials | None, type[Exception]]] = {
    "to push": ("shared/iris", LOGIN, RegistryRefused),
    "anything": ("secret/iris", LOGIN, RegistryRefused),
    "without a login": ("team/iris", None, CredentialsMissing),
    "with a wrong one": ("team/iris", Credentials(username=USER, password="hush"), RegistryRefused),
}


@pytest.mark.parametrize(("repository", "credentials", "kind"), NOT_ALLOWED.values(), ids=NOT_ALLOWED)
def test_may_push__not_allowed__is_told_before_anything_is_sent(
    guarded: tuple[str, TokenService], repository: str, credentials: Credentials | None, kind: type[Exception]
) -> None:
    """A token that is not good for pushing is a refusal; no token at all is a missing login."""
    with pytest.raises(kind) as caught:
        _client(guarded[0], credentials).may_push(repository)
    assert "hush" not in f"{caught.value!r} {vars(caught.value)}"


def test_pull_manifest__nothing_there_yet__is_none(guarded: tuple[str, TokenService]) -> None:
    """A first push into a repository that may be read asks for its tag in vain, and that is no error."""
    assert _client(guarded[0]).find_manifest("team/new", "v1") is None
