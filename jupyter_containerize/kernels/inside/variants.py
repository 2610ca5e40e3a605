"""Requests that differ from an example, the same ones for the same example.

Runs inside the kernel: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

# Where in a request something is: keys and indexes from the top.
Place = tuple[Any, ...]

_NUMBERS: tuple[Callable[[Any], Any], ...] = (
    lambda number: number * 2 if isinstance(number, int) else number * 1.5,
    lambda number: number + 1,
    lambda number: type(number)(0),
    lambda number: -number,
)


def variants(example: Any, most: int, accepts: Callable[[Any], bool]) -> list[Any]:
    """Return the example, and requests around it that the function takes, ``most`` in all and each once."""
    found = {json.dumps(example, sort_keys=True): example}
    for body in changed(example):
        if len(found) >= most:
            break
        text = json.dumps(body, sort_keys=True)
        if text not in found and accepts(body):
            found[text] = body
    return list(found.values())


def changed(example: Any) -> Iterator[Any]:
    """Give changed requests: each kind of change everywhere at once, then numbers one at a time."""
    places = list(leaves(example))
    numbers = [place for place, value in places if type(value) in {int, float}]
    strings = [place for place, value in places if isinstance(value, str)]
    for change in _NUMBERS:
        yield put(example, numbers, change)
    yield put(example, [place for place, value in places if isinstance(value, bool)], lambda value: not value)
    yield put(example, strings, other(sorted({at(example, place) for place in strings})))
    lists = [place for place, value in places if isinstance(value, list) and value]
    yield put(example, lists[:1], lambda value: value[:-1])
    yield put(example, lists[:1], lambda value: [*value, value[0]])
    # Spread over the request, whose first numbers may be of one row.
    step = max(1, len(numbers) // len(_NUMBERS))
    for count, place in enumerate([*numbers[::step], *numbers]):
        yield put(example, [place], _NUMBERS[count % len(_NUMBERS)])
        yield put(example, [place], _NUMBERS[(count + 1) % len(_NUMBERS)])
    for place in strings:
        yield put(example, [place], other(sorted({at(example, found) for found in strings})))


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Give every number, string, boolean and list of a request, with its place."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*place, key))
    elif value is not None:
        yield place, value
        for index, part in enumerate(value if isinstance(value, list) else ()):
            yield from leaves(part, (*place, index))


def put(example: Any, places: list[Place], change: Callable[[Any], Any]) -> Any:
    """Return a copy of a request with what is at some places changed."""
    body = json.loads(json.dumps(example))
    for place in places:
        if place:
            owner = at(body, place[:-1])
            owner[place[-1]] = change(owner[place[-1]])
    return body


def at(body: Any, place: Place) -> Any:
    """Return what is at a place."""
    for step in place:
        body = body[step]
    return body


def other(strings: list[str]) -> Callable[[str], str]:
    """Return what gives the next of all strings that the request has."""
    return lambda text: strings[(strings.index(text) + 1) % len(strings)]
