"""Our HTTP server without our application: a handler that answers at once.

    constant  with the same bytes, whatever was asked
    by-hand   with the number that was asked, read and written by ``json``: what a no-op function does
    model     with what an application folder's first function gives, read and written by ``json``

Its arguments are one of these, the port that it listens on, and for the last the folder.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

from jupyter_containerize.runtime.http.limits import Limits
from jupyter_containerize.runtime.http.listening import Listening, listen
from jupyter_containerize.runtime.http.messages import Answer, Request
from jupyter_containerize.runtime.loading import load

_ANSWER = Answer(200, b"1.5")


Handler = Callable[[Request, Callable[[Answer], None]], None]


def _constant(_request: Request, reply: Callable[[Answer], None]) -> None:
    reply(_ANSWER)


def _by_hand(request: Request, reply: Callable[[Answer], None]) -> None:
    reply(Answer(200, json.dumps(json.loads(request.body)["value"]).encode()))


def _model(app: str) -> Handler:
    function = load(Path(app)).endpoints[0].function

    def handler(request: Request, reply: Callable[[Answer], None]) -> None:
        reply(Answer(200, json.dumps(function(**json.loads(request.body)).tolist()).encode()))

    return handler


async def _serve(handler: Handler, port: int) -> None:
    await Listening(handler, Limits(body_bytes=2**20, receive_seconds=30)).open(listen("127.0.0.1", port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    kind, port, *app = sys.argv[1:]
    asyncio.run(_serve(_model(*app) if app else {"constant": _constant, "by-hand": _by_hand}[kind], int(port)))
