"""The whole product by its terminal door, into a store of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def closing(self) -> dict[str, Any]:
        """The one object on stdout."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON lines on stderr."""
        return [json.loads(line) for line in self.err.splitlines()]


Containerize = Callable[..., Ran]


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> Path:
    """Return the folder of a store that all end-to-end tests share, as a user's builds do."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def containerize(store) -> Containerize:
    """Return a function that runs ``jupyter containerize`` to its end."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> Ran:
        command = [sys.executable, "-m", "jupyter_containerize.cli", *map(str, arguments)]
        environment = {**os.environ, "JUPYTER_CONTAINERIZE_STORE": str(store), **(env or {})}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, check=False)
        if "JC-EXPORT-02" in done.stdout + done.stderr and not os.environ.get("CI"):
            pytest.skip("nothing here can start a container")
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def iris(containerize, tmp_path_factory) -> dict[str, Any]:
    """Return the report of the iris example, built once; ``archive`` is where its archive lies."""
    archive = tmp_path_factory.mktemp("archive") / "iris.tar"
    ran = containerize(
        "build", EXAMPLES / "iris.ipynb", "--json", "--selftest", "require", "--to", f"archive:{archive}"
    )
    assert ran.code == 0, ran.err[-3000:]
    return {**ran.closing, "archive": archive, "events": ran.events}


@pytest.fixture(scope="session")
def iris_answer() -> dict[str, Any]:
    """Return what the notebook itself shows as the answer of its example call."""
    content = json.loads((EXAMPLES / "iris.ipynb").read_text())
    shown = [
        output["data"]["text/plain"]
        for cell in content["cells"]
        if cell["cell_type"] == "code"
        and "predict(" in "".join(cell["source"])
        and "def " not in "".join(cell["source"])
        for output in cell["outputs"]
        if output["output_type"] == "execute_result"
    ]
    return eval("".join(shown[-1]), {"__builtins__": {}})
