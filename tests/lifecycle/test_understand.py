"""Reading what is to be built, where that is not there."""

from __future__ import annotations

import pytest

from jupyter_containerize.domain.build import BuildRequest, CancelToken
from jupyter_containerize.lifecycle import run
from jupyter_containerize.notebooks.errors import NotebookNotFound
from jupyter_containerize.publishing import LocalStore


def test_run__folder_of_the_process_removed__tells_that_the_notebook_is_gone(tmp_path, monkeypatch):
    """A build that waited while its folder was deleted says so, and is no bug."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(NotebookNotFound):
        run(BuildRequest(notebook=folder / "n.ipynb"), lambda _: None, CancelToken(), LocalStore(tmp_path / "store"))
