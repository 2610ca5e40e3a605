"""Asks a container that this server runs, and no other host, for somebody's browser."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, NoReturn

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError, SimpleAsyncHTTPClient

from jupyter_containerize.server.bodies import field_in, fields_in
from jupyter_containerize.server.errors import BadRequest
from jupyter_containerize.server.running import Container
from jupyter_containerize.server.running_errors import NoAnswer
from jupyter_containerize.server.running_snippets import ABSENT, Question, curl, python

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of what is asked, and of an answer."""
TIMEOUT_SECONDS: Final = 60.0

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MOST_PATH_CHARACTERS = 8_000
_TEXTS = ("text/", "application/xml", "application/yaml", "application/x-ndjson", "application/javascript")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer as it came, and how long it took."""

    status: int
    content_type: str
    body: bytes
    milliseconds: float


def question_of(raw: bytes) -> Question:
    """Read the body of a question.

    Raises:
        BadRequest: names the field and what was expected there.
    """
    if len(raw) > MOST_BYTES:
        raise BadRequest("", expected=f"at most {_size(MOST_BYTES)}", saw=_size(len(raw)))
    said = fields_in(raw, known={"method", "path", "body", "query"})
    question = Question(
        method=field_in(said, "method", str, ""),
        path=field_in(said, "path", str, ""),
        body=said.get("body", ABSENT),
        query=_query(said),
    )
    if question.method not in _METHODS:
        raise BadRequest("method", expected=f"one of {', '.join(_METHODS)}", saw=repr(question.method))
    if not question.path.startswith("/") or len(question.path) > _MOST_PATH_CHARACTERS:
        raise BadRequest("path", expected="a path that begins with a slash", saw=repr(question.path[:100]))
    if question.method == "GET" and question.has_body:
        raise BadRequest("body", expected="absent for GET", saw="there")
    try:
        question.text.encode()
        question.target("").encode()
    except UnicodeEncodeError as error:
        # Half of a character: JSON can say it, and nobody can send it.
        raise BadRequest("", expected="text that UTF-8 can carry", saw=ascii(error.object[error.start])) from error
    return question


async def answer_to(question: Question, container: Container) -> dict[str, Any]:
    """Ask, and return the ``Asked`` of ``api/openapi.yaml``.

    Raises:
        NoAnswer: there was none, or more than may be.
    """
    asked = await _asked(question, container)
    # Both ways of so much JSON would keep the server from everything else.
    return await asyncio.to_thread(_to_json, question, container, asked)


async def schema_of(container: Container) -> str:
    """Return the container's own description of what it serves, in JSON.

    Raises:
        NoAnswer: there was none, or it is no JSON object.
    """
    asked = await _asked(Question(method="GET", path="/schema"), container)
    if asked.status != HTTPStatus.OK:
        raise NoAnswer(container.what.name, f"it answered {asked.status} for /schema")
    found, text = _json(asked.body), asked.body.decode(errors="replace")
    if not isinstance(found, dict):
        raise NoAnswer(container.what.name, "what it has at /schema is no JSON object")
    return text


async def _asked(question: Question, container: Container) -> Asked:
    headers: list[str] = []
    # One for each question: the limit of its answers is the client's.
    client = SimpleAsyncHTTPClient(force_instance=True, max_body_size=MOST_BYTES)
    sent = question.text.encode() if question.has_body else None
    request = HTTPRequest(
        question.target(container.url),
        method=question.method,
        headers={"Accept": "application/json, */*", **({"Content-Type": "application/json"} if sent else {})},
        body=sent,
        allow_nonstandard_methods=True,
        follow_redirects=False,
        decompress_response=False,
        header_callback=headers.append,
        connect_timeout=TIMEOUT_SECONDS,
        request_timeout=TIMEOUT_SECONDS,
    )
    started = time.monotonic()
    try:
        response = await client.fetch(request, raise_error=False)
        return Asked(
            status=response.code,
            content_type=response.headers.get("Content-Type", ""),
            body=response.body,
            milliseconds=round((time.monotonic() - started) * 1000, 2),
        )
    except HTTPTimeoutError as error:
        raise NoAnswer(container.what.name, f"there was none within {TIMEOUT_SECONDS:.0f} s") from error
    except HTTPStreamClosedError as error:
        # An answer that is too large is cut off, too.
        limit = f", or it has more than {_size(MOST_BYTES)}" if headers else ""
        raise NoAnswer(container.what.name, f"the connection ended before the answer was whole{limit}") from error
    except (HTTPClientError, OSError) as error:
        raise NoAnswer(container.what.name, str(error) or type(error).__name__) from error
    finally:
        client.close()


def _to_json(question: Question, container: Container, asked: Asked) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "status": asked.status,
        "milliseconds": asked.milliseconds,
        "content_type": asked.content_type,
        "body": None,
        "text": "",
        "curl": curl(question, container.url),
        "python": python(question, container.url),
    }
    kind = asked.content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return {**shown, "body": _json(asked.body), "text": asked.body.decode(errors="replace")}
    if not asked.body or kind.startswith(_TEXTS):
        return {**shown, "text": asked.body.decode(errors="replace")}
    return {**shown, "base64": base64.b64encode(asked.body).decode()}


def _json(body: bytes) -> Any:
    try:
        # Python reads numbers that are none in JSON, and would write them for the browser.
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _query(said: Mapping[str, object]) -> Mapping[str, str]:
    query: Mapping[str, object] = field_in(said, "query", dict, {})
    for name, value in query.items():
        if not isinstance(value, str):
            raise BadRequest(f"query.{name}", expected="a string", saw=type(value).__name__)
    return {name: str(value) for name, value in query.items()}


def _size(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MiB"
