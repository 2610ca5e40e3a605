"""Sizes as people write and read them."""

from __future__ import annotations

import re

_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
_BINARY_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?", re.IGNORECASE)


def read_size(text: str) -> int | None:
    """Return a number of bytes: ``20GB``, ``512MiB``, ``1.5 T`` or ``1000``; ``None`` if the text is none."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]):
        return None
    units = _BINARY_UNITS if found[3] else _UNITS
    return int(float(found[1]) * units[found[2].upper()])


def size_text(size_bytes: int) -> str:
    """Return a size as people read it, by powers of 1000: ``12.3 MB``."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004  # SI prefixes
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
