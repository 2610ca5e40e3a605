"""Images that run for the sidebar: real containers, in namespaces and at a Docker Engine."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.image import Digest, Reference
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.namespaces import BubblewrapRunner
from jupyter_containerize.server import running_asking
from tests.publishing.runnable import runnable_image
from tests.server.api_schema import check, check_component

RUNNING = "/containerize/running"
NAME = "trial:latest"
SERVER = b"""
import base64, http.server, json, os, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.partition("?")[0]
        if path == "/exit":
            print("out of luck", file=sys.stderr, flush=True)
            os._exit(3)
        if path == "/sleep":
            time.sleep(600)
        status, kind, content = 200, "application/json", json.dumps({
            "method": self.command, "path": self.path, "body": body.decode(),
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }).encode()
        if path == "/schema":
            content = b'{"symbol": "predict"}'
        elif path == "/text":
            kind, content = "text/plain; charset=utf-8", b"hello"
        elif path == "/image":
            kind, content = "image/png", bytes(range(256))
        elif path == "/nan":
            content = b"[NaN]"
        elif path == "/wrong":
            status, kind, content = 422, "application/problem+json", b'{"errors": []}'
        elif path == "/elsewhere":
            status, content = 302, b"{}"
        elif path == "/large":
            content = b"1" * (17 * 1024 * 1024)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://example.com/")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

print("listening", flush=True)
address = (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080")))
http.server.ThreadingHTTPServer(address, Handler).serve_forever()
"""
NEVER_READY = b"import sys; sys.exit('could not load the model')"


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a store with an image that answers and one that does not come up."""
    root = tmp_path_factory.mktemp("stocked")
    store = LocalStore(root)
    store.tag(Reference.parse(NAME), runnable_image(store, SERVER).manifest_digest)
    store.tag(Reference.parse("broken:latest"), runnable_image(store, NEVER_READY).manifest_digest)
    return root


@pytest.fixture
def store(stocked: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use that store."""
    monkeypatch.setenv("JUPYTER_CONTAINERIZE_STORE", str(stocked))
    return stocked


@pytest.fixture
def run(api: Any, bubblewrap: BubblewrapRunner, jp_serverapp: Any) -> Iterator[Callable[..., Any]]:
    """Run an image and give it when it is in another state than starting; whatever runs ends with the test."""
    extension = _extension(jp_serverapp)

    async def start(image: str = NAME, *states: str) -> dict[str, Any]:
        status, body = await api("post", RUNNING, {"image": image})
        assert status == 201, body
        check(body, ("post", RUNNING), 201)
        assert body["state"] == "starting"
        return await _until(api, body["id"], *(states or ("running",)))

    yield start
    extension.containers.close()


def _extension(app: Any) -> Any:
    (extension,) = app.extension_manager.extension_apps["jupyter_containerize"]
    return extension


async def _until(api: Any, container_id: str, *states: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        _, body = await api("get", f"{RUNNING}/{container_id}")
        check(body, ("get", f"{RUNNING}/{{id}}"), 200)
        if body["state"] in states:
            return dict(body)
        assert time.monotonic() < deadline, body
        await asyncio.sleep(0.02)


def _listens(url: str) -> bool:
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


async def test_running__image__from_start_to_stop(api: Any, run: Callable[..., Any]) -> None:
    """It is listed, its image says that it runs, and after a stop nothing is left."""
    container = await run()
    assert (container["image"], container["engine"]) == (NAME, "bubblewrap")
    assert container["problem"] is None
    status, listed = await api("get", RUNNING)
    check(listed, ("get", RUNNING), status)
    assert listed["running"] == [container]
    _, images = await api("get", "/containerize/images")
    assert {image["tags"][0]: image["running"] for image in images["images"]} == {
        NAME: [container["id"]],
        "broken:latest": [],
    }
    log = await api.raw("get", f"{RUNNING}/{container['id']}/log")
    assert log.body.decode().startswith("listening\n")
    assert (await api("delete", f"/containerize/images/{container['digest']}"))[0] == 409
    assert await api("delete", f"{RUNNING}/{container['id']}") == (204, None)
    assert not _listens(container["url"])
    assert (await api("get", RUNNING))[1] == {"running": []}
    status, problem = await api("get", f"{RUNNING}/{container['id']}")
    assert (status, problem["code"]) == (404, "JC-RUN-03")


async def test_running__by_digest__the_same_image(run: Callable[..., Any], store: Path) -> None:
    """An image is found by its digest, and shown by its name."""
    digest = LocalStore(store).index().find(Reference.parse(NAME))
    container = await run(digest)
    assert (container["image"], container["digest"]) == (NAME, digest)


REFUSED: dict[str, tuple[Any, int, str]] = {
    "unknown name": ({"image": "other:latest"}, 404, "JC-PUBLISH-02"),
    "unknown digest": ({"image": str(Digest(f"sha256:{64 * 'a'}"))}, 404, "JC-PUBLISH-02"),
    "no digest": ({"image": "sha256:abc"}, 400, ""),
    "no name": ({"image": "A:b c"}, 400, ""),
    "nothing": ({}, 400, "JC-SERVER-01"),
    "no text": ({"image": 1}, 400, "JC-SERVER-01"),
    "unknown field": ({"image": NAME, "port": 80}, 400, "JC-SERVER-01"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
async def test_start__what_cannot_run__refused(api: Any, store: Path, case: tuple[Any, int, str]) -> None:
    """What is no image of the store is told at once."""
    body, expected, code = case
    status, problem = await api("post", RUNNING, body)
    assert status == expected, problem
    check_component(problem, "Problem")
    assert not code or problem["code"] == code


async def test_start__nothing_can_run_images__says_why(
    api: Any, store: Path, tmp_path: Path, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody without any engine learns what there is to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    status, problem = await api("post", RUNNING, {"image": NAME})
    assert (status, problem["code"]) == (400, "JC-EXPORT-02")
    assert "bubblewrap: not installed" in problem["saw"]
    _extension(jp_serverapp).run_with = "podman"
    _, problem = await api("post", RUNNING, {"image": NAME})
    assert "Podman: not installed" in problem["saw"]
    assert "bubblewrap" not in problem["saw"]


async def test_start__more_than_may__refused_until_one_stops(
    api: Any, run: Callable[..., Any], jp_serverapp: Any
) -> None:
    """The administrator's limit holds; containers that have ended do not count."""
    _extension(jp_serverapp).run_limit = 1
    await run("broken:latest", "failed")
    container = await run()
    status, problem = await api("post", RUNNING, {"image": NAME})
    assert (status, problem["code"]) == (409, "JC-RUN-04")
    await api("delete", f"{RUNNING}/{container['id']}")
    await run()


async def test_running__image_does_not_come_up__failed_with_what_it_said(api: Any, run: Callable[..., Any]) -> None:
    """Why it failed is shown with the last lines of its log, which can still be read."""
    container = await run("broken:latest", "failed")
    problem = container["problem"]
    assert problem["code"] == "JC-RUN-01"
    assert "could not load the model" in problem["details"]
    log = await api.raw("get", f"{RUNNING}/{container['id']}/log")
    assert "could not load the model" in log.body.decode()
    _, images = await api("get", "/containerize/images")
    assert {tuple(image["running"]) for image in images["images"]} == {()}
    for call in ("schema", "ask"):
        method, body = ("get", None) if call == "schema" else ("post", {"method": "GET", "path": "/"})
        status, problem = await api(method, f"{RUNNING}/{container['id']}/{call}", body)
        assert (status, problem["code"]) == (409, "JC-RUN-05")
    assert (await api("delete", f"{RUNNING}/{container['id']}"))[0] == 204


async def test_running__container_dies_later__failed_with_what_it_said(api: Any, run: Callable[..., Any]) -> None:
    """A server that crashes is seen to be gone, by whoever asked it and in the list."""
    container = await run()
    status, problem = await api("post", f"{RUNNING}/{container['id']}/ask", {"method": "GET", "path": "/exit"})
    assert (status, problem["code"]) == (502, "JC-RUN-07")
    problem = (await _until(api, container["id"], "failed"))["problem"]
    assert problem["code"] == "JC-RUN-06"
    assert "exit code 3" in problem["saw"]
    assert "out of luck" in problem["details"]


async def test_stop_extension__containers_run__they_end(run: Callable[..., Any], jp_serverapp: Any) -> None:
    """Containers end with the server."""
    container = await run()
    assert _listens(container["url"])
    await _extension(jp_serverapp).stop_extension()
    assert not _listens(container["url"])


async def _ask(api: Any, container: dict[str, Any], **question: Any) -> tuple[int, Any]:
    return await api("post", f"{RUNNING}/{container['id']}/ask", question)


async def test_ask__json__answered_with_its_snippets(api: Any, run: Callable[..., Any]) -> None:
    """The container gets what was typed and nothing of the user's; both snippets get the same answer."""
    container = await run()
    body = {"x": [1.5, None, True], "name": "it's \u00fc"}
    status, asked = await _ask(api, container, method="POST", path="/a b/\u00fc", body=body, query={"q": "1&2"})
    check(asked, ("post", f"{RUNNING}/{{id}}/ask"), status)
    seen = asked["body"]
    assert (asked["status"], asked["content_type"]) == (200, "application/json")
    assert (seen["method"], seen["path"]) == ("POST", "/a%20b/%C3%BC?q=1%262")
    assert json.loads(seen["body"]) == body
    assert json.loads(asked["text"]) == seen
    assert asked["milliseconds"] > 0
    assert set(seen["headers"]) <= {"host", "accept", "content-type", "content-length", "connection", "user-agent"}
    for command in (["sh", "-c", asked["curl"]], [sys.executable, "-c", asked["python"]]):
        if shutil.which(command[0]) and shutil.which("curl"):
            done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
            said = json.loads(done.stdout)
            assert (said["method"], said["path"], json.loads(said["body"])) == ("POST", seen["path"], body)
            assert said["headers"]["content-type"] == "application/json"


ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "json": ({"path": "/schema"}, {"status": 200, "body": {"symbol": "predict"}}),
    "text": ({"path": "/text"}, {"status": 200, "body": None, "text": "hello"}),
    "bytes": ({"path": "/image"}, {"body": None, "text": "", "base64": base64.b64encode(bytes(range(256))).decode()}),
    "no json at all": ({"path": "/nan"}, {"status": 200, "body": None, "text": "[NaN]"}),
    "refused": ({"path": "/wrong"}, {"status": 422, "body": {"errors": []}}),
    "redirect is not followed": ({"path": "/elsewhere"}, {"status": 302, "body": {}}),
}


async def test_ask__kinds_of_answers__each_as_it_is(api: Any, run: Callable[..., Any]) -> None:
    """JSON, texts and bytes are told apart, and an error of the container is an answer."""
    container = await run()
    for question, expected in ANSWERS.values():
        status, asked = await _ask(api, container, method="GET", **question)
        assert status == 200
        check(asked, ("post", f"{RUNNING}/{{id}}/ask"), 200)
        assert {name: asked.get(name) for name in expected} == expected
    for method in ("PUT", "PATCH", "DELETE"):
        _, asked = await _ask(api, container, method=method, path="/")
        assert asked["body"]["method"] == method
    assert (await api("get", f"{RUNNING}/{container['id']}/schema")) == (200, {"symbol": "predict"})


BAD_QUESTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "another host": ({"method": "GET", "path": "http://example.com/"}, "path"),
    "no slash": ({"method": "GET", "path": "@example.com/"}, "path"),
    "no path": ({"method": "GET"}, "path"),
    "long path": ({"method": "GET", "path": "/" + 9000 * "a"}, "path"),
    "unknown method": ({"method": "CONNECT", "path": "/"}, "method"),
    "body with GET": ({"method": "GET", "path": "/", "body": None}, "body"),
    "query of numbers": ({"method": "GET", "path": "/", "query": {"a": 1}}, "query.a"),
    "half a character": ({"method": "POST", "path": "/", "body": "\ud800"}, "body"),
    "half a character in the path": ({"method": "POST", "path": "/\ud800"}, "body"),
    "half a character in the query": ({"method": "POST", "path": "/", "query": {"\ud800": ""}}, "body"),
    "too much": ({"method": "POST", "path": "/", "body": 17 * 1024 * 1024 * "a"}, "16.0 MiB"),
}


@pytest.mark.parametrize("case", BAD_QUESTIONS.values(), ids=BAD_QUESTIONS)
def test_question_of__what_is_no_question__refused(case: tuple[dict[str, Any], str]) -> None:
    """Only that container can be asked, and only with what HTTP can carry."""
    body, field = case
    with pytest.raises(running_asking.BadRequest) as caught:
        running_asking.question_of(json.dumps(body).encode())
    assert field in f"{caught.value.field or 'body'} {caught.value.expected}"


HOSTS = [
    "//example.com/",
    "/@example.com/",
    "/\\example.com",
    "/ HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "/?a#b",
    "/%2e%2e",
]


async def test_ask__paths_that_look_like_hosts__stay_with_the_container(api: Any, run: Callable[..., Any]) -> None:
    """Whatever the path is, the container is who answers, and as one request."""
    container = await run()
    for path in HOSTS:
        status, asked = await _ask(api, container, method="GET", path=path)
        assert status == 200, (path, asked)
        assert asked["body"]["path"].startswith("/")
        assert asked["body"]["headers"]["host"] == container["url"].removeprefix("http://")


async def test_ask__more_than_may_or_too_slow__no_answer(
    api: Any, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer without end fills no memory, and one that never comes is not waited for."""
    container = await run()
    status, problem = await _ask(api, container, method="GET", path="/large")
    assert (status, problem["code"]) == (502, "JC-RUN-07")
    assert "16.0 MiB" in problem["saw"]
    monkeypatch.setattr(running_asking, "TIMEOUT_SECONDS", 0.2)
    status, problem = await _ask(api, container, method="GET", path="/sleep")
    assert (status, problem["code"]) == (502, "JC-RUN-07")


@pytest.mark.docker
async def test_running__with_docker__from_start_to_stop(api: Any, run: Callable[..., Any], jp_serverapp: Any) -> None:
    """An engine's container answers the same way and leaves nothing."""
    _extension(jp_serverapp).run_with = "docker"
    container = await run()
    assert container["engine"] == "docker"
    _, asked = await _ask(api, container, method="POST", path="/predict", body=[1])
    assert asked["body"]["body"] == "[1]"
    log = await api.raw("get", f"{RUNNING}/{container['id']}/log")
    assert "listening" in log.body.decode()
    assert (await api("delete", f"{RUNNING}/{container['id']}"))[0] == 204
    assert not _listens(container["url"])
