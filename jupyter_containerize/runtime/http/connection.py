"""One client's connection: bytes in, requests to the handler one after the other, answers out in the same order."""

from __future__ import annotations

import asyncio
import http
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from ..errors import Refused
from ..vendored import httptools
from .limits import Limits
from .messages import Answer, Request, problem
from .written import written

Reply = Callable[[Answer], None]
Handler = Callable[[Request, Reply], None]
# Is told what was refused before a handler could get it.
Unread = Callable[[Request, Answer], None]

_HEAD_BYTES = 64 * 1024
# Requests that one client may send ahead of its answers before we stop reading from it.
_AHEAD = 8
# How long and how much we go on listening to a body that was refused: closing on unread bytes resets the connection,
# and the answer is lost with it.
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 64 * 1024 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Shorter than any Retry-After, which has whole seconds.
_HELD_SECONDS = 0.5
_NEVER = float("inf")
_UNAVAILABLE = 503
# Smaller bodies are not counted among those of all clients: their number is limited by itself.
_SMALL_BYTES = 64 * 1024


class Connection(asyncio.Protocol):
    """A client, from its first byte to its last.

    Requests are handled one at a time: what a client sends ahead waits, as HTTP/1.1 has answers in order.
    Source: RFC 9112.
    """

    def __init__(
        self, handler: Handler, limits: Limits, open_ones: set[Connection], unread: Unread = lambda *_: None
    ) -> None:
        self._handler = handler
        self._unread = unread
        self._limits = limits
        self._open = open_ones
        self._transport: Any = None
        self._parser: Any = None
        self._waiting: deque[tuple[Request, bool]] = deque()
        # Whether the handler has a request of ours now, and whether its answer is the last.
        self._busy = False
        self._is_last = False
        self._is_head = False
        self._leaving = False
        self._request_id = ""
        # After a refusal: how many bytes more are read and thrown away; None before that.
        self._thrown: int | None = None
        self._half_closed = False
        self._is_beyond = False
        self._paused = False
        self._closing = False
        # What of our bodies is counted among those of all clients, and how much of it is the handler's.
        self._held = self._answering = 0
        self.deadline = _NEVER
        self._reset()

    def _reset(self) -> None:
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: bytes | bytearray = b""
        self._counted = 0
        # Since the message or its last piece of body began: what is read and not yet counted as anything.
        self._head_bytes = 0
        # A message has begun to arrive; its head is complete.
        self._receiving = False
        self._has_head = False

    # asyncio's side

    def connection_made(self, transport: Any) -> None:
        """Take the transport; the client has a while to say something."""
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._is_beyond = len(self._open) >= self._limits.connections
        self._open.add(self)
        self.deadline = time.monotonic() + self._limits.idle_seconds

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget everything; an answer that still comes goes nowhere."""
        self._open.discard(self)
        self._waiting.clear()
        self._give_back(self._held - self._answering)
        self._transport = self._parser = None

    def data_received(self, data: bytes) -> None:
        """Parse; complete requests go to the handler from within."""
        if self._thrown is not None:
            self._throw_away(len(data))
            return
        if self._closing:
            return
        self._head_bytes += len(data)
        if not self._receiving and not self._busy:
            self.deadline = time.monotonic() + self._limits.receive_seconds
        try:
            self._parse(data)
        except (Refused, httptools.HttpParserError) as error:
            # What our side of the parser raises comes out as the context of an error of its own.
            raised = error if isinstance(error, Refused) else error.__context__
            self._refuse(raised if isinstance(raised, Refused) else Refused(400, f"this is no HTTP/1.1: {error}"))
            return
        if self._receiving and self._head_bytes > _HEAD_BYTES:
            # The parser keeps a header or trailer to its end before it shows any of it.
            part = "trailers and chunk extensions are" if self._has_head else "the head is"
            self._refuse(Refused(431, f"{part} larger than {_HEAD_BYTES} bytes"))

    def _parse(self, data: bytes) -> None:
        """Feed the parser; another protocol that a client offers is not taken, which HTTP lets us do without a word.

        Java's own client offers HTTP/2 with each first request. The parser would leave the body of such to the other
        protocol, so the request is read once more, without the offer.
        Source: RFC 9110, section 7.8.
        """
        while data:
            try:
                self._parser.feed_data(data)
                data = b""
            except httptools.HttpParserUpgrade as upgrade:  # noqa: PERF203  # rarely more than one
                if self._parser.get_method() == b"CONNECT":
                    raise Refused(501, "there is no tunnel here") from None
                data = self._head_without_offer() + data[upgrade.args[0] :]
                self._parser = httptools.HttpRequestParser(self)

    def _head_without_offer(self) -> bytes:
        lines = [b"%s %s HTTP/1.1" % (self._parser.get_method(), self._url)]
        lines += [b"%s: %s" % header for header in self._headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def eof_received(self) -> bool:
        """Tell whether to keep our half open: a client that has sent all of a request may close its own."""
        self._half_closed = True
        if self._thrown is not None:
            self._close()
        return self._busy or bool(self._waiting)

    def pause_writing(self) -> None:
        """Give a client that does not read what it is sent only so long, and make no more of it meanwhile."""
        self._paused = True
        self._transport.pause_reading()
        self.deadline = time.monotonic() + self._limits.receive_seconds

    def resume_writing(self) -> None:
        """Go on as usual."""
        self._paused = False
        self.deadline = _NEVER if self._busy else time.monotonic() + self._limits.idle_seconds
        if self._transport is not None and not self._leaving:
            self._read_on()
        self._next()

    # The parser's side

    def on_message_begin(self) -> None:
        """Begin a message."""
        self._reset()
        self._receiving = True

    def on_url(self, url: bytes) -> None:
        """Take (a part of) the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; trailers, of which nothing that we read could depend, are left."""
        if not self._has_head:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Look what is announced before anything of it is read."""
        self._has_head = True
        self._head_bytes = 0
        expects = False
        for name, value in self._headers:
            if name == b"content-length" and int(value) > self._limits.body_bytes:
                raise _too_large(self._limits.body_bytes)
            if name == b"expect" and value.lower() == b"100-continue":
                expects = True
        if expects and not self._busy and not self._parser.should_upgrade():
            self._transport.write(_CONTINUE)

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        self._head_bytes = 0
        if not self._body:
            self._body = data
        elif isinstance(self._body, bytearray):
            self._body += data
        else:
            # Kept apart, tiny pieces would take twenty times their size.
            self._body = bytearray(self._body) + data
        size = len(self._body)
        if size > self._limits.body_bytes:
            raise _too_large(self._limits.body_bytes)
        if size > _SMALL_BYTES:
            more, self._counted = size - self._counted, size
            self._held += more
            self._limits.held.take(more)

    def on_message_complete(self) -> None:
        """Hand the request over, or keep it until its turn."""
        if self._parser.should_upgrade():
            # It is read once more.
            return
        self._receiving = self._has_head = False
        request = self._request()
        keeps = self._parser.should_keep_alive()
        if self._closing:
            return
        if self._is_beyond:
            keeps = False
            if not request.path.startswith("/health"):
                self._refuse(Refused(503, "too many connections", headers={"retry-after": "1"}))
                return
        if self._busy or self._paused:
            self._waiting.append((request, keeps))
            if len(self._waiting) >= _AHEAD:
                self._transport.pause_reading()
        else:
            self._begin(request, keeps=keeps)

    # Ours

    def _request(self) -> Request:
        """Return what has arrived so far.

        Raises:
            Refused: 400 for a target of no known form.
        """
        path, _, query = self._url.partition(b"?")
        if path[:1] != b"/" and path != b"*":
            # The absolute form, which proxies are sent.
            try:
                path = httptools.parse_url(self._url).path or b"/"
            except httptools.HttpParserError:
                raise Refused(400, "the target is no path and no URL") from None
        return Request(
            self._parser.get_method().decode("latin-1"),
            unquote(path.decode("latin-1"), "utf-8", "replace") if b"%" in path else path.decode("latin-1"),
            query.decode("latin-1"),
            self._headers,
            self._body if type(self._body) is bytes else bytes(self._body),
        )

    def _begin(self, request: Request, *, keeps: bool) -> None:
        self._busy = True
        self._is_last = not keeps
        self._is_head = request.method == "HEAD"
        self._request_id = request.request_id
        size = len(request.body)
        self._answering = size if size > _SMALL_BYTES else 0
        self.deadline = _NEVER
        self._handler(request, self._reply)

    def _give_back(self, count: int) -> None:
        self._held -= count
        self._limits.held.give_back(count)

    def _reply(self, answer: Answer) -> None:
        if self._answering:
            self._give_back(self._answering)
            self._answering = 0
        if self._transport is None:
            return
        if answer.status == _UNAVAILABLE and "retry-after" in answer.headers:
            self._hold_back()
        last = self._is_last or self._leaving or (self._half_closed and not self._waiting)
        self._transport.write(written(answer, self._request_id, is_last=last, is_head=self._is_head))
        self._busy = False
        if last:
            self._close()
        elif self._waiting:
            # Not from within: many cheap requests sent ahead would nest too deep.
            asyncio.get_running_loop().call_soon(self._next)
        elif not self._paused:
            self.deadline = time.monotonic() + (
                self._limits.receive_seconds if self._receiving else self._limits.idle_seconds
            )

    def _hold_back(self) -> None:
        """Read no more of a client that was told to come again, for a while.

        Those who ask again at once would keep us busy with refusing, and what we could do would be left undone.
        """
        self._transport.pause_reading()
        asyncio.get_running_loop().call_later(_HELD_SECONDS, self._read_on)

    def _read_on(self) -> None:
        if self._transport is None or self._transport.is_closing() or self._paused or len(self._waiting) >= _AHEAD:
            return
        self._transport.resume_reading()

    def _next(self) -> None:
        if self._transport is None or self._busy or self._paused or not self._waiting:
            return
        request, keeps = self._waiting.popleft()
        if len(self._waiting) == _AHEAD - 1:
            self._transport.resume_reading()
        self._begin(request, keeps=keeps)

    def _refuse(self, refused: Refused) -> None:
        """Answer a request that cannot be read to its end, and then close."""
        if self._transport is None or self._closing:
            return
        if self._busy or self._waiting:
            # Something before it is still to be answered; what comes after nobody can read.
            self._is_last = self._leaving = True
            self._transport.pause_reading()
            return
        self._body = b""
        self._give_back(self._held)
        try:
            # Without a target there is no method either, whatever the parser says.
            seen = self._request() if self._url else Request("", "", "", self._headers)
        except Refused:
            seen = Request("", "", "", self._headers)
        self._request_id = seen.request_id
        answer = problem(refused, self._request_id)
        self._transport.write(written(answer, self._request_id, is_last=True, is_head=False))
        self._unread(seen, answer)
        if refused.status == http.HTTPStatus.REQUEST_TIMEOUT or self._half_closed:
            # Who was too slow for us is not waited for again.
            self._close()
            return
        self._thrown = 0
        self.deadline = time.monotonic() + _LINGER_SECONDS
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _throw_away(self, count: int) -> None:
        self._thrown = (self._thrown or 0) + count
        if self._thrown > _LINGER_BYTES:
            self._close()

    def expire(self) -> None:
        """End what has taken too long: its ``deadline`` has passed."""
        self.deadline = _NEVER
        if self._transport is None:
            return
        if self._paused or self._closing:
            self._transport.abort()
        elif self._receiving and self._thrown is None:
            self._refuse(Refused(408, f"the request did not arrive within {self._limits.receive_seconds:g} s"))
        else:
            self._close()

    def leave(self) -> None:
        """Close after the answers that are under way; at once if there are none."""
        self._leaving = True
        if not self._busy and not self._waiting and not self._receiving:
            self._close()

    def drop(self) -> None:
        """Close now, whatever is under way."""
        if self._transport is not None:
            self._transport.abort()

    def _close(self) -> None:
        self._closing = True
        # What is still to be written has so long to be read.
        self.deadline = time.monotonic() + self._limits.receive_seconds
        if self._transport is not None:
            self._transport.close()


def _too_large(limit_bytes: int) -> Refused:
    return Refused(413, f"the body is larger than {limit_bytes} bytes")
