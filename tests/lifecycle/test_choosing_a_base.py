"""Which Python an image gets, and which one compiles for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_containerize.buildpacks.errors import (
    NoPythonForImage,
    PythonInstallFailed,
    PythonNotCaptured,
    UnknownPythonSource,
)
from jupyter_containerize.domain.build import BuildRequest, CancelToken, LogLine
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.explain import explain
from jupyter_containerize.lifecycle.base import PYTHON_VARIABLE, choose_base
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.resolution.debian import NoDebianPython

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
HERE = Platform.here()
ELSEWHERE = Platform(architecture="arm64" if HERE.architecture == "amd64" else "amd64")
# Between Debian's releases; no interpreter of it has to be here.
BETWEEN = "3.12"


@pytest.fixture
def job(tmp_path: Path, alone: None) -> Callable[[], tuple[Job, list[str]]]:
    """Return a function that begins a build in a store of its own, and gives what it says."""
    del alone
    store = LocalStore(tmp_path / "store")

    def begin() -> tuple[Job, list[str]]:
        said: list[str] = []
        watch = Watch(lambda event: said.append(event.text) if isinstance(event, LogLine) else None, CancelToken())
        return Job(request=BuildRequest(notebook=tmp_path / "n.ipynb"), store=store, watch=watch), said

    return begin


@pytest.fixture
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let uv's standalone Pythons come from where nothing is."""
    builds = {
        f"cpython-3.12.9-linux-{machine}-gnu": {
            "name": "cpython",
            "arch": {"family": machine, "variant": None},
            "os": "linux",
            "libc": "gnu",
            "major": 3,
            "minor": 12,
            "patch": 9,
            "prerelease": "",
            "url": "file:///nowhere/python.tar.gz",
            "sha256": "0" * 64,
            "variant": None,
            "build": "20260101",
        }
        for machine in ("x86_64", "aarch64")
    }
    listing = tmp_path / "downloads.json"
    listing.write_text(json.dumps(builds), "utf-8")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS_JSON_URL", str(listing))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


def kernel(minor: str, executable: str = sys.executable) -> KernelEnvironment:
    """Return a kernel with that Python."""
    return KernelEnvironment(
        kernel="python3",
        executable=executable,
        python_version=f"{minor}.1",
        implementation="cpython",
        platform="linux-x86_64",
        distributions=(),
        stdlib=frozenset(),
    )


@pytest.mark.parametrize("text", ["conda", "debian,uv", "kernel;debian"])
def test_choose_base__setting_names_no_way__says_which_there_are(text, job, monkeypatch):
    """A word that is none is told before anything is fetched."""
    monkeypatch.setenv(PYTHON_VARIABLE, text)
    with pytest.raises(UnknownPythonSource) as caught:
        choose_base(kernel(MINOR), HERE, job()[0])
    assert caught.value.known == ("debian", "standalone", "kernel")
    assert "debian, standalone and kernel" in explain(caught.value).todo


def test_choose_base__no_way_is_open__tells_each(job, no_network, monkeypatch, tmp_path):
    """The error has every way that was tried, and why it was none."""
    del no_network
    monkeypatch.setenv(PYTHON_VARIABLE, "debian, standalone")
    with pytest.raises(NoPythonForImage) as caught:
        choose_base(kernel(BETWEEN, str(tmp_path / "nowhere")), HERE, job()[0])
    assert [(way, type(error)) for way, error in caught.value.tried] == [
        ("debian", NoDebianPython),
        ("standalone", PythonInstallFailed),
    ]
    problem = explain(caught.value)
    assert (problem.code, problem.title) == ("JC-BUILDPACK-09", f"There is no Python {BETWEEN} for the image")
    assert "debian: " in problem.details
    assert "standalone: " in problem.details


def refused_at(job) -> int:
    """Ask for a standalone Python in vain; return when uv's refusal was written down, in nanoseconds."""
    begun, _ = job()
    with pytest.raises(NoPythonForImage):
        choose_base(kernel(BETWEEN), HERE, begun)
    (refused,) = (begun.store.cache / "pythons").glob("*.refused")
    return refused.stat().st_mtime_ns


def test_choose_base__standalone_refused_before__does_not_ask_again(job, no_network, monkeypatch):
    """A machine without network waits for uv once; with other settings, a mirror for one, uv is asked anew."""
    del no_network
    monkeypatch.setenv(PYTHON_VARIABLE, "standalone")
    first = refused_at(job)
    assert refused_at(job) == first
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "5")
    assert refused_at(job) > first


@pytest.mark.slow
@pytest.mark.network
def test_choose_base__nothing_else_is_open__takes_the_kernels_own(job, no_network, monkeypatch):
    """Without Debian's and a standalone Python, the image gets the one that the kernel has."""
    del no_network
    monkeypatch.setenv(PYTHON_VARIABLE, "standalone,kernel")
    begun, said = job()
    base = choose_base(replace(kernel(BETWEEN), python_version=f"{BETWEEN}.1"), HERE, begun)
    assert [buildpack.id for buildpack in base.buildpacks] == ["debian", "kernel_python"]
    assert base.python == f"/opt/python/bin/python{MINOR}"
    assert base.compiler is None
    assert any("cannot be had" in line for line in said)


@pytest.mark.network
def test_choose_base__another_processor__has_a_compiler_for_this_one(job):
    """Debian's Python of the target, and the same one to compile with."""
    base = choose_base(kernel("3.11"), ELSEWHERE, job()[0])
    assert {package.architecture for package in base.system_packages} == {ELSEWHERE.architecture, "all"}
    assert base.wheel_platform == f"{ELSEWHERE.machine}-manylinux_2_36"
    assert base.compiler is not None
    assert {package.architecture for package in base.compiler.system_packages} == {HERE.architecture, "all"}
    assert base.compiler.python == base.python == "/usr/bin/python3.11"
    assert base.compiler.compiler is None


def test_choose_base__kernels_own_for_another_processor__is_refused(job, monkeypatch):
    """What runs here does not run there."""
    monkeypatch.setenv(PYTHON_VARIABLE, "kernel")
    with pytest.raises(NoPythonForImage) as caught:
        choose_base(kernel(MINOR), ELSEWHERE, job()[0])
    ((_, error),) = caught.value.tried
    assert isinstance(error, PythonNotCaptured)
    assert str(ELSEWHERE) in error.reason
