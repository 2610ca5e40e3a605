"""Writes a preview as a requirements.txt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.resolution.formats.wording import one_line, reason_of, requirement_of


def requirements(rows: Sequence[Dependency], *, python: str) -> str:
    """Return the text of a requirements.txt: one line a row, with who asked for it; in the order of ``rows``.

    Args:
        rows: Of the preview.
        python: The version of Python, for the head; may be empty.
    """
    return "".join(f"{line}\n" for line in _lines(rows, python))


def _lines(rows: Sequence[Dependency], python: str) -> Iterator[str]:
    if python:
        yield f"# Python {one_line(python)}"
    for row in rows:
        text = requirement_of(row)
        reason = reason_of(row)
        if text is None:
            yield f"# {row.distribution or 'one more'}: installed from {one_line(row.url)}"
        else:
            yield f"{text}  # {reason}" if reason else text
