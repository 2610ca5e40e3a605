"""Several requests' work made together: one call where their rows may be joined, and each alone where that fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..binding import call
from ..joining import NotSplit, joined, rows_of, split
from .lanes import Item, Lane
from .work import failed, finished, made


class _Raised(NamedTuple):
    """What a call raised, in the place of its result."""

    error: BaseException


def outcomes(lane: Lane, items: Sequence[Item]) -> list[Any]:
    """Return each item's answer, an error in its place, or ``Unfinished``. Raises nothing.

    All of them have the same key, or there is one of them.
    """
    if not lane.joins or items[0].key is None:
        return [made(item.work) for item in items]
    calls: list[dict[str, Any]] = []
    counts: list[int] = []
    for item in items:
        asked = item.work.calls
        calls += asked
        counts += [item.rows] if len(asked) == 1 else [rows_of(each, lane.endpoint.batch) for each in asked]
    try:
        results = iter(_results(lane, calls, counts))
    except BaseException as error:
        # A type of the user's whose length cannot be asked, or anything that we did not think of.
        results = iter([_Raised(error)] * len(calls))
    return [_outcome(item, [next(results) for _ in item.work.calls]) for item in items]


def _outcome(item: Item, results: list[Any]) -> Any:
    for result in results:
        if type(result) is _Raised:
            return failed(result.error, work=item.work)
    return finished(item.work, results)


def _results(lane: Lane, calls: list[dict[str, Any]], counts: list[int]) -> list[Any]:
    total = sum(counts)
    if len(calls) == 1 or not lane.joins or not lane.may_trust(total):
        return [_alone(lane, arguments, count) for arguments, count in zip(calls, counts)]
    endpoint = lane.endpoint
    try:
        answer = call(endpoint.function, endpoint.signature, joined(calls, endpoint.batch))
    except BaseException:
        # Whose fault it is shows when it is called without the others.
        middle = len(calls) // 2
        return _results(lane, calls[:middle], counts[:middle]) + _results(lane, calls[middle:], counts[middle:])
    try:
        parts = split(answer, counts)
    except NotSplit as error:
        _forget(answer)
        lane.part(str(error))
        return [_alone(lane, arguments, count) for arguments, count in zip(calls, counts)]
    lane.learn(total)
    return parts


def _alone(lane: Lane, arguments: dict[str, Any], rows: int) -> Any:
    endpoint = lane.endpoint
    try:
        answer = call(endpoint.function, endpoint.signature, arguments)
    except BaseException as error:
        return _Raised(error)
    if lane.joins and lane.may_learn(rows):
        try:
            split(answer, (rows,))
        except NotSplit as error:
            lane.part(str(error))
        else:
            lane.learn(rows)
    return answer


def _forget(answer: Any) -> None:
    """Close a coroutine that nobody will await."""
    if hasattr(answer, "close") and hasattr(answer, "send"):
        answer.close()
