"""Who may call: nobody without logging in, nobody whom the authorizer refuses, no other site."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from jupyter_containerize.server.extension import ROUTES
from tests.server.api_schema import API, OPERATIONS, Operation, check_component

REST = [operation for operation in OPERATIONS if operation[1] != "/containerize/events"]


def _url(path: str) -> str:
    return path.replace("{id}", "some-build").replace("{digest}", f"sha256:{64 * 'a'}")


def test_routes__compared_with_the_api__the_same_calls() -> None:
    """What is served is what api/openapi.yaml describes: no more, no less."""
    served = {
        (method, re.sub(r"\(\?P<(?:\w+_)?(\w+)>[^)]*\)", r"{\1}", pattern))
        for pattern, handler in ROUTES
        for method in ("get", "post", "put", "patch", "delete")
        if method in vars(handler)
    }
    assert served == set(OPERATIONS)
    assert API["info"]["version"] == "1"


@pytest.mark.parametrize("operation", REST, ids=" ".join)
async def test_call__not_logged_in__403(api: Any, operation: Operation) -> None:
    """Without a token every call is refused, with a problem."""
    method, path = operation
    status, problem = await api(method, _url(path), headers={"Authorization": "token wrong"})
    assert (status, problem["code"]) == (403, "JC-SERVER-02")
    check_component(problem, "Problem")


class DenyAll(Authorizer):
    """Knows everybody and allows nothing; remembers what was asked."""

    asked: list[tuple[str, str]]

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Refuse."""
        del handler, user
        self.asked.append((action, resource))
        return False


@pytest.fixture
def denying(jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch) -> DenyAll:
    """Let the server refuse everything."""
    authorizer = DenyAll(parent=jp_serverapp, identity_provider=jp_serverapp.identity_provider)
    authorizer.asked = []
    monkeypatch.setitem(jp_serverapp.web_app.settings, "authorizer", authorizer)
    return authorizer


@pytest.mark.parametrize("operation", REST, ids=" ".join)
async def test_call__authorizer_refuses__403(api: Any, denying: DenyAll, operation: Operation) -> None:
    """Every call asks the authorizer, as the resource ``containerize``."""
    method, path = operation
    status, problem = await api(method, _url(path))
    assert (status, problem["code"]) == (403, "JC-SERVER-02")
    check_component(problem, "Problem")
    reads = method == "get" or path == "/containerize/preview"
    assert denying.asked == [("read" if reads else "write", "containerize")]


async def _refused(connect: Any) -> int:
    with pytest.raises(HTTPClientError) as caught:
        await connect
    return caught.value.code


async def test_stream__not_logged_in__403(jp_ws_fetch: Callable[..., Any], store: Any) -> None:
    """The WebSocket does not open without a token."""
    assert await _refused(jp_ws_fetch("containerize", "events", headers={"Authorization": "token wrong"})) == 403


async def test_stream__authorizer_refuses__403(jp_ws_fetch: Callable[..., Any], denying: DenyAll) -> None:
    """The WebSocket asks the authorizer before it opens."""
    assert await _refused(jp_ws_fetch("containerize", "events")) == 403
    assert denying.asked == [("read", "containerize")]


async def test_stream__page_of_another_site_with_the_users_cookie__403(
    jp_serverapp: Any, jp_http_port: int, jp_base_url: str, api: Any
) -> None:
    """A foreign page cannot open the WebSocket with the cookie that the browser sends along."""
    cookie = await _login(api)
    for origin, opens in ((f"http://127.0.0.1:{jp_http_port}", True), ("https://evil.example", False)):
        request = HTTPRequest(
            f"ws://127.0.0.1:{jp_http_port}{jp_base_url}containerize/events",
            headers={"Cookie": cookie, "Origin": origin},
        )
        if opens:
            (await websocket_connect(request)).close()
        else:
            assert await _refused(websocket_connect(request)) == 403


async def test_post__cookie_without_the_xsrf_token__403(api: Any, jp_root_dir: Any, notebook: str) -> None:
    """A form on another site cannot start a build with the user's cookie; our page, with the token, can."""
    cookie = await _login(api)
    body = {"path": notebook}
    headers = {"Authorization": "", "Cookie": cookie}
    status, _ = await api("post", "/containerize/builds", body, headers=headers)
    assert status == 403
    xsrf = {"X-XSRFToken": "abc", "Cookie": f"{cookie}; _xsrf=abc", "Authorization": ""}
    status, _ = await api("post", "/containerize/builds", body, headers=xsrf)
    assert status == 201


async def _login(api: Any) -> str:
    """Return the cookie that a browser has after it came with the token."""
    response = await api.raw("get", "/api/me")
    cookies = [value.partition(";")[0] for value in response.headers.get_list("Set-Cookie")]
    assert cookies
    return "; ".join(cookie for cookie in cookies if not cookie.startswith("_xsrf"))


async def test_call__method_that_does_not_exist__405_as_a_problem(api: Any) -> None:
    """Tornado's own refusals are problems, too."""
    status, problem = await api("put", "/containerize/images", body="{}")
    assert (status, problem["code"]) == (405, "JC-SERVER-02")
    check_component(problem, "Problem")


async def test_call__bug__500_with_an_incident_that_the_log_explains(
    api: Any, store: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw gives an id to look for, and neither a stack trace nor the error's text."""

    def broken(*_: Any) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("jupyter_containerize.server.image_handlers.LocalStore.default", broken)
    response = await api.raw("get", "/containerize/images")
    problem = json.loads(response.body)
    check_component(problem, "Problem")
    assert response.code == 500
    assert "secret inside" not in response.body.decode()
    assert "Traceback" not in response.body.decode()
    incident = re.search(r"incident (\w+)", problem["saw"])
    assert incident is not None
    assert any(incident[1] in record.getMessage() and record.exc_info for record in caplog.records)
