"""Finding the image for a platform, in registries that say little, much or nonsense."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import ImageUnreadable, assemble, media
from jupyter_containerize.oci.canonical import digest_of, to_json
from jupyter_containerize.registry import (
    Credentials,
    NoMatchingPlatform,
    RegistryClient,
    RegistryGarbled,
    RegistryRefused,
    RegistryUnreachable,
    pull_documents,
)
from jupyter_containerize.transport import Transport
from tests.oci.small import CONFIG, small_image
from tests.registry.scripted import Mood, scripted_registry

AMD64, ARM64 = Platform(architecture="amd64"), Platform(architecture="arm64")


def _client(mood: Mood, credentials: Credentials | None = None) -> RegistryClient:
    return RegistryClient(mood.host, Transport(retries=0, timeout_seconds=5), lambda _host: credentials)


def _image(architecture: str) -> Image:
    image, _ = small_image()
    return assemble([(layer, "") for layer in image.layers], CONFIG, created="x", architecture=architecture)


def _put(mood: Mood, body: bytes, media_type: str, tag: str = "latest") -> dict[str, Any]:
    for key in (tag, digest_of(body)):
        mood.manifests["r", key] = (media_type, body)
    return {"digest": digest_of(body), "mediaType": media_type, "size": len(body)}


def _put_image(mood: Mood, image: Image, tag: str = "latest") -> dict[str, Any]:
    mood.blobs["r", image.config_digest] = image.config_bytes
    return _put(mood, image.manifest_bytes, media.MANIFEST, tag)


def _put_index(mood: Mood, *items: dict[str, Any], tag: str = "latest") -> dict[str, Any]:
    body = to_json({"manifests": list(items), "mediaType": media.INDEX, "schemaVersion": 2})
    return _put(mood, body, media.INDEX, tag)


def _for(item: dict[str, Any], architecture: str, variant: str = "") -> dict[str, Any]:
    platform = {"os": "linux", "architecture": architecture}
    return {**item, "platform": platform | ({"variant": variant} if variant else {})}


def _pull(mood: Mood, platform: Platform = AMD64) -> Image:
    return pull_documents(_client(mood), Reference.parse(f"{mood.host}/r:latest"), platform)


def test_pull_documents__index__gives_each_platform_its_own(mood: Mood) -> None:
    """One name, two images."""
    amd, arm = _image("amd64"), _image("arm64")
    _put_index(mood, _for(_put_image(mood, amd, "a"), "amd64"), _for(_put_image(mood, arm, "b"), "arm64", "v8"))
    assert _pull(mood, AMD64) == amd
    assert _pull(mood, ARM64) == arm


def test_pull_documents__index_in_an_index__is_looked_into(mood: Mood) -> None:
    """Nested indexes are allowed, with and without a platform at the outer line."""
    arm = _image("arm64")
    inner = _put_index(mood, _for(_put_image(mood, arm, "b"), "arm64"), tag="inner")
    _put_index(mood, _for(_put_image(mood, _image("amd64"), "a"), "amd64"), inner)
    assert _pull(mood, ARM64) == arm


def test_pull_documents__index_without_platforms__asks_the_images(mood: Mood) -> None:
    """A line need not name its platform; the image's config does."""
    amd, arm = _image("amd64"), _image("arm64")
    _put_index(mood, _put_image(mood, amd, "a"), _put_image(mood, arm, "b"))
    assert _pull(mood, ARM64) == arm


def test_pull_documents__variants__takes_the_plainest(mood: Mood) -> None:
    """An image for every processor of a kind is better than one for the newest."""
    plain, newest = _image("amd64"), small_image(b"newest")[0]
    _put_index(mood, _for(_put_image(mood, newest, "a"), "amd64", "v3"), _for(_put_image(mood, plain, "b"), "amd64"))
    assert _pull(mood, AMD64) == plain


def test_pull_documents__single_image_for_another_processor__says_which(mood: Mood) -> None:
    """A base image for another architecture is found out before it is built on."""
    _put_image(mood, _image("arm64"))
    with pytest.raises(NoMatchingPlatform) as caught:
        _pull(mood, AMD64)
    assert (caught.value.wanted, caught.value.found) == ("linux/amd64", ("linux/arm64",))


def _deep(mood: Mood) -> None:
    item = _put_image(mood, _image("arm64"), "a")
    for depth in range(9):
        item = _put_index(mood, item, tag="latest" if depth == 8 else f"d{depth}")


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "a web page": (lambda m: _put(m, b"<html>", "text/html"), RegistryGarbled, "web page"),
    "not JSON": (lambda m: _put(m, b"<html>", "application/json"), ImageUnreadable, "not JSON"),
    "JSON, no manifest": (lambda m: _put(m, b"{}", media.MANIFEST), ImageUnreadable, "config.digest"),
    "wrong digest header": (
        lambda m: (_put_image(m, _image("amd64")), m.headers.update({"Docker-Content-Digest": f"sha256:{'0' * 64}"})),
        ImageUnreadable,
        "its digest is",
    ),
    "indexes without end": (_deep, ImageUnreadable, "indexes in indexes"),
    "lines without digest": (lambda m: _put_index(m, {"mediaType": media.MANIFEST}), ImageUnreadable, "missing"),
    "nothing": (lambda _m: None, RegistryRefused, "404 MANIFEST_UNKNOWN"),
    "config is another": (
        lambda m: (_put_image(m, _image("amd64")), m.blobs.update({next(iter(m.blobs)): b"{}"})),
        ImageUnreadable,
        "not the one that the manifest names",
    ),
    "a huge answer": (lambda m: _put(m, b" " * (9 << 20), media.MANIFEST), RegistryGarbled, "more than"),
}


@pytest.mark.parametrize(("prepare", "kind", "text"), BAD.values(), ids=BAD)
def test_pull_documents__makes_no_sense__is_a_clear_error(
    mood: Mood, prepare: Any, kind: type[Exception], text: str
) -> None:
    """Each kind of nonsense has an error that says which."""
    prepare(mood)
    with pytest.raises(kind, match=text):
        _pull(mood)


def test_pull_documents__answer_comes_a_byte_at_a_time__is_given_up(mood: Mood) -> None:
    """A registry that sends just enough to keep the line open cannot hold us for ever."""
    _put_image(mood, _image("amd64"))
    mood.dribble_seconds = 0.05
    client = RegistryClient(mood.host, Transport(retries=0, timeout_seconds=0.1), lambda _host: None)
    with pytest.raises(RegistryUnreachable, match="timed out"):
        pull_documents(client, Reference.parse(f"{mood.host}/r:latest"), AMD64)


def test_pull__blobs_are_elsewhere__that_host_gets_no_login(mood: Mood, tmp_path: Path) -> None:
    """A registry may send us to a store of its own; our login is not for that one."""
    content = b"layer" * 100
    digest = digest_of(content)
    with scripted_registry() as elsewhere:
        elsewhere.blobs["r", digest] = content
        mood.blobs["r", digest] = b""
        mood.blobs_elsewhere = elsewhere.host
        client = _client(mood, Credentials(username="ada", password="hush"))
        mood.fail = [("GET", 401, {"WWW-Authenticate": 'Basic realm="r"'}, b"")]
        into = tmp_path / digest.hex
        assert client.pull_config("r", digest) == content
        client.pull_blob("r", digest, into, size_bytes=500, on_bytes=lambda _: None, cancel=CancelToken())
        assert hashlib.sha256(into.read_bytes()).hexdigest() == digest.hex
        assert [headers.get("Authorization") is None for _, _, headers in elsewhere.seen] == [True, True]
        assert mood.seen[-1][2]["Authorization"].startswith("Basic ")
