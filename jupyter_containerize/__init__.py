"""One click from a notebook to a model-serving OCI image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_containerize.lifecycle import Preview

__all__ = ["preview"]


def preview(
    path: str | Path, *, environment: bool = True, python: Path | None = None, boundary: Path | None = None
) -> Preview:
    """Return what a notebook depends on and what it would serve; nothing of it is run. See ``docs/preview.md``.

    Args:
        path: The notebook, a .ipynb file.
        environment: Whether its kernel is asked what it has; else the notebook and the files beside it must do.
        python: An interpreter to ask instead of the kernel's.
        boundary: A folder that no file is read outside of; ``None`` for no limit.

    Raises:
        ContainerizeError: the file is not there, or is no notebook.
    """
    # Imported here: Jupyter imports this package only to find its extensions.
    from jupyter_containerize.lifecycle import PreviewOptions, preview_notebook  # noqa: PLC0415

    options = PreviewOptions(environment=environment, python=python, boundary=boundary)
    return preview_notebook(Path(path), options)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-containerize"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    # Imported here: the command line and the worker must not pay for Jupyter Server.
    from jupyter_containerize.server.extension import ContainerizeExtension  # noqa: PLC0415

    return [{"module": "jupyter_containerize.server.extension", "app": ContainerizeExtension}]
