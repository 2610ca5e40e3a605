"""The images of the local store as the API lists them."""

from __future__ import annotations

from jupyter_containerize.domain.image import StoredImage

_NOTEBOOK_LABEL = "io.jupyter-containerize.notebook"


def image_to_json(image: StoredImage) -> dict[str, object]:
    """Return the ``Image`` of ``api/openapi.yaml``."""
    return {
        "digest": image.digest,
        "tags": list(image.tags),
        "size_bytes": image.size_bytes,
        "created": image.created,
        "notebook": image.labels.get(_NOTEBOOK_LABEL, ""),
        "run_command": "",
    }
