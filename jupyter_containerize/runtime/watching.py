"""What the application tells about its work: an object that is told, and that the log and the metrics come from."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from . import logs
from .errors import CallFailed, RowsNotTaken
from .http.messages import Answer, Request
from .http.table import Route
from .monitoring.counts import Counts
from .settings import Settings

if TYPE_CHECKING:
    from .calling import Work
    from .loading import Served
    from .monitoring.drift import Drift
    from .monitoring.tracing import Tracer
    from .routes import Endpoint

logger = logging.getLogger(__name__)

# W3C Trace Context: version, trace id, parent id, flags.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_BAD_REQUEST = 400
_OVERLOADED = frozenset({429, 503})
# Of more calls than this in that time only one of several is looked at for drift. A call takes about 7 us to count.
_DRIFT_SECONDS = 0.25
_DRIFT_CALLS = 100
_DRIFT_WAITING = 1000


class Watch:
    """Is told what happens, in the event loop, and must be quick about it.

    In a process with workers it is made before they fork; each then calls ``work_as``.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self._settings = settings
        self.counts = Counts()
        self._least_status = {"all": 0, "problems": _BAD_REQUEST}.get(settings.log, 1000)
        self._is_ready = False
        self._served: Served | None = None
        self._tracer: Tracer | None = None
        # For drift: (arguments of each call, raw results) that wait to be counted, and how one of so many is taken.
        self._primary: Any = None
        self._seen: deque[tuple[Any, Any]] = deque(maxlen=_DRIFT_WAITING)
        self._drift: Drift | None = None
        self._stride = self._step = self._until = 1
        self._calls = self._drained_calls = 0
        self._is_drift_due = False

    def expect(self, routes: Iterable[Route]) -> None:
        """These routes are there before anything is loaded."""
        self.counts.begin(list(routes))

    def begin(self, served: Served, routes: Iterable[Route]) -> None:
        """Serving begins, of these routes; before it nothing was loaded."""
        self._served = served
        self.counts.begin(list(routes), [endpoint.symbol for endpoint in served.endpoints])
        if (self._settings.app / "baseline.json").exists():
            self._primary = served.endpoints[0]
        if any(os.environ.get(f"OTEL_EXPORTER_OTLP_{part}ENDPOINT") for part in ("", "TRACES_")):
            from .monitoring.tracing import tracer  # noqa: PLC0415  # only who has a collector needs it

            self._tracer = tracer(os.environ)
        self._is_ready = True

    def work_as(self, number: int) -> None:
        """Be the worker of that number, 0 for the first, in a process that was just forked."""
        self.counts.work_as(number)
        self._seen.clear()
        if logs.lines is not None:
            logs.lines.forget()

    def stop(self) -> None:
        """Requests are not wanted any more; those that come are still told."""
        self._is_ready = False

    def close(self) -> None:
        """Send and write what waits: the process ends."""
        if self._tracer is not None:
            self._tracer.close()
        if logs.lines is not None:
            logs.lines.flush()

    def asked(self) -> None:
        """A request has come; ``answered`` follows."""
        self.counts.asked()

    def answered(self, request: Request, answer: Answer, route: Route | None = None) -> None:
        """A request has its answer, which is on its way."""
        seconds = time.perf_counter() - request.began
        status = answer.status
        self.counts.answered(route, status, seconds, len(request.body), len(answer.body))
        if status in _OVERLOADED and self._is_ready:
            self.counts.overloaded()
        tracer = self._tracer
        logged = status >= self._least_status and logs.lines is not None
        if not logged and tracer is None:
            return
        given = request.header(b"traceparent")
        found = _TRACEPARENT.fullmatch(given) if given else None
        if tracer is not None:
            parent = found.groups() if found else None
            trace_id = tracer.answered(request, status, seconds, route.path if route is not None else "", parent)
        else:
            trace_id = found[1] if found else ""
        if logged and logs.lines is not None:
            logs.lines.request(request, answer, seconds, trace_id)

    def failed(self, request: Request, error: CallFailed) -> None:
        """A call raised, or we did. The log says in which cell."""
        from .monitoring.blame import blame  # noqa: PLC0415  # nothing fails, usually

        fields: dict[str, Any] = {"request_id": request.request_id, **blame(error.__cause__, self._settings.app)}
        self.counts.failed()
        logger.error("call failed", exc_info=error.__cause__, extra={"fields": fields})

    def not_taken(self, request: Request, error: CallFailed) -> None:
        """A call raised for what it was given: the client's mistake, and nothing to wake anybody for."""
        from .monitoring.blame import blame  # noqa: PLC0415  # as above

        cause = error.__cause__
        reason = str(cause) if isinstance(cause, RowsNotTaken) else f"{type(cause).__name__}: {cause}"
        fields = {"request_id": request.request_id, **blame(cause, self._settings.app), "reason": reason}
        logger.warning("rows not taken", extra={"fields": fields})

    def told(self, error: CallFailed) -> Mapping[str, Any]:
        """Return what the client is told of a failure beside its id: nothing, unless somebody debugs."""
        if not self._settings.debug:
            return {}
        from .monitoring.blame import shown  # noqa: PLC0415

        return shown(error.__cause__, self._settings.app)

    def called(self, endpoint: Endpoint, calls: int, rows: int, seconds: float) -> None:
        """A function was called once, for ``calls`` calls that were joined, with so many rows. Any thread may tell."""
        self.counts.called(endpoint.symbol, calls, rows, seconds)

    def observed(self, work: Work) -> Work:
        """Return the work, which tells of its arguments and results if this one is counted for drift."""
        if work.endpoint is not self._primary:
            return work
        self._until -= 1
        return work if self._until else self._taken(work)

    def _taken(self, work: Work) -> Work:
        self._calls += self._step
        self._step = self._until = self._stride
        if not self._is_drift_due:
            self._is_drift_due = True
            asyncio.get_running_loop().call_later(_DRIFT_SECONDS, self._count_drift)
        finish, calls, seen = work.finish, work.calls, self._seen

        def finished(results: list[Any]) -> Answer:
            answer = finish(results)
            seen.append((calls, results))
            return answer

        return type(work)(work.endpoint, work.calls, finished)

    def _count_drift(self) -> None:
        """Count what was seen; look at fewer calls if there were many."""
        self._is_drift_due = False
        new = self._calls - self._drained_calls
        self._drained_calls = self._calls
        self._stride = max(1, -(-new // _DRIFT_CALLS))
        self.drain()

    def drain(self) -> Drift | None:
        """Count what waits, and return what has counted it; ``None`` without a baseline."""
        if self._primary is None:
            return None
        if self._drift is None:
            from .monitoring.drift import read_drift  # noqa: PLC0415  # not before the first request

            self._drift = read_drift(self._settings.app, self._primary, self.counts)
            if self._drift is None:
                self._primary = None
                return None
        self._drift.count(self._seen, self._calls)
        return self._drift

    def metrics(self, request: Request) -> Answer:
        """Answer ``GET /metrics``."""
        from .monitoring.exposition import exposition  # noqa: PLC0415  # who never asks needs none of it

        drift = self.drain()
        return exposition(self.counts, self._served, request, drift, is_ready=self._is_ready)
