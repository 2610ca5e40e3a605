"""Reads the bytes of an .ipynb file and takes from them only what is asked for.

Most of a notebook file is outputs, and most of those are images. The decoder skips them without making
objects of them, so that memory is that of the file and little more. What the decoder refuses though
Python's ``json`` takes it (NaN, half a surrogate pair) is read too: a small file by ``json`` itself, a big
one after such tokens were replaced.
"""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from pathlib import Path

import msgspec

from jupyter_containerize.notebooks.errors import (
    NotANotebook,
    NotebookNotFound,
    NotebookUnreadable,
    UnreadableJson,
)

Data = bytes | memoryview

OLD_FORMAT = 3
FORMAT = 4

# The largest file that json may read whole: its objects can take twenty times the bytes.
SMALL_BYTES = 8_000_000

_BOM = b"\xef\xbb\xbf"
_PIECE_BYTES = 1_000_000
# The bytes of a character in UTF-8 after its first.
_CONTINUED_BYTES = bytes(range(0x80, 0xC0))
_QUOTE = ord('"')
_TOO_DEEP = "JSON that is nested too deep"
_NOT_TEXT = "bytes that are not UTF-8 text"
_AT_BYTE = re.compile(r" \(byte (\d+)\)$")
# Where a string or a number that only Python's json knows may begin; where a string ends or goes on oddly.
_OUTSIDE = re.compile(rb'["NI]')
_INSIDE = re.compile(rb'["\\]')
_NUMBER = re.compile(rb"NaN|Infinity")
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)


class Document(msgspec.Struct):
    """The top of a notebook file, undecoded. A missing part is empty."""

    nbformat: msgspec.Raw = msgspec.Raw()
    metadata: msgspec.Raw = msgspec.Raw()
    cells: msgspec.Raw = msgspec.Raw()
    worksheets: msgspec.Raw = msgspec.Raw()


class _Worksheet(msgspec.Struct):
    cells: msgspec.Raw = msgspec.Raw()


class _Cell(msgspec.Struct):
    # Every part is undecoded, because any of them may be of the wrong type. Version 3 has the last four.
    cell_type: msgspec.Raw = msgspec.Raw()
    source: msgspec.Raw = msgspec.Raw()
    metadata: msgspec.Raw = msgspec.Raw()
    id: msgspec.Raw = msgspec.Raw()
    execution_count: msgspec.Raw = msgspec.Raw()
    prompt_number: msgspec.Raw = msgspec.Raw()
    input: msgspec.Raw = msgspec.Raw()
    language: msgspec.Raw = msgspec.Raw()
    level: msgspec.Raw = msgspec.Raw()


_DOCUMENT = msgspec.json.Decoder(Document)
_WORKSHEET = msgspec.json.Decoder(_Worksheet)
_CELL = msgspec.json.Decoder(_Cell)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def read_data(path: Path) -> Data:
    """Return the file's bytes without a byte order mark.

    Raises:
        NotebookNotFound: there is nothing at ``path``.
        NotANotebook: a folder or an empty file.
        NotebookUnreadable: the system refused.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotebookNotFound(str(path)) from error
    except IsADirectoryError as error:
        raise NotANotebook(str(path), "a folder") from error
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the path.
        raise NotebookUnreadable(str(path), getattr(error, "strerror", None) or str(error)) from error
    if data[:1].isspace() and not data.strip():
        data = b""
    if not data:
        raise NotANotebook(str(path), "an empty file")
    return memoryview(data)[len(_BOM) :] if data.startswith(_BOM) else data


def read_content(path: Path) -> dict[str, object]:
    """Return a notebook file as nbformat JSON, where outputs and what else nobody asks for may be left out.

    Raises:
        NotebookNotFound, NotebookUnreadable: as ``read_data``.
        NotANotebook: a folder, bytes that are not text, or JSON whose root is no object.
        UnreadableJson: carries the line and column where the JSON broke.
    """
    data = read_data(path)
    document = _document(data)
    if document is None and len(data) <= SMALL_BYTES:
        return _loaded(data, str(path))
    try:
        return _content(document or _mended_document(data, path), str(path))
    except RecursionError as error:
        # Barely not too deep for the first look.
        raise NotANotebook(str(path), _TOO_DEEP) from error


def read_document(path: Path) -> Document:
    """Return the parts of a notebook file, undecoded. Raises as ``read_content``."""
    data = read_data(path)
    return _document(data) or _mended_document(data, path)


def value_of(raw: msgspec.Raw, path: str) -> object:
    """Return what a part says; ``None`` for a missing part, or one that Python cannot hold.

    Raises:
        NotANotebook: the part is not UTF-8.
    """
    try:
        return json.loads(str(memoryview(raw), "utf-8")) if raw else None
    except UnicodeDecodeError as error:
        raise NotANotebook(path, _NOT_TEXT) from error
    except (ValueError, RecursionError):
        # ValueError: an integer of more digits than Python converts.
        return None


def items_of(raw: msgspec.Raw) -> list[msgspec.Raw] | None:
    """Return the parts of a list, or ``None`` for what is no list.

    Raises:
        RecursionError: the list is nested too deep for where this is called.
    """
    try:
        return _LIST.decode(raw)
    except msgspec.DecodeError:
        return None


def raw_cells(document: Document, version: object) -> list[msgspec.Raw] | None:
    """Return every item of the lists of cells, undecoded; ``None`` where there is no such list."""
    if version != OLD_FORMAT:
        return items_of(document.cells)
    sheets = [sheet for sheet in items_of(document.worksheets) or () if is_object(sheet)]
    return [cell for sheet in sheets for cell in items_of(_WORKSHEET.decode(sheet).cells) or ()]


def is_object(raw: msgspec.Raw) -> bool:
    """Tell whether the part is a JSON object."""
    return bytes(memoryview(raw)[:1]) == b"{"


def _content(document: Document, path: str) -> dict[str, object]:
    version = value_of(document.nbformat, path)
    raws = raw_cells(document, version)
    cells = None if raws is None else [_cell(raw, path) for raw in raws if is_object(raw)]
    return {
        "nbformat": version,
        "metadata": value_of(document.metadata, path),
        "cells": cells,
        "worksheets": [{"cells": cells}],
    }


def _cell(raw: msgspec.Raw, path: str) -> dict[str, object]:
    cell = _CELL.decode(raw)
    parts = ((name, getattr(cell, name)) for name in cell.__struct_fields__)
    return {name: value_of(part, path) for name, part in parts if part}


def _document(data: Data) -> Document | None:
    try:
        return _DOCUMENT.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return None


def _mended_document(data: Data, path: Path) -> Document:
    if len(data) <= SMALL_BYTES:
        # Finds out what is wrong, if it is wrong for Python too.
        _loaded(data, str(path))
    if not _is_text(bytes(data[:_PIECE_BYTES])):
        raise NotANotebook(str(path), _NOT_TEXT)
    mended = _mended(data)
    try:
        return _DOCUMENT.decode(mended)
    except RecursionError as error:
        raise NotANotebook(str(path), _TOO_DEEP) from error
    except msgspec.ValidationError as error:
        raise NotANotebook(str(path), "JSON without an object at its root") from error
    except msgspec.DecodeError as error:
        reason = str(error)
        at = _AT_BYTE.search(reason)
        line, column = _place(mended, int(at[1]) if at else len(mended))
        reason = _AT_BYTE.sub("", reason).removeprefix("JSON is malformed: ")
        raise UnreadableJson(str(path), line, column, reason[:1].upper() + reason[1:]) from error


def _mended(data: Data) -> bytearray:
    """Return the same number of bytes, with 0 for NaN and U+FFFD for half surrogate pairs."""
    mended = bytearray(data)
    at = 0
    while found := _OUTSIDE.search(data, at):
        at = found.end()
        if data[found.start()] == _QUOTE:
            at = _mend_string(data, at, mended)
        elif number := _NUMBER.match(data, found.start()):
            at = number.end()
            mended[number.start() : at] = b"0".ljust(len(number[0]))
    return mended


def _mend_string(data: Data, at: int, mended: bytearray) -> int:
    """Mend the string whose content begins at a byte; return where it has ended."""
    while found := _INSIDE.search(data, at):
        at = found.end()
        if data[found.start()] == _QUOTE:
            return at
        if escape := _ESCAPE.match(data, found.start()):
            at = escape.end()
            if escape[1]:
                mended[escape.start() : at] = rb"\ufffd"
    return len(data)


def _place(data: bytearray, at: int) -> tuple[int, int]:
    """Return the 1-based line and column, in characters, of a byte."""
    first = data.rfind(b"\n", 0, at) + 1
    # A piece at a time: a notebook may be one line.
    pieces = (data[start : min(start + _PIECE_BYTES, at)] for start in range(first, at, _PIECE_BYTES))
    column = sum(len(piece.translate(None, _CONTINUED_BYTES)) for piece in pieces) + 1
    return data.count(b"\n", 0, at) + 1, column


def _is_text(start: bytes) -> bool:
    try:
        getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


def _loaded(data: Data, path: str) -> dict[str, object]:
    try:
        text = str(data, "utf-8")
        content = json.loads(text)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise NotANotebook(path, "an empty file") from error
        raise UnreadableJson(path, error.lineno, error.colno, error.msg) from error
    except UnicodeDecodeError as error:
        raise NotANotebook(path, _NOT_TEXT) from error
    except RecursionError as error:
        raise NotANotebook(path, _TOO_DEEP) from error
    except ValueError as error:
        raise NotANotebook(path, "JSON with a number of too many digits") from error
    if not isinstance(content, dict):
        raise NotANotebook(path, f"JSON with {_kind_of(content)} at its root")
    return content


def _kind_of(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "a truth value", int: "a number", float: "a number"}
    return names.get(type(value), "null")
