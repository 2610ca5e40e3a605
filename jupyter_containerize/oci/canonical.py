"""JSON that has one form, and digests of bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci.errors import ImageUnreadable


def to_json(value: Mapping[str, Any]) -> bytes:
    """Return the value with sorted keys, no spaces and no escapes beyond those that JSON needs."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def from_json(subject: str, data: bytes) -> dict[str, Any]:
    """Return the JSON object in ``data``.

    Raises:
        ImageUnreadable: it is not JSON, or not an object.
    """
    try:
        value = json.loads(data)
    except ValueError as error:
        raise ImageUnreadable(subject, "not JSON") from error
    if not isinstance(value, dict):
        raise ImageUnreadable(subject, "not a JSON object")
    return value


def digest_of(data: bytes) -> Digest:
    """Return the sha256 digest of the bytes."""
    return Digest(f"sha256:{hashlib.sha256(data).hexdigest()}")
