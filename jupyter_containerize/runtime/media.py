"""Files and images, which JSON carries as base64.

Pillow is imported when an image is read and not before, as numpy is for arrays.
"""

from __future__ import annotations

import base64
import importlib
import io
from typing import Any

from .shapes import Shape, text

_MOST_PIXELS = 100_000_000


def image() -> Shape:
    """Return an image file (PNG, JPEG, ...), given to the function as a ``PIL.Image.Image`` that is read already."""
    keywords = {"contentEncoding": "base64", "contentMediaType": "image/*"}
    return text("image file as base64", keywords, _read_image)


def file() -> Shape:
    """Return any bytes, given to the function as an open file."""
    return text("file as base64", {"contentEncoding": "base64"}, lambda value: io.BytesIO(_decoded(value)))


def write_image(value: Any) -> str:
    """Return a ``PIL.Image.Image`` as a PNG file in base64: nothing of it is lost."""
    content = io.BytesIO()
    value.save(content, format="PNG")
    return base64.b64encode(content.getvalue()).decode()


def _read_image(value: str) -> Any:
    pillow = importlib.import_module("PIL.Image")
    try:
        found = pillow.open(io.BytesIO(_decoded(value)))
        # The header says the size: a small file may unpack to more than the memory holds.
        if found.width * found.height > _MOST_PIXELS:
            raise ValueError("too many pixels")
        found.load()
    except (OSError, SyntaxError, pillow.DecompressionBombError) as error:
        # What Pillow says of files that are no images.
        raise ValueError(str(error)) from error
    return found


def _decoded(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
