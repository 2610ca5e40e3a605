"""One call of a served function: a request in, the answer's JSON out. Nothing here knows HTTP or threads."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from . import body
from .asked import Asked, arguments_of
from .binding import BodyRejected, call
from .encoding import NotEncodable, to_json
from .errors import NotJson, Refused
from .routes import CELL, Endpoint

JSON = "application/json"


@dataclasses.dataclass(frozen=True)
class Written:
    """An answer's bytes, and what they are."""

    content: bytes
    content_type: str = JSON


class CallFailed(Exception):
    """The served function raised, or gave what JSON cannot say; the cause is chained.

    ``detail`` is what the caller may know. An error's own words are not: they can hold anything.
    """

    def __init__(self, detail: str = "the function raised an error; the log has it under this request_id") -> None:
        super().__init__(detail)
        self.detail = detail


class Unfinished:
    """What an ``async def`` gave, and the event loop has to finish."""

    def __init__(self, result: Awaitable[Any] | AsyncIterator[Any]) -> None:
        self._result = result

    async def finish(self) -> Any:
        """Return the result; an asynchronous generator's is a list.

        Raises:
            CallFailed: the function raised.
        """
        try:
            if isinstance(self._result, Awaitable):
                return await self._result
            return [item async for item in self._result]
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Also SystemExit, which would end the server.
            raise CallFailed from error


def answer(endpoint: Endpoint, asked: Asked) -> Written | Unfinished:
    """Read the request, call the function and write its answer, as far as that goes without an event loop.

    Raises:
        Refused: 400 for what is not JSON, 422 for what does not fit the signature.
        CallFailed: the function raised, or its answer has no JSON.
    """
    try:
        arguments = arguments_of(endpoint, asked)
    except NotJson as error:
        raise Refused(400, f"the body is not JSON: {error.reason}") from None
    except BodyRejected as error:
        raise Refused(422, f"the request does not fit {endpoint.symbol}", problems=error.problems) from None
    try:
        result = call(endpoint.function, endpoint.signature, arguments)
    except BaseException as error:
        # Also SystemExit, and StopIteration, which a future cannot hold.
        raise CallFailed from error
    return Unfinished(result) if isinstance(result, (Awaitable, AsyncIterator)) else written(endpoint, result)


def written(endpoint: Endpoint, result: Any) -> Written:
    """Return the JSON of what the function gave, and nothing around it; what a cell printed as it is.

    Raises:
        CallFailed: JSON cannot say it, or it is an iterator that raised.
    """
    if endpoint.kind == CELL and isinstance(result, str):
        return Written(result.encode(errors="replace"), JSON if _is_json(result) else "text/plain; charset=utf-8")
    try:
        return Written(body.write(to_json(result)))
    except NotEncodable as error:
        raise CallFailed(f"the function's answer has no JSON: {error}") from error
    except BaseException as error:
        raise CallFailed from error


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
