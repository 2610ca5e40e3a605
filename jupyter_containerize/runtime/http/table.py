"""Which handler answers a method and a path.

A path's segments that begin with a colon stand for anything but a slash: ``/v2/models/:name/infer``. One may end in
a word after a second colon, which stands for itself: ``/v1/models/:name:predict``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .messages import Request

# A request -> an answer, or the calls that will make one (``calling.Work``).
Handler = Callable[[Request], Any]


@dataclasses.dataclass(frozen=True)
class Route:
    """One method of one path. ``words`` is what the list of routes says of it, empty for one that is not listed.

    ``error_member`` names a member that the protocol wants its refusals to have, with the detail in it; ``error_codes``
    are the protocol's own words for statuses, which go into ``error_code``: that of 500 for any other.
    """

    method: str
    path: str
    handler: Handler
    words: str = ""
    error_member: str = ""
    error_codes: Mapping[int, str] | None = None


class Table:
    """All routes. What was added first stays; paths that are written out go before those with colons.

    Of those, the ones with a word at the end of a segment go first: any name would fit what they fit, too.
    """

    def __init__(self) -> None:
        self._exact: dict[str, dict[str, Route]] = {}
        self._with_words: _Patterns = {}
        self._patterns: _Patterns = {}
        self._all: list[Route] = []
        # What paths with colons were found for: clients ask for few names, again and again.
        self._known: dict[str, tuple[Mapping[str, Route], Mapping[str, str]]] = {}

    def add(self, route: Route) -> None:
        """Take a route in, unless its method and path are taken."""
        self._known.clear()
        segments = tuple(route.path.split("/"))
        if not any(segment[:1] == ":" for segment in segments):
            routes = self._exact.setdefault(route.path, {})
        else:
            has_words = any(":" in segment[1:] for segment in segments)
            routes = (self._with_words if has_words else self._patterns).setdefault(segments, {})
        if route.method not in routes:
            routes[route.method] = route
            self._all.append(route)

    def find(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        """Return the routes of a path by method, and what its colons stand for; none for one that is not there."""
        found = self._exact.get(path)
        if found is not None:
            return found, _NO_VALUES
        known = self._known.get(path)
        if known is not None:
            return known
        matched = self._matched(path)
        if matched[0] and len(path) < _MOST_KNOWN:
            if len(self._known) >= _MOST_KNOWN:
                # Of a client that asks for ever other names.
                self._known.clear()
            self._known[path] = matched
        return matched

    def _matched(self, path: str) -> tuple[Mapping[str, Route], Mapping[str, str]]:
        given = path.split("/")
        for patterns in (self._with_words, self._patterns):
            for segments, routes in patterns.items():
                if len(segments) == len(given) and all(map(_fits, segments, given)):
                    return routes, dict(_value(word, part) for word, part in zip(segments, given) if word[:1] == ":")
        return {}, _NO_VALUES

    @property
    def routes(self) -> Sequence[Route]:
        """All routes, in the order in which they came."""
        return tuple(self._all)

    def listed(self) -> dict[str, str]:
        """Return the words of all routes by method and path, in the order in which they came."""
        return {f"{route.method} {route.path}": route.words for route in self._all if route.words}


_Patterns = dict[tuple[str, ...], dict[str, Route]]
_NO_VALUES: Mapping[str, str] = {}
# So many paths are known, and none that is longer.
_MOST_KNOWN = 256


def _fits(word: str, part: str) -> bool:
    if word[:1] != ":":
        return word == part
    _, colon, end = word[1:].partition(":")
    return part.endswith(colon + end) and len(part) > len(colon + end)


def _value(word: str, part: str) -> tuple[str, str]:
    name, colon, end = word[1:].partition(":")
    return name, part[: len(part) - len(colon + end)]
