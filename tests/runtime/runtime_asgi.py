"""The runtime's application asked in this process, without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.loading import Served
from jupyter_containerize.runtime.routes import Endpoint, Routes
from jupyter_containerize.runtime.schema import describe, read_signature
from jupyter_containerize.runtime.settings import Settings


def serving(function: Callable[..., Any], **settings: Any) -> App:
    """Return an application that serves a function of this process."""
    return answering([endpoint(function)], **settings)


def endpoint(function: Callable[..., Any], kind: str = "function", route: str = "", method: str = "POST") -> Endpoint:
    """Return a function of this process as an endpoint, on ``/`` and its name."""
    name = function.__name__
    return Endpoint(name, function, read_signature(function), describe(function), kind, route or f"/{name}", method)


def answering(endpoints: Sequence[Endpoint], **settings: Any) -> App:
    """Return an application that serves several functions."""
    app = App(Settings(**settings), lambda: None)
    app.begin(Served(tuple(endpoints), Routes(endpoints), endpoints[0].description))
    return app


def ask(
    app: App, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer."""
    return asyncio.run(_ask(app, method, target, body, headers or {}))


def predict(app: App, body: bytes) -> tuple[int, Any]:
    """Return status and the JSON of a prediction."""
    status, _, answer = ask(app, "POST", "/predict", body, {"content-type": "application/json"})
    return status, json.loads(answer)


async def _ask(
    app: App, method: str, target: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []
    all_headers = {"content-length": str(len(body)), **headers}
    raw = [(name.encode(), value.encode()) for name, value in all_headers.items()]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    path, _, query = target.partition("?")
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": raw}
    await app(scope, receive, send)
    start, *parts = sent
    received = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], received, b"".join(part["body"] for part in parts)
