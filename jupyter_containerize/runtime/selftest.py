"""The notebook's own example, asked again where the image runs: by the server before it is ready, and by ``selftest``.

Asking it also warms the model up: what libraries do at their first call is done before the first request comes.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from .binding import BodyRejected, call, read_body
from .encoding import to_json
from .errors import LoadFailed
from .loading import Served
from .routes import CELL, Endpoint

logger = logging.getLogger(__name__)

# Two runs of the same arithmetic on other CPUs may differ in the last digits, never by this much.
_RELATIVE_TOLERANCE = 1e-6
_SHOWN_CHARACTERS = 500

# Waits for what an ``async def`` gave, in whatever event loop there is.
Waiter = Callable[[Any], Any]


@dataclasses.dataclass(frozen=True)
class Trial:
    """One example asked. ``error`` is what was raised, then ``got`` says nothing; ``seconds`` is the call's time."""

    endpoint: Endpoint
    request: Any
    expected: Any
    got: Any
    error: BaseException | None
    seconds: float

    @property
    def is_same(self) -> bool:
        """Whether the answer is the notebook's."""
        return self.error is None and same_answer(self.expected, self.got)

    @property
    def seen(self) -> str:
        """What came instead of an answer, or the answer, in a line."""
        return short(self.got) if self.error is None else said(self.error)


def trials(served: Served, wait: Waiter | None = None) -> Iterator[Trial]:
    """Ask every endpoint that has an example, one after the other."""
    for endpoint in served.endpoints:
        example = endpoint.description.get("example")
        if isinstance(example, dict) and "request" in example and endpoint.kind != CELL:
            yield _asked(endpoint, example, wait or waited)


def proved(served: Served, mode: str, wait: Waiter | None = None) -> Served:
    """Return what is served with the outcome in its description, as ``selftest``: ``passed``, ``differs``, ``failed``.

    It is ``none`` where nothing was asked. ``mode`` is one of ``settings.SELFTESTS``.

    Raises:
        LoadFailed: an example could not be answered, or not as in the notebook, and the mode takes that seriously.
    """
    outcome = "none"
    for trial in trials(served, wait) if mode != "off" else ():
        outcome = _worse(outcome, _outcome(trial))
        if not trial.is_same:
            fields = {
                "symbol": trial.endpoint.symbol,
                "asked": short(trial.request),
                "expected": short(trial.expected),
                "got": trial.seen,
            }
            if mode == "require" or (mode == "errors" and trial.error is not None):
                words = f"asked {fields['asked']}, expected {fields['expected']}, got {fields['got']}"
                raise LoadFailed(f"the example of {trial.endpoint.symbol}", words) from trial.error
            logger.warning("self-test differs", exc_info=trial.error, extra={"fields": fields})
    return dataclasses.replace(served, description={**served.description, "selftest": outcome})


def same_answer(expected: Any, actual: Any) -> bool:
    """Return whether two JSON answers are equal, floats to a relative 1e-6."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, (int, float)) and isinstance(actual, (int, float)):
        return _close(expected, actual)
    if isinstance(expected, str) or isinstance(actual, str):
        return bool(expected == actual)
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return expected.keys() == actual.keys() and all(same_answer(expected[key], actual[key]) for key in expected)
    if isinstance(expected, Sequence) and isinstance(actual, Sequence):
        return len(expected) == len(actual) and all(map(same_answer, expected, actual))
    return bool(expected == actual)


def waited(unfinished: Any) -> Any:
    """Return the result of what an ``async def`` gave, in an event loop of its own."""
    return asyncio.run(finished(unfinished))


async def finished(unfinished: Any) -> Any:
    """Return the result of what an ``async def`` gave."""
    if isinstance(unfinished, Awaitable):
        return await unfinished
    return [part async for part in unfinished]


def is_unfinished(result: Any) -> bool:
    """Return whether a function's result is what an event loop has to finish."""
    return isinstance(result, (Awaitable, AsyncIterator))


def short(value: Any) -> str:
    """Return a JSON value as text, cut where nobody would read on."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}… ({len(text)} characters)"


def said(error: BaseException) -> str:
    """Return an error in a line: its type and its words."""
    if isinstance(error, BodyRejected):
        return f"the example does not fit: {error}"
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _asked(endpoint: Endpoint, example: Mapping[str, Any], wait: Waiter) -> Trial:
    began = time.perf_counter()
    got: Any = None
    failed: BaseException | None = None
    try:
        arguments = read_body(endpoint.signature, example["request"])
        began = time.perf_counter()
        result = call(endpoint.function, endpoint.signature, arguments)
        got = to_json(wait(result) if is_unfinished(result) else result)
    except BaseException as error:  # also SystemExit: the function's, and no wish of ours
        if isinstance(error, KeyboardInterrupt):
            raise
        failed = error
    return Trial(endpoint, example["request"], example.get("response"), got, failed, time.perf_counter() - began)


def _outcome(trial: Trial) -> str:
    if trial.error is not None:
        return "failed"
    return "passed" if trial.is_same else "differs"


def _worse(one: str, other: str) -> str:
    order = ("none", "passed", "differs", "failed")
    return max(one, other, key=order.index)


def _close(expected: float, actual: float) -> bool:
    try:
        return math.isclose(expected, actual, rel_tol=_RELATIVE_TOLERANCE, abs_tol=1e-9)
    except OverflowError:
        # An integer beyond every float.
        return expected == actual
