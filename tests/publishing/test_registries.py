"""Pushing images to real and to moody registries: what is sent, what is named, and when."""

from __future__ import annotations

import json
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import EntryKind, Image, LayerEntry, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import assemble
from jupyter_containerize.publishing import LocalStore, pull_image
from jupyter_containerize.publishing.pushed import PushedBlobs
from jupyter_containerize.publishing.registries import (
    RegistryDestination,
    push_image,
    push_index,
    read_remote,
    remote_has,
)
from jupyter_containerize.registry import (
    BlobDamaged,
    NoMatchingPlatform,
    RegistryGarbled,
    RegistryRefused,
    RegistryUnreachable,
)
from tests.oci.small import CONFIG, folder
from tests.publishing.stored import stored_image
from tests.registry.scripted import Mood
from tests.registry.serving import docker_registry

pytestmark = pytest.mark.usefixtures("no_logins")

AMD64, ARM64 = Platform(architecture="amd64"), Platform(architecture="arm64")
BIG = random.Random(0).randbytes(3_000_000)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[str]:
    """Give a real registry."""
    with docker_registry(tmp_path / "registry") as address:
        yield address


def _base() -> tuple[LayerEntry, ...]:
    def content(part: int) -> Callable[[], BytesIO]:
        return lambda: BytesIO(BIG[part:])

    return (
        folder("lib"),
        *(
            LayerEntry(
                path=f"lib/{part}", kind=EntryKind.FILE, mode=0o644, size_bytes=len(BIG) - part, open=content(part)
            )
            for part in range(2)
        ),
    )


def _push(
    reference: str,
    image: Image,
    store: LocalStore,
    on_bytes: Callable[[int], None] = lambda _: None,
    cancel: CancelToken | None = None,
) -> None:
    push_image(Reference.parse(reference), image, store, on_bytes=on_bytes, cancel=cancel or CancelToken())


def _for(platform: Platform, image: Image) -> Image:
    layers = [(layer, "") for layer in image.layers]
    return assemble(layers, CONFIG, created="1980-01-01T00:00:01Z", architecture=platform.architecture)


def _sent_bytes(mood: Mood) -> int:
    return sum(int(h.get("Content-Length", 0)) for m, _, h in mood.seen if m in {"PUT", "PATCH"})


def test_push_image__changed_code__sends_only_that(store: LocalStore, mood: Mood) -> None:
    """After a code cell changed, code layer, config and manifest go over the line, and nothing else."""
    first, second = (stored_image(store, code, base=_base()) for code in (b"one", b"two"))
    _push(f"{mood.host}/iris:v1", first, store)
    mood.seen.clear()
    _push(f"{mood.host}/iris:v1", second, store)
    new = second.layers[-1].size_bytes + len(second.config_bytes) + len(second.manifest_bytes)
    assert _sent_bytes(mood) == new < 5_000
    assert mood.methods().count("HEAD") == 3


@pytest.mark.registry
def test_push_image__changed_code__a_real_registry_grows_by_that(store: LocalStore, host: str, tmp_path: Path) -> None:
    """The same, counted on the registry's disk."""

    def on_disk() -> int:
        return sum(path.stat().st_size for path in (tmp_path / "registry" / "data").rglob("data") if path.is_file())

    first, second = (stored_image(store, code, base=_base()) for code in (b"one", b"two"))
    _push(f"{host}/iris:v1", first, store)
    before = on_disk()
    _push(f"{host}/iris:v1", second, store)
    new = second.layers[-1].size_bytes + len(second.config_bytes) + len(second.manifest_bytes)
    assert on_disk() - before == new


def test_push_image__new_repository_of_a_known_registry__mounts(store: LocalStore, image: Image, mood: Mood) -> None:
    """What another repository of the registry has is not sent, also not by another process."""
    _push(f"{mood.host}/one:v1", image, store)
    mood.seen.clear()
    _push(f"{mood.host}/two:v1", image, LocalStore(store.root))
    assert _sent_bytes(mood) == len(image.manifest_bytes)
    assert sum("mount=" in path for path, _ in mood.asked("POST")) == len(image.layers) + 1


@pytest.mark.registry
def test_push_image__new_repository_of_a_real_registry__mounts(store: LocalStore, image: Image, host: str) -> None:
    """The same with a real one: the layers' files may go, and the image is whole there."""
    _push(f"{host}/one:v1", image, store)
    for layer in image.layers:
        store.blob_path(layer.digest).unlink()
    _push(f"{host}/two:v1", image, store)
    reference = Reference.parse(f"{host}/two:v1")
    assert remote_has(reference, [layer.digest for layer in image.layers]) == {layer.digest for layer in image.layers}


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"a": 1}', b"\xff"])
def test_pushed_blobs__damaged_memory__is_forgotten(store: LocalStore, image: Image, damage: bytes) -> None:
    """A memory that cannot be read is none."""
    digest = image.config_digest
    PushedBlobs(store, "h:1").add([digest], "one")
    assert PushedBlobs(store, "h:1").elsewhere(digest, "two") == ("one",)
    assert PushedBlobs(store, "h:1").elsewhere(digest, "one") == ()
    (path,) = (store.cache / "registries").glob("*.json")
    path.write_bytes(damage)
    assert PushedBlobs(store, "h:1").elsewhere(digest, "two") == ()
    PushedBlobs(store, "h:1").add([digest], "three")
    assert PushedBlobs(store, "h:1").elsewhere(digest, "two") == ("three",)


def test_push_index__two_platforms__tag_moves_last(store: LocalStore, image: Image, mood: Mood) -> None:
    """Both images are there by digest before the name means them, and blobs that they share go once."""
    images = [(ARM64, _for(ARM64, image)), (AMD64, _for(AMD64, image))]
    described = push_index(
        Reference.parse(f"{mood.host}/iris:v1"), images, store, on_bytes=lambda _: None, cancel=CancelToken()
    )
    names = [path.rpartition("/")[2] for path, _ in mood.asked("PUT") if "/manifests/" in path]
    assert names == [images[0][1].manifest_digest, images[1][1].manifest_digest, "v1"]
    document = json.loads(mood.manifests["iris", "v1"][1])
    assert [line["platform"] for line in document["manifests"]] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux"},
    ]
    assert mood.manifests["iris", described.digest][1] == mood.manifests["iris", "v1"][1]
    assert len(mood.asked("POST")) == len(image.layers) + 2


@pytest.mark.registry
def test_push_index__real_registry__each_machine_gets_its_own(store: LocalStore, image: Image, host: str) -> None:
    """Skopeo and we choose by platform; a platform that is not there is said to be missing."""
    images = [(platform, _for(platform, image)) for platform in (AMD64, ARM64)]
    reference = Reference.parse(f"{host}/iris:v1")
    push_index(reference, images, store, on_bytes=lambda _: None, cancel=CancelToken())
    for platform, wanted in images:
        seen = subprocess.run(
            ["skopeo", "--override-arch", platform.architecture, "inspect", "--config", "--tls-verify=false",
             f"docker://{reference}"],
            check=True, capture_output=True,
        )  # fmt: skip
        assert json.loads(seen.stdout)["architecture"] == platform.architecture
        assert read_remote(reference, platform) == wanted


def test_read_remote__nothing_there__is_none(store: LocalStore, image: Image, mood: Mood) -> None:
    """A first push has nothing to compare with, and no error."""
    reference = Reference.parse(f"{mood.host}/iris:v1")
    assert read_remote(reference, AMD64) is None
    _push(str(reference), image, store)
    assert read_remote(reference, AMD64) == image
    assert read_remote(reference, ARM64) is None
    with pytest.raises(NoMatchingPlatform):
        pull_image(reference, store, on_bytes=lambda *_: None, cancel=CancelToken(), platform=ARM64)


def test_remote_has__some__says_which(store: LocalStore, image: Image, mood: Mood) -> None:
    """The layers that a push will not send are known before."""
    mood.blobs["iris", image.layers[0].digest] = store.blob_path(image.layers[0].digest).read_bytes()
    reference = Reference.parse(f"{mood.host}/iris:v1")
    digests = [layer.digest for layer in image.layers]
    assert remote_has(reference, digests) == {digests[0]}
    assert remote_has(reference, []) == frozenset()


def test_push_image__layer_damaged_on_the_disk__is_refused(store: LocalStore, image: Image, mood: Mood) -> None:
    """A bit that flipped in the store does not get out, and no tag is moved."""
    path = store.blob_path(image.layers[1].digest)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    with pytest.raises(BlobDamaged) as caught:
        _push(f"{mood.host}/iris:v1", image, store)
    assert caught.value.digest == image.layers[1].digest
    assert not mood.manifests


BAD: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "401": ({"always": (401, {}, b"")}, RegistryRefused),
    "403": ({"always": (403, {}, b"")}, RegistryRefused),
    "404": ({"always": (404, {}, b"")}, RegistryRefused),
    "429": ({"always": (429, {"Retry-After": "0"}, b"")}, RegistryRefused),
    "500": ({"always": (500, {}, b"")}, RegistryRefused),
    "a web page": ({"always": (200, {"Content-Type": "text/html"}, b"<html>hello</html>")}, RegistryGarbled),
    "a web page for manifests": ({"fail": [("PUT", 200, {}, b"<html>")] * 9}, RegistryGarbled),
    "wrong digest": ({"headers": {"Docker-Content-Digest": f"sha256:{'0' * 64}"}}, RegistryGarbled),
    "drops all": ({"drop": lambda _number: True}, RegistryUnreachable),
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait next to nothing between tries."""
    monkeypatch.setattr("jupyter_containerize.transport.retries._FIRST_WAIT_SECONDS", 0.01)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("otherwise", "kind"), BAD.values(), ids=BAD)
def test_push_image__bad_registry__is_a_clear_error_and_moves_no_tag(
    store: LocalStore, image: Image, mood: Mood, otherwise: dict[str, Any], kind: type[Exception]
) -> None:
    """Whatever a registry answers, we say what it was; what the name meant, it means still."""
    _push(f"{mood.host}/iris:v1", stored_image(store, b"earlier"), store)
    before = dict(mood.manifests)
    for name, value in otherwise.items():
        setattr(mood, name, value)
    with pytest.raises(kind):
        _push(f"{mood.host}/iris:v1", image, store)
    assert before["iris", "v1"]
    assert mood.manifests == before


def test_push_image__every_third_request_drops__comes_through(store: LocalStore, image: Image, mood: Mood) -> None:
    """A bad line costs time and nothing else."""
    mood.drop = lambda number: number % 3 == 0
    counted: list[int] = []
    _push(f"{mood.host}/iris:v1", image, store, counted.append)
    assert mood.manifests["iris", "v1"][1] == image.manifest_bytes
    assert sum(counted) == image.size_bytes - len(image.manifest_bytes)


def test_push_image__cancelled__ends_while_the_registry_hangs(store: LocalStore, mood: Mood) -> None:
    """Four uploads into a registry that reads nothing are ended, and no tag is moved."""
    mood.deaf = threading.Event()
    mood.deaf.set()
    image, cancel = stored_image(store, base=_base()), CancelToken()
    timer = threading.Timer(0.5, cancel.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        _push(f"{mood.host}/iris:v1", image, store, cancel=cancel)
    timer.join()
    assert mood.deaf.is_set()
    assert not mood.manifests


def test_push_image__counts__in_the_callers_thread(store: LocalStore, image: Image, mood: Mood) -> None:
    """Progress comes from one thread, though several send."""
    threads: set[int] = set()
    _push(f"{mood.host}/iris:v1", image, store, lambda _: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


def test_check__registry__asks_twice_and_sends_nothing(mood: Mood) -> None:
    """To know whether we may push takes two small requests."""
    RegistryDestination(Reference.parse(f"{mood.host}/iris:v1")).check()
    assert mood.methods() == ["POST", "DELETE"]
    assert not mood.uploads


def test_pull_image__a_layer_twice__is_fetched_once(store: LocalStore, mood: Mood, tmp_path: Path) -> None:
    """The empty layer of older images comes many times."""
    image = stored_image(store)
    twice = assemble([(layer, "") for layer in (*image.layers, image.layers[0])], CONFIG, created="x")
    store.add_image(twice)
    _push(f"{mood.host}/iris:v1", twice, store)
    other, progress = LocalStore(tmp_path / "other"), list[tuple[int, int]]()
    reference = Reference.parse(f"{mood.host}/iris:v1")
    pulled = pull_image(
        reference, other, on_bytes=lambda done, total: progress.append((done, total)), cancel=CancelToken(),
        platform=AMD64,
    )  # fmt: skip
    assert pulled == twice
    total = sum(layer.size_bytes for layer in twice.layers)
    assert progress[-1] == (total, total)
    blobs = [path for path, _ in mood.asked("GET") if "/blobs/" in path]
    assert len(blobs) == len(set(blobs)) == 3
