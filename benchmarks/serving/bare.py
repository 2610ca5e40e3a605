"""Our HTTP server with nothing behind it: every request is read to its end and answered with the same bytes.

Its argument is the port that it listens on.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from jupyter_containerize.runtime.http.connection import Limits
from jupyter_containerize.runtime.http.listening import Listening, listen
from jupyter_containerize.runtime.http.messages import Answer, Request

_ANSWER = Answer(200, b"1.5")


def _handle(_request: Request, reply: Callable[[Answer], None]) -> None:
    reply(_ANSWER)


async def _serve(port: int) -> None:
    await Listening(_handle, Limits(body_bytes=2**20, receive_seconds=30)).open(listen("127.0.0.1", port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
