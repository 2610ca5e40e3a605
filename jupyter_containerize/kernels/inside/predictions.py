"""What a function answers to rows of training data.

Runs inside the kernel, or in a process that answers for changed code: the standard library and the runtime's own
modules, Python 3.9 or newer. The rows are what requests bring: JSON values; the same rows give the same answers.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .asking import _answer, _seed, wait_for
from .runtime import runtime_module
from .tables import Table

_SECONDS = 5.0
_TOGETHER = 200
# One by one. As many as are worth it, whatever the machine: how fast it is must not show in the answers.
_ALONE = 100
# Slower functions are not asked on: all of it would take longer than it may.
_SLOWEST_SECONDS = _SECONDS / _ALONE
_TRIED = 3


def rows_to_ask(table: Table) -> Table | None:
    """Return rows spread over a table as JSON values, but for numbers that are none; ``None``: JSON cannot say them."""
    try:
        columns = [[_plain(value) for value in _spread(column, _TOGETHER)] for column in table.columns]
    except Exception:
        return None
    return Table(table.names, columns, table.rows)


def answers_to(kind: str, function: Callable[..., Any], rows: Table, parameters: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values in the answers to rows, by the name of the output; none if the function fails or is slow."""
    ended: list[list[dict[str, list[Any]]]] = []

    def ask_all() -> None:
        tried = (_asked(function, bodies) for bodies in _ways(kind, function, rows, parameters))
        ended.extend(itertools.islice((found for found in tried if found is not None), 1))

    _seed()
    wait_for(ask_all, _SECONDS)
    together: dict[str, list[Any]] = {}
    for found in ended[0] if ended else ():
        for name, values in found.items():
            together.setdefault(name, []).extend(values)
    return together


class _Slow(Exception):
    """Asking on would take too long."""


def _asked(function: Callable[..., Any], bodies: Iterable[dict[str, Any]]) -> list[dict[str, list[Any]]] | None:
    """Return the values in the answers; ``None`` if the function raises, as it may for rows of another form."""
    outputs = runtime_module("monitoring.inputs").outputs
    try:
        return [outputs(_answer(function, body)) for body in bodies]
    except _Slow:
        return []
    except Exception:
        return None


def _ways(
    kind: str, function: Callable[..., Any], table: Table, parameters: Sequence[str]
) -> Iterator[Iterable[dict[str, Any]]]:
    """Yield the ways to ask about rows: by parameters; or all in one, and if that fails one by one."""
    inputs = runtime_module("monitoring.inputs").Inputs(table.names, parameters)
    rows = list(zip(*table.columns))
    if kind not in ("estimator", "pyfunc") and inputs.parameters:
        names = inputs.parameters
        yield _quick([{name: value for name, value in zip(names, row) if name} for row in rows])
        return
    names = getattr(function, "feature_names", ()) or (table.names if any(table.names) else ())
    # One feature that a function is given is a text or a number, and not an object with one.
    named = names and (kind == "estimator" or len(names) > 1)
    whole = [dict(zip(names, row)) if named else (list(row) if len(row) > 1 else row[0]) for row in rows]
    yield [{parameters[0]: whole}]
    yield _quick([{parameters[0]: row} for row in whole])


def _quick(bodies: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield some of the requests.

    Raises:
        _Slow: the first ones took too long. The very first does not count: it may import or make something.
    """
    least = None
    for place, body in enumerate(_spread(bodies, _ALONE)):
        began = time.perf_counter()
        yield body
        seconds = time.perf_counter() - began
        if 0 < place < _TRIED:
            least = seconds if least is None else min(seconds, least)
        if place == _TRIED - 1 and least is not None and least > _SLOWEST_SECONDS:
            raise _Slow


def _plain(value: Any) -> Any:
    """Return a value as a request may bring it; numbers that are none stay, as a frame of requests has them."""
    for kind in (bool, str, int, float):
        if isinstance(value, kind):
            return value if type(value) is kind else kind(value)
    return runtime_module("encoding").to_json(value)


def _spread(values: Sequence[Any], most: int) -> list[Any]:
    count = min(len(values), most)
    return [values[place * len(values) // count] for place in range(count)] if count else []
