"""Writes what a notebook needs into the notebook itself; only ever because somebody asked for it.

One value of the JSON is replaced or added, as text: all other bytes stay, with the file's indentation,
order of keys, line ends and escapes. Source: nbformat 4, "The Notebook file format".
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from jupyter_containerize.domain.script_block import SCRIPT, blocks_in
from jupyter_containerize.notebooks.errors import (
    NotANotebook,
    NotebookChanged,
    NotebookNotFound,
    NotebookUnreadable,
    UnreadableJson,
)
from jupyter_containerize.notebooks.json_text import Span, Style, items, members, root_span

_FORMAT = 4
# Cells have ids since nbformat 4.5.
_MINOR_WITH_IDS = 5
_CELL_ID = "script-block"
_OURS = "jupyter_containerize"


def write_block(path: Path, block: str) -> bool:
    """Put a PEP 723 block into a notebook, and return whether that changed it.

    It replaces the block that the notebook has; without one it becomes a code cell of its own before the first code
    cell. The file is replaced as a whole, with its mode; a link stays a link.

    Args:
        path: The notebook, nbformat 4.
        block: From ``# /// script`` to ``# ///``.

    Raises:
        NotebookNotFound, NotANotebook, UnreadableJson, NotebookUnreadable: it cannot be read.
        NotebookChanged: somebody else wrote it meanwhile.
        DiskFull, NotWritable: it cannot be written.
    """
    return _edit(path, lambda text, root: _with_block(text, root, block.strip("\n"), path))


def write_metadata(path: Path, requirements: Sequence[str]) -> bool:
    """Put requirements into a notebook's metadata, and return whether that changed it.

    They are the list ``metadata.jupyter_containerize.requirements``.

    Args:
        path: The notebook, nbformat 4.
        requirements: PEP 508 texts.

    Raises:
        As ``write_block``.
    """
    return _edit(path, lambda text, root: _with_metadata(text, root, list(requirements), path))


def _with_block(text: str, root: Span, block: str, path: Path) -> str:
    style = Style.of(text, root)
    found = members(text, root)
    if "cells" not in found or not isinstance(found["cells"].value, list):
        raise NotANotebook(str(path), "a notebook without a list of cells")
    cells = tuple(items(text, found["cells"]))
    for cell in cells:
        if isinstance(cell.value, Mapping) and cell.value.get("cell_type") in {"code", "raw"}:
            source = _joined(cell.value.get("source"))
            span = _block_span(source)
            if span is not None:
                new = source[: span[0]] + block + source[span[1] :]
                return text if new == source else _with_source(text, cell, new, style)
    minor = found["nbformat_minor"].value if "nbformat_minor" in found else 0
    has_ids = isinstance(minor, int) and minor >= _MINOR_WITH_IDS
    return _with_cell(text, found["cells"], cells, _cell(block, cells, has_ids=has_ids), style)


def _with_source(text: str, cell: Span, source: str, style: Style) -> str:
    old = members(text, cell)["source"]
    value = source.splitlines(keepends=True) if isinstance(old.value, list) else source
    return text[: old.start] + style.dumps(value, _margin(text, old.key_start)) + text[old.end :]


def _with_cell(text: str, whole: Span, cells: Sequence[Span], cell: Mapping[str, object], style: Style) -> str:
    kinds = [item.value.get("cell_type") if isinstance(item.value, Mapping) else None for item in cells]
    place = kinds.index("code") if "code" in kinds else len(cells)
    if place < len(cells):
        start = cells[place].start
        margin = _margin(text, start)
        return text[:start] + style.dumps(cell, margin) + style.after_comma(margin) + text[start:]
    if cells:
        end = cells[-1].end
        margin = _margin(text, cells[-1].start)
        return text[:end] + style.after_comma(margin) + style.dumps(cell, margin) + text[end:]
    return text[: whole.start] + style.dumps([cell], _margin(text, whole.key_start)) + text[whole.end :]


def _cell(block: str, cells: Sequence[Span], *, has_ids: bool) -> dict[str, object]:
    taken = {item.value.get("id") for item in cells if isinstance(item.value, Mapping)}
    names = (_CELL_ID, *(f"{_CELL_ID}-{number}" for number in range(2, len(cells) + 3)))
    as_text = any(isinstance(item.value, Mapping) and isinstance(item.value.get("source"), str) for item in cells)
    cell: dict[str, object] = {
        "cell_type": "code",
        "execution_count": None,
        **({"id": next(name for name in names if name not in taken)} if has_ids else {}),
        "metadata": {},
        "outputs": [],
        "source": block if as_text else block.splitlines(keepends=True),
    }
    return cell


def _with_metadata(text: str, root: Span, requirements: list[str], path: Path) -> str:
    style = Style.of(text, root)
    at = root
    ours = {"requirements": requirements}
    # Go down as far as there is something, and add the rest there.
    for name, value in (("metadata", {_OURS: ours}), (_OURS, ours), ("requirements", requirements)):
        if not isinstance(at.value, Mapping):
            raise NotANotebook(str(path), f"a notebook in whose metadata {name} has no place")
        found = members(text, at)
        if name not in found:
            return _with_member(text, at, (name, value), style)
        at = found[name]
    if at.value == requirements:
        return text
    return text[: at.start] + style.dumps(requirements, _margin(text, at.key_start)) + text[at.end :]


def _with_member(text: str, at: Span, member: tuple[str, object], style: Style) -> str:
    name, value = member
    found = members(text, at)
    if not found:
        margin = _margin(text, at.key_start)
        return text[: at.start] + style.dumps({name: value}, margin) + text[at.end :]
    # nbformat sorts keys.
    later = [span for key, span in found.items() if key > name] if list(found) == sorted(found) else []
    if later:
        start = later[0].key_start
        margin = _margin(text, start)
        new = f"{json.dumps(name)}{style.colon}{style.dumps(value, margin)}{style.after_comma(margin)}"
        return text[:start] + new + text[start:]
    last = list(found.values())[-1]
    margin = _margin(text, last.key_start)
    new = f"{style.after_comma(margin)}{json.dumps(name)}{style.colon}{style.dumps(value, margin)}"
    return text[: last.end] + new + text[last.end :]


def _edit(path: Path, change: Callable[[str, Span], str]) -> bool:
    try:
        # A link stays; what it leads to is replaced.
        target = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the path.
        raise NotebookUnreadable(str(path), str(error)) from error
    content = _read(target, path)
    try:
        text = content.decode("utf-8")
        root = root_span(text)
    except UnicodeDecodeError as error:
        raise NotANotebook(str(path), "bytes that are not UTF-8 text") from error
    except json.JSONDecodeError as error:
        raise UnreadableJson(str(path), error.lineno, error.colno, error.msg) from error
    except RecursionError as error:
        raise NotANotebook(str(path), "JSON that is nested too deep") from error
    version = root.value.get("nbformat") if isinstance(root.value, Mapping) else None
    if version != _FORMAT:
        raise NotANotebook(str(path), f"a notebook of nbformat {version}; only {_FORMAT} is written")
    changed = change(text, root)
    if changed == text:
        return False
    _replace(target, changed.encode("utf-8"), before=content, path=path)
    return True


def _read(target: Path, path: Path) -> bytes:
    try:
        return target.read_bytes()
    except FileNotFoundError as error:
        raise NotebookNotFound(str(path)) from error
    except IsADirectoryError as error:
        raise NotANotebook(str(path), "a folder") from error
    except OSError as error:
        raise NotebookUnreadable(str(path), error.strerror or str(error)) from error


def _replace(target: Path, content: bytes, *, before: bytes, path: Path) -> None:
    """Put ``content`` in the place of ``before``, whole or not at all."""
    # Imported here: it brings the HTTP client along, and a notebook is read far more often than written.
    from jupyter_containerize.transport.disk import writing  # noqa: PLC0415

    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with writing(path):
        try:
            with temporary.open("xb") as file:
                status = target.stat()
                temporary.chmod(status.st_mode & 0o7777)
                with suppress(PermissionError):
                    os.chown(temporary, status.st_uid, status.st_gid)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # As late as can be: an editor may have saved meanwhile.
            if _read(target, path) != before:
                raise NotebookChanged(str(path))
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def _block_span(source: str) -> tuple[int, int] | None:
    """Return where the script block begins and ends in a cell's text, ``None`` if there is none."""
    block = next((block for block in blocks_in(source) if block.kind == SCRIPT), None)
    if block is None:
        return None
    lines = source.split("\n")
    start = sum(len(line) + 1 for line in lines[: block.first])
    return start, start + len("\n".join(lines[block.first : block.last + 1]))


def _margin(text: str, position: int) -> str:
    """Return the indentation of the line that a position is in."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
