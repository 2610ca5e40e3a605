"""A store, and small images in it."""

from __future__ import annotations

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
