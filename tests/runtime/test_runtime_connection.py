"""One client's connection, as clients use and misuse it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import socket
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runtime_process import JSON, Running, started, write_app

from jupyter_containerize.runtime.http.connection import Connection
from jupyter_containerize.runtime.http.limits import Held, Limits
from jupyter_containerize.runtime.http.messages import Answer

SOURCE = "def predict(x: float) -> float:\n    return x * 2\n"
BODY = b'{"x":4}'
CHUNKED = b"POST /predict HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"POST /predict HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 7\r\n"
LAST = b"GET /health/live HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a function that doubles."""
    with started(write_app(tmp_path_factory.mktemp("connection") / "app", SOURCE)) as running:
        yield running


def _asked(server: Running, *sent: bytes) -> bytes:
    """Return all that comes back until the server closes; a server that has heard enough may do so early."""
    with server.connect() as connection:
        with contextlib.suppress(ConnectionError):
            for piece in sent:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


class Upgrade(NamedTuple):
    """A request that offers another protocol, and what its answer ends with."""

    sent: bytes
    answer: bytes


UPGRADES = {
    "h2c, as Java's client offers it with every request": Upgrade(
        PLAIN + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAE\r\n\r\n" + BODY, b"8.0"
    ),
    "a websocket": Upgrade(
        b"GET /health/ready HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b'{"status":"ready"}',
    ),
    "a chunked body": Upgrade(
        CHUNKED[:-2] + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n7\r\n" + BODY + b"\r\n0\r\n\r\n", b"8.0"
    ),
}


@pytest.mark.parametrize("case", UPGRADES.values(), ids=UPGRADES.keys())
def test_connection__offers_another_protocol__is_answered_in_this_one(server: Running, case: Upgrade) -> None:
    """Who would rather speak another protocol gets one answer, and the connection goes on."""
    answers = _asked(server, case.sent, case.sent, LAST).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200"] * 3
    assert answers[0].endswith(case.answer)
    assert answers[1].endswith(case.answer)


def test_connection__offers_another_protocol_byte_by_byte__is_answered(server: Running) -> None:
    """It does not matter in what pieces a head comes."""
    sent = UPGRADES["h2c, as Java's client offers it with every request"].sent
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(sent)):
            connection.sendall(sent[at : at + 1])
        connection.sendall(LAST)
        answers = b"".join(iter(lambda: connection.recv(65536), b"")).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200"] * 2
    assert answers[0].endswith(b"8.0")


BAD = {
    "a tunnel": (b"CONNECT a:1 HTTP/1.1\r\nHost: t\r\n\r\n", b"501", "no tunnel"),
    "no target": (b"GET nowhere HTTP/1.1\r\nHost: t\r\n\r\n", b"400", "HTTP/1.1"),
    "no URL": (b"GET http://[::1 HTTP/1.1\r\nHost: t\r\n\r\n", b"400", "target"),
    "trailers without end": (CHUNKED + b"0\r\n" + b"a: b\r\n" * 100_000, b"431", "trailers"),
    "a trailer without end": (CHUNKED + b"0\r\na: " + b"b" * 600_000, b"431", "trailers"),
}


@pytest.mark.parametrize(("sent", "status", "words"), BAD.values(), ids=BAD.keys())
def test_connection__cannot_be_answered__is_told_why(server: Running, sent: bytes, status: bytes, words: str) -> None:
    """What no handler can get is refused in plain words, and the connection ends."""
    (answer,) = _asked(server, sent).split(b"HTTP/1.1 ", 1)[1:]
    assert answer[:3] == status
    assert words in json.loads(answer.rpartition(b"\r\n")[2])["detail"]
    assert "callback" not in answer.decode()


def test_connection__expects_continue_before_the_length__is_not_told_to_go_on(server: Running) -> None:
    """Whichever header comes first, who announces too much is told no and nothing else."""
    head = b"POST /predict HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 999999999\r\n\r\n"
    assert _asked(server, head).startswith(b"HTTP/1.1 413 ")


def test_connection__refused_before_it_is_read__is_counted_and_logged(server: Running) -> None:
    """An operator sees what never reached a handler, too, by the id that the client was told."""
    answer = _asked(server, b"POST /predict?x=1 HTTP/1.1\r\nHost: t\r\nContent-Length: 999999999\r\n\r\n")
    told = json.loads(answer.rpartition(b"\r\n")[2])
    while server.wait_for("request")["request_id"] != told["request_id"]:
        pass
    line = server.lines[-1]
    assert (line["method"], line["path"], line["status"]) == ("POST", "/predict", 413)
    with server.connect() as connection:
        connection.sendall(LAST.replace(b"health/live", b"metrics"))
        metrics = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert 'route="unknown",method="any",status="413"' in metrics
    assert "jupyter_containerize_requests_in_flight 0" in metrics


def test_connection__body_in_tiny_chunks__takes_about_its_size() -> None:
    """A body within the limit takes no multiple of it, in whatever pieces it comes."""
    size = 300_000
    connection = Connection(lambda _request, _reply: None, Limits(body_bytes=size, receive_seconds=1), set())
    connection.connection_made(asyncio.Transport())
    connection.data_received(CHUNKED)
    piece = b"2\r\nab\r\n" * 1000
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(size // 2000):
            connection.data_received(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * size


def test_connection__bodies_of_all_clients_are_too_large__the_last_is_told_to_come_again() -> None:
    """Bodies that are received or wait are bounded together, and what has ended makes room."""
    limits = Limits(body_bytes=200_000, receive_seconds=1, held=Held(300_000))
    head = b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 150000\r\n\r\n"
    replies: list[Any] = []
    told: list[int] = []

    def opened() -> Connection:
        connection = Connection(
            lambda _request, reply: replies.append(reply), limits, set(), lambda _, answer: told.append(answer.status)
        )
        connection.connection_made(Sink())
        return connection

    async def case() -> None:
        first, second, third, fourth = (opened() for _ in range(4))
        first.data_received(head + b" " * 150_000)
        second.data_received(head + b" " * 149_000)
        third.data_received(head + b" " * 100_000)
        assert told == [503]
        second.connection_lost(None)
        fourth.data_received(head + b" " * 150_000)
        assert (len(replies), told) == (2, [503])
        # One that is gone is held until its call has ended.
        first.connection_lost(None)
        fifth = opened()
        fifth.data_received(head + b" " * 100_000)
        assert told == [503, 503]
        for reply in replies:
            reply(Answer(200, b""))
        opened().data_received(head + b" " * 150_000)
        assert (len(replies), told) == (3, [503, 503])

    asyncio.run(case())


class Sink(asyncio.Transport):
    """A transport that takes everything."""

    def write(self, data: bytes) -> None:  # type: ignore[override]
        """Take an answer."""

    def can_write_eof(self) -> bool:
        """Return that it has one end alone."""
        return False


class Full(asyncio.Transport):
    """A transport of which the client reads nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.connection: Connection | None = None
        self.written = 0
        self.reads = True

    def write(self, data: bytes) -> None:  # type: ignore[override]
        """Take an answer, and be full with it."""
        self.written += 1
        assert self.connection is not None
        self.connection.pause_writing()

    def is_closing(self) -> bool:
        """Return that it goes on."""
        return False

    def pause_reading(self) -> None:
        """Read no more."""
        self.reads = False

    def resume_reading(self) -> None:
        """Read again."""
        self.reads = True


def test_connection__client_reads_nothing__is_asked_nothing_further() -> None:
    """Answers that nobody takes are not made ahead: thousands of them would fill the memory."""

    async def case() -> None:
        transport = Full()
        connection = Connection(
            lambda _request, reply: reply(Answer(200, b"{}")), Limits(body_bytes=10, receive_seconds=1), set()
        )
        transport.connection = connection
        connection.connection_made(transport)
        connection.data_received(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n" * 3)
        for expected in (1, 2, 3):
            await asyncio.sleep(0)
            assert (transport.written, transport.reads) == (expected, False)
            connection.resume_writing()
            await asyncio.sleep(0)
        connection.resume_writing()
        assert (transport.written, transport.reads) == (3, True)

    asyncio.run(case())


def test_predict__body_in_tiny_chunks__is_read(server: Running) -> None:
    """The pieces are put together in order."""
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY)
    answer = _asked(server, CHUNKED + chunks + b"0\r\nchecksum: x\r\n\r\n", LAST)
    assert b"8.0HTTP/1.1 200" in answer


def test_predict__as_before__answers(server: Running, tmp_path: Path) -> None:
    """After all that the server is well."""
    assert server.ask("POST", "/predict", BODY, JSON)[0] == 200
    assert tmp_path.exists()
