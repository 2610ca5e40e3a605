"""The running server against its own description, by a tool that others wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from uv import find_uv_bin

from jupyter_containerize.builds.history import History
from jupyter_containerize.builds.record import BuildRecord, BuildState, now
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.lifecycle.trying import free_port
from jupyter_containerize.publishing import LocalStore
from tests.publishing.stored import stored_image
from tests.server.test_server_images import DOCUMENTS

pytestmark = [pytest.mark.slow, pytest.mark.network]

API = Path(__file__).parents[2] / "api" / "openapi.yaml"
_TOOL = "schemathesis>=4,<5"
_TOKEN = "of-the-test"  # of a server that lives as long as the test
_INSTALL_SECONDS = 300
_RUN_SECONDS = 500
_PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, in an environment of its own."""
    uv, venv = find_uv_bin(), tmp_path_factory.mktemp("tool") / "venv"
    subprocess.run([uv, "venv", "-q", str(venv)], check=True, timeout=_INSTALL_SECONDS)
    install = [uv, "pip", "install", "-q", "--python", str(venv / "bin" / "python"), _TOOL]
    subprocess.run(install, check=True, timeout=_INSTALL_SECONDS)
    return venv / "bin" / "schemathesis"


@dataclass(frozen=True)
class Running:
    """A Jupyter Server with a notebook, an image and a build, each as the description's examples name it."""

    url: str
    digest: str


@contextmanager
def _server(folder: Path) -> Iterator[Running]:
    digest, port = _filled(folder), free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    own = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("DATA", "CONFIG", "RUNTIME")}
    command = [
        *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder / 'root'}"),
        *("--ServerApp.base_url=/some/base/", f"--IdentityProvider.token={_TOKEN}"),
        "--ServerApp.jpserver_extensions={'jupyter_containerize': True}",
        *("--ContainerizeExtension.default_destination=", f"--ContainerizeExtension.builds_dir={folder / 'builds'}"),
        # No build and no container begins: nothing here could be of use, and they would outlive the answers.
        *("--ContainerizeExtension.registry=registry.example.org/team", "--ContainerizeExtension.run_limit=0"),
    ]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**environ, **own, "JUPYTER_CONTAINERIZE_STORE": str(folder / "store")},
            stdout=log,
            stderr=log,
        )
        running = Running(url=f"http://127.0.0.1:{port}/some/base", digest=digest)
        try:
            _wait(running, process, folder / "server.log")
            yield running
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE_SECONDS)


def _filled(folder: Path) -> str:
    """Fill the folder with what calls can be about; return the digest of the image."""
    (folder / "root" / "work").mkdir(parents=True)
    cells = ["def predict(x: float) -> float:\n    return 2 * x", "predict(1.5)"]
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(cells)],
            # A kernel that is not there: builds fail at once, and everything that is read is there.
            metadata={"kernelspec": {"name": "nowhere", "display_name": "Python 3", "language": "python"}},
        ),
        folder / "root" / "work" / "iris.ipynb",
    )
    store = LocalStore(folder / "store")
    image = stored_image(store, base=DOCUMENTS)
    for name in ("iris:latest", "iris:1"):
        store.tag(Reference.parse(name), image.manifest_digest)
    history = History(folder / "builds" / "builds.db")
    for build_id, state in (("done", BuildState.SUCCEEDED), ("failed", BuildState.FAILED)):
        history.add(BuildRecord(id=build_id, path="work/iris.ipynb", state=state, created=now()), owner="nobody")
    history.close()
    return str(image.manifest_digest)


def _wait(running: Running, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            assert _get(running, "/containerize/settings")["registry"] == "registry.example.org/team"
        except OSError:
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        else:
            return


def _get(running: Running, path: str) -> Any:
    request = urllib.request.Request(f"{running.url}{path}", headers={"Authorization": f"token {_TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def _settings(running: Running) -> str:
    """Return what the tool must know: what there is to ask about, and where the description says less than is known."""
    return f"""
[[operations]]
include-path = "/containerize/events"
enabled = false  # a WebSocket

[[operations]]
include-path-regex = "/builds/.id."
include-method = "GET"
parameters = {{ id = "done" }}

[[operations]]
include-path-regex = "/images/.digest."
include-method = "GET"
parameters = {{ digest = "{running.digest}" }}

# nbformat has a schema of its own, and a push needs a destination where a rebase does not.
[[operations]]
include-operation-id = ["preview", "startTask"]
checks.positive_data_acceptance.enabled = false
"""


def test_server__asked_what_its_description_allows__does_as_it_says(tool: Path, tmp_path: Path) -> None:
    """No error of ours, no answer that is not described, nothing wrong that is taken and nothing right that is not."""
    with _server(tmp_path) as running:
        (tmp_path / "tool.toml").write_text(_settings(running), encoding="utf-8")
        command = [
            *(tool, "--config-file", tmp_path / "tool.toml", "run", API, "--url", running.url),
            *("-H", f"Authorization: token {_TOKEN}", "--max-examples=25", "--seed=1", "--no-color"),
            # Calls are not chained: a build that one of them forgets is rightly gone for the next.
            "--phases=examples,coverage,fuzzing",
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=_RUN_SECONDS)
        assert done.returncode == 0, done.stdout[:8000]
        # The tool really was in: what it asked for by the examples was begun.
        assert len(_get(running, "/containerize/builds")["builds"]) > 2
        assert "incident" not in (tmp_path / "server.log").read_text(encoding="utf-8")
