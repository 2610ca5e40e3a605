"""Writes a preview as a PEP 723 block."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.resolution.formats.wording import one_line, python_specifier, requirement_of


def pep723(rows: Sequence[Dependency], *, python: str) -> str:
    """Return the text of a ``script`` block, in the order of ``rows``; it ends with a newline.

    Source: PyPA specifications, "Inline script metadata".

    Args:
        rows: Of the preview.
        python: Its version (``3.11``) or a specifier; may be empty.
    """
    return "".join(f"# {line}\n" for line in _lines(rows, python))


def _lines(rows: Sequence[Dependency], python: str) -> Iterator[str]:
    yield "/// script"
    specifier = python_specifier(python)
    if specifier:
        yield f"requires-python = {_text(specifier)}"
    yield "dependencies = ["
    for row in rows:
        text = requirement_of(row)
        if text is None:
            yield f"    # {row.distribution or 'one more'}: installed from {one_line(row.url)}"
        else:
            yield f"    {_text(text)},"
    yield "]"
    yield "///"


def _text(text: str) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(text).replace("\x7f", "\\u007F")
