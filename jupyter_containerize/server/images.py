"""The images of the local store as the API lists them."""

from __future__ import annotations

from collections.abc import Collection

from jupyter_containerize.domain.image import StoredImage
from jupyter_containerize.publishing import docker_command, store_command

# The label that the lifecycle writes: part of the image's format, as the layers' paths are.
NOTEBOOK_LABEL = "io.jupyter-containerize.notebook"


def image_to_json(image: StoredImage, in_engine: Collection[str]) -> dict[str, object]:
    """Return the ``Image`` of ``api/openapi.yaml``; one that has lost its names has no command to run it.

    ``in_engine`` are the digests that the Docker Engine knows; what it has is run by it.
    """
    name = _best_name(image)
    command = docker_command if {image.digest, image.config_digest} & set(in_engine) else store_command
    return {
        "digest": image.digest,
        "tags": list(image.tags),
        "size_bytes": image.size_bytes,
        "created": image.created,
        "notebook": image.labels.get(NOTEBOOK_LABEL, ""),
        "run_command": "" if name is None else command(name),
    }


def _best_name(image: StoredImage) -> str | None:
    """Return a name that somebody chose before one that is made from the digest."""
    made = f":{image.digest.hex[:12]}"
    return min(image.tags, key=lambda tag: (tag.endswith(made), tag), default=None)
