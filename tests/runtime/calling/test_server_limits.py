"""A real server at its limits: calls that hang, too many clients, and the ways to end."""

from __future__ import annotations

import contextlib
import http.client
import json
import resource
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runtime_process import JSON, PATIENCE_SECONDS, Running, started, write_app

SOURCE = """
import pathlib, time

def predict(x: float, wait: str = "") -> float:
    if wait:
        pathlib.Path(wait).touch()
        while not pathlib.Path(wait + ".go").exists():
            time.sleep(0.005)
    return x
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose function is quick, and waits for a file when told."""
    return write_app(tmp_path_factory.mktemp("made") / "app", SOURCE)


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


class Waiting:
    """A call that is under way until ``go``."""

    def __init__(self, server: Running, folder: Path) -> None:
        self._file = folder / "called"
        self.answers: list[Any] = []
        self._server = server
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()
        _until(self._file.exists)

    def _ask(self) -> None:
        # The server may end in the middle of it.
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.answers.append(self._server.predict({"x": 1, "wait": str(self._file)}))

    def go(self) -> Any:
        """Let it return; give its answer."""
        self._file.with_name("called.go").touch()
        self._thread.join(PATIENCE_SECONDS)
        return self.answers[0]


def test_health__quick_function_hangs__is_told_by_another_thread(app: Path, tmp_path: Path) -> None:
    """A function that was quick a hundred times and then hangs does not make the server look dead."""
    with started(app) as server:
        for _ in range(100):
            assert server.predict({"x": 1}) == (200, 1.0)
        waiting = Waiting(server, tmp_path)
        assert server.ask("GET", "/health/live")[0] == 200
        # In the event loop or, on a busy machine, still in a thread: both are told.
        assert server.ask("GET", "/health/ready")[0] in {200, 503}
        assert waiting.go() == (200, 1.0)
        assert server.predict({"x": 2}) == (200, 2.0)
        _until(lambda: server.ask("GET", "/health/ready")[0] == 200)


def test_sigterm__drain_set__answers_new_connections_and_is_not_ready(app: Path) -> None:
    """Who has not heard yet that the server ends is answered as before."""
    with started(app, {"JUPYTER_CONTAINERIZE_DRAIN_SECONDS": "1.5"}) as server:
        server.terminate()
        server.wait_for("stopping")
        assert server.ask("GET", "/health/ready")[0] == 503
        assert server.predict({"x": 2}) == (200, 2.0)
        assert server.exit_code() == 0


def test_sigterm__twice__ends_at_once(app: Path, tmp_path: Path) -> None:
    """Who says it again means it."""
    with started(app) as server:
        waiting = Waiting(server, tmp_path)
        server.terminate()
        server.wait_for("stopping")
        server.terminate()
        assert server.exit_code() == 1
        assert server.events("stopped at once")
        with contextlib.suppress(IndexError):
            waiting.go()


def test_connections__more_than_allowed__are_told_and_may_ask_for_health(app: Path) -> None:
    """Clients beyond the limit hear to come again, and probes are answered; those within go on."""
    with started(app, {"JUPYTER_CONTAINERIZE_CONNECTIONS": "2"}) as server:
        kept = [server.connect() for _ in range(2)]
        for connection in kept:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        status, headers, answer = server.ask("POST", "/predict", json.dumps({"x": 1}).encode(), JSON)
        assert (status, headers["retry-after"], answer["status"]) == (503, "1", 503)
        assert server.ask("GET", "/health/ready")[0] == 200
        kept.pop().close()
        _until(lambda: server.predict({"x": 1}) == (200, 1.0))
        kept.pop().close()


@pytest.mark.slow
def test_connections__ten_thousand_idle__cost_nobody_else(app: Path) -> None:
    """Silent clients are held, and requests beside them are answered."""
    count = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + 500:
        pytest.skip("not so many files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 500, hard))
    held: list[socket.socket] = []
    try:
        with started(app, {"JUPYTER_CONTAINERIZE_GRACE_SECONDS": "5"}) as server:
            held += [server.connect() for _ in range(count)]
            for number in range(50):
                assert server.predict({"x": number}) == (200, float(number))
            server.terminate()
            assert server.exit_code() == 0
    finally:
        for connection in held:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


BOMBS = {
    "one long header": b"GET /health/live HTTP/1.1\r\nx: " + b"a" * 200_000,
    "many headers": b"GET /health/live HTTP/1.1\r\n" + b"x: y\r\n" * 50_000,
    "long target": b"GET /" + b"a" * 200_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_head__larger_than_any__is_refused(app: Path, bomb: bytes) -> None:
    """A head without end is told so, and the next client is answered."""
    with started(app) as server:
        with server.connect() as connection, contextlib.suppress(OSError):
            connection.sendall(bomb)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
            assert answer[:13] in {b"HTTP/1.1 431 ", b"HTTP/1.1 400 "}
        assert server.predict({"x": 1}) == (200, 1.0)
