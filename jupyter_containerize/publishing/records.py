"""What is kept of a finished layer beside its blob, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyter_containerize.domain.image import Digest, Layer


def layer_record(layer: Layer) -> dict[str, object]:
    """Return the layer as a record has it."""
    return {
        "diff_id": layer.diff_id,
        "digest": layer.digest,
        "mediaType": layer.media_type,
        "size": layer.size_bytes,
    }


def layer_of(record: Mapping[str, Any]) -> Layer:
    """Return the layer of a record.

    Raises:
        KeyError, TypeError, IllegalReference: it is no such record.
    """
    return Layer(
        digest=Digest(record["digest"]),
        diff_id=Digest(record["diff_id"]),
        size_bytes=record["size"],
        media_type=record["mediaType"],
    )
