"""The runtime's application asked in this process, without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_containerize.runtime.app import App
from jupyter_containerize.runtime.http.messages import Answer, Request
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
    app = App(Settings(**settings))
    app.begin(Served(tuple(endpoints), Routes(endpoints), endpoints[0].description))
    return app


def ask(
    app: App, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer."""
    answer = asyncio.run(_ask(app, method, target, body, headers or {}))
    return answer.status, {"content-type": answer.content_type, **answer.headers}, answer.body


def predict(app: App, body: bytes) -> tuple[int, Any]:
    """Return status and the JSON of a prediction."""
    status, _, answer = ask(app, "POST", "/predict", body, {"content-type": "application/json"})
    return status, json.loads(answer)


async def _ask(app: App, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    path, _, query = target.partition("?")
    sent = [
        (name.lower().encode(), value.encode()) for name, value in {"content-length": str(len(body)), **headers}.items()
    ]
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    app(Request(method, path, query, sent, body), answered.set_result)
    return await answered
