"""Previews and images over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from api_schema import check

PREVIEW = ("post", "/containerize/preview")
IMAGES = ("get", "/containerize/images")


async def test_preview__saved_notebook__what_it_would_serve(api: Any, notebook: str) -> None:
    """A preview names the function, the tag and the kernel, under the path that was asked for."""
    status, body = await api("post", "/containerize/preview", {"path": notebook})
    assert status == 200, body
    check(body, PREVIEW, 200)
    assert (body["path"], body["tag"], body["kernel"]) == (notebook, "floor:latest", "python3")
    assert (body["serving"]["symbol"], body["serving"]["cell"]) == ("predict", 2)


async def test_preview__content_from_the_editor__not_the_saved_file(api: Any, notebook: str, jp_root_dir: Path) -> None:
    """What stands in the editor counts, though the file says something else."""
    content = json.loads((jp_root_dir / notebook).read_bytes())
    content["cells"][1]["source"] = "def score(x: int) -> int:\n    return x"
    status, body = await api("post", "/containerize/preview", {"path": notebook, "content": content})
    assert status == 200, body
    check(body, PREVIEW, 200)
    assert [candidate["symbol"] for candidate in body["candidates"]] == ["score"]


async def test_preview__never_saved__previewed_all_the_same(api: Any, notebook: str, jp_root_dir: Path) -> None:
    """An untitled notebook needs no file."""
    content = json.loads((jp_root_dir / notebook).read_bytes())
    status, body = await api("post", "/containerize/preview", {"path": "Untitled.ipynb", "content": content})
    assert status == 200, body
    assert body["tag"] == "untitled:latest"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"path": "work/floor.ipynb", "content": "text"}, 400, "JC-SERVER-01"),
        ({"path": "work/floor.ipynb", "content": {}}, 400, "JC-NOTEBOOK-02"),
        ({"path": "work"}, 400, "JC-NOTEBOOK-02"),
        ({"path": "nothing.ipynb"}, 404, "JC-NOTEBOOK-01"),
        ({"path": "../outside.ipynb"}, 404, "JC-NOTEBOOK-01"),
        ({"path": "../outside.ipynb", "content": {}}, 404, "JC-NOTEBOOK-01"),
        ({"path": "work/floor.ipynb", "tag": "a"}, 400, "JC-SERVER-01"),
    ],
    ids=str,
)
async def test_preview__bad_input__problem(api: Any, notebook: str, body: Any, status: int, code: str) -> None:
    """Each mistake has its status and its code."""
    got, problem = await api("post", "/containerize/preview", body)
    assert (got, problem["code"]) == (status, code)
    check(problem, PREVIEW, status)


async def test_preview__damaged_file__problem_with_the_place(api: Any, jp_root_dir: Path) -> None:
    """A file that is no JSON is told with line and column, under the path that the user knows."""
    (jp_root_dir / "broken.ipynb").write_text('{"cells": [\n}', encoding="utf-8")
    status, problem = await api("post", "/containerize/preview", {"path": "broken.ipynb"})
    assert (status, problem["code"]) == (400, "JC-NOTEBOOK-03")
    check(problem, PREVIEW, 400)


async def test_images__empty_store__empty_list(api: Any) -> None:
    """A new store has no images, and that is no error."""
    status, body = await api("get", "/containerize/images")
    assert (status, body) == (200, {"images": []})
    check(body, IMAGES, 200)
