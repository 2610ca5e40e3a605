"""A real Jupyter Server with the extension, whose workers are small scripts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

# Imported, not listed in pytest_plugins: those would start a server application for every test of every room.
from pytest_jupyter.jupyter_server import *  # noqa: F403
from tornado.httpclient import HTTPResponse

from jupyter_containerize.builds.queue import BuildQueue
from jupyter_containerize.publishing.namespaces import BubblewrapRunner
from jupyter_containerize.server import extension

WORKER = Path(__file__).parents[1] / "builds" / "worker_script.py"
DEADLINE_SECONDS = 60.0


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    """Enable the extension; nothing is open to people who have not logged in."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyter_containerize": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        },
        # What is built here stays in the test's own store, also where a Docker Engine answers.
        "ContainerizeExtension": {"default_destination": ""},
    }


@pytest.fixture
def worker_steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the steps that workers perform; a test fills it before its first call."""
    steps: list[str] = []
    command = [sys.executable, str(WORKER)]

    def queue(*args: Any, **kwargs: Any) -> BuildQueue:
        return BuildQueue(*args, command=[*command, *steps], **kwargs)

    monkeypatch.setattr(extension, "BuildQueue", queue)
    return steps


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the local store."""
    folder = tmp_path / "store"
    monkeypatch.setenv("JUPYTER_CONTAINERIZE_STORE", str(folder))
    return folder


@pytest.fixture
def notebook(jp_root_dir: Path) -> str:
    """Save a small notebook with a function to serve; return its path in the server."""
    cells = ["import math", "def predict(x: float) -> float:\n    return math.floor(x)", "predict(1.5)"]
    content = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(cells)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    (jp_root_dir / "work").mkdir()
    nbformat.write(content, jp_root_dir / "work" / "floor.ipynb")
    return "work/floor.ipynb"


@pytest.fixture
def bubblewrap() -> BubblewrapRunner:
    """Leave the test out where bubblewrap does not work, except in CI."""
    reason = BubblewrapRunner.why_not()
    if reason and not os.environ.get("CI"):
        pytest.skip(f"bubblewrap: {reason}")
    return BubblewrapRunner()


class Api:
    """Calls the API as a logged-in user and gives status and JSON, whatever the status is."""

    def __init__(self, fetch: Callable[..., Any]) -> None:
        self._fetch = fetch

    async def raw(self, method: str, path: str, body: Any = None, **options: Any) -> HTTPResponse:
        """Return the response, also one that is an error."""
        content = body if isinstance(body, str) else None if body is None else json.dumps(body)
        if content is None and method == "post":
            content = ""
        parts = path.strip("/").split("/")
        response: HTTPResponse = await self._fetch(
            *parts, method=method.upper(), body=content, raise_error=False, **options
        )
        return response

    async def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """Return the status and the body's JSON."""
        response = await self.raw(method, path, body, **options)
        return response.code, json.loads(response.body) if response.body else None

    async def build(self, notebook: str, **fields: Any) -> str:
        """Queue a build and return its id."""
        status, body = await self("post", "/containerize/builds", {"path": notebook, **fields})
        assert status == 201, body
        return str(body["id"])

    async def until(self, build_id: str, *states: str, patience_seconds: float = DEADLINE_SECONDS) -> dict[str, Any]:
        """Return the build when it is in one of the states; patience ends only a test that has gone wrong."""
        deadline = time.monotonic() + patience_seconds
        while True:
            _, build = await self("get", f"/containerize/builds/{build_id}")
            if build["state"] in states:
                return dict(build)
            if time.monotonic() > deadline:
                pytest.fail(f"the build is still {build['state']}")
            await asyncio.sleep(0.02)


@pytest.fixture
def real_api(jp_fetch: Callable[..., Any], store: Path) -> Api:
    """Provide the API with the worker that users have."""
    return Api(jp_fetch)


@pytest.fixture
def api(real_api: Api, worker_steps: list[str]) -> Api:
    """Provide the API with a worker that performs the test's steps."""
    del worker_steps
    return real_api
