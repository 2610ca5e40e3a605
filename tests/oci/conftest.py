"""Layouts and images on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_containerize.domain.image import Image
from jupyter_containerize.oci import Layout
from tests.oci.small import small_image


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Give an empty layout."""
    made = Layout(tmp_path / "layout")
    made.create()
    return made


@pytest.fixture
def image(layout: Layout) -> Image:
    """Give an image whose blobs are in the layout."""
    made, blobs = small_image()
    for blob in (*blobs.values(), made.manifest_bytes, made.config_bytes):
        layout.write_blob(blob)
    return made
