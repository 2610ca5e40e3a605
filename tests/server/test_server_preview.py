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
from tests.notebooks.made import content_of
from tests.oci.small import CONFIG
from tests.publishing.stored import stored_image
from tests.server.api_schema import check

PREVIEW = ("post", "/containerize/preview")
PYTHON3 = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
IMAGES = ("get", "/containerize/images")


def save(path: Path, *sources: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """Write a notebook of code cells and return its JSON."""
    content = content_of(*sources, metadata=metadata, minor=4)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return content


async def test_preview__saved_notebook__what_it_would_serve(api: Any, notebook: str) -> None:
    """A preview names the function, the tag and the kernel, under the path that was asked for."""
    status, body = await api("post", "/containerize/preview", {"path": notebook})
    assert status == 200, body
    check(body, PREVIEW, 200)
    assert (body["notebook"], body["tag"], body["kernel"]) == (notebook, "floor:latest", "python3")
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


async def test_preview__environment_false__no_kernel_is_asked(api: Any, jp_root_dir: Path) -> None:
    """From the notebook and the files beside it alone, whatever its kernel is."""
    save(jp_root_dir / "a.ipynb", "import numpy", metadata={"kernelspec": {"name": "gone", "display_name": "Gone"}})
    (jp_root_dir / "requirements.txt").write_text("numpy==1.26.4\n???\n", encoding="utf-8")
    status, body = await api("post", "/containerize/preview", {"path": "a.ipynb", "environment": False})
    assert status == 200, body
    check(body, PREVIEW, 200)
    assert [(row["distribution"], row["version"], row["source"]) for row in body["dependencies"]] == [
        ("numpy", "1.26.4", "requirements.txt")
    ]
    assert {item.get("file") for item in body["findings"]} == {None, "requirements.txt"}
    status, body = await api("post", "/containerize/preview", {"path": "a.ipynb"})
    assert status == 200, body
    assert "JC-KERNELS-01" in {item["code"] for item in body["findings"]}


EVERYTHING = (
    "import sklearn.svm, zzz_nobodys, os",
    "import helper",
    "%pip install flask==3.0\n!apt-get install -y graphviz",
    "import pandas as pd\npd.read_parquet('s3://bucket/x')\nos.environ['TOKEN']\nopen('there.csv')",
    "%%R\nlibrary(dplyr)",
    "x = = 1",
    "def predict(x: float) -> float:\n    return x",
    "predict(1.0)",
)


@pytest.mark.parametrize("environment", [True, False])
@pytest.mark.parametrize("unsaved", [True, False])
async def test_preview__everything_in_it__as_the_api_says(
    api: Any,
    jp_root_dir: Path,
    environment: bool,  # noqa: FBT001
    unsaved: bool,  # noqa: FBT001
) -> None:
    """Every kind of row and finding is what the API describes, saved and unsaved, with a kernel and without."""
    content = save(jp_root_dir / "work" / "a.ipynb", *EVERYTHING, metadata=PYTHON3)
    (jp_root_dir / "work" / "helper.py").write_text("import scipy", encoding="utf-8")
    (jp_root_dir / "work" / "there.csv").write_text("1", encoding="utf-8")
    sent = {"path": "work/a.ipynb", "environment": environment, **({"content": content} if unsaved else {})}
    status, body = await api("post", "/containerize/preview", sent)
    assert status == 200, body
    check(body, PREVIEW, 200)
    assert body["notebook"] == "work/a.ipynb"
    assert {row["distribution"]: row["kind"] for row in body["dependencies"]}.items() >= {
        "flask": "declared",
        "pandas": "direct",
        "s3fs": "hidden",
        "scikit-learn": "direct",
        "scipy": "local",
    }.items()
    for name in ("system_packages", "files", "variables", "r_packages", "findings"):
        assert body[name], name


async def test_preview__content_with_metadata__its_requirements_and_python_count(api: Any) -> None:
    """What stands in the editor's metadata gives versions, though nothing was saved."""
    metadata = {
        "language_info": {"name": "python", "version": "3.8.5"},
        "jupyter_containerize": {"requirements": ["numpy==1.20"]},
    }
    sent = {"path": "new.ipynb", "environment": False, "content": content_of("import numpy", metadata=metadata)}
    _, body = await api("post", "/containerize/preview", sent)
    assert [(row["version"], row["source"]) for row in body["dependencies"]] == [("1.20", "metadata")]
    assert (body["python"], body["python_source"]) == ("3.8.5", "language_info")


@pytest.mark.parametrize("unsaved", [True, False])
async def test_preview__paths_out_of_the_root__nothing_is_read_there(
    api: Any,
    jp_root_dir: Path,
    unsaved: bool,  # noqa: FBT001
) -> None:
    """Whoever may use the server may read what it serves, and no file beside that folder."""
    outside = jp_root_dir.parent
    (outside / "secret_module.py").write_text("import torch", encoding="utf-8")
    (outside / "requirements.txt").write_text("numpy==1.0\n", encoding="utf-8")
    (outside / "secret.csv").write_text("1", encoding="utf-8")
    (jp_root_dir / "work").mkdir()
    (jp_root_dir / "work" / "linked.py").symlink_to(outside / "secret_module.py")
    content = save(
        jp_root_dir / "work" / "a.ipynb",
        "import sys\nsys.path.append('../..')\nimport secret_module, linked, numpy",
        "%pip install -r ../../requirements.txt",
        "%run ../../secret_module.py",
        "open('../../secret.csv')",
        metadata=PYTHON3,
    )
    sent = {"path": "work/a.ipynb", "environment": False, **({"content": content} if unsaved else {})}
    status, body = await api("post", "/containerize/preview", sent)
    assert status == 200, body
    rows = {row["distribution"]: row["version"] for row in body["dependencies"]}
    assert "torch" not in rows
    assert rows["numpy"] is None
    assert [(item["exists"], item["size_bytes"]) for item in body["files"] if "secret.csv" in item["text"]] == [
        (None, None)
    ]


async def test_preview__other_language__read_and_said(api: Any, jp_root_dir: Path) -> None:
    """An R notebook is previewed; that it cannot be built is a finding and no failure."""
    save(jp_root_dir / "r.ipynb", "library(dplyr)", metadata={"kernelspec": {"name": "ir", "display_name": "R"}})
    status, body = await api("post", "/containerize/preview", {"path": "r.ipynb"})
    assert status == 200, body
    check(body, PREVIEW, 200)
    assert (body["language"], [item["name"] for item in body["r_packages"]]) == ("R", ["dplyr"])
    assert [item["code"] for item in body["findings"] if item["severity"] == "error"] == ["JC-NOTEBOOK-05"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"path": "work/floor.ipynb", "content": "text"}, 400, "JC-SERVER-01"),
        ({"path": "work/floor.ipynb", "content": {}}, 400, "JC-NOTEBOOK-02"),
        ({"path": "work"}, 400, "JC-NOTEBOOK-02"),
        ({"path": "nothing.ipynb"}, 404, "JC-NOTEBOOK-01"),
        ({"path": "../outside.ipynb"}, 404, "JC-NOTEBOOK-01"),
        ({"path": "../outside.ipynb", "content": {}}, 404, "JC-NOTEBOOK-01"),
        ({"path": "work/floor.ipynb", "tag": "{cell}:1"}, 400, "JC-SERVER-01"),
        ({"path": "work/floor.ipynb", "environment": "no"}, 400, "JC-SERVER-01"),
        ({"path": "work/floor.ipynb", "environment": None}, 400, "JC-SERVER-01"),
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
    assert (status, body) == (200, {"images": [], "settled": True})
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
