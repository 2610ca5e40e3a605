"""Starting images in every way that works here: what the server inside sees, and that nothing is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.domain.image import Image
from jupyter_containerize.publishing import LocalStore, NoRunner, Running, find_runner
from jupyter_containerize.publishing.engine import DockerRunner
from jupyter_containerize.publishing.errors import ContainerNotStarted
from jupyter_containerize.publishing.namespaces import BubblewrapRunner, UnshareRunner
from jupyter_containerize.publishing.podman import PodmanRunner
from jupyter_containerize.publishing.runner import Runner
from tests.publishing.runnable import runnable_image

WAYS = [
    pytest.param(BubblewrapRunner(), id="bubblewrap"),
    pytest.param(UnshareRunner(), id="unshare"),
    pytest.param(DockerRunner(), id="docker", marks=pytest.mark.docker),
    pytest.param(PodmanRunner(), id="podman"),
]


@pytest.fixture(autouse=True)
def possible(request: pytest.FixtureRequest) -> None:
    """Leave out a way of starting images that does not work on this machine, except in CI."""
    ways = {BubblewrapRunner: BubblewrapRunner.why_not, UnshareRunner: UnshareRunner.why_not}
    asked = getattr(request.node, "callspec", None)
    named = repr(asked.params) + asked.id if asked else request.node.name
    for way, why_not in ways.items():
        if way.name in named.lower() or way.__name__ in named:
            reason = why_not()
            if reason and not os.environ.get("CI"):
                pytest.skip(f"{way.name}: {reason}")
    if "podman" in named.lower():
        request.getfixturevalue("podman")


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalStore, Image]:
    """Give a store with an image that runs."""
    store = LocalStore(tmp_path_factory.mktemp("stocked"))
    return store, runnable_image(store)


@pytest.fixture
def port() -> int:
    """Give a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask(running: Running) -> dict[str, Any]:
    for _ in range(1000):
        assert running.alive(), running.logs()
        try:
            with urllib.request.urlopen(running.url, timeout=5) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except OSError:
            time.sleep(0.02)
    raise AssertionError(running.logs())


def _docker_state() -> set[str]:
    """Return every container and image that Docker has."""
    commands = (("docker", "ps", "-aq"), ("docker", "images", "-aq", "--no-trunc"))
    return {
        line for command in commands for line in subprocess.run(command, check=True, capture_output=True).stdout.split()
    }


@pytest.mark.parametrize("runner", WAYS)
def test_start__image__runs_as_it_will_in_production(
    runner: Runner, stocked: tuple[LocalStore, Image], port: int
) -> None:
    """Not root, a read-only root, a writable /tmp, the image's environment, and nothing of this machine."""
    store, image = stocked
    with runner.start(image, store, port=port, env={"EXTRA": "1"}) as running:
        seen = _ask(running)
        assert (seen["uid"], seen["gid"]) == (65532, 65532)
        assert (seen["root_writable"], seen["tmp_writable"]) == (False, True)
        assert (seen["greeting"], seen["extra"], seen["cwd"]) == ("moin", "1", "/app")
        assert seen["pid"] in {1, 2}
        assert "app" in seen["entries"]
        assert "work" not in seen["entries"]
        assert seen["block_devices"] == []
        assert "listening" in running.logs()
    assert not running.alive()
    assert list((store.root / "scratch").iterdir()) == []
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


@pytest.mark.docker
def test_start__with_docker__leaves_no_container_and_no_image(stocked: tuple[LocalStore, Image], port: int) -> None:
    """What was loaded for a trial goes with it, also when the container cannot start."""
    store, image = stocked
    before = _docker_state()
    with DockerRunner().start(image, store, port=port, env={}) as running:
        _ask(running)
    assert _docker_state() == before
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(ContainerNotStarted), DockerRunner().start(image, store, port=port, env={}):
            pass
    assert _docker_state() == before


@pytest.mark.parametrize("runner", WAYS)
def test_start__server_ends__is_not_alive_and_has_logs(runner: Runner, store: LocalStore, port: int) -> None:
    """A server that crashes is seen to be gone, and what it said can be read."""
    image = runnable_image(store, b"import sys; sys.exit('could not load the model')")
    with runner.start(image, store, port=port, env={}) as running:
        while running.alive():
            time.sleep(0.02)
        assert "could not load the model" in running.logs()


@pytest.fixture
def killed(stocked: tuple[LocalStore, Image], port: int, request: pytest.FixtureRequest) -> Iterator[int]:
    """Give the port of a server whose builder was killed."""
    store, image = stocked
    script = f"""
import os, pathlib, sys, time, urllib.request
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.publishing.namespaces import BubblewrapRunner, UnshareRunner
store = LocalStore(pathlib.Path(sys.argv[1]))
with {request.param}().start(store.load(Digest(sys.argv[2])), store, port=int(sys.argv[3]), env={{}}) as running:
    while True:
        try:
            urllib.request.urlopen(running.url).close()
            break
        except OSError:
            time.sleep(0.02)
    os.kill(os.getpid(), {signal.SIGKILL.value})
"""
    arguments = [sys.executable, "-c", script, store.root, image.manifest_digest, str(port)]
    assert subprocess.run(arguments, check=False, env={**os.environ}).returncode == -signal.SIGKILL
    yield port
    with store.scratch():
        pass


@pytest.mark.parametrize("killed", ["BubblewrapRunner", "UnshareRunner"], indirect=True)
def test_start__builder_is_killed__the_server_goes_too(killed: int) -> None:
    """A server never outlives the build that tried it."""
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", killed)):
                return
        time.sleep(0.02)


def test_find_runner__bubblewrap_works__takes_it() -> None:
    """Where namespaces work, no engine is asked."""
    runner = find_runner()
    assert not isinstance(runner, NoRunner)
    assert runner.name == "bubblewrap"


@pytest.mark.usefixtures("no_docker")
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_find_runner__nothing_installed__says_why_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody without any of them learns what there is, and why each does not work."""
    monkeypatch.setenv("PATH", str(tmp_path))
    runner = find_runner()
    assert isinstance(runner, NoRunner)
    assert dict(runner.reasons) == {
        "bubblewrap": "not installed",
        "unshare": "not installed",
        "Docker": "No such file or directory",
        "Podman": "not installed",
    }


@pytest.mark.usefixtures("podman")
def test_start__with_podman__leaves_no_container_and_no_image(stocked: tuple[LocalStore, Image], port: int) -> None:
    """What was loaded for a trial goes with it, also when the container cannot start."""
    store, image = stocked
    with PodmanRunner().start(image, store, port=port, env={"EXTRA": "1"}) as running:
        assert _ask(running)["extra"] == "1"
        assert _podman_state() != ""
    assert _podman_state() == ""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(ContainerNotStarted), PodmanRunner().start(image, store, port=port, env={}):
            pass
    assert _podman_state() == ""


def _podman_state() -> str:
    """Return the ids of every container and image that Podman has."""
    commands = (("podman", "ps", "-aq"), ("podman", "images", "-aq"))
    return "".join(subprocess.run(command, check=True, capture_output=True, text=True).stdout for command in commands)
