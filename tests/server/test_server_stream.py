"""The WebSocket: everything that was missed, then everything that comes, once and in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from tests.server.api_schema import check_component


async def _read(socket: Any, *, until: str) -> list[dict[str, Any]]:
    """Return the messages up to the first whose event or state is ``until``."""
    messages = []
    while True:
        text = await asyncio.wait_for(socket.read_message(), timeout=60)
        assert text is not None, "the socket was closed"
        message = json.loads(text)
        check_component(message, "RecordedEvent")
        messages.append(message)
        if until in {message["event"]["event"], message["event"].get("state")}:
            return messages


async def test_stream__opened_before_and_after_a_build__both_pages_see_the_same(
    api: Any, jp_ws_fetch: Callable[..., Any], notebook: str, worker_steps: list[str]
) -> None:
    """A page that comes late gets all that was recorded, the same as one that was there."""
    worker_steps += ["phase=detect", "log=hello", "done"]
    early = await jp_ws_fetch("containerize", "events")
    build_id = await api.build(notebook)
    live = await _read(early, until="build_done")
    late = await jp_ws_fetch("containerize", "events")
    assert await _read(late, until="build_done") == live
    _, recorded = await api("get", f"/containerize/builds/{build_id}/events")
    assert recorded["events"] == live
    early.close()
    late.close()


async def test_stream__after_a_seq__nothing_before_and_nothing_twice(
    api: Any, jp_ws_fetch: Callable[..., Any], notebook: str, worker_steps: list[str], tmp_path: Path
) -> None:
    """A page that reloads in the middle of a build goes on where it was."""
    worker_steps += ["log=one", "log=two", f"until={tmp_path / 'go'}", "log=three", "done"]
    first = await jp_ws_fetch("containerize", "events")
    build_id = await api.build(notebook)
    seen = await _read(first, until="log_line")
    first.close()
    again = await jp_ws_fetch("containerize", "events", params={"after": str(seen[-1]["seq"])})
    (tmp_path / "go").touch()
    rest = await _read(again, until="build_done")
    again.close()
    _, recorded = await api("get", f"/containerize/builds/{build_id}/events")
    assert seen + rest == recorded["events"]


async def test_stream__many_recorded_events__all_sent_in_order(
    api: Any, jp_ws_fetch: Callable[..., Any], notebook: str, worker_steps: list[str]
) -> None:
    """A long log comes whole, in more than one batch."""
    worker_steps += [*(f"log={number}" for number in range(500)), "done"]
    await api.until(await api.build(notebook), "succeeded")
    socket = await jp_ws_fetch("containerize", "events")
    messages = await _read(socket, until="build_done")
    socket.close()
    lines = [message["event"]["text"] for message in messages if message["event"]["event"] == "log_line"]
    assert lines == [str(number) for number in range(500)]
    assert [message["seq"] for message in messages] == sorted(message["seq"] for message in messages)


async def test_stream__build_forgotten__told(
    api: Any, jp_ws_fetch: Callable[..., Any], notebook: str, worker_steps: list[str]
) -> None:
    """Another page learns that a build was removed."""
    worker_steps.append("done")
    build_id = await api.build(notebook)
    last_seq = (await api.until(build_id, "succeeded"))["last_seq"]
    socket = await jp_ws_fetch("containerize", "events", params={"after": str(last_seq)})
    await api("delete", f"/containerize/builds/{build_id}")
    (message,) = await _read(socket, until="forgotten")
    assert message["build"] == build_id
    socket.close()


async def test_stream__page_speaks__ignored(
    api: Any, jp_ws_fetch: Callable[..., Any], notebook: str, worker_steps: list[str]
) -> None:
    """The stream goes one way; what a page sends changes nothing."""
    worker_steps.append("done")
    socket = await jp_ws_fetch("containerize", "events")
    await socket.write_message("{}")
    await api.build(notebook)
    await _read(socket, until="build_done")
    socket.close()


async def test_stream__after_is_no_seq__400(jp_ws_fetch: Callable[..., Any], store: Path) -> None:
    """A bad argument is refused before the socket opens."""
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch("containerize", "events", params={"after": "x"})
    assert caught.value.code == 400


async def test_stream__history_damaged__closed_with_the_code(
    jp_ws_fetch: Callable[..., Any], store: Path, jp_data_dir: Path
) -> None:
    """A stream that cannot go on says why and closes, so that the page can try again."""
    (jp_data_dir / "containerize").mkdir()
    (jp_data_dir / "containerize" / "builds.db").write_bytes(b"no database" * 1000)
    socket = await jp_ws_fetch("containerize", "events")
    assert await asyncio.wait_for(socket.read_message(), timeout=60) is None
    assert (socket.close_code, socket.close_reason) == (1011, "JC-BUILD-05")
    socket.close()  # the client's own side, which tornado keeps open


async def test_stream__closed_by_the_page__nobody_is_left_listening(
    api: Any, jp_ws_fetch: Callable[..., Any], jp_serverapp: Any, worker_steps: list[str]
) -> None:
    """A page that goes leaves nothing behind."""
    extension = jp_serverapp.extension_manager.extension_points["jupyter_containerize"].app
    socket = await jp_ws_fetch("containerize", "events")
    await api("get", "/containerize/builds")
    await _until(lambda: extension.queue._subscribers)
    socket.close()
    await _until(lambda: not extension.streams and not extension.queue._subscribers)


async def _until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # the condition is in other threads
            await asyncio.sleep(0.01)
