"""JSON Lines: a JSON value in each line, which is one row. Source: jsonlines.org."""

from __future__ import annotations

from typing import Any

from .. import body
from ..errors import NotJson, Refused
from ..protocols.given import Given
from .kinds import Media
from .tables import Wanted, check_count, items_of, text_of


def read(content: bytes, media: Media, wanted: Wanted) -> Given:
    """Return the rows. Empty lines are passed over.

    Raises:
        Refused: 400 for a line that is no JSON, 413 for too many.
    """
    text_of(content, media)
    lines = [(place, line) for place, line in enumerate(content.split(b"\n"), start=1) if line.strip()]
    check_count(len(lines), len(lines), wanted)
    return Given([_value(place, line) for place, line in lines], "")


def write(answer: Any, _media: Media) -> bytes:
    """Return a line for each item of a list, or for each row of an object of columns; else one line."""
    return b"".join([body.write(item) + b"\n" for item in items_of(answer)])


def _value(place: int, line: bytes) -> Any:
    try:
        return body.parse(line)
    except NotJson as error:
        raise Refused(400, f"line {place} is not JSON: {error.reason}") from None
