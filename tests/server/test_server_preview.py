"""Previews and images over HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.image import Reference
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.server.images import NOTEBOOK_LABEL
from tests.oci.small import CONFIG
from tests.publishing.stored import stored_image
from tests.server.api_schema import check

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


async def test_images__named_image__notebook_size_and_how_to_run_it(api: Any, store: Path) -> None:
    """An image shows the notebook it came from and the command to copy, with the name that was chosen."""
    local = LocalStore(store)
    image = stored_image(local, config=replace(CONFIG, labels={NOTEBOOK_LABEL: "iris.ipynb"}))
    for tag in (image.manifest_digest.hex[:12], "latest"):
        local.tag(Reference.parse(f"iris:{tag}"), image.manifest_digest)
    status, body = await api("get", "/containerize/images")
    check(body, IMAGES, 200)
    (shown,) = body["images"]
    assert status == 200
    assert (shown["digest"], shown["size_bytes"]) == (image.manifest_digest, image.size_bytes)
    assert shown["notebook"] == "iris.ipynb"
    assert shown["run_command"] == "jupyter containerize run iris:latest"


async def test_images__image_without_a_name__listed_without_a_command(api: Any, store: Path) -> None:
    """An image whose names have moved on is still there."""
    image = stored_image(LocalStore(store))
    _, body = await api("get", "/containerize/images")
    check(body, IMAGES, 200)
    assert [(shown["digest"], shown["run_command"]) for shown in body["images"]] == [(image.manifest_digest, "")]
