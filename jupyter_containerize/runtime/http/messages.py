"""A request that has arrived whole, and what goes back."""

from __future__ import annotations

import dataclasses
import http
import itertools
import json
import re
import time
import types
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..errors import Refused

_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
# A new id is this process's own prefix and a count: a tenth of the price of a random one for each.
_PREFIX = uuid.uuid4().hex[:16]
_COUNT = itertools.count(1)


_NO_HEADERS: Mapping[str, str] = types.MappingProxyType({})


class Answer(NamedTuple):
    """What goes out. ``headers`` have lower-case names; length, type and request id are added."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = _NO_HEADERS


class Request:
    """One request with its whole body.

    ``path`` is decoded, ``query`` is not; ``values`` are what the colons of the matched route stand for. ``began``
    is the ``time.perf_counter()`` of its last byte. ``request_id`` is the caller's ``x-request-id`` if that is a sane
    word, else a new one.
    """

    __slots__ = ("_named", "began", "body", "method", "path", "query", "request_id", "sent", "values")

    def __init__(
        self,
        method: str,
        path: str,
        query: str = "",
        sent: Sequence[tuple[bytes, bytes]] = (),
        body: bytes = b"",
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        # Header names are in lower case.
        self.sent = sent
        self.body = body
        self.values: Mapping[str, str] = {}
        self.began = time.perf_counter()
        self._named = named = dict(sent)
        given = self.header(b"x-request-id") if b"x-request-id" in named else ""
        self.request_id = given if given and _SANE_ID.fullmatch(given) else f"{_PREFIX}{next(_COUNT):08x}"

    def header(self, name: bytes) -> str:
        """Return a header by its lower-case name, the last of several; empty if it was not sent."""
        value = self._named.get(name)
        return "" if value is None else value.decode("latin-1").strip()

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """All headers; names are in lower case."""
        return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self.sent)


def problem(refused: Refused, request_id: str, **more: Any) -> Answer:
    """Return a refusal as a problem document, with ``more`` members. Source: RFC 9457."""
    document: dict[str, Any] = {
        "title": http.HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": refused.detail,
        "request_id": request_id,
        **more,
    }
    if refused.problems:
        document["problems"] = [dataclasses.asdict(found) for found in refused.problems]
    # ASCII: a refusal may quote half of a surrogate pair.
    content = json.dumps(document, separators=(",", ":")).encode()
    return Answer(refused.status, content, "application/problem+json", refused.headers)
