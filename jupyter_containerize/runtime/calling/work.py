"""What a request asks for, made: calls of one function, and the answer of their results."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from ..binding import call
from ..encoding import NotEncodable
from ..errors import CallFailed, Refused
from ..http.messages import Answer
from ..routes import Endpoint

# An answer, or the error that there is in its place.
Outcome = Any
Done = Callable[[Outcome], None]


class Work(NamedTuple):
    """Calls of one function, each with its arguments by name, and how their results in order become an answer."""

    endpoint: Endpoint
    calls: Sequence[dict[str, Any]]
    finish: Callable[[list[Any]], Answer]


class Unfinished(NamedTuple):
    """Results of which some are what an ``async def`` gave, and the event loop has to finish."""

    work: Work
    results: list[Any]


def made(work: Work) -> Any:
    """Make the calls and return the answer, an error in its place, or ``Unfinished``. Raises nothing."""
    endpoint = work.endpoint
    try:
        results = [call(endpoint.function, endpoint.signature, arguments) for arguments in work.calls]
    except BaseException as error:
        # Also SystemExit, which would end a thread or the server.
        return failed(error, work=work)
    return finished(work, results)


def finished(work: Work, results: list[Any]) -> Any:
    """Return what ``made`` does, of results."""
    for result in results:
        kind = type(result)
        if kind not in _COMPLETE and isinstance(result, (Awaitable, AsyncIterator)):
            return Unfinished(work, results)
    return answer(work, results)


def answer(work: Work, results: list[Any]) -> Outcome:
    """Return the answer that results become, or an error in its place."""
    try:
        return work.finish(results)
    except Refused as refused:
        return refused
    except NotEncodable as error:
        return failed(error, f"the function's answer has no JSON: {error}")
    except BaseException as error:
        # A generator's, which runs while its answer is written.
        return failed(error)


async def completed(unfinished: Unfinished) -> Outcome:
    """Return the answer after awaiting and reading what has to be."""
    try:
        results = [await _result(item) for item in unfinished.results]
    except (Exception, SystemExit) as error:
        return failed(error, work=unfinished.work)
    return answer(unfinished.work, results)


async def _result(item: Any) -> Any:
    if isinstance(item, Awaitable):
        return await item
    return [part async for part in item] if isinstance(item, AsyncIterator) else item


def failed(cause: BaseException, *detail: str, work: Work | None = None) -> CallFailed:
    """Return the error of a call that raised, one of those of ``work``."""
    error = CallFailed(*detail)
    error.work = work
    error.__cause__ = cause
    return error


# Of these no instance has to be awaited; the check of the others is made by their class, which takes longer.
_COMPLETE = frozenset({float, int, str, bool, list, dict, tuple, type(None)})
