"""Functions of each kind that bodies are read for, and what the tests ask them with."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, BinaryIO, Literal, Optional

import numpy as np
from PIL import Image


def scalars(a: float, b: int, name: str = "x", good: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # served
    """Take one row at a time, by name."""
    return {"sum": a + b, "name": name, "good": good}


def numbers(rows: list[list[float]]) -> list[float]:
    """Take a table of numbers."""
    return [sum(row) for row in rows]


def gaps(rows: list[list[Optional[float]]]) -> list[int]:  # noqa: UP045  # as Python 3.9 has it
    """Take a table of numbers that may be missing."""
    return [sum(value is None for value in row) for row in rows]


def words(texts: list[str]) -> list[int]:
    """Take a column of texts."""
    return [len(text) for text in texts]


def choices(size: Literal["S", "M"], colour: Optional[str] = None) -> str:  # noqa: UP045  # as above
    """Take a choice, and a text that may be missing."""
    return f"{size} {colour}"


def grid(image: np.ndarray) -> list[int]:
    """Take an array of any shape."""
    return list(image.shape)


def turn(picture: Image.Image, times: int = 1) -> Image.Image:
    """Take an image."""
    return picture.rotate(90 * times, expand=True)


def count(document: BinaryIO, title: str, weights: list[float]) -> dict[str, Any]:
    """Take a file and more."""
    return {"bytes": len(document.read()), "title": title, "weights": weights}


def png(width: int = 3, height: int = 2) -> bytes:
    """Return a picture as a file."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 20, 2)).save(file, format="PNG")
    return file.getvalue()


def npy(value: Any, **kind: Any) -> bytes:
    """Return an array as npy."""
    file = io.BytesIO()
    np.save(file, np.asarray(value, **kind), allow_pickle=True)
    return file.getvalue()


def form(parts: Mapping[str, tuple[str, bytes]], boundary: str = "b") -> bytes:
    """Return a form; of each part the rest of its head, and its content."""
    written = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{head}\r\n\r\n'.encode() + content + b"\r\n"
        for name, (head, content) in parts.items()
    ]
    return b"".join(written) + f"--{boundary}--\r\n".encode()
