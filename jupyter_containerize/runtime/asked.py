"""What a request says, as the arguments of an endpoint's function.

A body is a JSON object by parameter name. Where there is no body, the query is: every name is a parameter, and its
text is read as JSON where the parameter is no text. A cell gets one text, ``REQUEST``: what Kernel Gateway gives it,
a JSON object of ``body``, ``args`` (lists by name), ``path`` and ``headers``.
Source: Jupyter Kernel Gateway, "notebook-http mode".
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from . import body
from .binding import read_body
from .errors import NotJson
from .problems import Problems
from .routes import CELL, Endpoint
from .schema import Signature
from .shapes import ANYTHING, STRING, Shape

_BODILESS = frozenset({"GET", "HEAD", "DELETE"})
_FORM = "application/x-www-form-urlencoded"


@dataclasses.dataclass(frozen=True)
class Asked:
    """A request. ``values`` are what the colons of the route stand for; ``headers`` have lower-case names."""

    body: bytes = b""
    query: str = ""
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    headers: Iterable[tuple[str, str]] = ()


def has_body(endpoint: Endpoint) -> bool:
    """Return whether an endpoint's requests have one that is read."""
    return endpoint.kind == CELL or endpoint.method not in _BODILESS


def takes_json_only(endpoint: Endpoint) -> bool:
    """Return whether a body must say that it is JSON. A cell reads what it gets."""
    return endpoint.kind != CELL and has_body(endpoint)


def arguments_of(endpoint: Endpoint, asked: Asked) -> dict[str, Any]:
    """Return the arguments by parameter name.

    Raises:
        NotJson: the body is none, or a cell's is no UTF-8.
        BodyRejected: it does not fit the signature.
    """
    if endpoint.kind == CELL:
        name = endpoint.signature.members[0].name if endpoint.signature.members else "REQUEST"
        return {name: cell_request(asked)}
    given: Any = body.parse(asked.body) if has_body(endpoint) else query_values(endpoint.signature, asked.query)
    if asked.values and isinstance(given, dict):
        given = {**given, **typed(endpoint.signature, {name: [text] for name, text in asked.values.items()})}
    return read_body(endpoint.signature, given)


def cell_request(asked: Asked) -> str:
    """Return Kernel Gateway's ``REQUEST``. A body that says it is JSON and is none is text.

    Raises:
        NotJson: the body is no UTF-8.
    """
    headers: dict[str, Any] = {}
    for name, value in asked.headers:
        words = "-".join(part.capitalize() for part in name.split("-"))
        if words in headers:
            earlier = headers[words] if isinstance(headers[words], list) else [headers[words]]
            headers[words] = [*earlier, value]
        else:
            headers[words] = value
    content = {
        "body": _cell_body(asked.body, str(headers.get("Content-Type", "")).partition(";")[0].strip().lower()),
        "args": parse_qs(asked.query, keep_blank_values=True),
        "path": dict(asked.values),
        "headers": headers,
    }
    return json.dumps(content)


def _cell_body(content: bytes, kind: str) -> Any:
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    if kind == _FORM:
        return parse_qs(text, keep_blank_values=True)
    if kind == "application/json":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return text


def query_values(signature: Signature, query: str) -> dict[str, Any]:
    """Return a query as values by parameter name."""
    return typed(signature, parse_qs(query, keep_blank_values=True))


def typed(signature: Signature, texts: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return each text as the JSON value that its parameter takes, as far as one does."""
    shapes = {member.name: member.shape for member in signature.members}
    extra = signature.extra or ANYTHING
    return {name: _value(shapes.get(name, extra), given) for name, given in texts.items()}


def _value(shape: Shape, given: list[str]) -> Any:
    plain = [_json_or_text(text) for text in given]
    single = [plain[0], given[0]] if len(given) == 1 else []
    if shape is STRING:
        single.reverse()
    options = [*single, plain, given]
    return next((option for option in options if _fits(shape, option)), options[0])


def _json_or_text(text: str) -> Any:
    try:
        return body.parse(text.encode())
    except (NotJson, UnicodeEncodeError):
        return text


def _fits(shape: Shape, value: Any) -> bool:
    problems = Problems()
    shape.read(value, problems, ())
    return not problems.count
