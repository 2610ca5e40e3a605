"""The running server against its own description, by tools that others wrote."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from runtime_process import started, write_app
from uv import find_uv_bin

pytestmark = [pytest.mark.slow, pytest.mark.network]

_TOOLS = ("schemathesis>=4,<5", "openapi-spec-validator>=0.7")
_INSTALL_SECONDS = 300
_RUN_SECONDS = 300

SOURCE = '''
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Optional


@dataclass
class Owner:
    name: str
    age: int
    friends: list[Owner]


def predict(area: float, rooms: int, city: Literal["Berlin", "Graz"], owner: Optional[Owner] = None,
            built: Optional[dt.date] = None, scale: list[float] = [1.0], data: bytes = b"") -> dict[str, float]:
    """Estimate the price of a flat."""
    return {"price": 3.0 * min(abs(area), 1e9) + min(abs(rooms), 10), "low": float(len(scale) + len(data))}


def rows(rows: list[list[float]]) -> list[int]:
    return [len(row) for row in rows]


def hello(name: str, times: int = 1, loud: bool = False, tags: Optional[list[str]] = None) -> str:
    return f"{name} {loud} {tags}"


def change(name: str, value: float) -> None:
    return None
'''


def _endpoint(symbol: str, **more: object) -> dict[str, object]:
    return {"symbol": symbol, "kind": "function", "route": f"/{symbol}", "method": "POST", "example": None, **more}


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs in an environment of their own."""
    uv = find_uv_bin()
    venv = tmp_path_factory.mktemp("tools") / "venv"
    subprocess.run([uv, "venv", "-q", str(venv)], check=True, timeout=_INSTALL_SECONDS)
    python = str(venv / "bin" / "python")
    subprocess.run([uv, "pip", "install", "-q", "--python", python, *_TOOLS], check=True, timeout=_INSTALL_SECONDS)
    return venv / "bin"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Endpoints of every form that raise nothing."""
    request = {"area": 64.5, "rooms": 3, "city": "Graz", "owner": {"name": "Ada", "age": 36, "friends": []}}
    return write_app(
        tmp_path_factory.mktemp("made") / "app",
        SOURCE,
        endpoints=[
            _endpoint("predict", example={"request": request, "response": {"price": 196.5, "low": 1.0}}),
            _endpoint("rows"),
            _endpoint("hello", route="/hello/:name", method="GET"),
            _endpoint("change", route="/change/:name", method="PUT"),
        ],
    )


def test_document__validated__is_openapi(tools: Path, app: Path, tmp_path: Path) -> None:
    """It is as the specification has it."""
    written = tmp_path / "openapi.json"
    with started(app) as running:
        client = running.connect()
        with client:
            client.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(65536), b""))
    written.write_bytes(answer.partition(b"\r\n\r\n")[2])
    subprocess.run([tools / "openapi-spec-validator", written], check=True, timeout=_RUN_SECONDS)


# A protocol's schema cannot say how long data must be for a shape: what fits it may still be refused.
RUNS = {
    "the notebook's and the server's": ("--include-tag=endpoints", "--include-tag=server"),
    "other people's protocols": ("--include-tag=protocols", "--exclude-checks=positive_data_acceptance"),
}


@pytest.mark.parametrize("words", RUNS.values(), ids=RUNS)
def test_server__asked_what_its_description_allows__does_as_it_says(
    tools: Path, app: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """No error of ours, no answer that is not described, nothing wrong that is taken and nothing right that is not."""
    with started(app) as running:
        url = f"http://127.0.0.1:{running.port}/openapi.json"
        command = [tools / "schemathesis", "run", url, *words, "--max-examples=40", "--seed=1", "--no-color"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=_RUN_SECONDS)
    assert done.returncode == 0, done.stdout[-6000:]
