"""Lays a notebook out in a folder with what it reads, with the predict cell at its end."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nbformat
from manifest import Edit, Entry, ManifestBroken
from nbformat import NotebookNode, v4

_REMOTE = "https://github.com/{repository}.git"


class NotThere(Exception):
    """A commit or a file of a repository could not be had; the text says which."""


class Sources:
    """Files of repositories, at their commits.

    Args:
        snapshots: has a git folder ``OWNER+NAME`` for each repository, bare or not, at most two levels deep.
            What is not there is cloned over the network.
        clones: where clones go.
    """

    def __init__(self, *, snapshots: Path | None, clones: Path) -> None:
        self._snapshots = snapshots
        self._clones = clones
        self._found: dict[str, Path] = {}

    def read(self, repository: str, commit: str, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            NotThere: the repository, the commit or the file is not there.
        """
        if repository not in self._found:
            self._found[repository] = self._snapshot(repository) or self._clone(repository)
        done = _git(self._found[repository], "cat-file", "blob", f"{commit}:{path}")
        if done.returncode != 0:
            raise NotThere(f"{repository} {path}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def _snapshot(self, repository: str) -> Path | None:
        if self._snapshots is None:
            return None
        folder = self._snapshots / repository.replace("/", "+")
        places = (folder / ".git", folder, folder / "repo" / ".git", folder / "repo")
        return next((place for place in places if (place / "HEAD").is_file()), None)

    def _clone(self, repository: str) -> Path:
        folder = self._clones / repository.replace("/", "+")
        if not folder.exists():
            address = _REMOTE.format(repository=repository)
            done = _git(None, "clone", "--bare", "--filter=blob:none", address, str(folder))
            if done.returncode != 0:
                raise NotThere(f"{repository}: {done.stderr.decode(errors='replace').strip()}")
        return folder


def lay_out(entry: Entry, sources: Sources, folder: Path) -> Path:
    """Write the notebook and its files into an empty folder; return where the notebook is."""
    for path in entry.files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = sources.read(entry.repository, entry.commit, path)
        for edit in entry.edits:
            if edit.file == path:
                content = content.replace(edit.find.encode(), edit.replace.encode())
        target.write_bytes(content)
    target = folder / entry.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(extended(entry, sources.read(entry.repository, entry.commit, entry.path).decode()))
    return target


def extended(entry: Entry, text: str) -> str:
    """Return a notebook's text in today's format, edited and with the predict cell and its call.

    Raises:
        ManifestBroken: an edit finds nothing.
    """
    notebook: NotebookNode = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    for edit in entry.edits:
        if edit.file:
            continue
        _edit(notebook, edit, entry.identifier)
    for cell in notebook.cells:
        cell.pop("id", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.nbformat, notebook.nbformat_minor = 4, 4
    for source in (entry.predict, entry.call):
        cell = v4.new_code_cell(source)  # type: ignore[no-untyped-call]
        del cell["id"]
        notebook.cells.append(cell)
    # The environment is given; what kernel its author had does not matter.
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    written: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return written


def _edit(notebook: NotebookNode, edit: Edit, identifier: str) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and edit.find in cell.source]
    if not cells:
        raise ManifestBroken(f"{identifier}: nothing has {edit.find!r}")
    for cell in cells:
        cell.source = cell.source.replace(edit.find, edit.replace)


def _git(folder: Path | None, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    place = () if folder is None else ("--git-dir", str(folder))
    return subprocess.run(("git", *place, *arguments), capture_output=True, check=False)
