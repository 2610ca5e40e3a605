"""What all rooms' tests share: which tests a machine can run, and the real servers that some need."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

from tests.registry.scripted import Mood, scripted_registry
from tests.registry.serving import docker_registry

# Builds of tests leave no process behind, but for those that are about that.
os.environ.setdefault("JUPYTER_CONTAINERIZE_STANDBY", "0")

# How long an example takes is the machine's affair.
settings.register_profile("unhurried", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("unhurried")

# Other people's programs that tests hold ours against; .ci/run installs them.
_PROGRAMS = frozenset({"bwrap", "docker", "docker-registry", "podman", "skopeo", "umoci", "unshare"})


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run, except in CI, where it must."""
    if os.environ.get("CI"):
        return
    missing = {
        "docker": None if _docker_answers() else "no Docker Engine answers",
        "registry": None if shutil.which("docker-registry") and shutil.which("skopeo") else "no docker-registry",
    }
    for item in items:
        for mark, reason in missing.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item):
    """Leave out a test whose fixture wants a program that is not installed, except in CI."""
    with _without_missing_programs():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Leave out a test that wants a program that is not installed, except in CI."""
    with _without_missing_programs():
        return (yield)


@contextmanager
def _without_missing_programs() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if os.environ.get("CI") or error.filename not in _PROGRAMS:
            raise
        pytest.skip(f"{error.filename} is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Let a skipped test fail in CI: there it was meant to run."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def registry(tmp_path_factory) -> Iterator[str]:
    """Run a real registry on a free loopback port; give its host and port."""
    with docker_registry(tmp_path_factory.mktemp("registry")) as host:
        yield host


@pytest.fixture
def refusing_registry(tmp_path) -> Iterator[str]:
    """Run a real registry that takes no uploads; give its host and port."""
    with docker_registry(tmp_path / "registry", read_only=True) as host:
        yield host


@pytest.fixture
def mood() -> Iterator[Mood]:
    """Give the mood of a registry that does what a test wants."""
    with scripted_registry() as made:
        yield made


@pytest.fixture
def no_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use no logins of the person who runs the tests."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
