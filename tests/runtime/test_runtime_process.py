"""The server as a process: what a container platform and its clients see."""

from __future__ import annotations

import gzip
import http.client
import json
import shutil
import socket
import sys
import threading
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runtime_process import JSON, PATIENCE_SECONDS, ROOT, Running, started, write_app

from jupyter_containerize.runtime.codecs.kinds import there

SOURCE = '''
from __future__ import annotations

import asyncio
import pathlib
import time


def predict(x: float, mode: str = "", folder: str = "") -> float | None:
    """Scale a number."""
    if mode == "raise":
        raise ValueError("the secret of the model")
    if mode == "exit":
        raise SystemExit(3)
    if mode == "object":
        return {"rows": [object()]}
    if mode == "nan":
        return float("nan")
    if mode == "generator":
        return (x * step for step in range(3))
    if mode == "async":
        return later(x)
    if mode == "wait":
        (pathlib.Path(folder) / "called").touch()
        while not (pathlib.Path(folder) / "go").exists():
            time.sleep(0.005)
    return weights["scale"] * x


async def later(x):
    await asyncio.sleep(0)
    return x
'''


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose function scales by a captured object, and misbehaves on request."""
    return write_app(tmp_path_factory.mktemp("made") / "app", SOURCE, {"weights": {"scale": 2.0}})


@pytest.fixture(scope="module")
def server(app: Path) -> Iterator[Running]:
    """A ready server that tests share and do not stop."""
    own = {"JUPYTER_CONTAINERIZE_MAX_BODY_BYTES": "1000", "JUPYTER_CONTAINERIZE_NOTEBOOK_DIGEST": "sha256:0a1b"}
    with started(app, own) as running:
        yield running


NOTHING: Mapping[str, str] = types.MappingProxyType({})


class Route(NamedTuple):
    """A request, and the status and headers of its answer."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = NOTHING
    body: bytes | None = None
    expected: Mapping[str, str] = NOTHING


# Without what the libraries here are too few for.
TAKEN = ", ".join(there())
GZIP = {**JSON, "content-encoding": "gzip"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
LATIN = {"content-type": "application/json; charset=latin-1"}
QUOTED = {"content-type": 'application/json; charset="UTF-8"'}
SUFFIX = {"content-type": "application/vnd.x+json"}
CLOSED = {"connection": "close"}
ROUTES = {
    "alive": Route("GET", "/health/live", 200),
    "ready": Route("GET", "/health/ready", 200),
    "ready, head": Route("HEAD", "/health/ready", 200),
    "schema": Route("GET", "/schema", 200),
    "index": Route("GET", "/", 200),
    "query ignored": Route("GET", "/health/live?verbose=1", 200),
    "predict": Route("POST", "/predict", 200, JSON, b'{"x": 2}'),
    "charset": Route("POST", "/predict", 200, QUOTED, b'{"x": 2}'),
    "json suffix": Route("POST", "/predict", 200, SUFFIX, b'{"x": 2}'),
    "no such path": Route("GET", "/predict/", 404),
    "get predict": Route("GET", "/predict", 405, expected={"allow": "POST"}),
    "post health": Route("POST", "/health/live", 405, JSON, b"{}", {"allow": "GET, HEAD"}),
    "form": Route("POST", "/predict", 415, FORM, b"x=2"),
    "no type": Route("POST", "/predict", 415, {}, b'{"x": 2}', {"accept-post": TAKEN}),
    "latin": Route("POST", "/predict", 415, LATIN, b'{"x": 2}'),
    "gzip": Route("POST", "/predict", 200, GZIP, gzip.compress(b'{"x": 2}')),
    "no gzip": Route("POST", "/predict", 400, GZIP, b"\x1f\x8b"),
    "zstd": Route(
        "POST",
        "/predict",
        415,
        {**JSON, "content-encoding": "zstd"},
        b"\x28",
        {"accept-encoding": "gzip, deflate, identity"},
    ),
    "not json": Route("POST", "/predict", 400, JSON, b"{'x': 2}"),
    "empty": Route("POST", "/predict", 400, JSON, b""),
    "too large": Route("POST", "/predict", 413, JSON, b" " * 1001, CLOSED),
    "far too large": Route("POST", "/predict", 413, JSON, b" " * 3_000_000, CLOSED),
    "wrong type": Route("POST", "/predict", 422, JSON, b'{"x": "2"}'),
}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_route__each_request__has_its_status(server: Running, route: Route) -> None:
    """Every route answers with its status; errors are problem documents under the request's id."""
    status, received, content = server.ask(route.method, route.path, route.body, route.headers)
    assert status == route.status
    assert route.expected.items() <= received.items()
    if status >= 400:
        assert received["content-type"] == "application/problem+json"
        assert content["status"] == status
        assert content["request_id"] == received["x-request-id"]


ANSWERS: dict[str, tuple[dict[str, object], int, Any]] = {
    "a number": ({"x": 1.5}, 200, 3.0),
    "an integer for a float": ({"x": 2}, 200, 4.0),
    "nan": ({"x": 1, "mode": "nan"}, 200, None),
    "a generator": ({"x": 1.5, "mode": "generator"}, 200, [0.0, 1.5, 3.0]),
    "a coroutine": ({"x": 1.5, "mode": "async"}, 200, 1.5),
}


@pytest.mark.parametrize(("body", "status", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_predict__good_body__is_the_functions_answer(
    server: Running, body: dict[str, object], status: int, answer: object
) -> None:
    """The answer is the JSON of what the function gives, with nothing around it."""
    assert server.predict(body) == (status, answer)


def test_predict__several_problems__names_each(server: Running) -> None:
    """A body that does not fit is told every parameter that is wrong."""
    status, answer = server.predict({"mode": 1, "z": None})
    assert status == 422
    assert answer["problems"] == [
        {"field": "mode", "expected": "string", "got": "number 1"},
        {"field": "z", "expected": "one of x, mode, folder", "got": "null"},
        {"field": "x", "expected": "number", "got": "nothing"},
    ]


def test_schema__asked__describes_the_function_and_its_origin(server: Running) -> None:
    """``/schema`` has what is taken and given, and where it came from."""
    _, _, answer = server.ask("GET", "/schema")
    assert answer["symbol"] == "predict"
    assert answer["doc"] == "Scale a number."
    assert answer["inputs"]["required"] == ["x"]
    assert answer["output"]["anyOf"] == [{"type": "number"}, {"type": "null"}]
    assert (answer["notebook"], answer["versions"]) == ("small.ipynb", {"cloudpickle": "3.1.2"})
    assert answer["digest"] == "sha256:0a1b"


@pytest.mark.parametrize("mode", ["raise", "exit"])
def test_predict__function_raises__is_told_an_id_and_logged_with_traceback(server: Running, mode: str) -> None:
    """The caller gets an id, the log gets the traceback under it, and the server goes on."""
    status, headers, answer = server.ask("POST", "/predict", json.dumps({"x": 1, "mode": mode}).encode(), JSON)
    assert status == 500
    assert "secret" not in json.dumps(answer)
    line = server.wait_for("call failed")
    assert line["request_id"] == headers["x-request-id"]
    assert 'serving.py", line' in line["traceback"]
    assert server.predict({"x": 1}) == (200, 2.0)


def test_predict__answer_has_no_json__says_where(server: Running) -> None:
    """An answer that JSON cannot say is a 500 that names the place and the type."""
    status, answer = server.predict({"x": 1, "mode": "object"})
    assert (status, answer["detail"]) == (500, "the function's answer has no JSON: rows[0]: object")


def test_request_id__given__comes_back_and_is_logged(server: Running) -> None:
    """A caller's id is kept; one that could forge a log line is not."""
    _, headers, _ = server.ask("GET", "/health/live", headers={"x-request-id": "trace-1/2"})
    assert headers["x-request-id"] == "trace-1/2"
    _, headers, _ = server.ask("GET", "/health/live", headers={"x-request-id": 'a" b'})
    assert headers["x-request-id"] != 'a" b'
    while server.wait_for("request")["request_id"] != "trace-1/2":
        pass
    line = server.lines[-1]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/health/live", 200)


def test_predict__chunked_body_above_the_limit__is_refused_as_it_comes(server: Running) -> None:
    """A body that does not announce its size is refused when it has become too large."""
    parts = (b" " * 400 for _ in range(100))
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    client.request("POST", "/predict", parts, JSON, encode_chunked=True)
    assert client.getresponse().status == 413
    client.close()


def _head(length: int, *more: str) -> bytes:
    lines = ["POST /predict HTTP/1.1", "Host: test", "Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, *more, "", ""]).encode()


def _read_to_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_predict__expects_continue_with_too_much__is_refused_before_it_sends(server: Running) -> None:
    """A client that asks first is told no, and not told to go on."""
    with server.connect() as connection:
        connection.sendall(_head(5000, "Expect: 100-continue"))
        connection.shutdown(socket.SHUT_WR)
        answer = _read_to_end(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_predict__pipelined__answers_in_order(server: Running) -> None:
    """Requests sent without waiting are answered one after the other."""
    bodies = [json.dumps({"x": x}).encode() for x in (1, 2, 3)]
    with server.connect() as connection:
        connection.sendall(b"".join(_head(len(body)) + body for body in bodies))
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        answers = _read_to_end(connection)
    assert [part.rpartition(b"\n")[2] for part in answers.split(b"HTTP/1.1 200 OK")][1:4] == [b"2.0", b"4.0", b"6.0"]
    assert answers.endswith(b'{"status":"alive"}')


def test_predict__body_comes_slowly__gives_up(app: Path) -> None:
    """A body that does not arrive in time is a 408, and the connection ends."""
    with started(app, {"JUPYTER_CONTAINERIZE_BODY_TIMEOUT_SECONDS": "0.1"}) as server, server.connect() as connection:
        connection.sendall(_head(8) + b'{"x"')
        answer = _read_to_end(connection)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert server.predict({"x": 1}) == (200, 2.0)


def test_server__clients_that_never_finish__neither_block_others_nor_the_end(app: Path) -> None:
    """Silent, half-sent and vanished clients cost nothing but their own connection."""
    with started(app, {"JUPYTER_CONTAINERIZE_GRACE_SECONDS": "1"}) as server:
        silent, half_head, half_body, vanished = (server.connect() for _ in range(4))
        half_head.sendall(b"POST /predict HT")
        half_body.sendall(_head(8) + b'{"x"')
        vanished.sendall(_head(8) + b'{"x"')
        vanished.close()
        assert server.predict({"x": 1}) == (200, 2.0)
        server.terminate()
        assert server.exit_code() == 0
        for connection in (silent, half_head, half_body):
            connection.close()


class Call(threading.Thread):
    """A prediction asked in the background that waits for the file ``go``."""

    def __init__(self, server: Running, folder: Path) -> None:
        super().__init__()
        self._server = server
        self._folder = folder
        self.result: tuple[int, Any] | None = None
        self.start()
        while not (folder / "called").exists():
            assert self.is_alive()

    def run(self) -> None:
        """Ask, and keep what came."""
        self.result = self._server.predict({"x": 1, "mode": "wait", "folder": str(self._folder)})

    def go(self) -> None:
        """Let the function return."""
        (self._folder / "go").touch()


def test_health__during_a_call__answers(server: Running, tmp_path: Path) -> None:
    """A function at work does not make the server look dead, nor keep others from being called."""
    call = Call(server, tmp_path)
    assert server.ask("GET", "/health/ready")[0] == 200
    assert server.predict({"x": 1}) == (200, 2.0)
    call.go()
    call.join()
    assert call.result == (200, 2.0)


def test_sigterm__call_in_flight__finishes_it_and_exits_0(app: Path, tmp_path: Path) -> None:
    """Told to stop, the server answers what it has begun and then ends well."""
    with started(app) as server:
        call = Call(server, tmp_path)
        kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
        kept.request("GET", "/health/ready")
        assert kept.getresponse().read() == b'{"status":"ready"}'
        server.terminate()
        server.wait_for("stopping")
        call.go()
        call.join()
        assert call.result == (200, 2.0)
        assert server.exit_code() == 0
        kept.close()


def test_sigterm__call_outlives_the_grace__exits_1(app: Path, tmp_path: Path) -> None:
    """A call that does not return in time is given up, said so, and not hidden by the exit code."""
    with started(app, {"JUPYTER_CONTAINERIZE_GRACE_SECONDS": "1"}) as server:
        call = Call(server, tmp_path)
        server.terminate()
        assert server.exit_code() == 1
        assert server.events("stopped in the middle of a call")
        call.join()
        assert isinstance(call.result, tuple)
        assert call.result[0] == 503


def test_loading__takes_long__is_alive_and_not_ready(tmp_path: Path) -> None:
    """While it loads the server lives, is not ready, and says so; it can be stopped."""
    source = "import pathlib, time\nwhile not pathlib.Path(flag).exists(): time.sleep(0.005)\ndef predict(): return 1\n"
    app = write_app(tmp_path / "app", source, {"flag": str(tmp_path / "go")})
    with started(app, until="listening") as server:
        assert server.ask("GET", "/health/live")[0] == 200
        status, headers, _ = server.ask("GET", "/health/ready")
        assert (status, headers["retry-after"]) == (503, "1")
        assert server.ask("POST", "/predict", b"{}", JSON)[0] == 503
        assert server.ask("GET", "/schema")[0] == 503
        (tmp_path / "go").touch()
        server.wait_for("ready")
        assert server.ask("GET", "/health/ready")[0] == 200
        assert server.predict({}) == (200, 1)
    (tmp_path / "go").unlink()
    with started(app, until="listening") as server:
        assert server.ask("GET", "/health/ready")[0] == 503
        server.terminate()
        assert server.exit_code() == 0


def test_loading__hash_differs__exits_1_and_names_the_object(tmp_path: Path) -> None:
    """An object that is not the one that was captured is never unpickled."""
    app = write_app(tmp_path / "app", "def predict(): return weights\n", {"weights": [1, 2, 3]})
    (app / "state" / "weights.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with started(app, until=None) as server:
        assert server.exit_code() == 1
        [line] = server.events("load failed")
        assert line["part"] == "weights"
        assert line["reason"].startswith("sha256 of weights.pkl is ")


BAD_STARTS = {
    "port": ({"PORT": "http"}, 2, "bad setting", {"name": "PORT", "value": "http"}),
    "threads": ({"JUPYTER_CONTAINERIZE_THREADS": "0"}, 2, "bad setting", {"name": "JUPYTER_CONTAINERIZE_THREADS"}),
    "host": ({"HOST": "203.0.113.1"}, 1, "cannot listen", {"host": "203.0.113.1"}),
    "no folder": ({"JUPYTER_CONTAINERIZE_APP": "/nowhere"}, 1, "load failed", {"part": "model.json"}),
}


@pytest.mark.parametrize(("environment", "code", "event", "fields"), BAD_STARTS.values(), ids=BAD_STARTS)
def test_start__cannot_work__exits_with_a_log_line(
    app: Path, environment: dict[str, str], code: int, event: str, fields: dict[str, str]
) -> None:
    """A server that cannot start says why in one line and has an exit code for it."""
    with started(app, environment, until=None) as server:
        assert server.exit_code() == code
        [line] = server.events(event)
        assert fields.items() <= line.items()


def test_start__port_taken__exits_1(app: Path, server: Running) -> None:
    """A taken port is said, not waited for."""
    with started(app, {"PORT": str(server.port)}, until=None) as second:
        assert second.exit_code() == 1
        assert second.events("cannot listen")


def test_package__copied_as_the_image_has_it__serves(app: Path, tmp_path: Path) -> None:
    """The runtime's own files are all it needs: no other room, no home, no writable folder."""
    package = tmp_path / "site" / "jupyter_containerize_runtime"
    shutil.copytree(ROOT / "jupyter_containerize" / "runtime", package, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "jupyter_containerize_runtime"]
    with started(app, environment, command=command, cwd=app) as server:
        assert server.predict({"x": 1}) == (200, 2.0)
        server.terminate()
        assert server.exit_code() == 0
    assert sorted(path.name for path in app.iterdir()) == ["model.json", "serving.py", "state"]
