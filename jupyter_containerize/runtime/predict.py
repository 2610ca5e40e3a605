"""One call of the served function: a body in, the answer's JSON out. Nothing here knows HTTP or threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from . import body
from .binding import BodyRejected, call, read_body
from .encoding import NotEncodable, to_json
from .errors import NotJson, Refused
from .loading import Served


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


def answer(served: Served, text: bytes) -> bytes | Unfinished:
    """Read the body, call the function and write its answer, as far as that goes without an event loop.

    Raises:
        Refused: 400 for what is not JSON, 422 for what does not fit the signature.
        CallFailed: the function raised, or its answer has no JSON.
    """
    try:
        arguments = read_body(served.signature, body.parse(text))
    except NotJson as error:
        raise Refused(400, f"the body is not JSON: {error.reason}") from None
    except BodyRejected as error:
        raise Refused(422, f"the body does not fit {served.symbol}", problems=error.problems) from None
    try:
        result = call(served.function, served.signature, arguments)
    except BaseException as error:
        # Also SystemExit, and StopIteration, which a future cannot hold.
        raise CallFailed from error
    return Unfinished(result) if isinstance(result, (Awaitable, AsyncIterator)) else written(result)


def written(result: Any) -> bytes:
    """Return the JSON of what the function gave, and nothing around it.

    Raises:
        CallFailed: JSON cannot say it, or it is an iterator that raised.
    """
    try:
        return body.write(to_json(result))
    except NotEncodable as error:
        raise CallFailed(f"the function's answer has no JSON: {error}") from error
    except BaseException as error:
        raise CallFailed from error
