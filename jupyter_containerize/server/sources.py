"""From a path as the browser knows it to a notebook: always by way of the contents manager."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from jupyter_core.utils import ensure_async
from tornado.web import HTTPError

from jupyter_containerize.notebooks.errors import NotANotebook, NotebookNotFound
from jupyter_containerize.server.errors import ContentsRefused, refusal


class Contents(Protocol):
    """What we ask of a contents manager; each answer may be awaitable."""

    def get(self, path: str, content: bool = True, type: str | None = None) -> Any:  # noqa: A002, FBT001, FBT002
        """Return the model of the file, notebook or folder."""

    def dir_exists(self, path: str) -> Any:
        """Return whether there is a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookSource:
    """A notebook that the contents manager let us have.

    Exactly one of ``file`` (it is that file, an .ipynb) and ``content`` (nbformat JSON) is set.
    ``folder`` is where the notebook's data files lie, ``None`` if that is no place on this machine.
    """

    path: str
    folder: Path | None
    file: Path | None = None
    content: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The file name for a copy: the last part of the path, without a drive, ending in .ipynb."""
        return f"{PurePosixPath(self.path.rpartition(':')[2]).stem}.ipynb"

    def content_bytes(self) -> bytes | None:
        """Return the content as a file would hold it; ``None`` if there is a file."""
        return None if self.content is None else json.dumps(self.content).encode()


async def saved(contents: Contents, path: str) -> NotebookSource:
    """Find the notebook as it was last saved.

    Raises:
        NotebookNotFound: nothing there, or outside of the folder that the server serves.
        NotANotebook: something else is there.
        ContentsRefused: the contents manager gives another reason.
    """
    path = path.strip("/")
    try:
        file = _file(contents, path)
        if file is not None and file.suffix == ".ipynb":
            # The file is read by whoever builds or previews it; here it is only asked for.
            await ensure_async(contents.get(path, content=False, type="notebook"))
            return NotebookSource(path=path, folder=file.parent, file=file)
        model = await ensure_async(contents.get(path, content=True, type="notebook"))
    except HTTPError as error:
        raise await _told(contents, path, error) from error
    return NotebookSource(path=path, folder=None if file is None else file.parent, content=model["content"])


async def unsaved(contents: Contents, path: str, content: Mapping[str, Any]) -> NotebookSource:
    """Take the notebook as an editor has it; the path need not exist, but must be a possible one.

    Raises:
        NotebookNotFound: the path is outside of the folder that the server serves.
    """
    path = path.strip("/")
    try:
        file = _file(contents, path)
    except HTTPError as error:
        raise NotebookNotFound(path) from error
    return NotebookSource(path=path, folder=None if file is None else file.parent, content=content)


def root_of(contents: Contents) -> Path | None:
    """Return the folder that the server serves; ``None`` if the contents manager keeps its files elsewhere."""
    root = getattr(contents, "root_dir", None)
    return Path(root) if isinstance(root, str) and root and hasattr(contents, "_get_os_path") else None


def file_of(contents: Contents, path: str) -> Path | None:
    """Return where a path lies on this machine; ``None`` if nowhere, or outside of what the server serves."""
    try:
        return _file(contents, path.strip("/"))
    except HTTPError:
        return None


def _file(contents: Contents, path: str) -> Path | None:
    """Return the path's place on the disk; ``None`` if the contents manager keeps its files elsewhere.

    Raises:
        HTTPError: 404, the place is outside of the root.
    """
    # Not public, but what Jupyter Server's own handlers use (nbconvert, files).
    os_path = getattr(contents, "_get_os_path", None)
    return None if os_path is None else Path(os_path(path))


async def _told(contents: Contents, path: str, error: HTTPError) -> Exception:
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return NotebookNotFound(path)
        case HTTPStatus.BAD_REQUEST:
            folder = await ensure_async(contents.dir_exists(path))
            return NotANotebook(path, "a folder" if folder else "a file that does not read as a notebook")
    return ContentsRefused(path, error.status_code, refusal(error).reason)
