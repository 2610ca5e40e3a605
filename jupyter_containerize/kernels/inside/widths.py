"""Whether arrays may have one length only: tried on the example, made longer and shorter.

Runs inside the kernel, after the objects are written: the standard library and the runtime's own modules, Python 3.9
or newer. A length is known where the function answers the example, raises for every other length that is tried, and
answers the example once more. What it takes of another kind than such arrays, it shall go on to take: where it
answers for any of that, nothing is known.
"""

from __future__ import annotations

import inspect
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from .asking import wait_for
from .entries import function_of
from .runtime import runtime_module

_MOST_ROWS = 8
# A slower function would not have answered all that it is asked in the time there is.
_MOST_SECONDS_A_CALL = 0.05
_MOST_ITEMS = 10_000
# Up to so many items every length is tried that is not more than twice as long.
_EVERY_LENGTH = 16
# What says nothing about a length: it may pass.
_PASSING = (MemoryError, OSError)
# Beside numbers; of a kind that is taken in any place, nothing is refused.
_CELLS: dict[str, tuple[Any, ...]] = {
    "array": ([], [1.5]),
    "boolean": (True, False),
    "null": (None,),
    "object": ({}, {"x": 1.5}),
    "string": ("", "x"),
    # Strings that libraries read as numbers.
    "decimal": ("1",),
}
# Of wider rows the cells at the ends and between are tried.
_MOST_PLACES = 16
_NO_ARRAYS: tuple[Any, ...] = (None, True, 1, 1.5, "", "x", {}, {"x": 1.5}, {"x": [1.5]})


def widths(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Return of each entry ``widths`` by parameter, as ``ServingSpec`` has them, and ``inputs`` with them.

    Both are empty where nothing is known.

    Request: entries (of each kind, symbol and as example a request), seconds (after which nothing more is found).
    """
    found: list[dict[str, Any]] = [{"widths": {}, "inputs": {}} for _ in request["entries"]]

    namespace = vars(sys.modules["__main__"])

    def find_all() -> None:
        for place, item in enumerate(request["entries"]):
            function = function_of(item["kind"], item["symbol"], namespace)
            found[place] = found_widths(function, item["example"])

    wait_for(find_all, request["seconds"])
    return found.copy()


def found_widths(function: Callable[..., Any], example: Any) -> dict[str, Any]:
    """Return what ``widths`` does, of one function."""
    none: dict[str, Any] = {"widths": {}, "inputs": {}}
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function) or not isinstance(example, dict):
        return none
    asked = _Asked(function, example)
    found = {name: width for name in example for width in [_width(asked, name)] if width is not None}
    if not found:
        return none
    return {"widths": found, "inputs": runtime_module("schema").describe(function, found)["inputs"]}


class _Asked:
    """A function, and the example that requests are made from."""

    def __init__(self, function: Callable[..., Any], example: dict[str, Any]) -> None:
        self._function = function
        self._example = example
        self._signature = runtime_module("schema").read_signature(function)
        self._binding = runtime_module("binding")

    def value(self, name: str) -> Any:
        """Return what the example gives."""
        return self._example[name]

    def reaches(self, name: str, value: Any) -> bool:
        """Return whether the function's hints let a value through."""
        try:
            self._bound(name, value)
        except Exception:
            return False
        return True

    def answers(self, name: str, value: Any) -> bool:
        """Return whether the function answers; not if its hints refuse the value.

        Raises:
            OSError, MemoryError: it did not, for a reason that may pass.
        """
        try:
            answer = self._binding.call(self._function, self._signature, self._bound(name, value))
            runtime_module("encoding").to_json(answer)
        except _PASSING:
            raise
        except Exception:
            return False
        return True

    def _bound(self, name: str, value: Any) -> dict[str, Any]:
        # Anew for each call, which may change what it gets.
        body = json.loads(json.dumps({**self._example, name: value}))
        arguments: dict[str, Any] = self._binding.read_body(self._signature, body)
        return arguments


def _width(asked: _Asked, name: str) -> dict[str, Any] | None:
    given = asked.value(name)
    depth = _depth(given)
    if depth is None:
        return None
    rows = [given] if depth == 0 else given[:_MOST_ROWS]
    length = len(rows[0])
    began = time.perf_counter()
    try:
        if not asked.answers(name, _shaped(rows, depth)) or time.perf_counter() - began > _MOST_SECONDS_A_CALL:
            return None
        for other in _lengths(length):
            for changed in (rows, _other_numbers(rows)):
                value = _shaped([_as_long(row, other) for row in changed], depth)
                if not asked.reaches(name, value) or asked.answers(name, value):
                    return None
        others = (*_NO_ARRAYS, *_of_other_kinds(rows, depth))
        if any(asked.answers(name, value) for value in others) or not asked.answers(name, _shaped(rows, depth)):
            return None
        least = {} if depth == 0 or asked.answers(name, []) else {"least": 1}
        cells = _cells(asked, name, rows, depth)
    except _PASSING:
        return None
    return {"depth": depth, "items": length, **least, **({"cells": cells} if cells else {})}


def _cells(asked: _Asked, name: str, rows: list[list[Any]], depth: int) -> list[str]:
    """Return the kinds of JSON that cells may be, where the example has numbers alone; empty if not all are known."""
    if not all(type(cell) in {int, float} for row in rows for cell in row):
        return []
    taken = [kind for kind, values in _CELLS.items() if any(_is_taken(asked, name, rows, depth, v) for v in values)]
    if "array" in taken or "object" in taken:
        return []
    return sorted({"number", *taken} - ({"decimal"} if "string" in taken else set()))


def _is_taken(asked: _Asked, name: str, rows: list[list[Any]], depth: int, cell: Any) -> bool:
    """Return whether the function answers with a cell in some place of a row, or in all of them."""
    count = len(rows[0])
    step = 1 if count <= _MOST_PLACES else max(1, (count - 1) // (_MOST_PLACES - 1))
    changed = [[*rows[0][:place], cell, *rows[0][place + 1 :]] for place in range(0, count, step)]
    for row in ([cell] * count, *changed):
        if asked.answers(name, _shaped([row, *rows[1:]], depth)):
            return True
    return asked.answers(name, _shaped([[cell] * count for _ in rows], depth))


def _depth(given: Any) -> int | None:
    """Return 0 for an array of plain values, 1 for one of such arrays that are equally long; else None."""
    if not isinstance(given, list) or not given:
        return None
    if not any(isinstance(item, (list, dict)) for item in given):
        return 0 if len(given) <= _MOST_ITEMS else None
    if not all(isinstance(item, list) and len(item) == len(given[0]) for item in given):
        return None
    plain = not any(isinstance(cell, (list, dict)) for row in given for cell in row)
    return 1 if plain and 0 < len(given[0]) <= _MOST_ITEMS else None


def _lengths(length: int) -> list[int]:
    """Return the lengths to try instead: those nearby first, which a function is likeliest to take."""
    near = [length - 1, length + 1, 1, 2 * length, 3 * length, 0]
    more = range(2 * length + 2) if length <= _EVERY_LENGTH else (2, 3, length // 2, length - 2, length + 2, length + 3)
    return [other for other in dict.fromkeys((*near, *more)) if other != length]


def _as_long(row: list[Any], length: int) -> list[Any]:
    return list(itertools.islice(itertools.cycle(row), length))


def _other_numbers(rows: list[list[Any]]) -> list[list[Any]]:
    return [[cell + 1 if type(cell) in {int, float} else cell for cell in row] for row in rows]


def _shaped(rows: list[list[Any]], depth: int) -> Any:
    return rows[0] if depth == 0 else rows


def _of_other_kinds(rows: list[list[Any]], depth: int) -> Iterator[Any]:
    """Give the example's values in other forms: by name, as columns, one level less deep."""
    for names in ([str(place) for place in range(len(rows[0]))], "abcdefghijklmnopqrstuvwxyz"):
        named = [dict(zip(names, row)) for row in rows]
        yield named[0]
        yield named
        yield {name: [row[name] for row in named] for name in named[0]}
    if depth == 1:
        yield rows[0]
