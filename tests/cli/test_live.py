"""The kernel of a notebook is found through the records of this user's Jupyter servers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.cli.live import find_connection_file
from jupyter_containerize.kernels.live_errors import NoRunningKernel, SeveralKernels


class _Sessions(BaseHTTPRequestHandler):
    """Answers as a Jupyter server does; what it says and what it was asked are the server's."""

    server: Any

    def do_GET(self) -> None:
        """Answer with the sessions to whoever has the token."""
        self.server.asked.append(self.path)
        known = self.headers["Authorization"] == "token secret"
        self.send_response(self.server.status if known else 403)
        self.end_headers()
        self.wfile.write(self.server.body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Stay silent."""


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return Jupyter's runtime folder of this test; proxies are set, and must not matter."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    return folder


@pytest.fixture
def serve(runtime: Path, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return what starts a server with sessions and leaves its record, and the connection files of its kernels."""
    servers: list[ThreadingHTTPServer] = []

    def started(*sessions: Any, status: int = 200, body: str | None = None, **record: Any) -> Any:
        server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Sessions)
        server.asked, server.status = [], status
        server.body = json.dumps(sessions) if body is None else body
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        port = server.server_address[1]
        said = {
            "url": f"http://localhost:{port}/",
            "hostname": "localhost",
            "port": port,
            "base_url": "/",
            "token": "secret",
            "root_dir": str(tmp_path),
        }
        (runtime / f"jpserver-{port}.json").write_text(json.dumps({**said, **record}))
        for session in sessions:
            (runtime / f"kernel-{Path(session['kernel']['id']).name}.json").touch()
        return server

    yield started
    for server in servers:
        server.shutdown()
        server.server_close()


def session(path: str, kernel: str, **more: Any) -> dict[str, Any]:
    """Return a session as the server says it."""
    return {"path": path, "type": "notebook", "kernel": {"id": kernel}, **more}


def test_find_connection_file__one_of_several_servers__its_kernel(serve, runtime, tmp_path):
    """Each server is asked; the file is told by where it lies, not by its name."""
    (tmp_path / "below").mkdir()
    serve(session("a.ipynb", "k1"), session("b.ipynb", "k2"), session("a.ipynb", "k3", type="console"))
    serve(session("a.ipynb", "k4"), root_dir=str(tmp_path / "below"))
    assert find_connection_file(tmp_path / "a.ipynb") == runtime / "kernel-k1.json"
    assert find_connection_file(tmp_path / "below" / ".." / "b.ipynb") == runtime / "kernel-k2.json"
    assert find_connection_file(tmp_path / "below" / "a.ipynb") == runtime / "kernel-k4.json"


def test_find_connection_file__server_below_a_path__is_asked_there(serve, runtime, tmp_path):
    """The server's own base URL counts, and an older server's words."""
    server = serve(session("", "k1", notebook={"path": "a.ipynb"}), base_url="/user/me/")
    assert find_connection_file(tmp_path / "a.ipynb") == runtime / "kernel-k1.json"
    assert server.asked == ["/user/me/api/sessions"]


def test_find_connection_file__server_that_listens_everywhere__is_asked_over_loopback(serve, runtime, tmp_path):
    """A machine's own name is not asked, though the server says it."""
    serve(session("a.ipynb", "k1"), url="http://machine.example:1/", hostname="0.0.0.0")
    assert find_connection_file(tmp_path / "a.ipynb") == runtime / "kernel-k1.json"


def test_find_connection_file__two_kernels__both_are_listed(serve, runtime, tmp_path):
    """Which one is meant is not guessed."""
    serve(session("a.ipynb", "k1"))
    serve(session("a.ipynb", "k2"))
    with pytest.raises(SeveralKernels) as caught:
        find_connection_file(tmp_path / "a.ipynb")
    assert caught.value.found == (str(runtime / "kernel-k1.json"), str(runtime / "kernel-k2.json"))


def test_find_connection_file__one_kernel_in_two_servers__is_one(serve, runtime, tmp_path):
    """The same kernel, told twice."""
    serve(session("a.ipynb", "k1"))
    serve(session("a.ipynb", "k1"))
    assert find_connection_file(tmp_path / "a.ipynb") == runtime / "kernel-k1.json"


SILENT: dict[str, tuple[dict[str, Any], str]] = {
    "wrong token": ({"token": "other"}, "it wants a password"),
    "no token": ({"token": ""}, "it wants a password"),
    "redirected to a login page": ({"status": 302}, "it wants a password"),
    "broken": ({"status": 500}, "it answers 500"),
    "no JSON": ({"body": "<html>"}, "its answer is no list of sessions"),
    "other JSON": ({"body": '{"a": 1}'}, "its answer is no list of sessions"),
    "another machine": (
        {"url": "http://machine.example:1/", "hostname": "machine.example"},
        "it does not listen on this machine's loopback address",
    ),
}


@pytest.mark.parametrize(("options", "reason"), SILENT.values(), ids=SILENT)
def test_find_connection_file__server_that_does_not_say__is_named_with_the_reason(serve, tmp_path, options, reason):
    """What could not be asked is told; a server elsewhere is never asked."""
    server = serve(session("b.ipynb", "k1"), **options)
    with pytest.raises(NoRunningKernel) as caught:
        find_connection_file(tmp_path / "a.ipynb")
    assert [silent.partition(": ")[2] for silent in caught.value.silent] == [reason]
    assert caught.value.servers == ()
    assert "secret" not in str(caught.value)
    assert (server.asked == []) == ("machine" in str(options))


def test_find_connection_file__stale_and_odd_records__are_passed_over(runtime, tmp_path):
    """What lies in the folder may be old, half written, or no server's."""
    for number, text in enumerate(("", "{", "[]", "{}", '{"url": "http://localhost:1/"}', '{"sock": "/a"}')):
        (runtime / f"jpserver-{number}.json").write_text(text)
    gone = {"url": "http://localhost:9/", "port": 9, "root_dir": str(tmp_path), "token": "secret"}
    (runtime / "jpserver-9.json").write_text(json.dumps(gone))
    with pytest.raises(NoRunningKernel) as caught:
        find_connection_file(tmp_path / "a.ipynb")
    assert caught.value.servers == ()
    assert len(caught.value.silent) == 1


def test_find_connection_file__kernel_id_that_is_a_path__leads_nowhere(serve, runtime, tmp_path):
    """What a server says is no way out of the runtime folder."""
    (runtime / "kernel-x").mkdir()
    (runtime / "file.json").touch()
    serve(session("a.ipynb", "x/../file"))
    with pytest.raises(NoRunningKernel):
        find_connection_file(tmp_path / "a.ipynb")
