"""Paths become notebooks by way of the contents manager, whatever kind of manager it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.web import HTTPError

from jupyter_containerize.notebooks.errors import NotANotebook, NotebookNotFound
from jupyter_containerize.server.errors import ContentsRefused
from jupyter_containerize.server.sources import NotebookSource, saved, unsaved

CONTENT = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


class Cloud:
    """A contents manager that has no files on this machine."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def get(self, path: str, content: bool = True, type: str | None = None) -> Any:  # noqa: A002, FBT001, FBT002
        """Answer, or refuse."""
        assert (content, type) == (True, "notebook")
        if isinstance(self._answer, HTTPError):
            raise self._answer
        return {"type": "notebook", "content": self._answer, "path": path}

    async def dir_exists(self, path: str) -> bool:
        """Answer as an asynchronous manager does."""
        return path == "folder"


class Disk(Cloud):
    """A contents manager whose paths are files below a root."""

    def __init__(self, root: Path, answer: Any) -> None:
        super().__init__(answer)
        self._root = root

    def _get_os_path(self, path: str) -> str:
        if ".." in path.split("/"):
            raise HTTPError(404)
        return str(self._root / path)


async def test_saved__manager_without_files__content_to_hand_over() -> None:
    """A notebook that lies in no file is taken as content; it has no folder of data files."""
    source = await saved(Cloud(CONTENT), "/drive:work/a b.ipynb")
    assert source == NotebookSource(path="drive:work/a b.ipynb", folder=None, content=CONTENT)
    assert source.name == "a b.ipynb"
    assert json.loads(source.content_bytes() or b"") == CONTENT


async def test_saved__file_that_is_a_notebook_only_to_the_manager__content_and_its_folder(tmp_path: Path) -> None:
    """What a manager reads as a notebook from another format is taken from the manager, not from the disk."""
    source = await saved(Disk(tmp_path, CONTENT), "work/paired.py")
    assert source == NotebookSource(path="work/paired.py", folder=tmp_path / "work", content=CONTENT)
    assert source.name == "paired.ipynb"


@pytest.mark.parametrize(
    ("status", "path", "error"),
    [
        (404, "a.ipynb", NotebookNotFound),
        (400, "a.txt", NotANotebook),
        (400, "folder", NotANotebook),
        (403, "a.ipynb", ContentsRefused),
        (500, "a.ipynb", ContentsRefused),
    ],
)
async def test_saved__manager_refuses__error_with_the_path(status: int, path: str, error: type[Exception]) -> None:
    """Each refusal becomes an error of ours that carries the path as the browser knows it."""
    with pytest.raises(error) as caught:
        await saved(Cloud(HTTPError(status, "because")), path)
    assert caught.value.path == path
    if isinstance(caught.value, NotANotebook):
        assert ("folder" in caught.value.saw) == (path == "folder")


async def test_unsaved__new_notebook_on_disk__its_future_folder(tmp_path: Path) -> None:
    """Work that was never saved can be previewed beside the data files that it names."""
    source = await unsaved(Disk(tmp_path, None), "work/new.ipynb", CONTENT)
    assert source == NotebookSource(path="work/new.ipynb", folder=tmp_path / "work", content=CONTENT)


async def test_unsaved__outside_of_the_root__not_found(tmp_path: Path) -> None:
    """A path out of the server's folder names no folder whose files we would look at."""
    with pytest.raises(NotebookNotFound):
        await unsaved(Disk(tmp_path, None), "../new.ipynb", CONTENT)
