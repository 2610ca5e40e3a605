"""Numbers about requests and calls in memory that all worker processes share.

Each process writes a row of its own, so that none waits for another; any of them adds all rows up.
"""

from __future__ import annotations

import mmap
import os
from bisect import bisect_left
from collections.abc import Sequence

from ..http.table import Route

STATUSES = (200, 400, 404, 405, 406, 408, 413, 415, 422, 429, 431, 500, 501, 503, 504)
DURATIONS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1e2, 1e3, 1e4, 1e5, 1e6, 1e7)
ROWS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 1024.0)
# A route's numbers: by status (the last is any other), then three histograms, each with its sum behind it.
_STATUS = {status: place for place, status in enumerate(STATUSES)}
_OTHER = len(STATUSES)
_SECONDS = _OTHER + 1
_IN = _SECONDS + len(DURATIONS) + 2
_OUT = _IN + len(SIZES) + 2
_ROUTE = _OUT + len(SIZES) + 2
# An endpoint's: the calls that requests asked for, and two histograms of those that were made.
_CALL_SECONDS = 1
_CALL_ROWS = _CALL_SECONDS + len(DURATIONS) + 2
_ENDPOINT = _CALL_ROWS + len(ROWS) + 2
# A row begins with these.
_PID, _OPEN, _OVERLOAD, _LOGGED_ERRORS = range(4)
_HEAD = 4
# Memory that nobody writes to takes no room: there is plenty for whatever is served.
_MOST_PROCESSES = 64
_GENERAL = 16384
DRIFT_SLOTS = 32768


class Shared:
    """Numbers of several processes. Made before they fork; each then says which row is its own."""

    def __init__(self, slots: int, processes: int) -> None:
        self._slots = slots
        # Anonymous, and shared with processes that are forked from this one.
        self._memory = memoryview(mmap.mmap(-1, slots * processes * 8)).cast("d")
        self._processes = processes
        self.row = self._memory[:slots]

    def work_as(self, number: int) -> None:
        """Write the row of that number from now on."""
        start = number % self._processes * self._slots
        self.row = self._memory[start : start + self._slots]

    def rows(self) -> list[memoryview[float]]:
        """Return the rows that some process has taken."""
        starts = range(0, len(self._memory), self._slots)
        return [self._memory[start : start + self._slots] for start in starts if self._memory[start + _PID]]

    def totals(self, start: int, count: int) -> list[float]:
        """Return the sums over all processes of ``count`` numbers."""
        return [sum(column) for column in zip(*(row[start : start + count] for row in self.rows()))]


class Counts:
    """Counts requests by route and calls by endpoint; what is not listed counts for an unknown route."""

    def __init__(self) -> None:
        self.shared = Shared(_GENERAL + DRIFT_SLOTS, _MOST_PROCESSES)
        self._row = self.shared.row
        self._row[_PID] = os.getpid()
        self.routes: list[tuple[str, str]] = [("", "")]
        self.endpoints: list[str] = []
        # By identity: comparing routes would cost more than all the rest.
        self._of_route: dict[int, int] = {id(None): _HEAD}
        self._of_endpoint: dict[str, int] = {}
        self._route_places = [_HEAD]
        self._next = _HEAD + _ROUTE

    def begin(self, routes: Sequence[Route], endpoints: Sequence[str] = ()) -> None:
        """Give each route and each endpoint its place, if it has none. All processes must give them the same."""
        for symbol in endpoints:
            if symbol not in self._of_endpoint and self._next + _ENDPOINT <= _GENERAL:
                self.endpoints.append(symbol)
                self._of_endpoint[symbol] = self._next
                self._next += _ENDPOINT
        for route in routes:
            name = (route.method, route.path)
            if name in self.routes:
                # Of another application in this process, or in the one that this was forked from.
                self._of_route[id(route)] = self._route_places[self.routes.index(name)]
            elif self._next + _ROUTE <= _GENERAL:
                self.routes.append(name)
                self._of_route[id(route)] = self._next
                self._route_places.append(self._next)
                self._next += _ROUTE

    def work_as(self, number: int) -> None:
        """Be the worker of that number, after a fork; a number that an ended worker had goes on with its counts."""
        self.shared.work_as(number)
        self._row = self.shared.row
        self._row[_PID] = os.getpid()
        self._row[_OPEN] = 0.0

    def asked(self) -> None:
        """A request has come."""
        self._row[_OPEN] += 1.0

    def answered(self, route: Route | None, status: int, seconds: float, bytes_in: int, bytes_out: int) -> None:
        """A request has its answer."""
        row = self._row
        at = self._of_route.get(id(route), _HEAD)
        row[_OPEN] -= 1.0
        row[at + _STATUS.get(status, _OTHER)] += 1.0
        row[at + _SECONDS + bisect_left(DURATIONS, seconds)] += 1.0
        row[at + _IN - 1] += seconds
        row[at + _IN + bisect_left(SIZES, bytes_in)] += 1.0
        row[at + _OUT - 1] += bytes_in
        row[at + _OUT + bisect_left(SIZES, bytes_out)] += 1.0
        row[at + _ROUTE - 1] += bytes_out

    def overloaded(self) -> None:
        """A request was turned away because there are too many."""
        self._row[_OVERLOAD] += 1.0

    def failed(self) -> None:
        """An error was logged."""
        self._row[_LOGGED_ERRORS] += 1.0

    def called(self, symbol: str, calls: int, rows: int, seconds: float) -> None:
        """The function of an endpoint was called once, for so many calls that were joined, with so many rows."""
        row = self._row
        at = self._of_endpoint.get(symbol)
        if at is None:
            return
        row[at] += calls
        row[at + _CALL_SECONDS + bisect_left(DURATIONS, seconds)] += 1.0
        row[at + _CALL_ROWS - 1] += seconds
        row[at + _CALL_ROWS + bisect_left(ROWS, rows)] += 1.0
        row[at + _ENDPOINT - 1] += rows

    def of_process(self) -> list[float]:
        """Return what all processes have: open requests, requests turned away, errors logged."""
        return self.shared.totals(_OPEN, 3)

    def of_route(self, place: int) -> tuple[list[float], list[float], list[float], list[float]]:
        """Return of the route at ``place`` the counts by status, and the histograms of seconds, bytes in and out.

        A histogram is its counts by bucket, one for what is above all of them, and the sum.
        """
        found = self.shared.totals(self._route_places[place], _ROUTE)
        return found[:_SECONDS], found[_SECONDS:_IN], found[_IN:_OUT], found[_OUT:]

    def of_endpoint(self, place: int) -> tuple[float, list[float], list[float]]:
        """Return of the endpoint at ``place`` the calls asked for, and the histograms of seconds and rows."""
        found = self.shared.totals(self._of_endpoint[self.endpoints[place]], _ENDPOINT)
        return found[0], found[_CALL_SECONDS:_CALL_ROWS], found[_CALL_ROWS:]

    def pids(self) -> list[int]:
        """Return the worker processes."""
        return [int(row[_PID]) for row in self.shared.rows()]

    @property
    def drift(self) -> int:
        """Where the numbers about drift begin; there are ``DRIFT_SLOTS``."""
        return _GENERAL
