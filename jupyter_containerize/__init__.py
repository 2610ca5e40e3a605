"""One click from a notebook to a model-serving OCI image."""

from __future__ import annotations

from typing import Any


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-containerize"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    # Imported here: the command line and the worker must not pay for Jupyter Server.
    from jupyter_containerize.server.extension import ContainerizeExtension  # noqa: PLC0415

    return [{"module": "jupyter_containerize.server.extension", "app": ContainerizeExtension}]
