"""Which part of a notebook is used, over HTTP: what a browser may say reaches the worker, and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.api_schema import check
from tests.server.test_server_kernels import start

__all__ = ["start"]

BUILDS = ("post", "/containerize/builds")
PREVIEW = ("post", "/containerize/preview")


@pytest.fixture
def live_notebook(notebook: str, jp_root_dir: Path) -> str:
    """Let the notebook say that its objects are those of the running kernel."""
    content = json.loads((jp_root_dir / notebook).read_text())
    content["metadata"]["containerize"] = {"state": "live"}
    (jp_root_dir / notebook).write_text(json.dumps(content))
    return notebook


async def asked(api: Any, notebook: str, worker_steps: list[str], **fields: Any) -> dict[str, Any]:
    """Queue a build and return the request as its worker got it."""
    worker_steps[:] = ["request", "done"]
    build_id = await api.build(notebook, **fields)
    await api.until(build_id, "succeeded")
    _, told = await api("get", f"/containerize/builds/{build_id}/events")
    texts = [item["event"]["text"] for item in told["events"] if item["event"]["event"] == "log_line"]
    return dict(json.loads(texts[0]))


ASKED = {
    "nothing": ({}, {"symbols": [], "state": None, "check": "auto", "keep": [], "connection_file": None}),
    "one symbol, as before": ({"symbol": "predict"}, {"symbols": ["predict"]}),
    "several symbols": ({"serve": ["b", "model.a"]}, {"symbols": ["b", "model.a"]}),
    "both": ({"serve": ["b"], "symbol": "a"}, {"symbols": ["b"]}),
    "no symbols": ({"serve": [], "symbol": "a"}, {"symbols": ["a"]}),
    "all the rest": (
        {
            "state": "startup",
            "check": "full",
            "order": "execution",
            "keep": [3, 1],
            "drop": [2],
            "recreate": ["db"],
            "strict": True,
            "extras": ["grpc"],
        },
        {
            "state": "startup",
            "check": "full",
            "order": "execution",
            "keep": [3, 1],
            "drop": [2],
            "recreate": ["db"],
            "strict": True,
            "extras": ["grpc"],
            "connection_file": None,
        },
    ),
}


@pytest.mark.parametrize(("fields", "expected"), ASKED.values(), ids=ASKED)
async def test_post__part_of_the_notebook__reaches_the_worker(
    api: Any, notebook: str, worker_steps: list[str], fields: Any, expected: Any
) -> None:
    """What the body says is what is built."""
    request = await asked(api, notebook, worker_steps, **fields)
    assert {name: request[name] for name in expected} == expected


WRONG = {
    "a list that is none": {"serve": "predict"},
    "a symbol that is none": {"serve": [3]},
    "an empty symbol": {"serve": [""]},
    "a cell that is none": {"keep": ["first"]},
    "a cell that is true": {"drop": [True]},
    "a cell twice": {"keep": [1, 1]},
    "an unknown state": {"state": "later"},
    "an empty state": {"state": ""},
    "no state": {"state": None},
    "an unknown check": {"check": "perhaps"},
    "an unknown order": {"order": "random"},
    "a word for strict": {"strict": "yes"},
    "an unknown extra": {"extras": ["soap"]},
    "a file of the client's": {"connection_file": "/tmp/kernel.json"},
}


@pytest.mark.parametrize("fields", WRONG.values(), ids=WRONG)
async def test_post__bad_part__400_that_names_the_field(api: Any, notebook: str, fields: Any) -> None:
    """Nothing is queued, and the field is named."""
    status, problem = await api(*BUILDS, {"path": notebook, **fields})
    assert (status, problem["code"]) == (400, "JC-SERVER-01")
    check(problem, BUILDS, 400)
    assert next(iter(fields)) in problem["saw"] + problem["title"]
    _, listed = await api("get", "/containerize/builds")
    assert listed["builds"] == []


async def test_post__live_without_a_kernel__refused(api: Any, notebook: str) -> None:
    """Where no kernel runs for the notebook nothing is queued, and that is said."""
    status, problem = await api(*BUILDS, {"path": notebook, "state": "live"})
    assert (status, problem["code"]) == (409, "JC-KERNELS-38")
    check(problem, BUILDS, 400)
    _, listed = await api("get", "/containerize/builds")
    assert listed["builds"] == []


async def test_post__live_with_a_kernel__the_worker_gets_its_file(
    api: Any, notebook: str, worker_steps: list[str], start: Callable[..., Any]
) -> None:
    """The server itself finds the kernel of the notebook's session."""
    kernel = await start(notebook)
    request = await asked(api, notebook, worker_steps, state="live")
    assert Path(request["connection_file"]).name == f"kernel-{kernel}.json"


async def test_post__notebook_says_live__the_worker_gets_its_file(
    api: Any, live_notebook: str, worker_steps: list[str], start: Callable[..., Any]
) -> None:
    """What the notebook itself says is looked for as well."""
    kernel = await start(live_notebook)
    request = await asked(api, live_notebook, worker_steps)
    assert Path(request["connection_file"]).name == f"kernel-{kernel}.json"


async def test_post__run_though_the_notebook_says_live__no_kernel_is_looked_for(
    api: Any, live_notebook: str, worker_steps: list[str]
) -> None:
    """The request goes before the notebook."""
    request = await asked(api, live_notebook, worker_steps, state="run")
    assert (request["state"], request["connection_file"]) == ("run", None)


async def test_preview__part_of_the_notebook__is_told(api: Any, notebook: str) -> None:
    """The preview is of what would be built."""
    body = {"path": notebook, "state": "startup", "order": "execution", "recreate": ["db"], "environment": False}
    status, told = await api(*PREVIEW, body)
    assert status == 200, told
    check(told, PREVIEW, 200)
    assert (told["slice"]["state"], told["slice"]["order"], told["slice"]["recreated"]) == (
        "startup",
        "execution",
        ["db"],
    )
    assert [entry["symbol"] for entry in told["entries"]] == ["predict"]


async def test_preview__cell_that_is_not_there__finding(api: Any, notebook: str) -> None:
    """What a build would fail with is told, and the rest of the preview is there."""
    status, told = await api(*PREVIEW, {"path": notebook, "keep": [99], "environment": False})
    assert status == 200, told
    check(told, PREVIEW, 200)
    assert (told["serving"], told["slice"], told["entries"]) == (None, None, [])
    assert "JC-SLICE-01" in {item["code"] for item in told["findings"]}


@pytest.mark.parametrize("fields", [{"state": "later"}, {"keep": [0.5]}, {"symbol": "predict"}, {"check": "full"}])
async def test_preview__bad_part__400(api: Any, notebook: str, fields: Any) -> None:
    """A preview takes no more than it shows."""
    status, problem = await api(*PREVIEW, {"path": notebook, **fields})
    assert (status, problem["code"]) == (400, "JC-SERVER-01")
