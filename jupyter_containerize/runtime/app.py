"""The HTTP surface, as an ASGI application: which route answers what, and when.

    POST /predict        a JSON object by parameter name -> the JSON of what the primary endpoint's function gives
    its own route        the same; and each further endpoint on its own
    GET  /health/live    200 as soon as the process listens
    GET  /health/ready   200 while requests are wanted: after loading, until it is told to stop; else 503
    GET  /schema         what the functions take and give, and what they were made from
    GET  /               these routes

An endpoint may have any route but /health's, with parts that stand for values (/hello/:name).

Any other answer is a problem document (RFC 9457). Source: ASGI 3.0, "HTTP" and "Lifespan".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from . import predict
from .asked import Asked, has_body, takes_json_only
from .body import write
from .errors import Refused
from .exchange import Answer, ClientGone, Exchange, Receive, Send, refusal
from .loading import Served
from .routes import CELL, Endpoint
from .settings import Settings

logger = logging.getLogger(__name__)

_READ = "GET, HEAD"
_ROUTES = {
    "GET /schema": "what the functions take and give, with examples",
    "GET /health/live": "200 while the process is alive",
    "GET /health/ready": "200 while it takes requests",
}
_LOGGED_PATH_CHARACTERS = 200


class App:
    """Answers requests. It is ready from ``begin`` to ``stop``.

    ``on_startup`` is called in the event loop, before the first connection.
    """

    def __init__(self, settings: Settings, on_startup: Callable[[], None]) -> None:
        self._settings = settings
        self._on_startup = on_startup
        self._served: Served | None = None
        self._pages: dict[str, Answer] = {}
        self._listed: dict[str, str] = {}
        self._stopping = False
        # Not the event loop's own pool: asyncio waits for that one without end.
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="predict")
        self._calls: set[Future[Any]] = set()
        self._own: Mapping[str, tuple[str, Callable[[Exchange], Awaitable[Answer]]]] = {
            "/health/live": (_READ, self._live),
            "/health/ready": (_READ, self._ready),
            "/schema": (_READ, self._page),
            "/": (_READ, self._page),
        }

    @property
    def is_calling(self) -> bool:
        """Whether a thread is in a call right now; it cannot be made to leave."""
        return any(call.running() for call in list(self._calls))

    def begin(self, served: Served) -> None:
        """Answer with what was loaded, from now on."""
        self._listed = {**{route: _words(endpoint) for route, endpoint in served.routes.listed().items()}, **_ROUTES}
        index = {"symbol": served.symbol, "doc": served.description["doc"], "routes": self._listed}
        self._pages = {"/schema": Answer(200, write(served.description)), "/": Answer(200, write(index))}
        self._served = served

    def stop(self) -> None:
        """Be ready no more. Requests that still come in are answered as before."""
        self._stopping = True

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self._serve(Exchange(scope, receive, send))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._on_startup()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, exchange: Exchange) -> None:
        try:
            answer = await self._answer(exchange)
        except ClientGone:
            self._log(exchange, None)
            return
        await exchange.answer(answer)
        self._log(exchange, answer)

    async def _answer(self, exchange: Exchange) -> Answer:
        try:
            return await self._routed(exchange)
        except Refused as refused:
            return refusal(refused, exchange.request_id)
        except predict.CallFailed as error:
            # Without our own frames: the cause is what the author of the function can mend.
            logger.error("call failed", exc_info=error.__cause__, extra=_fields(exchange))  # noqa: TRY400
            return refusal(Refused(500, error.detail), exchange.request_id)
        except asyncio.CancelledError:
            # The grace period is over. This task ends with the answer, so the cancellation is honoured.
            return refusal(Refused(503, "stopped before the function returned"), exchange.request_id)

    async def _routed(self, exchange: Exchange) -> Answer:
        endpoints, values = self._served.routes.find(exchange.path) if self._served else ({}, {})
        if endpoints:
            # HEAD is GET without the body, which the server leaves out.
            endpoint = endpoints.get(exchange.method) or (endpoints.get("GET") if exchange.method == "HEAD" else None)
            if endpoint is None:
                raise _not_allowed(exchange, ", ".join(endpoints))
            return await self._predict(exchange, endpoint, values)
        if exchange.path not in self._own:
            self._loaded()
            raise Refused(404, f"there is only {', '.join(self._listed)}")
        methods, handler = self._own[exchange.path]
        if exchange.method not in methods.split(", "):
            raise _not_allowed(exchange, methods)
        return await handler(exchange)

    async def _live(self, _exchange: Exchange) -> Answer:
        return Answer(200, b'{"status":"alive"}')

    async def _ready(self, _exchange: Exchange) -> Answer:
        self._loaded()
        if self._stopping:
            raise Refused(503, "stopping")
        return Answer(200, b'{"status":"ready"}')

    async def _page(self, exchange: Exchange) -> Answer:
        self._loaded()
        return self._pages[exchange.path]

    async def _predict(self, exchange: Exchange, endpoint: Endpoint, values: Mapping[str, str]) -> Answer:
        text = b""
        if has_body(endpoint):
            if takes_json_only(endpoint):
                _check_media(exchange)
            text = await exchange.read_body(
                limit_bytes=self._settings.max_body_bytes, timeout_seconds=self._settings.body_timeout_seconds
            )
        asked = Asked(text, exchange.query, values, exchange.headers)
        written = await self._in_thread(predict.answer, endpoint, asked)
        if isinstance(written, predict.Unfinished):
            written = await self._in_thread(predict.written, endpoint, await written.finish())
        return Answer(200, written.content, written.content_type)

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call in a thread, so that health is answered meanwhile."""
        future = self._threads.submit(function, *arguments)
        self._calls.add(future)
        future.add_done_callback(self._calls.discard)
        return await asyncio.wrap_future(future)

    def _loaded(self) -> Served:
        if self._served is None:
            raise Refused(503, "still loading", headers={"retry-after": "1"})
        return self._served

    def _log(self, exchange: Exchange, answer: Answer | None) -> None:
        fields = _fields(
            exchange,
            method=exchange.method,
            path=exchange.path[:_LOGGED_PATH_CHARACTERS],
            status=None if answer is None else answer.status,
            milliseconds=round(exchange.seconds * 1000, 3),
            bytes_in=exchange.bytes_in,
            bytes_out=0 if answer is None else len(answer.body),
        )
        logger.info("request", extra=fields)


def _words(endpoint: Endpoint) -> str:
    if endpoint.kind == CELL:
        return f"a request as Kernel Gateway reads it; answers with what {endpoint.symbol} prints"
    taken = "a JSON object by parameter name" if has_body(endpoint) else "a query by parameter name"
    return f"{taken}; answers with the JSON of what {endpoint.symbol} gives"


def _not_allowed(exchange: Exchange, methods: str) -> Refused:
    return Refused(405, f"{exchange.path} takes {methods}", headers={"allow": methods})


def _check_media(exchange: Exchange) -> None:
    """Refuse a body that does not say it is plain JSON.

    Also one that says nothing: a web page elsewhere can make a browser send anything but JSON without asking us.
    """
    kind, _, parameters = exchange.header("content-type").lower().partition(";")
    kind = kind.strip()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        seen = f", not {kind}" if kind else ""
        raise Refused(415, f"send content-type: application/json{seen}", headers={"accept-post": "application/json"})
    charset = parameters.strip().replace('"', "").partition("charset=")[2]
    if charset not in {"", "utf-8", "utf8"}:
        raise Refused(415, f"send JSON in UTF-8, not {charset}", headers={"accept-post": "application/json"})
    coding = exchange.header("content-encoding").lower()
    if coding not in {"", "identity"}:
        raise Refused(415, f"send the body as it is, not in {coding}", headers={"accept-encoding": "identity"})


def _fields(exchange: Exchange, **values: Any) -> dict[str, dict[str, Any]]:
    return {"fields": {"request_id": exchange.request_id, **values}}
