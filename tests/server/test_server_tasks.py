"""Plans, pushes and rebases over HTTP: builds of another kind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.image import Reference
from jupyter_containerize.oci import Layout
from jupyter_containerize.publishing import LocalStore
from tests.server.api_schema import check, check_component
from tests.server.test_server_images import local, named

__all__ = ["local"]

TASKS = ("post", "/containerize/tasks")
PLANS = ("post", "/containerize/plans")


async def test_push__real_worker__image_at_the_destination(real_api: Any, local: LocalStore, jp_root_dir: Path) -> None:
    """A push is queued as builds are; relative paths start in the server's folder."""
    image = named(local, "iris:1")
    body = {"kind": "push", "image": "iris:1", "destination": "oci:out"}
    status, build = await real_api(*TASKS, body)
    assert status == 201, build
    check(build, TASKS, 201)
    assert (build["kind"], build["tag"], build["destination"], build["path"]) == ("push", "iris:1", "oci:out", "")
    assert build["asked"] == body
    done = await real_api.until(build["id"], "succeeded", "failed")
    check(done, ("get", "/containerize/builds/{id}"), 200)
    assert done["state"] == "succeeded", done["problem"]
    assert done["report"]["digest"] == image.manifest_digest
    assert Layout(jp_root_dir / "out").read_index().find(Reference.parse("iris:1")) == image.manifest_digest
    _, told = await real_api("get", f"/containerize/builds/{build['id']}/events")
    check(told, ("get", "/containerize/builds/{id}/events"), 200)
    assert {item["event"]["event"] for item in told["events"]} >= {"phase_started", "progress", "build_done"}


async def test_rebase__image_of_another_tool__failed_in_words(real_api: Any, local: LocalStore) -> None:
    """A real worker says why an image has no base that could be replaced."""
    named(local, "iris:1")
    _, build = await real_api(*TASKS, {"kind": "rebase", "image": "iris:1"})
    done = await real_api.until(build["id"], "succeeded", "failed")
    check(done, ("get", "/containerize/builds/{id}"), 200)
    assert (done["kind"], done["state"]) == ("rebase", "failed")
    assert "JC-" in done["problem"]["code"]


BAD = {
    "nothing": ({}, 400, "JC-SERVER-01"),
    "a build": ({"kind": "build", "image": "iris:1"}, 400, "JC-SERVER-01"),
    "no place": ({"kind": "push", "image": "iris:1"}, 400, "JC-SERVER-01"),
    "an unknown place": ({"kind": "push", "image": "iris:1", "destination": "moon"}, 400, "JC-PUBLISH-01"),
    "no name": ({"kind": "rebase", "image": "No Name"}, 400, "JC-IMAGE-01"),
    "an unknown image": ({"kind": "rebase", "image": "no:1"}, 404, "JC-PUBLISH-02"),
    "another field": ({"kind": "rebase", "image": "iris:1", "force": True}, 400, "JC-SERVER-01"),
}


@pytest.mark.parametrize(("body", "status", "code"), BAD.values(), ids=BAD)
async def test_task__bad_body__problem_and_nothing_queued(
    api: Any, local: LocalStore, body: Any, status: int, code: str
) -> None:
    """Bad input gets a problem with a code."""
    named(local, "iris:1")
    answered, problem = await api(*TASKS, body)
    assert (answered, problem["code"]) == (status, code)
    check(problem, TASKS, status)
    _, listed = await api("get", "/containerize/builds")
    assert listed["builds"] == []


async def test_plan__queued_and_done__its_plan_is_in_the_record(
    api: Any, notebook: str, worker_steps: list[str]
) -> None:
    """A plan is a build of another kind; the list leaves the plan itself out."""
    worker_steps += ["request", "planned"]
    status, build = await api(*PLANS, {"path": notebook, "than": "iris:0", "platforms": ["linux/arm64"]})
    assert status == 201, build
    check(build, PLANS, 201)
    assert (build["kind"], build["path"], build["plan"]) == ("plan", notebook, None)
    done = await api.until(build["id"], "succeeded", "failed")
    check(done, ("get", "/containerize/builds/{id}"), 200)
    assert (done["plan"]["reference"], done["report"]) == ("iris:latest", None)
    _, listed = await api("get", "/containerize/builds")
    check(listed, ("get", "/containerize/builds"), 200)
    assert [(item["kind"], item["plan"]) for item in listed["builds"]] == [("plan", None)]
    _, told = await api("get", f"/containerize/builds/{build['id']}/events")
    check(told, ("get", "/containerize/builds/{id}/events"), 200)
    request = json.loads(next(item["event"]["text"] for item in told["events"] if "text" in item["event"]))
    assert (request["kind"], request["than"]) == ("plan", "iris:0")
    assert request["platforms"] == [{"architecture": "arm64", "os": "linux"}]
    assert told["events"][-1]["event"] == {"event": "plan_done"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"than": 3}, "JC-SERVER-01"),
        ({"than": "No Name"}, "JC-IMAGE-01"),
        ({"platforms": ["linux/s390x"]}, "JC-SERVER-01"),
        ({"platforms": "linux/amd64"}, "JC-SERVER-01"),
        ({"platforms": ["linux/amd64", "linux/amd64"]}, "JC-SERVER-01"),
    ],
    ids=str,
)
async def test_plan__bad_body__400(api: Any, notebook: str, fields: Any, code: str) -> None:
    """Bad input gets a problem with a code."""
    status, problem = await api(*PLANS, {"path": notebook, **fields})
    assert (status, problem["code"]) == (400, code)
    check(problem, PLANS, 400)


@pytest.mark.slow
@pytest.mark.network
async def test_plan__real_worker__as_the_api_describes_it(real_api: Any, notebook: str) -> None:
    """What the command line prints is what the API says of a plan."""
    _, build = await real_api(*PLANS, {"path": notebook, "platforms": ["linux/amd64"]})
    done = await real_api.until(build["id"], "succeeded", "failed", patience_seconds=600.0)
    assert done["state"] == "succeeded", done["problem"]
    check(done, ("get", "/containerize/builds/{id}"), 200)
    check_component(done["plan"], "Plan")
    (image,) = done["plan"]["images"]
    assert {layer["role"] for layer in image["layers"]} >= {"os", "python", "runtime", "code"}
