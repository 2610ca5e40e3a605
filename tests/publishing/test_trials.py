"""Containers that a killed process left at an engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.trials import LABEL, remove_left_behind, trial
from tests.publishing.runnable import runnable_image

PODMAN = """#!/bin/sh
echo "$@" >> "$PODMAN_LOG"
test "$1" = ps && echo "c1 docker.io/library/jupyter-containerize-trial:one"
exit 0
"""
KILLED = """
import os, pathlib, sys
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.trials import trial
with trial(LocalStore(pathlib.Path(sys.argv[1]))) as label:
    print(label, flush=True)
    os.kill(os.getpid(), 9)
"""
RUNNING = """
import os, pathlib, sys
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.engine import DockerRunner
store = LocalStore(pathlib.Path(sys.argv[1]))
with DockerRunner().start(store.load(Digest(sys.argv[2])), store, port=int(sys.argv[3]), env={}):
    os.kill(os.getpid(), 9)
"""


def _killed(script: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", script, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout.strip()


@pytest.fixture
def podman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a Podman on the PATH that has one container; give its log of commands."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "podman").write_text(PODMAN)
    (tmp_path / "bin" / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("PODMAN_LOG", str(tmp_path / "log"))
    return tmp_path / "log"


def test_remove_left_behind__nothing_was__asks_no_engine(store: LocalStore, podman: Path) -> None:
    """Engines are slow, and mostly there is nothing."""
    with trial(store):
        pass
    assert remove_left_behind(store) == 0
    assert not podman.exists()


def test_remove_left_behind__process_lives__leaves_its_container(store: LocalStore, podman: Path) -> None:
    """What somebody uses is nobody's to remove."""
    with trial(store):
        assert remove_left_behind(store) == 0
    assert not podman.exists()


def test_remove_left_behind__process_was_killed__removes_that_container(store: LocalStore, podman: Path) -> None:
    """The container with its label goes, and the name that its image had for it; once."""
    label = _killed(KILLED, str(store.root))
    assert remove_left_behind(store) == 1
    assert [line.split()[0] for line in podman.read_text().splitlines()] == ["ps", "rm", "rmi"]
    assert f"label={LABEL}={label}" in podman.read_text()
    assert remove_left_behind(store) == 0


@pytest.mark.docker
def test_remove_left_behind__docker_container_of_a_killed_process__goes_with_its_image(store: LocalStore) -> None:
    """A Docker Engine does not see that we were killed; the next of us does."""
    image = runnable_image(store)
    client = docker.from_env()
    try:
        before = {container.id for container in client.containers.list(all=True)}
        _killed(RUNNING, str(store.root), image.manifest_digest, "0")
        left = {container.id for container in client.containers.list(all=True)} - before
        assert len(left) == 1
        assert remove_left_behind(store) == 1
        assert {container.id for container in client.containers.list(all=True)} == before
        assert not [tag for item in client.images.list() for tag in item.tags if "containerize-trial" in tag]
    finally:
        client.close()
