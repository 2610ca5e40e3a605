"""Reads what a notebook says of its own image: ``metadata.containerize``, and tags of its cells.

What is wrong there is a finding and is left out; it never stops anything.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from jupyter_containerize.domain.build import CellOrder, NotebookSettings
from jupyter_containerize.domain.notebook import Cell, CellKind, Finding, Location, Severity
from jupyter_containerize.domain.serving import StateSource
from jupyter_containerize.notebooks.dependency_settings import edits_of
from jupyter_containerize.notebooks.file import read_content
from jupyter_containerize.notebooks.reader import parse_notebook
from jupyter_containerize.notebooks.startup import bound_names
from jupyter_containerize.runtime.requirements import EXTRAS

KEY = "containerize"
KEEP_TAG = "containerize-keep"
DROP_TAG = "containerize-drop"
STARTUP_TAG = "startup"

_KEYS = ("serve", "state", "order", "keep", "drop", "recreate", "batch", "extras", "dependencies")
_LONGEST_SHOWN = 60

_Word = TypeVar("_Word", bound=StrEnum)


def read_settings(notebook: Path | Mapping[str, object]) -> NotebookSettings:
    """Return the settings of a notebook's file, or of nbformat JSON that an editor sent, without the findings.

    Raises as ``read_notebook``.
    """
    content = read_content(notebook) if isinstance(notebook, Path) else notebook
    metadata = content.get("metadata")
    cells = parse_notebook(content, path=str(notebook) if isinstance(notebook, Path) else "").cells
    return settings_of(metadata if isinstance(metadata, Mapping) else {}, cells)[0]


def settings_of(
    metadata: Mapping[str, object], cells: Sequence[Cell], *, path: str = ""
) -> tuple[NotebookSettings, tuple[Finding, ...]]:
    """Return what a notebook's metadata and cells say, and what of it cannot be understood.

    Args:
        metadata: the notebook's own, as written.
        cells: all of the notebook's, of the reader.
        path: how findings name the notebook.
    """
    return _Reading(metadata, cells, path).settings()


class _Reading:
    """One look at one notebook's settings. Collects findings on the way."""

    def __init__(self, metadata: Mapping[str, object], cells: Sequence[Cell], path: str) -> None:
        self._cells = cells
        self._path = path
        self._findings: list[Finding] = []
        value = metadata.get(KEY)
        if value is not None and not isinstance(value, Mapping):
            self._wrong(KEY, value, "an object")
        self._values: Mapping[str, object] = value if isinstance(value, Mapping) else {}
        for key in self._values:
            if key not in _KEYS:
                self._tell(f"The notebook's settings have no {_shown(key)}", f"Allowed: {', '.join(_KEYS)}.")

    def settings(self) -> tuple[NotebookSettings, tuple[Finding, ...]]:
        keep = {*self._listed_cells("keep"), *self._tagged(KEEP_TAG)}
        drop = {*self._listed_cells("drop"), *self._tagged(DROP_TAG)}
        for index in sorted(keep & drop):
            self._tell(f"Cell [{index}] is to be kept and to be dropped", "It is kept.", cell=index)
        found = NotebookSettings(
            serve=self._names("serve", dotted=True),
            state=self._word("state", StateSource),
            order=self._word("order", CellOrder),
            keep=tuple(sorted(keep)),
            drop=tuple(sorted(drop - keep)),
            recreate=tuple(dict.fromkeys((*self._names("recreate"), *self._startup_names()))),
            batch=self._batch(),
            extras=self._extras(),
            dependencies=edits_of(self._values.get("dependencies"), path=self._path, wrong=self._wrong),
        )
        return found, tuple(self._findings)

    def _word(self, key: str, words: type[_Word]) -> _Word | None:
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.strip().lower() in list(words):
            return words(value.strip().lower())
        self._wrong(key, value, ", ".join(words))
        return None

    def _names(self, key: str, *, dotted: bool = False) -> tuple[str, ...]:
        kind = "a name of the notebook, or a list of them"
        names = []
        for item in self._items(key, (str,), kind):
            name = str(item).strip()
            if _is_name(name, dotted=dotted):
                names.append(name)
            else:
                self._wrong(key, item, kind)
        return tuple(dict.fromkeys(names))

    def _batch(self) -> tuple[str, ...]:
        kind = "a parameter of what serves, SYMBOL:PARAMETER, or a list of them"
        found = []
        for item in self._items("batch", (str,), kind):
            symbol, _, parameter = str(item).strip().rpartition(":")
            if _is_name(parameter, dotted=False) and (not symbol or _is_name(symbol, dotted=True)):
                found.append(str(item).strip())
            else:
                self._wrong("batch", item, kind)
        return tuple(dict.fromkeys(found))

    def _extras(self) -> tuple[str, ...]:
        kind = ", ".join(sorted(EXTRAS))
        words = set()
        for item in self._items("extras", (str,), kind):
            if item in EXTRAS:
                words.add(str(item))
            else:
                self._wrong("extras", item, kind)
        return tuple(sorted(words))

    def _listed_cells(self, key: str) -> set[int]:
        kind = f"a cell's id, its number from 1 to {len(self._cells)}, or a list of them"
        found = set()
        for item in self._items(key, (str, int), kind):
            index = self._cell_index(item)
            if index is None:
                self._wrong(key, item, kind)
            else:
                found.add(index)
        return found

    def _cell_index(self, named: object) -> int | None:
        by_id = {cell.id: cell.index for cell in self._cells}
        if isinstance(named, str) and named in by_id:
            return by_id[named]
        number = int(named) if isinstance(named, str) and named.strip().isdecimal() else named
        return number if isinstance(number, int) and number in by_id.values() else None

    def _items(self, key: str, kinds: tuple[type, ...], kind: str) -> list[object]:
        value = self._values.get(key)
        if value is None:
            return []
        good = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, kinds) and not isinstance(item, bool):
                good.append(item)
            else:
                self._wrong(key, item, kind)
        return good

    def _tagged(self, tag: str) -> list[int]:
        return [cell.index for cell in self._cells if tag in cell.tags and cell.kind is CellKind.CODE]

    def _startup_names(self) -> list[str]:
        names: list[str] = []
        for cell in self._cells:
            if STARTUP_TAG in cell.tags and cell.kind is CellKind.CODE:
                bound = bound_names(cell.python or "")
                names += bound
                if not bound:
                    self._tell(
                        f"Cell [{cell.index}] is tagged {STARTUP_TAG} and binds no name",
                        "The tag is for cells such as: connection = connect()",
                        cell=cell.index,
                    )
        return names

    def _wrong(self, key: str, value: object, allowed: str) -> None:
        name = key if key == KEY else f"{KEY}.{key}"
        self._tell(f"The notebook's setting {name} is {_shown(value)}, which is left out", f"Allowed: {allowed}.")

    def _tell(self, message: str, hint: str, cell: int | None = None) -> None:
        self._findings.append(
            Finding(
                code="JC-NOTEBOOK-31",
                message=message,
                severity=Severity.WARNING,
                location=Location(path=self._path, cell=cell),
                hint=hint,
            )
        )


def _is_name(text: str, *, dotted: bool) -> bool:
    parts = text.split(".") if dotted else [text]
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
