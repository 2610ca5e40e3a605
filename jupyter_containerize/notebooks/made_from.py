"""What an image was made from, as one digest: a notebook's code, and what the notebook says of its image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from jupyter_containerize.domain.build import NotebookSettings
from jupyter_containerize.domain.notebook import Notebook
from jupyter_containerize.notebooks.file import read_content
from jupyter_containerize.notebooks.reader import parse_notebook
from jupyter_containerize.notebooks.settings import settings_of

# Tags of cells that analysis reads itself; the others are in the settings.
_TAGS = frozenset({"parameters", "serve"})
# Where something stands is no part of what it says.
_PLACES = frozenset({"location", "path"})


def digest_with_settings(notebook: Notebook, settings: NotebookSettings) -> str:
    """Return a sha256 hex that changes with the code, and with what metadata and tags say of the image.

    For a notebook that says nothing it is ``Notebook.digest``.
    """
    tags = [(cell.index, tag) for cell in notebook.cells for tag in sorted(_TAGS & {*cell.tags})]
    if settings == NotebookSettings() and not tags:
        return notebook.digest
    said = json.dumps([notebook.digest, _plain(settings), tags], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def saved_digest(path: Path) -> str:
    """Return the digest of a notebook file, with its settings; see ``digest_with_settings``.

    Raises as ``read_notebook``.
    """
    content = read_content(path)
    notebook = parse_notebook(content, path=str(path))
    metadata = content.get("metadata")
    return digest_with_settings(
        notebook, settings_of(metadata if isinstance(metadata, Mapping) else {}, notebook.cells)[0]
    )


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value) if item.name not in _PLACES}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
