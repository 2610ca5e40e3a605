"""Several worker processes on one port, as a container platform and its clients see them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from runtime_process import PATIENCE_SECONDS, Running, started, write_app

SOURCE = """
import os, pathlib, time

def predict(x: float, wait: str = "") -> int:
    if wait:
        pathlib.Path(wait).touch()
        while not pathlib.Path(wait + ".go").exists():
            time.sleep(0.005)
    return os.getpid()
"""
HEAD = b"POST /predict HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
TWO = {"JUPYTER_CONTAINERIZE_WORKERS": "2"}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder whose function tells its process."""
    return write_app(tmp_path / "app", SOURCE)


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def _is_ready(server: Running) -> bool:
    return server.ask("GET", "/health/ready")[0] == 200


def _processes(server: Running) -> set[int]:
    return {server.predict({"x": 1})[1] for _ in range(40)}


def test_workers__two__both_answer_and_end_well(app: Path) -> None:
    """Requests are spread over processes that are not the first one; the signal ends them all."""
    with started(app, TWO) as server:
        _until(lambda: _is_ready(server))
        found = _processes(server)
        assert len(found) == 2
        assert server.process.pid not in found
        server.terminate()
        assert server.exit_code() == 0
        assert server.events("stopping")
    for pid in found:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_workers__one_dies__is_replaced(app: Path) -> None:
    """A worker that is killed is said, and another takes its place."""
    with started(app, TWO) as server:
        _until(lambda: _is_ready(server))
        before = _processes(server)
        os.kill(min(before), signal.SIGKILL)
        assert server.wait_for("worker ended")["exit_code"] == -signal.SIGKILL
        _until(lambda: _is_ready(server))
        after = _processes(server)
        assert len(after) == 2
        assert min(before) not in after
        server.terminate()
        assert server.exit_code() == 0


def test_workers__die_again_and_again__exits_1(tmp_path: Path) -> None:
    """Who cannot go on ends, for the platform to see."""
    source = "import os\ndef predict(x: float) -> int:\n    os._exit(3)\n"
    app = write_app(tmp_path / "app", source)
    with started(app, {**TWO, "JUPYTER_CONTAINERIZE_INLINE": "0"}) as server:
        body = json.dumps({"x": 1}).encode()
        for _ in range(5):
            _until(lambda: _is_ready(server))
            with server.connect() as connection:
                connection.sendall(HEAD % len(body) + body)
                assert connection.recv(1) == b""
            server.wait_for("worker ended")
        assert server.exit_code() == 1
        assert server.events("workers end again and again")


def test_workers__load_fails__exits_1(tmp_path: Path) -> None:
    """What cannot be loaded is not forked."""
    app = write_app(tmp_path / "app", "raise ValueError\n")
    with started(app, TWO, until=None) as server:
        assert server.exit_code() == 1
        assert server.events("load failed")
