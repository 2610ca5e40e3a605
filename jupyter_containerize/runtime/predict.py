"""The plain protocol: a JSON object by parameter name in, the JSON of what the function gives out.

What comes or is accepted in another kind than JSON goes by way of ``codecs``, which is imported with the first such.
"""

from __future__ import annotations

import json
from typing import Any

from . import body
from .asked import Asked, arguments_of, has_body, takes_json_only
from .binding import BodyRejected, read_body
from .calling import Work
from .encoding import to_json
from .errors import NotJson, Refused
from .http.messages import Answer, Request
from .routes import CELL, Endpoint

JSON = "application/json"
_TAKEN = {"accept-post": JSON}
# What those accept who take JSON, for all that they say.
_ANY = frozenset({"", "*/*", JSON, "application/json, text/plain, */*", "application/json, */*"})


class Predict:
    """Handles the requests of one endpoint."""

    def __init__(self, endpoint: Endpoint, most_bytes: int = 16 * 1024 * 1024) -> None:
        self._endpoint = endpoint
        self._most_bytes = most_bytes
        self._asking: Any = None
        self._reads_body = has_body(endpoint)
        self._json_only = takes_json_only(endpoint)

    def __call__(self, request: Request) -> Work:
        """Return the call that a request asks for.

        Raises:
            Refused: 415 for another content type, 400 for what is not JSON, 422 for what does not fit the signature.
        """
        finish = self._written
        if self._json_only:
            given = request.header(b"content-type")
            if given != JSON and not is_json(given):
                return self._other().work(request)  # type: ignore[no-any-return]  # imported late
            if given != JSON:
                check_charset(given)
            if request.header(b"accept") not in _ANY:
                finish = self._other().finish(request)
        try:
            if self._json_only and not request.values:
                arguments = read_body(self._endpoint.signature, body.parse(request.body))
            else:
                content = request.body if self._reads_body else b""
                arguments = arguments_of(self._endpoint, Asked(content, request.query, request.values, request.headers))
        except NotJson as error:
            raise Refused(400, f"the body is not JSON: {error.reason}") from None
        except BodyRejected as error:
            raise unfit(self._endpoint, error) from None
        return Work(self._endpoint, (arguments,), finish)

    def _other(self) -> Any:
        if self._asking is None:
            from .codecs.asking import Asking  # noqa: PLC0415  # the usual request needs none of it

            self._asking = Asking(self._endpoint, self._most_bytes)
        return self._asking

    def _written(self, results: list[Any]) -> Answer:
        """Return the JSON of what the function gave, and nothing around it; what a cell printed as it is."""
        result = results[0]
        if self._endpoint.kind == CELL and isinstance(result, str):
            kind = JSON if _is_json(result) else "text/plain; charset=utf-8"
            return Answer(200, result.encode(errors="replace"), kind)
        return Answer(200, body.write(to_json(result)))


def unfit(endpoint: Endpoint, error: BodyRejected) -> Refused:
    """Return the refusal of a request that does not fit a signature."""
    return Refused(422, f"the request does not fit {endpoint.symbol}", problems=error.problems)


def check_media(request: Request) -> None:
    """Refuse a body that does not say it is plain JSON.

    Also one that says nothing: a web page elsewhere can make a browser send anything but JSON without asking us.

    Raises:
        Refused: 415.
    """
    given = request.header(b"content-type")
    if given != JSON:
        if not is_json(given):
            kind = given.partition(";")[0].strip().lower()
            seen = f", not {kind}" if kind else ""
            raise Refused(415, f"send content-type: application/json{seen}", headers=_TAKEN)
        check_charset(given)


def is_json(given: str) -> bool:
    """Return whether a content type is JSON's."""
    kind = given.partition(";")[0].strip().lower()
    return kind == JSON or (kind.startswith("application/") and kind.endswith("+json"))


def check_charset(given: str) -> None:
    """Refuse JSON in anything but UTF-8.

    Raises:
        Refused: 415.
    """
    charset = given.lower().replace('"', "").partition("charset=")[2].partition(";")[0].strip()
    if charset not in {"", "utf-8", "utf8"}:
        raise Refused(415, f"send JSON in UTF-8, not {charset}", headers=_TAKEN)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
