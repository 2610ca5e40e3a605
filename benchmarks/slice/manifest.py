"""Reads which notebooks are measured, where they are, and what is added to each."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Of a hundred notebooks about so many are public; whoever works on the slicer looks at those only.
_PUBLIC_PERCENT = 60


class ManifestBroken(Exception):
    """The manifest says something that cannot be done; the text names the notebook."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One replacement in the code cells, so that an old notebook runs today. ``find`` must be there.

    ``file`` is the path of a module beside the notebook instead, one of the entry's files.
    """

    find: str
    replace: str
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One notebook of someone else, and the cell that makes it serve.

    ``files`` are what it reads beside it (data, modules of its own), paths in the repository. ``predict`` is the source
    of the cell that is appended, ``example`` the arguments of the call in the cell after it.
    ``licence`` is what the repository says of itself, ``none stated`` if it says nothing.
    """

    identifier: str
    repository: str
    commit: str
    path: str
    licence: str
    predict: str
    example: Mapping[str, object]
    files: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def public(self) -> bool:
        """Whether it is one to look at; the others are kept back."""
        return is_public(self.identifier)

    @property
    def call(self) -> str:
        """The source of the example call."""
        return f"predict({', '.join(f'{name}={value!r}' for name, value in self.example.items())})"


def is_public(identifier: str) -> bool:
    """Say on which side of the split a notebook is; that depends on nothing but its id."""
    return hashlib.sha256(identifier.encode()).digest()[0] * 100 < _PUBLIC_PERCENT * 256


def read_manifest(path: Path) -> tuple[Entry, ...]:
    """Return the entries in the file's order.

    Raises:
        ManifestBroken: an id is there twice, or something is missing.
    """
    entries = tuple(_entry(item) for item in tomllib.loads(path.read_text(encoding="utf-8"))["notebook"])
    identifiers = [entry.identifier for entry in entries]
    twice = {item for item in identifiers if identifiers.count(item) > 1}
    if twice:
        raise ManifestBroken(f"twice: {', '.join(sorted(twice))}")
    return entries


def _entry(item: Mapping[str, object]) -> Entry:
    try:
        example, files, edits = item["example"], item.get("files", ()), item.get("edits", ())
        if not isinstance(example, dict) or not isinstance(files, list | tuple) or not isinstance(edits, list | tuple):
            raise ManifestBroken(f"{item['id']}: example is a table, files and edits are lists")
        return Entry(
            identifier=str(item["id"]),
            repository=str(item["repository"]),
            commit=str(item["commit"]),
            path=str(item["path"]),
            licence=str(item["licence"]),
            predict=str(item["predict"]).strip(),
            example=example,
            files=tuple(map(str, files)),
            edits=tuple(
                Edit(find=str(edit["find"]), replace=str(edit["replace"]), file=str(edit.get("file", "")))
                for edit in edits
            ),
        )
    except KeyError as missing:
        raise ManifestBroken(f"{item.get('id', item)}: no {missing}") from missing
