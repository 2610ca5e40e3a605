"""Several endpoints in one application: who answers which path, and how a request becomes arguments."""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

import pytest
import runtime_asking
from runtime_asking import answering, endpoint

from jupyter_containerize.runtime.routes import Routes, RouteTaken

TYPED = {"content-type": "application/json"}


def first(x: float) -> float:
    """Double."""
    return 2 * x


def look(
    text: str = "",
    number: int = 0,
    numbers: list[int] | None = None,
    mode: Literal["a", "b"] = "a",
    anything: Any = None,
) -> dict[str, Any]:
    """Give back what came."""
    return {"text": text, "number": number, "numbers": numbers, "mode": mode, "anything": anything}


def greet(name: str, *, loud: bool = False) -> str:
    """Greet."""
    return f"HELLO {name.upper()}" if loud else f"Hello {name}"


def rename(name: str, to: str) -> list[str]:
    """Rename."""
    return [name, to]


def echo(REQUEST: str) -> str:  # noqa: N803  # Kernel Gateway's name for it
    """Print the request."""
    return REQUEST


def say(REQUEST: str) -> str:  # noqa: N803  # as above
    """Print a word of it."""
    return json.loads(REQUEST)["path"]["word"] + "\n"


APP = answering(
    [
        endpoint(first, route="/first"),
        endpoint(look, method="GET"),
        endpoint(greet, route="/hello/:name", method="GET"),
        endpoint(rename, route="/hello/:name", method="PUT"),
        endpoint(first, route="/hello/world", method="POST"),
        endpoint(echo, "cell", "/echo/:a/:b"),
        endpoint(echo, "cell", "/echo/:a/:b", "DELETE"),
        endpoint(say, "cell", "/say/:word", "GET"),
    ]
)
DEFAULTS: dict[str, Any] = {"text": "", "number": 0, "numbers": None, "mode": "a", "anything": None}


class Call(NamedTuple):
    """A request, and its answer's status and JSON."""

    method: str
    target: str
    answer: Any = None
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = TYPED


CALLS = {
    "own route": Call("POST", "/first", 4.0, b'{"x": 2}'),
    "predict": Call("POST", "/predict", 4.0, b'{"x": 2}'),
    "query, nothing": Call("GET", "/look", DEFAULTS),
    "query, head": Call("HEAD", "/look", DEFAULTS),
    "query, no type": Call("GET", "/look", DEFAULTS, headers={}),
    "query, text": Call("GET", "/look?text=12&text=", {**DEFAULTS, "text": "x"}, status=422),
    "query, digits as text": Call("GET", "/look?text=12", {**DEFAULTS, "text": "12"}),
    "query, quoted text": Call("GET", "/look?text=%22a%22", {**DEFAULTS, "text": '"a"'}),
    "query, plus and umlaut": Call("GET", "/look?text=a+%C3%A9", {**DEFAULTS, "text": "a é"}),
    "query, number": Call("GET", "/look?number=12", {**DEFAULTS, "number": 12}),
    "query, no number": Call("GET", "/look?number=a", status=422),
    "query, one of a list": Call("GET", "/look?numbers=1", {**DEFAULTS, "numbers": [1]}),
    "query, a list": Call("GET", "/look?numbers=1&numbers=2", {**DEFAULTS, "numbers": [1, 2]}),
    "query, a list as json": Call("GET", "/look?numbers=[1,2]", {**DEFAULTS, "numbers": [1, 2]}),
    "query, choice": Call("GET", "/look?mode=b", {**DEFAULTS, "mode": "b"}),
    "query, json": Call("GET", '/look?anything={"a":[1]}', {**DEFAULTS, "anything": {"a": [1]}}),
    "query, no json": Call("GET", "/look?anything={a", {**DEFAULTS, "anything": "{a"}),
    "query, unknown name": Call("GET", "/look?nothing=1", status=422),
    "path": Call("GET", "/hello/you", "Hello you"),
    "path, digits": Call("GET", "/hello/1?loud=true", "HELLO 1"),
    "path, with a body": Call("PUT", "/hello/you", ["you", "me"], b'{"to": "me"}'),
    "path, other method": Call("POST", "/hello/you", status=405),
    "path, written out first": Call("POST", "/hello/world", 6.0, b'{"x": 3}'),
    "path, written out, other method": Call("GET", "/hello/world", status=405),
    "path, empty part": Call("GET", "/hello/", status=404),
    "path, longer": Call("GET", "/hello/a/b", status=404),
    "put of a post": Call("PUT", "/first", status=405),
    "no json": Call("PUT", "/hello/you", b"to=me", status=415, headers={"content-type": "text/plain"}),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_endpoint__each_request__reaches_its_function(call: Call) -> None:
    """Routes, queries and parts of paths become arguments; what is not there is refused."""
    status, _, content = runtime_asking.ask(APP, call.method, call.target, call.body, call.headers)
    assert status == call.status
    if status == 200:
        assert json.loads(content) == call.answer


def test_not_allowed__methods__are_said() -> None:
    """A 405 names all methods that the path has."""
    _, headers, _ = runtime_asking.ask(APP, "PATCH", "/hello/you")
    assert headers["allow"] == "GET, PUT, HEAD"


def test_index__asked__lists_every_endpoint() -> None:
    """Who comes upon a server reads what it answers, the primary endpoint's two routes among them."""
    _, _, content = runtime_asking.ask(APP, "GET", "/")
    routes = json.loads(content)["routes"]
    assert list(routes)[:10] == [
        "POST /first",
        "GET /look",
        "POST /hello/world",
        "POST /predict",
        "GET /hello/:name",
        "PUT /hello/:name",
        "POST /echo/:a/:b",
        "DELETE /echo/:a/:b",
        "GET /say/:word",
        "GET /schema",
    ]
    assert {"GET /openapi.json", "GET /health/live", "GET /health/ready"} <= {*routes}
    assert routes["GET /look"] == "a query by parameter name; answers with the JSON of what look gives"


BODIES: dict[str, tuple[dict[str, str], bytes, Any]] = {
    "json": ({"content-type": "application/json"}, b'{"x": 1}', {"x": 1}),
    "json with a charset": ({"content-type": "application/json; charset=utf-8"}, b"[1]", [1]),
    "json that is none": ({"content-type": "application/json"}, b"{x", "{x"),
    "form": ({"content-type": "application/x-www-form-urlencoded"}, b"x=1&x=2&y=", {"x": ["1", "2"], "y": [""]}),
    "text": ({"content-type": "text/plain"}, b"hello", "hello"),
    "no type": ({}, b"hello", "hello"),
    "nothing": ({}, b"", ""),
}


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize(("headers", "body", "read"), BODIES.values(), ids=BODIES)
def test_cell__any_request__gets_it_as_kernel_gateway_gives_it(
    method: str, headers: dict[str, str], body: bytes, read: Any
) -> None:
    """A cell reads REQUEST: body, args, path and headers; what it prints is JSON if it reads as JSON."""
    status, received, content = runtime_asking.ask(APP, method, "/echo/1/b?q=1&q=2&r=", body, headers)
    assert (status, received["content-type"]) == (200, "application/json")
    request = json.loads(content)
    assert request["body"] == read
    assert (request["args"], request["path"]) == ({"q": ["1", "2"], "r": [""]}, {"a": "1", "b": "b"})
    assert request["headers"]["Content-Length"] == str(len(body))
    assert request["headers"].get("Content-Type") == headers.get("content-type")


def test_cell__prints_words__are_text() -> None:
    """What is no JSON goes out as it was printed."""
    status, headers, content = runtime_asking.ask(APP, "GET", "/say/hey")
    assert (status, headers["content-type"], content) == (200, "text/plain; charset=utf-8", b"hey\n")


def test_cell__no_utf_8__is_refused() -> None:
    """Bytes that are no text are the caller's mistake."""
    assert runtime_asking.ask(APP, "POST", "/echo/1/2", b"\xff")[0] == 400


TAKEN = {
    "twice": [endpoint(first, route="/x"), endpoint(look, route="/x")],
    "a pattern twice": [endpoint(first, route="/:x"), endpoint(look, route="/:x")],
    "health": [endpoint(first, route="/health")],
    "below health": [endpoint(first, route="/health/ready", method="GET")],
}


@pytest.mark.parametrize("endpoints", TAKEN.values(), ids=TAKEN)
def test_routes__taken__are_refused(endpoints: list[Any]) -> None:
    """Two cannot answer one request, and health is the server's own."""
    with pytest.raises(RouteTaken):
        Routes(endpoints)


def test_routes__primary_with_parts_in_its_path__is_not_on_predict() -> None:
    """What stands for values in a path cannot be left out."""
    app = answering([endpoint(greet, route="/hello/:name", method="GET")])
    assert runtime_asking.ask(app, "GET", "/predict")[0] == 404
