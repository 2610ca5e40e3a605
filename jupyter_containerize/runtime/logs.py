"""One line of JSON for each thing that happens, on standard output: what container platforms collect."""

from __future__ import annotations

import asyncio
import atexit
import datetime as dt
import functools
import json
import logging
import re
import sys
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .http.messages import Answer, Request

_FLUSH_SECONDS = 0.1
# What a pipe takes in one piece: lines of several processes do not mix.
_PIECE_CHARACTERS = 4096
# Of more, the event loop would write for longer than a quick call takes.
_MOST_WAITING = 256
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_.:@+~-]*")
_LOGGED_PATH_CHARACTERS = 200


# What a request's line has: ``Lines._line``.
_Said = tuple[float, str, str, str, int, float, int, int, str]


class JsonLines(logging.Formatter):
    """Writes a record as an object: time, level, event, the record's ``fields``, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. All ASCII: a line must not fail for what a caller wrote into a path."""
        time = dt.datetime.fromtimestamp(record.created, dt.timezone.utc).isoformat(timespec="milliseconds")
        line: dict[str, object] = {"time": time, "level": record.levelname.lower(), "event": record.getMessage()}
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class Lines(logging.Handler):
    """Writes lines: those of records at once, those of requests within a tenth of a second, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self._waiting: deque[str | _Said] = deque()
        self._due = 0.0
        self._second = -1
        self._time = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, after the lines that wait."""
        try:
            self._waiting.append(self.format(record))
            self.flush()
        except Exception:  # as every handler: logging must not end what it tells of
            self.handleError(record)

    def request(self, request: Request, answer: Answer, seconds: float, trace_id: str) -> None:
        """Add the line of a request. It is made when it is written: many in a row take half as long as each alone."""
        now = time.time()
        method, path, bytes_in = request.method, request.path, len(request.body)
        said = now, request.request_id, method, path, answer.status, seconds, bytes_in, len(answer.body), trace_id
        self._waiting.append(said)
        if now > self._due:
            self._soon(now)
        elif len(self._waiting) >= _MOST_WAITING:
            self._write_all()

    def _soon(self, now: float) -> None:
        try:
            asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
        except RuntimeError:
            self.flush()
        self._due = now + _FLUSH_SECONDS

    def forget(self) -> None:
        """Drop what waits: after a fork it is the other process's to write."""
        self._waiting.clear()

    def flush(self) -> None:
        """Write all that waits."""
        self._due = 0.0
        self._write_all()

    def _write_all(self) -> None:
        waiting = self._waiting
        piece: list[str] = []
        size = 0
        while waiting:
            said = waiting.popleft()
            line = said if type(said) is str else self._line(*said)
            if piece and size + len(line) >= _PIECE_CHARACTERS:
                _write(piece)
                piece, size = [], 0
            piece.append(line)
            size += len(line) + 1
        if piece:
            _write(piece)

    def _line(  # noqa: PLR0917  # in the order in which they were added
        self,
        at: float,
        request_id: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        bytes_in: int,
        bytes_out: int,
        trace_id: str,
    ) -> str:
        """Return a request's line. Written by hand: the ids are sane words, and only the path can be anything."""
        second = int(at)
        if second != self._second:
            self._second = second
            self._time = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        trace = f',"trace_id":"{trace_id}"' if trace_id else ""
        return (
            f'{{"time":"{self._time}.{int((at - second) * 1000):03d}+00:00","level":"info","event":"request",'
            f'"request_id":"{request_id}","method":"{method}","path":{_said(path)},'
            f'"status":{status},"milliseconds":{seconds * 1000:.3f},"bytes_in":{bytes_in},'
            f'"bytes_out":{bytes_out}{trace}}}'
        )


@functools.lru_cache(maxsize=256)
def _said(path: str) -> str:
    """Return a path as JSON; clients ask for few, again and again."""
    path = path[:_LOGGED_PATH_CHARACTERS]
    return f'"{path}"' if _PLAIN_PATH.fullmatch(path) else json.dumps(path)


def _write(lines: list[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


# Where request lines go; nowhere until ``configure``.
lines: Lines | None = None


def configure() -> None:
    """Send our own records from INFO and everybody else's from WARNING to standard output."""
    global lines  # noqa: PLW0603  # there is one standard output
    lines = Lines()
    atexit.register(lines.flush)
    logging.root.handlers[:] = [lines]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger(__package__).setLevel(logging.INFO)
