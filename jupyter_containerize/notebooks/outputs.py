"""Reads the text of a notebook's outputs, one output at a time, without its images."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from jupyter_containerize.notebooks.file import Document, is_object, items_of, raw_cells, read_document, value_of

LONGEST_TEXT = 100_000

# A character takes at most twelve bytes in JSON: a surrogate pair, escaped.
_MOST_BYTES = 12 * LONGEST_TEXT
_STRING_PART = re.compile(rb'"((?:[^"\\]++|\\u[0-9a-fA-F]{4}|\\[^u])*+)', re.DOTALL)
_RESULT_TYPES = frozenset({"execute_result", "pyout"})
_TEXT_TYPES = frozenset({"application/json", "application/javascript"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputText:
    """The text of one output, or of one form of it. ``cell`` is the index of its cell, as in ``Cell``."""

    cell: int
    text: str


class _Outputs(msgspec.Struct):
    outputs: msgspec.Raw = msgspec.Raw()


class _Output(msgspec.Struct):
    text: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()
    ename: msgspec.Raw = msgspec.Raw()
    evalue: msgspec.Raw = msgspec.Raw()
    traceback: msgspec.Raw = msgspec.Raw()
    # Version 3 keeps the forms of an output beside its type.
    html: msgspec.Raw = msgspec.Raw()
    json: msgspec.Raw = msgspec.Raw()
    javascript: msgspec.Raw = msgspec.Raw()
    latex: msgspec.Raw = msgspec.Raw()


class _Result(msgspec.Struct):
    output_type: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()
    # Where version 3 has it.
    text: msgspec.Raw = msgspec.Raw()


_OUTPUTS = msgspec.json.Decoder(_Outputs)
_RESULT = msgspec.json.Decoder(_Result)
_OUTPUT = msgspec.json.Decoder(_Output)
_FORMS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_outputs(path: Path) -> Iterator[OutputText]:
    """Give the text of the outputs of a notebook file, in document order, as it is asked for.

    Streams, errors, text, HTML, Markdown, LaTeX, JavaScript and JSON; no images, sound or video. A text ends after
    ``LONGEST_TEXT`` characters; JSON is as written in the file. Outputs of the wrong shape are left out.

    Raises:
        NotebookNotFound, NotANotebook, UnreadableJson, NotebookUnreadable: at once, as ``read_notebook``;
            a notebook without cells has no outputs.
    """
    return _texts(read_document(path), str(path))


def displayed(path: Path) -> dict[int, str]:
    """Return the plain text of each cell's value, by the cell's index: what stands after ``Out[n]``.

    The last one of a cell that shows several. A text of ``LONGEST_TEXT`` characters or more is left out, because
    nothing can be compared with half of it; so are those of the wrong shape.

    Raises:
        NotebookNotFound, NotANotebook, UnreadableJson, NotebookUnreadable: as ``read_outputs``.
    """
    found: dict[int, str] = {}
    for index, output in _outputs(read_document(path), str(path)):
        with suppress(RecursionError):
            text = _result(output)
            if text is not None:
                found[index] = text
    return {index: text for index, text in found.items() if len(text) < LONGEST_TEXT}


def _result(raw: msgspec.Raw) -> str | None:
    output = _RESULT.decode(raw)
    if _text(output.output_type) not in _RESULT_TYPES:
        return None
    if not is_object(output.data):
        return _text(output.text) or None
    plain = _forms_of(output.data).get("text/plain", msgspec.Raw())
    return _text(plain) or None


def _texts(document: Document, path: str) -> Iterator[OutputText]:
    for index, output in _outputs(document, path):
        with suppress(RecursionError):
            yield from (OutputText(cell=index, text=text) for text in map(_text, _forms(output)) if text)


def _outputs(document: Document, path: str) -> Iterator[tuple[int, msgspec.Raw]]:
    """Give every output that is an object, undecoded, with the index of its cell."""
    # What is nested so deep that only the first look at the file could hold it is left out.
    with suppress(RecursionError):
        cells = raw_cells(document, value_of(document.nbformat, path)) or ()
        for index, cell in enumerate((raw for raw in cells if is_object(raw)), start=1):
            for output in items_of(_OUTPUTS.decode(cell).outputs) or ():
                if is_object(output):
                    yield index, output


def _forms(raw: msgspec.Raw) -> Iterator[msgspec.Raw]:
    output = _OUTPUT.decode(raw)
    for name in output.__struct_fields__:
        if name != "data":
            yield getattr(output, name)
    yield from (form for kind, form in _forms_of(output.data).items() if _is_text(kind))


def _forms_of(data: msgspec.Raw) -> dict[str, msgspec.Raw]:
    if not is_object(data):
        return {}
    try:
        return _FORMS.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # A name that is not UTF-8.
        return {}


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind in _TEXT_TYPES or kind.endswith("+json")


def _text(raw: msgspec.Raw) -> str:
    """Return a text, a list of lines, or any other JSON as it is written; half a text if it is long."""
    view = memoryview(raw)[:_MOST_BYTES]
    first = bytes(view[:1])
    if first == b'"':
        return _string(view)
    if first == b"[" and bytes(view[1:64]).lstrip()[:1] in {b'"', b"]"}:
        return _lines(view)
    return "" if first in {b"", b"n"} else str(view, "utf-8", "replace")[:LONGEST_TEXT]


def _lines(view: memoryview) -> str:
    lines: list[str] = []
    length = 0
    at = 0
    while length < LONGEST_TEXT and (found := _STRING_PART.search(view, at)):
        lines.append(_decoded(found[1]))
        length += len(lines[-1])
        at = found.end() + 1
    return "".join(lines)[:LONGEST_TEXT]


def _string(view: memoryview) -> str:
    found = _STRING_PART.match(view)
    return _decoded(found[1])[:LONGEST_TEXT] if found else ""


def _decoded(content: bytes) -> str:
    try:
        return str(json.loads(f'"{content.decode("utf-8", "replace")}"'))
    except ValueError:
        return ""
