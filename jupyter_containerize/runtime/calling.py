"""Calls of the served functions: where they run, and how their results find back to the event loop.

A function that has shown to be quick is called right where its request was read, which spares two switches between
threads; any other runs in one of a few threads, so that health is answered meanwhile.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from .binding import call
from .encoding import NotEncodable
from .errors import CallFailed, Refused
from .http.messages import Answer
from .routes import Endpoint

# An answer, or the error that there is in its place.
Outcome = Any
Done = Callable[[Outcome], None]
_QUICK_SECONDS = 0.002
# So many calls in a row must be quick before the event loop waits for one.
_QUICK_CALLS = 20


@dataclasses.dataclass(frozen=True)
class Work:
    """Calls of one function, each with its arguments by name, and how their results in order become an answer."""

    endpoint: Endpoint
    calls: Sequence[dict[str, Any]]
    finish: Callable[[list[Any]], Answer]


class _Pace:
    """How quick a function has been."""

    __slots__ = ("quick",)

    def __init__(self) -> None:
        self.quick = 0

    def note(self, seconds: float) -> None:
        self.quick = self.quick + 1 if seconds < _QUICK_SECONDS else 0


class Calls:
    """Makes calls. All methods but those of its threads belong to the event loop."""

    def __init__(self, threads: int) -> None:
        # Not the event loop's own pool: asyncio waits for that one without end.
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="predict")
        self._running: set[Future[Any]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._paces: dict[str, _Pace] = {}

    @property
    def is_calling(self) -> bool:
        """Whether a thread is in a call right now; it cannot be made to leave."""
        return any(future.running() for future in list(self._running))

    def start(self, work: Work, done: Done) -> None:
        """Make the calls; ``done`` gets the answer, or a ``CallFailed`` or ``Refused``, in the event loop."""
        pace = self._paces.setdefault(work.endpoint.symbol, _Pace())
        if pace.quick >= _QUICK_CALLS:
            self._settle(work, _made(work, pace), done)
        else:
            self.in_thread(lambda: _made(work, pace), lambda made: self._settle(work, made, done))

    def in_thread(self, step: Callable[[], Any], done: Done) -> None:
        """Run a step in a thread; ``done`` gets its result or its error, in the event loop."""
        loop = asyncio.get_running_loop()
        future = self._threads.submit(step)
        self._running.add(future)

        def back(ended: Future[Any]) -> None:
            self._running.discard(ended)
            if ended.cancelled():
                return
            error = ended.exception()
            if not loop.is_closed():
                loop.call_soon_threadsafe(done, ended.result() if error is None else error)

        future.add_done_callback(back)

    def _settle(self, work: Work, made: Any, done: Done) -> None:
        if not isinstance(made, _Unfinished):
            done(made)
            return
        task = asyncio.get_running_loop().create_task(self._finished(work, made, done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finished(self, work: Work, made: _Unfinished, done: Done) -> None:
        try:
            results = [await _result(item) for item in made.results]
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            # Also SystemExit, which would end the server.
            done(_failed(error))
            return
        done(_answer(work, results))


@dataclasses.dataclass(frozen=True)
class _Unfinished:
    """Results of which some are what an ``async def`` gave, and the event loop has to finish."""

    results: list[Any]


def _made(work: Work, pace: _Pace) -> Any:
    """Make the calls, and the answer if the results are all there."""
    began = time.perf_counter()
    try:
        results = [call(work.endpoint.function, work.endpoint.signature, arguments) for arguments in work.calls]
    except BaseException as error:
        # Also SystemExit, and StopIteration, which a future cannot hold.
        pace.note(_QUICK_SECONDS)
        return _failed(error)
    if any(isinstance(result, (Awaitable, AsyncIterator)) for result in results):
        return _Unfinished(results)
    answer = _answer(work, results)
    pace.note(time.perf_counter() - began)
    return answer


def _answer(work: Work, results: list[Any]) -> Outcome:
    try:
        return work.finish(results)
    except Refused as refused:
        return refused
    except NotEncodable as error:
        return _failed(error, f"the function's answer has no JSON: {error}")
    except BaseException as error:
        # A generator's, which runs while its answer is written.
        return _failed(error)


async def _result(item: Any) -> Any:
    if isinstance(item, Awaitable):
        return await item
    return [part async for part in item] if isinstance(item, AsyncIterator) else item


def _failed(cause: BaseException, *detail: str) -> CallFailed:
    failed = CallFailed(*detail)
    failed.__cause__ = cause
    return failed
