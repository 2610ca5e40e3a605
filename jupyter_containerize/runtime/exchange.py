"""One HTTP request and its answer, over ASGI: the limits on what comes in, and one way to send what goes out."""

from __future__ import annotations

import asyncio
import dataclasses
import http
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from types import TracebackType
from typing import Any

from .body import write
from .errors import Refused

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_SANE_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")
# How long and how much we go on listening to a body that was refused, so that the client gets to read why.
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 64 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Answer:
    """What goes out."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)


class ClientGone(Exception):
    """The client closed the connection before its request was complete; there is nobody to answer."""


class Exchange:
    """One request. ``request_id`` is the caller's ``x-request-id`` if that is a sane word, else a new one."""

    def __init__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: str = scope.get("query_string", b"").decode("latin-1")
        self._headers_sent: list[tuple[bytes, bytes]] = scope["headers"]
        self._headers: dict[bytes, bytes] = dict(self._headers_sent)
        self._receive = receive
        self._send = send
        self._unread = b"transfer-encoding" in self._headers or self.header("content-length") not in {"", "0"}
        self._began = time.perf_counter()
        self.bytes_in = 0
        given = self.header("x-request-id")
        self.request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex

    def header(self, name: str) -> str:
        """Return a request header, empty if it was not sent."""
        return self._headers.get(name.encode(), b"").decode("latin-1").strip()

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """All request headers; names are in lower case."""
        return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._headers_sent)

    @property
    def seconds(self) -> float:
        """How long ago the request's head was read."""
        return time.perf_counter() - self._began

    async def read_body(self, *, limit_bytes: int, timeout_seconds: float) -> bytes:
        """Return the whole body.

        Raises:
            Refused: 413 for one above the limit, announced or sent; 408 for one that takes too long.
            ClientGone: the connection was closed first.
        """
        announced = self.header("content-length")
        if announced.isdecimal() and int(announced) > limit_bytes:
            raise _too_large(limit_bytes)
        chunks = []
        with _Deadline(timeout_seconds):
            while True:
                message = await self._receive()
                if message["type"] != "http.request":
                    raise ClientGone
                chunks.append(message.get("body", b""))
                self.bytes_in += len(chunks[-1])
                if self.bytes_in > limit_bytes:
                    raise _too_large(limit_bytes)
                if not message.get("more_body", False):
                    break
        self._unread = False
        return b"".join(chunks)

    async def answer(self, answer: Answer) -> None:
        """Send an answer. If the body was not read to its end, the connection is closed after it."""
        headers = {
            "content-type": answer.content_type,
            "content-length": str(len(answer.body)),
            "x-request-id": self.request_id,
            **answer.headers,
            **({"connection": "close"} if self._unread else {}),
        }
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": raw})
        # Who was too slow for us is not waited for again.
        linger = self._unread and answer.status != http.HTTPStatus.REQUEST_TIMEOUT
        await self._send({"type": "http.response.body", "body": answer.body, "more_body": linger})
        if linger:
            await self._linger()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _linger(self) -> None:
        """Go on reading for a moment: closing on unread bytes resets the connection, and the answer is lost with it."""
        read = 0
        try:
            with _Deadline(_LINGER_SECONDS):
                while read < _LINGER_BYTES:
                    message = await self._receive()
                    read += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return
        except Refused:
            return


def refusal(refused: Refused, request_id: str) -> Answer:
    """Return a refusal as a problem document. Source: RFC 9457."""
    problem: dict[str, Any] = {
        "title": http.HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": refused.detail,
        "request_id": request_id,
    }
    if refused.problems:
        problem["problems"] = [dataclasses.asdict(found) for found in refused.problems]
    return Answer(refused.status, write(problem), "application/problem+json", refused.headers)


def _too_large(limit_bytes: int) -> Refused:
    return Refused(413, f"the body is larger than {limit_bytes} bytes")


class _Deadline:
    """Ends what runs inside it with a 408 after some seconds.

    Not ``asyncio.wait_for``: before Python 3.12 that makes a task for each call, and ``asyncio.timeout``
    is not there before 3.11.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._expired = False

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._handle = asyncio.get_running_loop().call_later(self._seconds, self._expire)

    def _expire(self) -> None:
        self._expired = True
        if self._task is not None:
            self._task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handle.cancel()
        if self._expired and kind is asyncio.CancelledError:
            # From 3.11 on a task counts its cancellations, and this one is answered.
            getattr(self._task, "uncancel", lambda: None)()
            raise Refused(408, f"the body did not arrive within {self._seconds:g} s") from None
