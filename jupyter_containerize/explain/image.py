"""An image that is there, as JSON: what is in it, and what differs between two."""

from __future__ import annotations

from typing import Any

from jupyter_containerize.lifecycle.comparing import ImageComparison
from jupyter_containerize.lifecycle.inspecting import ImageDetails
from jupyter_containerize.lifecycle.signed import Signed


def details_to_json(found: ImageDetails, signed: Signed) -> dict[str, Any]:
    """Return what ``ImageDetails`` of ``api/openapi.yaml`` has beside ``Image``."""
    return {
        "layers": [
            {"digest": item.digest, "size_bytes": item.size_bytes, "role": item.role, "title": item.title}
            for item in found.layers
        ],
        "distributions": [
            {"name": item.name, "version": item.version, "license": item.licence, "cells": list(item.cells)}
            for item in found.distributions
        ],
        "system_packages": [{"name": name, "version": version} for name, version in found.system_packages],
        "python": found.python,
        "entries": [dict(entry) for entry in found.entries],
        "labels": dict(found.labels),
        "signed": signed.known,
        "signed_at": list(signed.places),
        "silent": list(signed.silent),
    }


def comparison_to_json(found: ImageComparison) -> dict[str, Any]:
    """Return what ``ImageComparison`` of ``api/openapi.yaml`` has beside the names."""
    return {
        "changes": [
            {
                "kind": item.kind,
                "name": item.name,
                "before": item.before,
                "after": item.after,
                "bytes_more": item.bytes_more,
            }
            for item in found.changes
        ],
        "layers": [
            {
                "title_before": item.title_before,
                "title_after": item.title_after,
                "bytes_before": item.bytes_before,
                "bytes_after": item.bytes_after,
            }
            for item in found.layers
        ],
        "same_layers": found.same_layers,
        "bytes_before": found.bytes_before,
        "bytes_after": found.bytes_after,
    }
