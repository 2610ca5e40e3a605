"""The client against a real docker-registry, and what skopeo sees there afterwards."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled, ContainerizeError
from jupyter_containerize.domain.image import Digest, Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import ImageUnreadable, media
from jupyter_containerize.oci.canonical import digest_of, to_json
from jupyter_containerize.registry import (
    BlobDamaged,
    Credentials,
    CredentialsMissing,
    NoMatchingPlatform,
    RegistryClient,
    RegistryRefused,
    RegistryUnreachable,
    pull_documents,
)
from jupyter_containerize.transport import HashMismatch, Transport
from tests.oci.small import small_image
from tests.registry.serving import PASSWORD, USER

pytestmark = pytest.mark.registry

AMD64 = Platform(architecture="amd64")
NOWHERE = Digest(f"sha256:{'0' * 64}")


def _client(host: str, credentials: Credentials | None = None) -> RegistryClient:
    return RegistryClient(host, Transport(retries=0, timeout_seconds=10), lambda _host: credentials)


@dataclass
class Push:
    """Pushes with the usual arguments, and what was counted."""

    client: RegistryClient
    counted: list[int] = field(default_factory=list)

    def blob(self, repository: str, content: bytes | Path, digest: Digest, mount_from: str = "") -> None:
        """Push one blob."""
        self.client.push_blob(
            repository,
            digest,
            content,
            on_bytes=self.counted.append,
            cancel=CancelToken(),
            mount_from=mount_from,
        )

    def image(self, reference: Reference) -> Image:
        """Push a small image."""
        image, blobs = small_image()
        for digest, blob in ({image.config_digest: image.config_bytes} | blobs).items():
            self.blob(reference.repository, blob, digest)
        self.client.push_manifest(reference.repository, reference.tag, image.manifest_bytes, media.MANIFEST)
        return image


def test_ping__open_registry__is_let_in(open_host: str) -> None:
    """A registry that asks nothing needs no login."""
    _client(open_host).ping()
    _client(open_host).may_push("team/iris")


def test_push__image__is_what_skopeo_sees_and_we_pull(open_host: str) -> None:
    """What we push, another client reads, and we read the same bytes back."""
    reference = Reference.parse(f"{open_host}/team/iris:v1")
    image = Push(_client(open_host)).image(reference)
    done = subprocess.run(
        ["skopeo", "inspect", "--tls-verify=false", f"docker://{reference}"], check=True, capture_output=True
    )
    assert json.loads(done.stdout)["Digest"] == image.manifest_digest
    assert pull_documents(_client(open_host), reference, AMD64) == image


def test_push_blob__again__is_counted_and_not_sent(open_host: str, tmp_path: Path) -> None:
    """A blob that is there already counts as done."""
    content = b"blob" * 100_000
    (tmp_path / "blob").write_bytes(content)
    digest, push = digest_of(content), Push(_client(open_host))
    assert not push.client.blob_exists("again", digest)
    push.blob("again", tmp_path / "blob", digest)
    assert push.client.blob_exists("again", digest)
    assert sum(push.counted) == len(content)
    push.counted.clear()
    push.blob("again", tmp_path / "blob", digest)
    assert push.counted == [len(content)]


def test_push_blob__other_repository_has_it__is_mounted(open_host: str) -> None:
    """A blob of another repository is not sent once more."""
    content, push = b"to be mounted", Push(_client(open_host))
    push.blob("mount/from", content, digest_of(content))
    push.counted.clear()
    push.blob("mount/to", content, digest_of(content), mount_from="mount/from")
    assert push.counted == [len(content)]
    assert push.client.blob_exists("mount/to", digest_of(content))


def test_push_blob__mount_finds_nothing__is_sent(open_host: str) -> None:
    """A mount is a hope, not a promise."""
    content, push = b"not there", Push(_client(open_host))
    push.blob("hope/to", content, digest_of(content), mount_from="hope/from")
    assert push.client.blob_exists("hope/to", digest_of(content))


def test_push_manifest__blobs_missing__carries_the_registrys_words(open_host: str) -> None:
    """The registry's own code and message are data of the error."""
    image, _ = small_image()
    with pytest.raises(RegistryRefused) as caught:
        _client(open_host).push_manifest("wrong", "latest", image.manifest_bytes, media.MANIFEST)
    assert (caught.value.host, caught.value.status) == (open_host, 400)
    assert caught.value.error_code == "MANIFEST_BLOB_UNKNOWN"
    assert caught.value.message


def test_push_blob__other_content__is_never_completed(open_host: str) -> None:
    """A blob that is not what its digest says is found out by us, before the registry has all of it."""
    with pytest.raises(BlobDamaged) as caught:
        Push(_client(open_host)).blob("wrong", b"content", NOWHERE)
    assert caught.value.digest == NOWHERE


def test_push_blob__cancelled__stops(open_host: str) -> None:
    """A cancel during an upload ends it."""
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        _client(open_host).push_blob(
            "cancel", digest_of(b"x" * 99_999), b"x" * 99_999, on_bytes=lambda _count: cancel.cancel(), cancel=cancel
        )


def test_pull_manifest__unknown__is_refused(open_host: str) -> None:
    """A name that means nothing is the registry's to say."""
    with pytest.raises(RegistryRefused) as caught:
        _client(open_host).pull_manifest("nothing/here", "latest")
    assert (caught.value.status, caught.value.error_code) == (404, "MANIFEST_UNKNOWN")


def test_pull_blob__there__is_the_file(open_host: str, tmp_path: Path) -> None:
    """A pulled blob has the content that its digest says; a digest nobody has is refused."""
    content, push = b"pulled" * 1000, Push(_client(open_host))
    push.blob("pull", content, digest_of(content))

    def pull(digest: Digest) -> None:
        push.client.pull_blob(
            "pull",
            digest,
            tmp_path / digest.hex,
            size_bytes=len(content),
            on_bytes=lambda _: None,
            cancel=CancelToken(),
        )

    pull(digest_of(content))
    assert (tmp_path / digest_of(content).hex).read_bytes() == content
    with pytest.raises(RegistryRefused):
        pull(NOWHERE)


def test_pull_blob__needs_a_login__gets_it_on_the_way(closed_host: str, tmp_path: Path) -> None:
    """A download as the first thing that a client does works too."""
    credentials = Credentials(username=USER, password=PASSWORD)
    Push(_client(closed_host, credentials)).blob("pull", b"secret", digest_of(b"secret"))
    _client(closed_host, credentials).pull_blob(
        "pull", digest_of(b"secret"), tmp_path / "b", size_bytes=6, on_bytes=lambda _: None, cancel=CancelToken()
    )
    assert (tmp_path / "b").read_bytes() == b"secret"


def _index(*platforms: tuple[str, str, Image]) -> bytes:
    return to_json(
        {
            "schemaVersion": 2,
            "mediaType": media.INDEX,
            "manifests": [
                {
                    "digest": image.manifest_digest,
                    "mediaType": media.MANIFEST,
                    "size": len(image.manifest_bytes),
                    "platform": {"os": system, "architecture": processor},
                }
                for system, processor, image in platforms
            ],
        }
    )


def test_pull_documents__index__takes_our_platform(open_host: str) -> None:
    """Of an image for many processors, the one for ours is taken; where there is none, it says which there are."""
    client, reference = _client(open_host), Reference.parse(f"{open_host}/multi:latest")
    image = Push(client).image(reference)
    client.push_manifest("multi", "latest", _index(("linux", "arm64", image), ("linux", "amd64", image)), media.INDEX)
    assert pull_documents(client, reference, AMD64) == image
    client.push_manifest("multi", "arm", _index(("linux", "arm64", image), ("unknown", "unknown", image)), media.INDEX)
    with pytest.raises(NoMatchingPlatform) as caught:
        pull_documents(client, Reference.parse(f"{open_host}/multi:arm"), AMD64)
    assert (caught.value.wanted, caught.value.found) == ("linux/amd64", ("linux/arm64",))


WRONG_LOGINS: dict[str, tuple[Credentials | None, type[ContainerizeError]]] = {
    "none": (None, CredentialsMissing),
    "wrong": (Credentials(username=USER, password="hush"), RegistryRefused),
}


@pytest.mark.parametrize(("credentials", "kind"), WRONG_LOGINS.values(), ids=WRONG_LOGINS)
def test_ping__not_let_in__says_why_without_the_password(
    closed_host: str, credentials: Credentials | None, kind: type[ContainerizeError]
) -> None:
    """No login and a wrong login are told apart, and neither shows a password."""
    with pytest.raises(kind) as caught:
        _client(closed_host, credentials).ping()
    assert "hush" not in f"{caught.value!r} {vars(caught.value)} {credentials!r}"


def test_push__with_login__is_let_in(closed_host: str) -> None:
    """The right login opens."""
    client = _client(closed_host, Credentials(username=USER, password=PASSWORD))
    client.ping()
    reference = Reference.parse(f"{closed_host}/iris:latest")
    assert Push(client).image(reference) == pull_documents(client, reference, AMD64)


def test_ping__nobody_there__says_host_and_reason() -> None:
    """A registry that does not answer is not one that refuses."""
    with pytest.raises(RegistryUnreachable) as caught:
        _client("127.0.0.1:1").ping()
    assert (caught.value.host, caught.value.reason) == ("127.0.0.1:1", "connection refused")


def test_pull_blob__registry_sends_other_bytes__is_not_kept(open_host: str, tmp_path: Path) -> None:
    """A registry that lies about a blob is found out."""
    push = Push(_client(open_host))
    push.blob("lie", b"truth", digest_of(b"truth"))

    class Liar(Transport):
        def download(self, url: str, into: Path, **kwargs: object) -> None:
            super().download(url, into, **{**kwargs, "sha256": NOWHERE.hex})  # type: ignore[arg-type]

    client = RegistryClient(open_host, Liar(), lambda _host: None)
    with pytest.raises(HashMismatch):
        client.pull_blob(
            "lie", digest_of(b"truth"), tmp_path / "b", size_bytes=5, on_bytes=lambda _: None, cancel=CancelToken()
        )
    assert not (tmp_path / "b").exists()


def test_pull_documents__something_else__is_unreadable(open_host: str) -> None:
    """A manifest without a config is no image."""
    client = _client(open_host)
    client.push_manifest("odd", "latest", _index(), media.INDEX)
    with pytest.raises((NoMatchingPlatform, ImageUnreadable)):
        pull_documents(client, Reference.parse(f"{open_host}/odd:latest"), AMD64)
