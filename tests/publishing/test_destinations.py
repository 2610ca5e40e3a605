"""Every place that an image can go, with the real tools at the other end."""

from __future__ import annotations

import json
import secrets
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import IllegalReference, Image, Published, Reference
from jupyter_containerize.publishing import LocalStore, parse_destination, pull_image
from jupyter_containerize.publishing.errors import DestinationUnwritable, DockerUnavailable, UnknownDestination
from jupyter_containerize.registry import CredentialsMissing, RegistryUnreachable
from tests.publishing.stored import stored_image
from tests.registry.serving import docker_registry

IRIS = Reference.parse("iris:latest")


def _run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _publish(
    text: str,
    image: Image,
    store: LocalStore,
    *,
    reference: Reference = IRIS,
    on_bytes: Callable[[int], None] = lambda _count: None,
    cancel: CancelToken | None = None,
) -> Published:
    destination = parse_destination(text)
    destination.check()
    return destination.publish(image, store, reference=reference, on_bytes=on_bytes, cancel=cancel or CancelToken())


UNKNOWN = {
    "no form": ("dokcer", UnknownDestination),
    "no folder": ("oci:", UnknownDestination),
    "no file": ("archive:", UnknownDestination),
    "no host": ("team/iris:v1", UnknownDestination),
    "bad tag": ("ghcr.io/team/iris:v 1", IllegalReference),
    "bad repository": ("ghcr.io/Team/iris", IllegalReference),
}


@pytest.mark.parametrize(("text", "kind"), UNKNOWN.values(), ids=UNKNOWN)
def test_parse_destination__not_a_place__is_the_users_error(text: str, kind: type[Exception]) -> None:
    """What cannot be a destination is refused before anything is built."""
    with pytest.raises(kind) as caught:
        parse_destination(text)
    assert vars(caught.value)["text"]


def test_publish__to_the_store__says_how_to_run_it(store: LocalStore, image: Image) -> None:
    """The local store has the image already."""
    published = _publish("", image, store)
    assert published == Published(reference="iris:latest", run_command="jupyter containerize run iris:latest")


def test_publish__to_an_archive__appears_whole(store: LocalStore, image: Image, tmp_path: Path) -> None:
    """The archive replaces an earlier one in one step, and the count is its size."""
    path, counted = tmp_path / "my model.tar", list[int]()
    path.write_text("an earlier one")
    published = _publish(f"archive:{path}", image, store, on_bytes=counted.append)
    assert sum(counted) == path.stat().st_size
    with tarfile.open(path) as tar:
        assert "manifest.json" in tar.getnames()
    assert published.run_command.startswith(f"docker load --input '{path}' && docker run ")


@pytest.mark.parametrize("kind", ["archive", "oci"])
def test_publish__cancelled__leaves_what_was_there(store: LocalStore, image: Image, tmp_path: Path, kind: str) -> None:
    """A cancel while writing leaves neither half a file nor a name."""
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        _publish(f"{kind}:{tmp_path / 'x'}", image, store, on_bytes=lambda _: cancel.cancel(), cancel=cancel)
    if kind == "archive":
        assert [path.name for path in tmp_path.iterdir()] == ["store"]
    else:
        assert json.loads((tmp_path / "x" / "index.json").read_text())["manifests"] == []


UNWRITABLE = {
    "archive, no folder": "archive:{0}/none/a.tar",
    "archive is a folder": "archive:{0}/store",
    "layout, no folder": "oci:{0}/none/a",
    "layout is a file": "oci:{0}/file",
}


@pytest.mark.parametrize("text", UNWRITABLE.values(), ids=UNWRITABLE)
def test_check__cannot_be_written__says_so_before_the_build(store: LocalStore, tmp_path: Path, text: str) -> None:
    """A destination that will fail fails at once."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DestinationUnwritable) as caught:
        parse_destination(text.format(tmp_path)).check()
    assert str(caught.value.path) == text.format(tmp_path).partition(":")[2]


def test_publish__to_a_layout__keeps_the_others(store: LocalStore, image: Image, tmp_path: Path) -> None:
    """A layout may hold many images, of ours and of others."""
    folder = tmp_path / "layout"
    newer = stored_image(store, b"changed")
    _publish(f"oci:{folder}", image, store)
    _publish(f"oci:{folder}", newer, store, reference=Reference.parse("iris:v2"))
    for name, wanted in (("iris:latest", image), ("iris:v2", newer)):
        assert json.loads(_run("skopeo", "inspect", f"oci:{folder}:{name}"))["Digest"] == wanted.manifest_digest


@pytest.fixture
def docker_name() -> Iterator[Reference]:
    """Give a name in Docker that nobody else has; what is there afterwards is removed."""
    name = Reference.parse(f"jc-test-{secrets.token_hex(4)}:latest")
    yield name
    subprocess.run(["docker", "rmi", "-f", str(name)], check=False, capture_output=True)


def _in_docker(name: Reference) -> dict[str, Any]:
    (inspected,) = json.loads(_run("docker", "image", "inspect", str(name)))
    return dict(inspected)


@pytest.mark.docker
def test_publish__to_docker__is_the_same_image(store: LocalStore, image: Image, docker_name: Reference) -> None:
    """Docker has the image under its name, with our config and layers."""
    published = _publish("docker", image, store, reference=docker_name)
    inspected = _in_docker(docker_name)
    # Engines that keep images as containerd does name them by the manifest.
    assert inspected["Id"] in {image.config_digest, image.manifest_digest}
    assert inspected["RootFS"]["Layers"] == [layer.diff_id for layer in image.layers]
    assert published.run_command == f"docker run --rm --read-only -p 127.0.0.1:8080:8080 {docker_name}"


@pytest.mark.docker
def test_publish__to_docker_again__sends_only_what_is_new(
    store: LocalStore, image: Image, docker_name: Reference
) -> None:
    """A changed code layer is sent alone, an unchanged image not at all, and both are what they should be."""
    _publish("docker", image, store, reference=docker_name)
    newer = stored_image(store, b"changed")
    # If the base layer were read for the archive, this would fail.
    base = store.blob_path(image.layers[0].digest)
    base.rename(base.with_suffix(".away"))
    _publish("docker", newer, store, reference=docker_name)
    assert _in_docker(docker_name)["Id"] in {newer.config_digest, newer.manifest_digest}
    sent: list[int] = []
    _publish("docker", newer, store, reference=docker_name, on_bytes=sent.append)
    assert sent == []
    container = _run("docker", "create", str(docker_name)).strip()
    try:
        archive = subprocess.run(["docker", "export", container], check=True, capture_output=True).stdout
    finally:
        _run("docker", "rm", container)
    assert b"changed" in archive
    assert b"#!/bin/hello" in archive


@pytest.mark.usefixtures("no_docker")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_check__no_docker_engine__says_what_the_system_says() -> None:
    """An engine that does not answer is found out before the build."""
    with pytest.raises(DockerUnavailable) as caught:
        parse_destination("docker").check()
    assert caught.value.reason == "No such file or directory"


@pytest.mark.docker
def test_archive__in_docker_load__is_the_same_image(
    store: LocalStore, image: Image, docker_name: Reference, tmp_path: Path
) -> None:
    """``docker load`` reads what we write."""
    _publish(f"archive:{tmp_path / 'a.tar'}", image, store, reference=docker_name)
    assert str(docker_name) in _run("docker", "load", "--input", tmp_path / "a.tar")
    assert _in_docker(docker_name)["Id"] in {image.config_digest, image.manifest_digest}


def test_archive__in_podman_load__is_the_same_image(store: LocalStore, image: Image, tmp_path: Path) -> None:
    """``podman load`` reads what we write, and finds the name."""
    _publish(f"archive:{tmp_path / 'a.tar'}", image, store)
    # Podman refuses long paths for this folder.
    with tempfile.TemporaryDirectory(prefix="jc-") as short:
        podman = ("podman", "--root", tmp_path / "podman", "--runroot", short, "--storage-driver", "vfs")
        assert "docker.io/library/iris:latest" in _run(*podman, "load", "--input", tmp_path / "a.tar")
        (inspected,) = json.loads(_run(*podman, "image", "inspect", "iris:latest"))
        assert f"sha256:{inspected['Id']}" == image.config_digest
        _run(*podman, "rmi", "--all", "--force")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give a registry that lets everybody in, and no logins."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with docker_registry(tmp_path / "registry") as address:
        yield address


@pytest.mark.registry
def test_publish__to_a_registry__can_be_pulled_by_others_and_by_us(
    store: LocalStore, image: Image, host: str, tmp_path: Path
) -> None:
    """What was pushed, skopeo copies, and another store of ours has byte by byte."""
    counted, name = list[int](), f"{host}/team/iris:v1"
    published = _publish(name, image, store, on_bytes=counted.append)
    assert published.reference == name
    assert sum(counted) == image.size_bytes - len(image.manifest_bytes)
    _run("skopeo", "copy", "-q", "--src-tls-verify=false", f"docker://{name}", f"oci:{tmp_path / 'copy'}:v1")
    other, progress = LocalStore(tmp_path / "other"), list[tuple[int, int]]()
    for _ in range(2):
        pulled = pull_image(
            Reference.parse(name),
            other,
            on_bytes=lambda done, total: progress.append((done, total)),
            cancel=CancelToken(),
        )
        assert pulled == image
        total = sum(layer.size_bytes for layer in image.layers)
        assert progress[-1] == (total, total)
    other.add_image(pulled)
    assert other.images()[0].digest == image.manifest_digest


@pytest.mark.registry
def test_publish__to_a_registry_again__sends_nothing(store: LocalStore, image: Image, host: str) -> None:
    """Layers that the registry has are not read again."""
    _publish(f"{host}/iris:v1", image, store)
    for layer in image.layers:
        store.blob_path(layer.digest).write_bytes(b"")
    _publish(f"{host}/iris:v2", image, store)
    assert json.loads(_run("skopeo", "inspect", "--tls-verify=false", f"docker://{host}/iris:v2"))["Digest"] == (
        image.manifest_digest
    )


@pytest.mark.registry
def test_check__registry_wants_a_login__says_so_before_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody who is not logged in learns it at once; with the login in Docker's file it works."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with docker_registry(tmp_path / "registry", login=True) as address:
        destination = parse_destination(f"{address}/iris")
        with pytest.raises(CredentialsMissing) as caught:
            destination.check()
        assert caught.value.host == address
        auths = {address: {"auth": "YWRhOmxvdmVsYWNl"}}
        (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
        destination.check()


def test_check__no_registry__says_so_before_the_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A registry that does not answer is found out before the build."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(RegistryUnreachable) as caught:
        parse_destination("127.0.0.1:1/iris").check()
    assert caught.value.host == "127.0.0.1:1"
