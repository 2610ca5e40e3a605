"""The HTTP surface: which route answers what, and when.

    POST /predict        a JSON object by parameter name -> the JSON of what the primary endpoint's function gives
    its own route        the same; and each further endpoint on its own
    GET  /health/live    200 as soon as the process listens
    GET  /health/ready   200 while requests are wanted: after loading, until it is told to stop; else 503
    GET  /metrics        what it counts, as Prometheus reads it
    GET  /schema         what the functions take and give, and what they were made from
    GET  /openapi.json   all of it as OpenAPI 3.1
    GET  /               these routes; for a browser, a page to try them

An endpoint may have any route but /health's, with parts that stand for values (/hello/:name).

Any other answer is a problem document (RFC 9457).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from . import body
from .asked import has_body
from .calling import Calls, Work
from .errors import CallFailed, Refused
from .http.messages import Answer, Request, problem
from .http.table import Handler, Route, Table
from .loading import Served
from .overview import Overview
from .predict import Predict
from .protocols import all_routes, platform_routes
from .routes import CELL, Endpoint
from .settings import Settings
from .watching import Watch

Reply = Callable[[Answer], None]
# Reading and checking a body above this would keep others waiting: it is done in a thread.
_LARGE_BODY_BYTES = 256 * 1024
_READY_V2 = Answer(200, b'{"ready":true}')


class App:
    """Answers requests. It is ready from ``begin`` to ``stop``."""

    def __init__(self, settings: Settings, watch: Watch | None = None) -> None:
        self._settings = settings
        self._watch = watch or Watch(settings)
        self._served: Served | None = None
        self._stopping = False
        # Whether the other workers are ready, where there are any.
        self.others_ready: Callable[[], bool] = lambda: True
        self._calls = Calls(settings, self._watch.called)
        # Of routes that were refused for what waits already: whom they ask, so that the next is refused unread.
        self._crowded: dict[int, Endpoint] = {}
        # Requests that have no answer yet.
        self._open: dict[int, tuple[Request, Route | None, Reply]] = {}
        self._health = (
            Route("GET", "/health/live", self._live, "200 while the process is alive"),
            Route("GET", "/health/ready", self._ready, "200 while it takes requests"),
            # The Open Inference Protocol's: here, as they are asked before anything is loaded.
            Route("GET", "/v2/health/live", _page(Answer(200, b'{"live":true}'))),
            Route("GET", "/v2/health/ready", lambda request: self._ready(request) and _READY_V2),
        )
        self._metrics = Route("GET", "/metrics", self._watch.metrics, "what it counts, as Prometheus reads it")
        self._table = _table((*self._health, self._metrics))
        self._watch.expect(self._table.routes)

    @property
    def watch(self) -> Watch:
        """What is told of all that happens: to be told also which worker this is, and that the process ends."""
        return self._watch

    @property
    def is_calling(self) -> bool:
        """Whether a thread is in a call right now; it cannot be made to leave."""
        return self._calls.is_calling

    def calling_since(self) -> float:
        """Return since when the event loop is in a call, by ``time.monotonic()``; 0 if not. Any thread may ask."""
        return self._calls.inline_since

    @property
    def is_loaded(self) -> bool:
        """Whether it has begun."""
        return self._served is not None

    @property
    def is_idle(self) -> bool:
        """Whether every request has been answered."""
        return not self._open

    def begin(self, served: Served) -> None:
        """Answer with what was loaded, from now on."""
        schema = Answer(200, body.write(served.description))
        own = [
            Route(
                endpoint.method,
                key.partition(" ")[2],
                Predict(endpoint, self._settings.max_body_bytes),
                _words(endpoint),
            )
            for key, endpoint in served.routes.listed().items()
        ]
        about = Route("GET", "/schema", _page(schema), "what the functions take and give, with examples")
        others = (*self._platforms(), *all_routes(served, self._settings))
        # A platform that names a path means itself by it, whatever the notebook has there.
        asked = tuple(platform_routes(served, self._settings))
        overview = Overview(served, self._settings)
        # In the order in which they are told; /health's, which nobody can take, first.
        overview.begin(_table((*asked, *own, about, *overview.routes, *self._health, self._metrics, *others)))
        table = _table((*self._health, *asked, *own, about, *overview.routes, self._metrics, *others))
        self._watch.begin(served, table.routes)
        self._table = table
        self._served = served

    def stop(self) -> None:
        """Be ready no more. Requests that still come in are answered as before."""
        self._stopping = True
        self._watch.stop()

    def give_up(self) -> None:
        """Answer what is still under way: the grace period is over."""
        for request, route, reply in list(self._open.values()):
            self._end(request, route, reply, Refused(503, "stopped before the function returned"))

    def __call__(self, request: Request, reply: Reply) -> None:
        """Answer a request, now or later."""
        self._watch.asked()
        route: Route | None = None
        try:
            route, request.values = self._found(request)
            if self._calls.is_crowded and id(route) in self._crowded:
                self._calls.check(self._crowded[id(route)])
            is_coded = bool(request.body and request.header(b"content-encoding"))
            if is_coded or len(request.body) > _LARGE_BODY_BYTES:
                self._later(request, route, reply)
                handler = self._inflating(route.handler) if is_coded else route.handler
                self._calls.in_thread(lambda: handler(request), lambda found: self._go_on(request, route, reply, found))
                return
            found = route.handler(request)
        except Refused as refused:
            self._reply(request, route, reply, refused)
            return
        except Exception as error:
            # Of a handler: a defect of ours is a 500 and no end.
            self._reply(request, route, reply, _defect(error))
            return
        if isinstance(found, Work):
            self._later(request, route, reply)
            if self._calls.is_crowded:
                self._crowded[id(route)] = found.endpoint
            self._calls.start(self._watch.observed(found), functools.partial(self._end, request, route, reply))
        else:
            self._reply(request, route, reply, found)

    def unread(self, request: Request, answer: Answer) -> None:
        """Be told of a request that was refused before it had arrived; of it there is only what has."""
        self._watch.asked()
        self._watch.answered(request, answer)

    def _platforms(self) -> Iterable[Route]:
        """Yield where platforms ask whether we are ready."""
        yield Route("GET", "/ping", self._ready, "as /health/ready, for SageMaker and MLflow")
        yield Route("GET", "/health", self._ready)
        if self._settings.health_route:
            yield Route("GET", self._settings.health_route, self._ready)

    def _inflating(self, handler: Handler) -> Handler:
        from .codecs.inflating import inflating  # noqa: PLC0415  # few clients compress what they ask

        return inflating(handler, self._settings.max_body_bytes)

    def _go_on(self, request: Request, route: Route, reply: Reply, found: Any) -> None:
        if isinstance(found, Work):
            work = self._watch.observed(found)
            self._calls.start(work, lambda outcome: self._end(request, route, reply, outcome), is_large=True)
        else:
            self._end(request, route, reply, found)

    def _later(self, request: Request, route: Route | None, reply: Reply) -> None:
        self._open[id(request)] = (request, route, reply)

    def _end(self, request: Request, route: Route | None, reply: Reply, outcome: Any) -> None:
        # None: it was given up, and has been answered.
        if self._open.pop(id(request), None) is not None:
            self._reply(request, route, reply, outcome)

    def _reply(self, request: Request, route: Route | None, reply: Reply, outcome: Any) -> None:
        answer = outcome if isinstance(outcome, Answer) else self._refusal(request, route, outcome)
        reply(answer)
        self._watch.answered(request, answer, route)

    def _refusal(self, request: Request, route: Route | None, error: BaseException) -> Answer:
        more: dict[str, Any] = {}
        if not isinstance(error, Refused):
            failed = error if isinstance(error, CallFailed) else _defect(error)
            refused = _client_mistake(failed)
            if refused is None:
                self._watch.failed(request, failed)
            else:
                self._watch.not_taken(request, failed)
            more.update(self._watch.told(failed))
            error = refused or Refused(500, failed.detail)
        if route is not None and route.error_member:
            more[route.error_member] = error.detail
        if route is not None and route.error_codes:
            more["error_code"] = route.error_codes.get(error.status, route.error_codes[500])
        return problem(error, request.request_id, **more)

    def _found(self, request: Request) -> tuple[Route, Any]:
        routes, values = self._table.find(request.path)
        # HEAD is GET without the body, which the connection leaves out.
        route = routes.get(request.method) or (routes.get("GET") if request.method == "HEAD" else None)
        if route is not None:
            return route, values
        if routes:
            allowed = ", ".join([*routes, *(["HEAD"] if "GET" in routes else [])])
            raise Refused(405, f"{request.path} takes {allowed}", headers={"allow": allowed})
        self._loaded()
        raise Refused(404, f"there is only {', '.join(self._table.listed())}")

    def _live(self, _request: Request) -> Answer:
        return Answer(200, b'{"status":"alive"}')

    def _ready(self, _request: Request) -> Answer:
        self._loaded()
        if self._stopping:
            raise Refused(503, "stopping")
        if not self.others_ready():
            raise Refused(503, "another worker is starting", headers={"retry-after": "1"})
        if self._calls.is_stuck:
            raise Refused(503, "every thread is in a call that has taken too long")
        return Answer(200, b'{"status":"ready"}')

    def _loaded(self) -> Served:
        if self._served is None:
            raise Refused(503, "still loading", headers={"retry-after": "1"})
        return self._served


def _table(routes: Iterable[Route]) -> Table:
    table = Table()
    for route in routes:
        table.add(route)
    return table


def _page(answer: Answer) -> Handler:
    return lambda _request: answer


def _client_mistake(failed: CallFailed) -> Refused | None:
    """Return the refusal of what could not be known for wrong before the call; ``None`` for any other failure."""
    if failed.work is None:
        return None
    from .refused_rows import refusal  # noqa: PLC0415  # little is refused so late

    return refusal(failed)


def _defect(error: BaseException) -> CallFailed:
    failed = CallFailed("the server failed; the log has it under this request_id")
    failed.__cause__ = error
    return failed


def _words(endpoint: Endpoint) -> str:
    if endpoint.kind == CELL:
        return f"a request as Kernel Gateway reads it; answers with what {endpoint.symbol} prints"
    taken = "a JSON object by parameter name" if has_body(endpoint) else "a query by parameter name"
    return f"{taken}; answers with the JSON of what {endpoint.symbol} gives"
