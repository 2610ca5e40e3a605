"""Podman as a destination: a real one, with a storage of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Image, Reference
from jupyter_containerize.publishing import LocalStore, parse_destination
from jupyter_containerize.publishing.errors import PodmanRefused, PodmanUnavailable
from jupyter_containerize.publishing.podman_images import podman_images
from tests.publishing.stored import stored_image

IRIS = Reference.parse("iris:latest")


def _podman(*arguments: str) -> str:
    done = subprocess.run(["podman", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _inspect(name: str) -> dict[str, Any]:
    (inspected,) = json.loads(_podman("image", "inspect", name))
    return dict(inspected)


def _publish(image: Image, store: LocalStore, reference: Reference = IRIS, cancel: CancelToken | None = None) -> str:
    destination = parse_destination("podman")
    destination.check()
    published = destination.publish(
        image, store, reference=reference, on_bytes=lambda _: None, cancel=cancel or CancelToken()
    )
    return published.run_command


@pytest.mark.usefixtures("podman")
def test_publish__to_podman__is_the_same_image(store: LocalStore, image: Image) -> None:
    """Podman has the image under the name that ``podman run iris`` finds, and under no other."""
    command = _publish(image, store)
    inspected = _inspect("iris")
    assert f"sha256:{inspected['Id']}" == image.config_digest
    assert inspected["RepoTags"] == ["docker.io/library/iris:latest"]
    assert inspected["RootFS"]["Layers"] == [layer.diff_id for layer in image.layers]
    assert podman_images() == {image.config_digest}
    assert command == "podman run --rm --read-only -p 127.0.0.1:8080:8080 iris:latest"


@pytest.mark.usefixtures("podman")
def test_publish__to_podman_again__copies_only_what_is_new(store: LocalStore, image: Image) -> None:
    """A layer that Podman has is not read; the name moves to the newer image."""
    _publish(image, store)
    newer = stored_image(store, b"changed")
    store.blob_path(image.layers[0].digest).unlink()
    _publish(newer, store)
    assert f"sha256:{_inspect('iris')['Id']}" == newer.config_digest


def test_publish__podman_takes_no_layout__is_given_the_archive(store: LocalStore, image: Image, podman: Path) -> None:
    """Where Podman cannot see our folders, it reads what we write to it."""
    script = podman.with_name("bin") / "podman"
    script.write_text(script.read_text().replace("exec ", 'test "$1" = pull && exit 1\nexec ', 1))
    _publish(image, store)
    assert f"sha256:{_inspect('iris')['Id']}" == image.config_digest
    words = [line.split()[0] for line in podman.read_text().splitlines()]
    assert words == ["info", "pull", "load", "tag", "image"]


@pytest.mark.usefixtures("podman")
def test_publish__layer_missing__is_podmans_refusal(store: LocalStore, image: Image) -> None:
    """What Podman says when it cannot have the image is passed on, and there is no image."""
    store.blob_path(image.layers[0].digest).write_bytes(b"no layer")
    with pytest.raises(PodmanRefused) as caught:
        _publish(image, store)
    assert caught.value.reason
    assert _podman("images", "-q") == ""


def test_publish__cancelled__ends_podman(store: LocalStore, image: Image, podman: Path) -> None:
    """A Podman that takes for ever is ended."""
    script = podman.with_name("bin") / "podman"
    script.write_text('#!/bin/sh\ntest "$1" = pull && exec sleep 600\nexit 0\n')
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        _publish(image, store, cancel=cancel)


def test_check__podman_does_not_work__says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without Podman, or with a broken one, is told apart before the build."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PodmanUnavailable, match="not installed"):
        parse_destination("podman").check()
    (tmp_path / "podman").write_text("#!/bin/sh\necho no subuids >&2\nexit 125\n")
    (tmp_path / "podman").chmod(0o755)
    with pytest.raises(PodmanUnavailable, match="no subuids"):
        parse_destination("podman").check()
