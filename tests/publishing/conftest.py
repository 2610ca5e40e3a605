"""A store, and small images in it."""

from __future__ import annotations

import gc
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_containerize.domain.image import Image
from jupyter_containerize.publishing.store import LocalStore
from tests.publishing.stored import stored_image


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    """Give an empty store."""
    return LocalStore(tmp_path / "store")


@pytest.fixture
def image(store: LocalStore) -> Image:
    """Give an image that is in the store, without a name."""
    return stored_image(store)


@pytest.fixture
def no_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Name an engine that is not there.

    The docker library does not close a socket that it could not connect. It is collected here, so
    that its warning falls into the test that expects it.
    """
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    yield
    gc.collect()


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a Podman on the PATH that keeps its images in a folder of the test; give its log of commands."""
    log = tmp_path / "log"
    # Podman refuses long paths for its runtime files.
    with tempfile.TemporaryDirectory(prefix="jc-") as short:
        real = subprocess.run(["which", "podman"], check=False, capture_output=True, text=True).stdout.strip()
        if not real:
            raise FileNotFoundError(2, "not installed", "podman")
        script = tmp_path / "bin" / "podman"
        script.parent.mkdir()
        script.write_text(
            f'#!/bin/sh\necho "$@" >> {log}\n'
            f'exec {real} --root {tmp_path / "podman"} --runroot {short} --storage-driver vfs "$@"\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("CONTAINERS_CONF", str(Path(__file__).with_name("containers.conf")))
        monkeypatch.setenv("PATH", str(script.parent), prepend=os.pathsep)
        yield log
        subprocess.run(["podman", "rmi", "--all", "--force"], check=True, capture_output=True)
