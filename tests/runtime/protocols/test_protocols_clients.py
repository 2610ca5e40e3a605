"""Clients that others wrote, in environments of their own, ask a real process over REST and gRPC."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import asked_with_rows as asked
import pytest
from runtime_process import started, write_app
from sklearn.linear_model import LogisticRegression

CLIENTS = Path(__file__).parent / "clients"
SOURCE = """
def describe(age: float, town: str, tall: bool = False) -> dict:
    return {"text": f"{town} {age}", "tall": tall}

def size(content: bytes) -> int:
    return len(content)

def words(texts: list[str]) -> list[int]:
    return [len(text) for text in texts]
"""
# The oldest versions that are known to hold, so that none of long ago is chosen to please another distribution.
NEEDED: dict[str, tuple[str, ...]] = {
    "triton": ("tritonclient[http,grpc]>=2.73",),
    "kserve_clients": ("kserve>=0.21", "pandas"),
    "mlserver_clients": ("mlserver>=1.7",),
}


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("name", NEEDED)
def test_client__written_by_others__understands_and_is_understood(name: str, tmp_path: Path) -> None:
    """Their requests are answered, and what they make of the answers is what the model said."""
    pytest.importorskip("grpc")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, str(python.parents[1])], check=True)
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), *NEEDED[name]], check=True)
    with started(_app(tmp_path), {"GRPC_PORT": "0", "MODEL_NAME": "flowers"}) as server:
        port = server.wait_for("listening for gRPC")["port"]
        command = [str(python), f"{name}.py", str(server.port), str(port)]
        ended = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr


def _app(folder: Path) -> Path:
    rows = [dict(zip(asked.FOUR, row, strict=True)) for row in asked.ROWS]
    shown = {"request": {"rows": rows}, "response": {"predictions": ["setosa", "virginica"]}}
    first = {"symbol": "model", "kind": "estimator", "route": "/predict", "method": "POST", "example": shown}
    others = [
        {"symbol": name, "kind": "function", "route": f"/{name}", "method": "POST", "example": None}
        for name in ("describe", "size", "words")
    ]
    model = LogisticRegression(max_iter=500).fit(asked.X, asked.SPECIES)
    return write_app(
        folder / "app", SOURCE, {"model": model}, endpoints=[first, *others], extras=["grpc"], notebook="iris.ipynb"
    )
