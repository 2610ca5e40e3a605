"""Builds over HTTP: every answer is what api/openapi.yaml says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.builds.history import History
from jupyter_containerize.builds.record import BuildRecord, BuildState, now
from tests.server.api_schema import check, check_component

BUILDS = ("post", "/containerize/builds")


async def test_post__saved_notebook__queued_and_built(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """A build is queued, runs, and shows its report; the list, the build and its events follow the API."""
    worker_steps += ["phase=detect", "log=hello", "progress=1", "done"]
    status, build = await api("post", "/containerize/builds", {"path": notebook, "tag": "floor:1", "rerun": True})
    assert status == 201
    check(build, BUILDS, 201)
    assert (build["path"], build["tag"]) == (notebook, "floor:1")
    done = await api.until(build["id"], "succeeded")
    check(done, ("get", "/containerize/builds/{id}"), 200)
    status, listed = await api("get", "/containerize/builds")
    check(listed, ("get", "/containerize/builds"), 200)
    assert (listed["builds"], listed["last_seq"]) == ([done], done["last_seq"])


CHOSEN = {
    "tag": "floor:1",
    "serve": ["predict"],
    "state": "run",
    "order": "document",
    "keep": [1],
    "drop": [3],
    "recreate": ["x"],
    "check": "full",
    "strict": True,
    "rerun": True,
    "extras": ["grpc"],
    "platforms": ["linux/arm64"],
}


@pytest.mark.parametrize("kind", ["builds", "plans"])
async def test_post__again_with_what_was_asked__the_same_request(
    api: Any, notebook: str, worker_steps: list[str], kind: str
) -> None:
    """A build tells what it was asked for, in so many words: asked once more, the worker gets the same."""
    worker_steps += ["request", "done"]
    body = {"path": notebook, **CHOSEN, **({"than": "floor:0"} if kind == "plans" else {})}
    requests = []
    for _ in range(2):
        status, build = await api("post", f"/containerize/{kind}", body)
        assert status == 201, build
        check(build, ("post", f"/containerize/{kind}"), 201)
        done = await api.until(build["id"], "succeeded", "failed")
        assert done["asked"] == body
        _, told = await api("get", f"/containerize/builds/{build['id']}/events")
        requests.append(next(item["event"]["text"] for item in told["events"] if "text" in item["event"]))
        body = done["asked"]
    assert requests[0] == requests[1]


async def test_post__two__newest_first_in_the_list(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """The list begins with the build that was asked for last."""
    worker_steps.append("done")
    first, second = await api.build(notebook), await api.build(notebook)
    _, listed = await api("get", "/containerize/builds")
    assert [build["id"] for build in listed["builds"]] == [second, first]


async def test_post__worker_gets_the_file_itself(
    api: Any, notebook: str, worker_steps: list[str], jp_root_dir: Path
) -> None:
    """A notebook that lies in a file is built where it lies, so that its data files are found."""
    worker_steps += ["notebook", "done"]
    build_id = await api.build(notebook)
    await api.until(build_id, "succeeded")
    response = await api.raw("get", f"/containerize/builds/{build_id}/log")
    assert f"in {jp_root_dir / 'work'}" in response.body.decode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "JC-SERVER-01"),
        ("{", "JC-SERVER-01"),
        ([], "JC-SERVER-01"),
        ({}, "JC-SERVER-01"),
        ({"path": ""}, "JC-SERVER-01"),
        ({"path": 3}, "JC-SERVER-01"),
        ({"path": None}, "JC-SERVER-01"),
        ({"path": "work/floor.ipynb", "color": "red"}, "JC-SERVER-01"),
        ({"path": "work/floor.ipynb", "rerun": "yes"}, "JC-SERVER-01"),
        ({"path": "work/floor.ipynb", "tag": ["a"]}, "JC-SERVER-01"),
        ({"path": "work/floor.ipynb", "tag": "Not A Tag"}, "JC-IMAGE-01"),
        ({"path": "work/floor.ipynb", "destination": "example.org/UPPER"}, "JC-IMAGE-01"),
        ({"path": "work"}, "JC-NOTEBOOK-02"),
        ({"path": "work/data.csv"}, "JC-NOTEBOOK-02"),
    ],
    ids=str,
)
async def test_post__bad_body__400_that_says_what(
    api: Any, notebook: str, jp_root_dir: Path, body: Any, code: str
) -> None:
    """Bad input gets a problem with a code, and queues nothing."""
    (jp_root_dir / "work" / "data.csv").write_text("1,2", encoding="utf-8")
    status, problem = await api("post", "/containerize/builds", body)
    assert (status, problem["code"]) == (400, code)
    check(problem, BUILDS, 400)
    _, listed = await api("get", "/containerize/builds")
    assert listed["builds"] == []


@pytest.mark.parametrize("path", ["nothing.ipynb", "../outside.ipynb", "/../outside.ipynb", "work/../../outside.ipynb"])
async def test_post__path_that_is_not_served__404(api: Any, jp_root_dir: Path, notebook: str, path: str) -> None:
    """A path outside of the server's folder is not found, whether or not something is there."""
    (jp_root_dir.parent / "outside.ipynb").write_bytes((jp_root_dir / notebook).read_bytes())
    status, problem = await api("post", "/containerize/builds", {"path": path})
    assert (status, problem["code"]) == (404, "JC-NOTEBOOK-01")
    check(problem, BUILDS, 404)


async def test_get__worker_killed__failed_with_the_reason(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """What the system did to the worker is told as a problem."""
    worker_steps += ["stderr=last words", "kill"]
    build = await api.until(await api.build(notebook), "failed")
    check(build, ("get", "/containerize/builds/{id}"), 200)
    assert "SIGKILL" in str(build["problem"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/containerize/builds/{id}"),
        ("delete", "/containerize/builds/{id}"),
        ("post", "/containerize/builds/{id}/cancel"),
        ("get", "/containerize/builds/{id}/events"),
        ("get", "/containerize/builds/{id}/log"),
    ],
)
async def test_build__unknown_id__404(api: Any, method: str, path: str) -> None:
    """Every call about one build says so when there is none."""
    status, problem = await api(method, path.format(id="nope"))
    assert (status, problem["code"]) == (404, "JC-BUILD-02")
    check(problem, (method, path), 404)


async def test_cancel__running__cancelled_and_queue_goes_on(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """Cancelling answers at once; the build is cancelled and the next one runs."""
    worker_steps += ["log=begun", "cancelled"]
    first, second = await api.build(notebook), await api.build(notebook)
    await api.until(first, "running")
    status, build = await api("post", f"/containerize/builds/{first}/cancel")
    check(build, ("post", "/containerize/builds/{id}/cancel"), 202)
    assert status == 202
    assert (await api.until(first, "cancelled"))["problem"] is None
    await api.until(second, "running")


async def test_cancel__queued__cancelled_in_the_answer(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """A build that waits is cancelled when the answer comes."""
    worker_steps.append("cancelled")
    await api.build(notebook)
    _, build = await api("post", f"/containerize/builds/{await api.build(notebook)}/cancel")
    assert build["state"] == "cancelled"


async def test_delete__finished_and_running__204_and_409(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """A finished build can be forgotten, a running one not."""
    worker_steps.append("cancelled")
    build_id = await api.build(notebook)
    status, problem = await api("delete", f"/containerize/builds/{build_id}")
    check(problem, ("delete", "/containerize/builds/{id}"), 409)
    assert (status, problem["code"]) == (409, "JC-BUILD-03")
    await api("post", f"/containerize/builds/{build_id}/cancel")
    await api.until(build_id, "cancelled")
    assert await api("delete", f"/containerize/builds/{build_id}") == (204, None)
    _, listed = await api("get", "/containerize/builds")
    assert listed["builds"] == []


async def test_events__after_a_seq__only_newer_ones(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """The events of a build can be read on from a seq."""
    worker_steps += ["phase=detect", "progress=1", "log=hello", "done"]
    operation = ("get", "/containerize/builds/{id}/events")
    build_id = await api.build(notebook)
    last_seq = (await api.until(build_id, "succeeded"))["last_seq"]
    _, body = await api("get", f"/containerize/builds/{build_id}/events")
    check(body, operation, 200)
    assert [item["event"]["event"] for item in body["events"]] == [
        "state",
        "state",
        "phase_started",
        "progress",
        "log_line",
        "build_done",
    ]
    _, rest = await api("get", f"/containerize/builds/{build_id}/events", params={"after": str(last_seq - 1)})
    assert rest["events"] == body["events"][-1:]


async def test_events__limit__the_oldest_of_them(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """A long log is read in parts, each from where the one before ended."""
    worker_steps += ["log=one", "log=two", "done"]
    build_id = await api.build(notebook)
    await api.until(build_id, "succeeded")
    path = f"/containerize/builds/{build_id}/events"
    _, whole = await api("get", path)

    _, first = await api("get", path, params={"limit": "2"})
    _, rest = await api("get", path, params={"after": str(first["events"][-1]["seq"]), "limit": str(10**30)})
    assert [*first["events"], *rest["events"]] == whole["events"]
    assert len(first["events"]) == 2
    status, problem = await api("get", path, params={"limit": "-1"})
    assert status == 400
    assert "limit" in problem["saw"]


@pytest.mark.parametrize("after", ["-1", "x", "", "1.5", "٣"])
async def test_events__after_is_no_seq__400(api: Any, notebook: str, worker_steps: list[str], after: str) -> None:
    """A bad argument is told by its name."""
    worker_steps.append("done")
    path = f"/containerize/builds/{await api.build(notebook)}/events"
    status, problem = await api("get", path, params={"after": after})
    assert (status, problem["code"]) == (400, "JC-SERVER-01")
    check_component(problem, "Problem")


async def test_log__build_with_lines__plain_text(api: Any, notebook: str, worker_steps: list[str]) -> None:
    """The log is text, one line each."""
    worker_steps += ["log=hello", "log=<b>world</b>", "done"]
    build_id = await api.build(notebook)
    await api.until(build_id, "succeeded")
    response = await api.raw("get", f"/containerize/builds/{build_id}/log")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = [line.partition("  ")[2] for line in response.body.decode().splitlines()]
    assert lines == ["queued", "running", "hello", "<b>world</b>", f"done: iris:latest sha256:{64 * 'a'}"]


async def test_builds__history_damaged__503_and_previews_still_work(api: Any, notebook: str, jp_data_dir: Path) -> None:
    """A database that cannot be read is told; what does not need it goes on."""
    (jp_data_dir / "containerize").mkdir()
    (jp_data_dir / "containerize" / "builds.db").write_bytes(b"no database" * 1000)
    status, problem = await api("get", "/containerize/builds")
    assert (status, problem["code"]) == (503, "JC-BUILD-05")
    check_component(problem, "Problem")
    status, _ = await api("get", "/containerize/images")
    assert status == 200


async def test_activity__build_runs__server_is_not_idle(
    api: Any, notebook: str, worker_steps: list[str], jp_serverapp: Any
) -> None:
    """A server that ends itself when idle does not end in the middle of a build."""
    worker_steps.append("cancelled")
    assert not jp_serverapp.extension_manager.any_activity()
    build_id = await api.build(notebook)
    assert jp_serverapp.extension_manager.any_activity()
    await api("post", f"/containerize/builds/{build_id}/cancel")
    await api.until(build_id, "cancelled")


async def test_get__server_ended_while_a_build_ran__interrupted_with_its_log(
    api: Any, notebook: str, jp_data_dir: Path
) -> None:
    """Builds of an earlier server are in the list; the one that ran is interrupted, its log is kept."""
    earlier = History(jp_data_dir / "containerize" / "builds.db")
    record = BuildRecord(id="b1", path=notebook, state=BuildState.RUNNING, created=now())
    earlier.append(
        earlier.add(record, owner="gone"), {"event": "log_line", "text": "begun", "level": "info"}, time=now()
    )
    earlier.close()
    _, listed = await api("get", "/containerize/builds")
    check(listed, ("get", "/containerize/builds"), 200)
    assert [(build["id"], build["state"]) for build in listed["builds"]] == [("b1", "interrupted")]
    response = await api.raw("get", "/containerize/builds/b1/log")
    assert "begun" in response.body.decode()
