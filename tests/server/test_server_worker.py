"""The joints as they really are: HTTP, queue, the real worker process, the lifecycle, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.server.api_schema import check

BUILD = ("get", "/containerize/builds/{id}")
EVENTS = ("get", "/containerize/builds/{id}/events")


async def test_build__notebook_without_code__failed_in_words(real_api: Any, jp_root_dir: Path) -> None:
    """A real build that cannot work ends as failed, with the room's own problem."""
    nbformat.write(nbformat.v4.new_notebook(), jp_root_dir / "empty.ipynb")
    build = await real_api.until(await real_api.build("empty.ipynb"), "failed")
    check(build, BUILD, 200)
    assert build["problem"]["code"] == "JC-NOTEBOOK-04"
    _, body = await real_api("get", f"/containerize/builds/{build['id']}/events")
    check(body, EVENTS, 200)
    assert "phase_started" in {item["event"]["event"] for item in body["events"]}


async def test_cancel__worker_still_loading__cancelled(real_api: Any, notebook: str) -> None:
    """A build can be cancelled before it has begun to work."""
    build_id = await real_api.build(notebook)
    await real_api("post", f"/containerize/builds/{build_id}/cancel")
    assert (await real_api.until(build_id, "cancelled"))["problem"] is None


@pytest.mark.slow
@pytest.mark.network
async def test_build__notebook_with_a_function__image_in_the_list(real_api: Any, notebook: str) -> None:
    """A build over HTTP gives an image that the store lists, and every event is what the API says."""
    build_id = await real_api.build(notebook, tag="floor:1")
    build = await real_api.until(build_id, "succeeded", "failed", patience_seconds=600.0)
    check(build, BUILD, 200)
    assert build["state"] == "succeeded", build["problem"]
    assert build["report"]["reference"] == "floor:1"
    _, body = await real_api("get", f"/containerize/builds/{build_id}/events")
    check(body, EVENTS, 200)
    _, body = await real_api("get", "/containerize/images")
    check(body, ("get", "/containerize/images"), 200)
    (image,) = body["images"]
    assert image["digest"] == build["report"]["digest"]
    assert (image["notebook"], image["run_command"]) == ("floor.ipynb", "jupyter containerize run floor:1")
