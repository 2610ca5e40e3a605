"""Downloads from servers that have a bad day, each of its own kind."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.transport import HashMismatch, HttpRefused, NetworkUnreachable, Transport, sealing

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()

Answering = Callable[[socket.socket, int, int], None]
"""What a server does with a connection: its number from 1 on, and the byte that was asked for."""


def _asked_from(connection: socket.socket) -> int | None:
    """Return the first byte that a request wants; ``None`` when there is no request."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        data = connection.recv(4096)
        if not data:
            return None
        asked += data
    ranges = [line for line in asked.decode().lower().split("\r\n") if line.startswith("range: bytes=")]
    return int(ranges[0].removeprefix("range: bytes=").removesuffix("-")) if ranges else 0


def _serve_one(connection: socket.socket, answer: Answering, seen: list[int]) -> None:
    with connection, suppress(OSError):
        connection.settimeout(20)
        start = _asked_from(connection)
        if start is not None:
            seen.append(start)
            answer(connection, len(seen), start)


@contextmanager
def server(answer: Answering) -> Iterator[tuple[str, list[int]]]:
    """Run a server of a few lines; give its URL and the first byte of each request that it saw."""
    seen: list[int] = []
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def serve() -> None:
            while not stop.is_set():
                with suppress(TimeoutError):
                    connection, _ = listening.accept()
                    threads.append(threading.Thread(target=_serve_one, args=(connection, answer, seen)))
                    threads[-1].start()

        threads = [threading.Thread(target=serve)]
        threads[0].start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/w.whl", seen
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def head(status: str, *lines: str) -> bytes:
    """Return the beginning of an answer on a connection that is not used again."""
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "Connection: close", "", "")).encode()


def whole(connection: socket.socket, start: int = 0) -> None:
    """Answer as a good server does."""
    status = "206 Partial Content" if start else "200 OK"
    span = (f"Content-Range: bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}",) if start else ()
    connection.sendall(head(status, f"Content-Length: {len(CONTENT) - start}", *span) + CONTENT[start:])


def _drops(connection: socket.socket, number: int, start: int) -> None:
    if number % 3 == 0:
        return
    length = f"Content-Length: {len(CONTENT) - start}"
    span = f"Content-Range: bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    connection.sendall(head("206 Partial Content" if start else "200 OK", length, span))
    connection.sendall(CONTENT[start : start + 100_000])


def _ends_early(connection: socket.socket, number: int, start: int) -> None:
    # Neither a length nor chunks: the end of the connection is the end of the answer.
    span = f"Content-Range: bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
    connection.sendall(head("206 Partial Content" if start else "200 OK", *([span] if start else [])))
    connection.sendall(CONTENT[start : start + 300_000])


def _busy(status: str) -> Answering:
    def answer(connection: socket.socket, number: int, start: int) -> None:
        if number == 1:
            connection.sendall(head(status, "Retry-After: 1", "Content-Length: 0"))
        else:
            whole(connection, start)

    return answer


def _no_ranges(connection: socket.socket, number: int, start: int) -> None:
    if number == 1:
        connection.sendall(head("200 OK", f"Content-Length: {len(CONTENT)}") + CONTENT[:200_000])
    else:
        whole(connection)


def _other_range(connection: socket.socket, number: int, start: int) -> None:
    if number == 1:
        connection.sendall(head("200 OK", f"Content-Length: {len(CONTENT)}") + CONTENT[:200_000])
    elif start:
        span = f"Content-Range: bytes 5-{len(CONTENT) - 1}/{len(CONTENT)}"
        connection.sendall(head("206 Partial Content", f"Content-Length: {len(CONTENT) - 5}", span) + CONTENT[5:])
    else:
        whole(connection)


SICK: dict[str, Answering] = {
    "drops every third connection, and the others after 100 KB": _drops,
    "ends early without having told a length": _ends_early,
    "429 with Retry-After": _busy("429 Too Many Requests"),
    "500": _busy("500 Internal Server Error"),
    "503 with Retry-After": _busy("503 Service Unavailable"),
    "breaks, and gives no ranges": _no_ranges,
    "breaks, and gives another range": _other_range,
}


def fetch(url: str, into: Path, *, cancel: CancelToken | None = None, size: int | None = len(CONTENT)) -> list[int]:
    """Download; return what was counted."""
    counted: list[int] = []
    Transport(timeout_seconds=20).download(
        url, into, sha256=SHA256, size_bytes=size, on_bytes=counted.append, cancel=cancel or CancelToken()
    )
    return counted


@pytest.mark.parametrize("answer", SICK.values(), ids=SICK)
def test_download__server_has_a_bad_day__is_right_in_the_end(tmp_path: Path, answer: Answering) -> None:
    """The file is whole, its bytes are counted once, and nothing is left beside it."""
    with server(answer) as (url, _):
        assert sum(fetch(url, tmp_path / "w.whl")) == len(CONTENT)
    assert (tmp_path / "w.whl").read_bytes() == CONTENT
    assert sealing.is_sealed(tmp_path / "w.whl")
    assert [path.name for path in tmp_path.iterdir()] == ["w.whl"]


def _garbage(connection: socket.socket, number: int, start: int) -> None:
    connection.sendall(b"\x00\x01garbage\r\n" * 10)


def _html(connection: socket.socket, number: int, start: int) -> None:
    connection.sendall(head("200 OK", "Content-Type: text/html", "Content-Length: 5") + b"login")


def _other_file(connection: socket.socket, number: int, start: int) -> None:
    connection.sendall(head("200 OK", f"Content-Length: {len(CONTENT)}") + b"x" * len(CONTENT))


def _truncated(connection: socket.socket, number: int, start: int) -> None:
    if start:
        connection.sendall(head("416 Range Not Satisfiable", "Content-Length: 0"))
    else:
        connection.sendall(head("200 OK", "Content-Length: 200000") + CONTENT[:200_000])


def _status(status: str) -> Answering:
    return lambda connection, number, start: connection.sendall(head(status, "Content-Length: 0", "Retry-After: 0"))


HOPELESS: dict[str, tuple[Answering, type[Exception]]] = {
    "garbage": (_garbage, NetworkUnreachable),
    "a page to log in": (_html, HashMismatch),
    "another file": (_other_file, HashMismatch),
    "a mirror's file is cut short": (_truncated, HashMismatch),
    "401": (_status("401 Unauthorized"), HttpRefused),
    "403": (_status("403 Forbidden"), HttpRefused),
    "404": (_status("404 Not Found"), HttpRefused),
    "always 429": (_status("429 Too Many Requests"), HttpRefused),
    "always 500": (_status("500 Internal Server Error"), HttpRefused),
    "always drops": (lambda connection, number, start: None, NetworkUnreachable),
}


@pytest.mark.parametrize(("answer", "kind"), HOPELESS.values(), ids=HOPELESS)
def test_download__hopeless__is_an_error_and_no_file(tmp_path: Path, answer: Answering, kind: type[Exception]) -> None:
    """What cannot be had is said after a few tries, and nothing wrong appears under the file's name."""
    with server(answer) as (url, seen), pytest.raises(kind):
        fetch(url, tmp_path / "w.whl")
    assert not (tmp_path / "w.whl").exists()
    assert len(seen) <= 12


def _hangs_at_once(connection: socket.socket, number: int, start: int) -> None:
    connection.recv(1)


def _hangs_in_the_middle(connection: socket.socket, number: int, start: int) -> None:
    connection.sendall(head("200 OK", f"Content-Length: {len(CONTENT)}") + CONTENT[:300_000])
    connection.recv(1)


def _drips(connection: socket.socket, number: int, start: int) -> None:
    connection.sendall(head("200 OK", f"Content-Length: {len(CONTENT)}"))
    for byte in CONTENT[:1000]:
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def _asks_for_patience(connection: socket.socket, number: int, start: int) -> None:
    connection.sendall(head("429 Too Many Requests", "Retry-After: 20", "Content-Length: 0"))


DEAF: dict[str, Answering] = {
    "never answers": _hangs_at_once,
    "hangs in the middle": _hangs_in_the_middle,
    "drips": _drips,
    "asks to come back later": _asks_for_patience,
}


@pytest.mark.parametrize("answer", DEAF.values(), ids=DEAF)
def test_download__cancelled_while_the_server_hangs__ends(tmp_path: Path, answer: Answering) -> None:
    """A cancel is heard while the server is not; without it each of these would wait 20 seconds or more."""
    cancel = CancelToken()
    with server(answer) as (url, _):
        timer = threading.Timer(0.5, cancel.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            fetch(url, tmp_path / "w.whl", cancel=cancel)
        timer.join()
    assert not (tmp_path / "w.whl").exists()


def test_download__cancelled_and_again__goes_on(tmp_path: Path) -> None:
    """What came before a cancel need not come again."""
    cancel = CancelToken()
    with server(_hangs_in_the_middle) as (url, _):
        timer = threading.Timer(0.5, cancel.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            fetch(url, tmp_path / "w.whl", cancel=cancel)
        timer.join()
    with server(lambda connection, number, start: whole(connection, start)) as (url, seen):
        fetch(url, tmp_path / "w.whl")
    assert seen[0] > 0
    assert (tmp_path / "w.whl").read_bytes() == CONTENT


def test_download__file_was_damaged_since__is_fetched_again(tmp_path: Path) -> None:
    """A file that is there and wrong is replaced; one that is right is not asked for."""
    into = tmp_path / "w.whl"
    with server(lambda connection, number, start: whole(connection, start)) as (url, seen):
        fetch(url, into)
        fetch(url, into)
        into.write_bytes(b"x" + CONTENT[1:])
        fetch(url, into)
    assert len(seen) == 2
    assert into.read_bytes() == CONTENT
