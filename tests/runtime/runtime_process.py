"""The runtime as a real process on a free loopback port, and application folders for it."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cloudpickle

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30
JSON = {"content-type": "application/json"}


def write_app(
    folder: Path, source: str, objects: Mapping[str, object] | None = None, symbol: str = "predict", **card: object
) -> Path:
    """Write an application folder as the builder does and return it.

    ``card`` replaces entries of model.json; ``example`` is the only endpoint's.
    """
    (folder / "state").mkdir(parents=True)
    listed = []
    for name, value in (objects or {}).items():
        content = cloudpickle.dumps(value, protocol=5)
        (folder / "state" / f"{name}.pkl").write_bytes(content)
        listed.append(
            {
                "name": name,
                "file": f"state/{name}.pkl",
                "format": "cloudpickle-5",
                "type_name": type(value).__qualname__,
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        )
    (folder / "serving.py").write_text(source, encoding="utf-8")
    primary: dict[str, object] = {"symbol": symbol, "kind": "function", "route": "/predict", "method": "POST"}
    primary |= {"doc": "", "inputs": {}, "output": {}, "example": card.pop("example", None)}
    full: dict[str, object] = {"endpoints": [primary], "state": "run", "job": None, "variables": []}
    full |= {"objects": listed, "notebook": "small.ipynb", "python": "3.11", "versions": {"cloudpickle": "3.1.2"}}
    full |= card
    (folder / "model.json").write_text(json.dumps(full), encoding="utf-8")
    return folder


class Running:
    """One started server. Its log lines come as they are written; ``lines`` keeps those that were waited for."""

    def __init__(self, app: Path, command: list[str], environment: Mapping[str, str], cwd: Path) -> None:
        self.lines: list[dict[str, Any]] = []
        self._new: queue.Queue[str] = queue.Queue()
        settings = {"HOST": "127.0.0.1", "PORT": "0", "JUPYTER_CONTAINERIZE_APP": str(app)}
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={"PATH": os.environ["PATH"], **settings, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = 0

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._new.put(line)

    def wait_for(self, event: str) -> dict[str, Any]:
        """Return the next log line of that event."""
        while True:
            line: dict[str, Any] = json.loads(self._new.get(timeout=PATIENCE_SECONDS))
            self.lines.append(line)
            if line["event"] == event:
                return line

    def connect(self) -> socket.socket:
        """Return a raw connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        """Return status, headers in lower case, and the body's JSON (``None`` for no body)."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        with contextlib.closing(client):
            client.request(method, path, body, dict(headers or {}))
            response = client.getresponse()
            content = response.read()
        received = {name.lower(): value for name, value in response.getheaders()}
        return response.status, received, json.loads(content) if content else None

    def predict(self, body: object) -> tuple[int, Any]:
        """Return status and answer of a prediction."""
        status, _, answer = self.ask("POST", "/predict", json.dumps(body).encode(), JSON)
        return status, answer

    def terminate(self) -> None:
        """Send the signal that a container's stop sends."""
        self.process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int:
        """Wait for the end and return the code."""
        code = self.process.wait(timeout=PATIENCE_SECONDS)
        self._reader.join(timeout=PATIENCE_SECONDS)
        while not self._new.empty():
            self.lines.append(json.loads(self._new.get()))
        return code

    def events(self, event: str) -> list[dict[str, Any]]:
        """Return the log lines of that event seen so far."""
        return [line for line in self.lines if line["event"] == event]


@contextlib.contextmanager
def started(
    app: Path,
    environment: Mapping[str, str] | None = None,
    *,
    until: str | None = "ready",
    command: list[str] | None = None,
    cwd: Path = ROOT,
) -> Iterator[Running]:
    """Start a server, wait for the log line ``until``, and end it by its own process at last."""
    command = command or [sys.executable, "-m", "jupyter_containerize.runtime"]
    running = Running(app, command, environment or {}, cwd)
    try:
        if until is not None:
            running.port = running.wait_for("listening")["port"]
            if until != "listening":
                running.wait_for(until)
        yield running
    finally:
        running.process.kill()
        running.process.wait(timeout=PATIENCE_SECONDS)
        running._reader.join(timeout=PATIENCE_SECONDS)
