"""A store, and small images in it."""

from __future__ import annotations

import gc
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
