"""What a layer's bytes depend on, as one digest."""

from __future__ import annotations

import hashlib

from jupyter_containerize.oci.layer import LAYER_FORMAT


def cache_key(*parts: str) -> str:
    """Return the sha256 hex of the layer format and ``parts``, in that order."""
    return hashlib.sha256("\0".join((str(LAYER_FORMAT), *parts)).encode()).hexdigest()
