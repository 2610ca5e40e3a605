"""What a layer's bytes depend on, as one digest."""

from __future__ import annotations

import hashlib

from jupyter_containerize.oci.layer import LAYER_FORMAT

# How .pyc files are written, in `compile_script.py`: raised when it writes others.
_COMPILE_MODE = "unchecked-hash without tests"


def cache_key(*parts: str) -> str:
    """Return the sha256 hex of the layer format, the compile mode and ``parts``, in that order."""
    return hashlib.sha256("\0".join((LAYER_FORMAT, _COMPILE_MODE, *parts)).encode()).hexdigest()
