"""A real JupyterHub with its proxy and two people: each has builds and images of their own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect
from uv import find_uv_bin

from jupyter_containerize.lifecycle.trying import free_port

pytestmark = [pytest.mark.slow, pytest.mark.network]

_INSTALL_SECONDS = 600
_PATIENCE_SECONDS = 180
_ADMIN = "admin-of-the-test"
_PEOPLE = ("ada", "bob")

_MIRROR = "JUPYTER_CONTAINERIZE_DEBIAN_MIRROR"
_OWN = ("JUPYTER", "PYTEST")

_CONFIG = """
import json, os
given = json.loads(os.environ["HUB_TEST"])
c.JupyterHub.bind_url = f"http://127.0.0.1:{given['port']}/some/base/"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{given['hub_port']}"
c.JupyterHub.db_url = f"sqlite:///{given['folder']}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{given['folder']}/cookie"
c.ConfigurableHTTPProxy.command = given["proxy"]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{given['proxy_port']}"
c.ConfigurableHTTPProxy.pid_file = f"{given['folder']}/proxy.pid"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{given['folder']}/homes/{{username}}"
c.Spawner.cmd = [given["python"], "-m", "jupyterhub.singleuser"]
c.Spawner.args = [
    "--allow-root",
    "--ServerApp.jpserver_extensions={'jupyter_containerize': True}",
    "--ContainerizeExtension.default_destination=",
    "--ContainerizeExtension.tag_template={user}/{notebook}:1",
]
c.Spawner.env_keep = given["kept"]
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120
c.JupyterHub.services = [{"name": "tester", "api_token": given["token"]}]
c.JupyterHub.load_roles = [
    {"name": "tester", "services": ["tester"], "scopes": ["admin:users", "admin:servers", "tokens", "access:servers"]}
]
"""


@pytest.fixture(scope="module")
def hub_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of JupyterHub's own that sees all of ours, too."""
    uv, venv = find_uv_bin(), tmp_path_factory.mktemp("hub") / "venv"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(venv)], check=True, timeout=_INSTALL_SECONDS)
    python = venv / "bin" / "python"
    subprocess.run(
        [uv, "pip", "install", "-q", "--python", str(python), "jupyterhub>=5,<7"], check=True, timeout=_INSTALL_SECONDS
    )
    (packages,) = (venv / "lib").glob("python*/site-packages")
    ours = sysconfig.get_paths()["purelib"]
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")
    return python


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """JupyterHub's usual proxy, as a command."""
    folder = tmp_path_factory.mktemp("proxy")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), "configurable-http-proxy@5"],
        check=True,
        timeout=_INSTALL_SECONDS,
    )
    # Node from PyPI is a program around the real one, which would outlive it.
    asked = ["node", "-p", "process.execPath"]
    node = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    return [node, str(folder / "node_modules" / ".bin" / "configurable-http-proxy")]


class Hub:
    """A running hub; ``tokens`` are of its people."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}/some/base"
        self.folder = folder
        self.tokens = {"tester": _ADMIN}

    def home(self, name: str) -> Path:
        """Return the folder of a person."""
        return self.folder / "homes" / name

    def call(self, method: str, path: str, body: Any = None, *, who: str = "tester") -> tuple[int, Any]:
        """Return status and JSON of a call."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, method=method.upper())
        request.add_header("Authorization", f"token {self.tokens[who]}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read())

    def of(self, name: str, path: str) -> str:
        """Return the path of a call to a person's server."""
        return f"/user/{name}{path}"

    def start(self, name: str) -> None:
        """Make a person with a token and a server of their own."""
        assert self.call("post", f"/hub/api/users/{name}")[0] == 201
        _, token = self.call("post", f"/hub/api/users/{name}/tokens", {})
        self.tokens[name] = token["token"]
        status, _ = self.call("post", f"/hub/api/users/{name}/server", {})
        assert status in (201, 202)
        _until(lambda: self.call("get", self.of(name, "/containerize/builds"), who=name)[0] == 200)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _until(done: Any) -> Any:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := done()):
        if time.monotonic() > deadline:
            pytest.fail("it takes too long")
        time.sleep(0.2)
    return found


@contextmanager
def _hub(python: Path, proxy: list[str], folder: Path) -> Iterator[Hub]:
    port, config = free_port(), folder / "jupyterhub_config.py"
    config.write_text(_CONFIG, encoding="utf-8")
    given = {
        "port": port,
        "hub_port": free_port(),
        "proxy_port": free_port(),
        "folder": str(folder),
        "python": str(python),
        "proxy": proxy,
        "token": _ADMIN,
        # The way to the network, which the hub would leave out. What tells where things lie is each person's own.
        "kept": [name for name in os.environ if name == _MIRROR or not name.startswith((*_OWN, "HOME", "XDG", "TMP"))],
    }
    environ = {name: value for name, value in os.environ.items() if name == _MIRROR or not name.startswith(_OWN)}
    with (folder / "hub.log").open("wb") as log:
        process = subprocess.Popen(
            [str(python), "-m", "jupyterhub", "-f", str(config)],
            cwd=folder,
            env={**environ, "HUB_TEST": json.dumps(given)},
            stdout=log,
            stderr=log,
        )
        hub = Hub(port, folder)
        try:
            _until(lambda: process.poll() is not None or _answers(hub))
            assert process.poll() is None, (folder / "hub.log").read_text(encoding="utf-8")
            yield hub
        finally:
            process.terminate()
            process.wait(timeout=60)


def _answers(hub: Hub) -> bool:
    try:
        return hub.call("get", "/hub/api/")[0] == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def hub(hub_python: Path, proxy: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub whose people, ada and bob, have a server each; ada has a notebook."""
    with _hub(hub_python, proxy, tmp_path_factory.mktemp("running")) as running:
        for name in _PEOPLE:
            running.start(name)
        cells = ["import math", "def predict(x: float) -> float:\n    return math.floor(x)", "predict(1.5)"]
        nbformat.write(
            nbformat.v4.new_notebook(
                cells=[nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(cells)],
                metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            ),
            running.home("ada") / "floor.ipynb",
        )
        yield running


async def _events(hub: Hub, name: str, *, who: str) -> list[dict[str, Any]]:
    """Return what streams through the proxy until a build is done."""
    url = hub.url.replace("http", "ws", 1) + hub.of(name, "/containerize/events")
    socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {hub.tokens[who]}"}))
    found: list[dict[str, Any]] = []
    try:
        while not found or found[-1]["event"]["event"] not in ("build_done", "build_failed"):
            text = await asyncio.wait_for(socket.read_message(), timeout=_PATIENCE_SECONDS)
            assert text is not None, "the socket was closed"
            found.append(json.loads(text))
    finally:
        socket.close()
        # The other side answers that it is closed, too; a loop that ended before would leave the connection open.
        while await socket.read_message() is not None:
            pass
    return found


def test_hub__one_builds__the_other_sees_nothing_of_it(hub: Hub) -> None:
    """The whole way below the hub's base URL: build, events through the proxy, image; and bob's lists stay empty."""
    status, build = hub.call("post", hub.of("ada", "/containerize/builds"), {"path": "floor.ipynb"}, who="ada")
    assert (status, build["tag"]) == (201, "ada/floor:1")
    events = asyncio.run(_events(hub, "ada", who="ada"))
    assert events[-1]["event"]["event"] == "build_done", events[-1]
    assert {item["build"] for item in events} == {build["id"]}

    def seen(name: str) -> tuple[list[str], list[str]]:
        _, builds = hub.call("get", hub.of(name, "/containerize/builds"), who=name)
        _, images = hub.call("get", hub.of(name, "/containerize/images"), who=name)
        return [item["id"] for item in builds["builds"]], [tag for item in images["images"] for tag in item["tags"]]

    builds, tags = seen("ada")
    assert builds == [build["id"]]
    assert "ada/floor:1" in tags
    assert seen("bob") == ([], [])
    assert list(hub.home("ada").rglob("builds.db"))
    status, _ = hub.call("get", hub.of("bob", f"/containerize/builds/{build['id']}"), who="bob")
    assert status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/containerize/builds"), ("get", "/containerize/settings"), ("post", "/containerize/builds")],
)
def test_hub__calling_somebody_elses_server__is_refused(hub: Hub, method: str, path: str) -> None:
    """Bob's token opens nothing of ada's."""
    status, _ = hub.call(method, hub.of("ada", path), {} if method == "post" else None, who="bob")
    assert status == 403


def test_hub__somebody_elses_events__are_refused(hub: Hub) -> None:
    """Nor does the stream."""
    with pytest.raises(HTTPClientError) as caught:
        asyncio.run(_events(hub, "ada", who="bob"))
    assert caught.value.code == 403
