"""MLflow's own client and server agree with ours; and with its pyarrow, Arrow and Parquet are read."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from runtime_process import ROOT, started, write_app
from uv import find_uv_bin

pytestmark = [pytest.mark.slow, pytest.mark.network]
# What the server and its tests need beside MLflow, which brings numpy, pandas, pyarrow and scikit-learn.
_NEEDED = ("mlflow>=3,<4", "pytest", "hypothesis", "pillow", "httptools", "cloudpickle")
_SOURCE = """
import pandas as pd


def predict(rows: pd.DataFrame) -> list:
    return (rows["length"] * 2 + rows["width"]).tolist()
"""
_EXAMPLE = {"request": {"rows": [{"length": 1.0, "width": 2.0}]}, "answer": [4.0]}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with MLflow."""
    uv, environment = find_uv_bin(), tmp_path_factory.mktemp("mlflow") / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", "3.11", environment], check=True)
    found = environment / "bin/python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", found, *_NEEDED], check=True)
    return found


def _run(command: list[str | Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_invocations__asked_by_mlflow__as_its_own_server(python: Path, tmp_path: Path) -> None:
    """Its client is content, and its server answers the same bodies with the same predictions and statuses."""
    app = write_app(tmp_path / "app", _SOURCE, example=_EXAMPLE)
    with started(app, command=[str(python), "-m", "jupyter_containerize.runtime"]) as running:
        asking = Path(__file__).with_name("mlflow_asking.py")
        done = _run([python, asking, str(running.port)], tmp_path)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


def test_codecs__with_pyarrow__hold(python: Path) -> None:
    """The tests of Arrow and Parquet run where pyarrow is; it changes pandas too much to have it beside all others."""
    names = ("codecs/test_codecs_arrow", "codecs/test_codecs_bytes", "terminal/test_terminal_parquet")
    tests = [f"tests/runtime/{name}.py" for name in names]
    done = _run([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], ROOT)
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
