"""What an image is called when nobody says."""

from __future__ import annotations

import re
from pathlib import Path

from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.image import Reference, Tag


def reference_of(request: BuildRequest) -> Reference:
    """Return the name that the request asks for, or the one made from the notebook's file name.

    Raises:
        IllegalReference: the name that it asks for is not legal.
    """
    return Reference.parse(request.tag) if request.tag else default_reference(request.notebook.name)


def default_reference(notebook: str) -> Reference:
    """Return the image name made from a notebook's file name: ``My Model.ipynb`` gives ``my-model:latest``."""
    stem = Path(notebook).stem.lower()
    repository = re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "notebook"
    return Reference(repository=repository, tag=Tag("latest"))
