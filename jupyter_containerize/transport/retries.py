"""When a request is worth repeating, and how long to wait before."""

from __future__ import annotations

from typing import Final

import urllib3
from urllib3.exceptions import InvalidHeader

RETRY_STATUSES: Final = frozenset({429, 500, 502, 503, 504})
LONGEST_WAIT_SECONDS: Final = 30.0

_FIRST_WAIT_SECONDS = 0.2


def wait_seconds(turn: int, retry_after: str | None) -> float:
    """Return how long to wait after the failure number ``turn``, from 0.

    As long as the server asks in its ``Retry-After`` header, which has seconds or a date, but not for hours; else twice
    as long each time.
    """
    if retry_after:
        try:
            asked = urllib3.Retry().parse_retry_after(retry_after)
        except InvalidHeader:
            asked = 0.0
        if asked:
            return min(asked, LONGEST_WAIT_SECONDS)
    return min(_FIRST_WAIT_SECONDS * 2.0**turn, LONGEST_WAIT_SECONDS)
