"""The rows of a preview are locked by the one lock that builds use."""

from __future__ import annotations

import tomllib

import pytest
from packaging.pylock import Pylock
from small_wheels import make_wheel

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import Distribution, KernelEnvironment
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.resolution import PackageIndex, from_pylock, to_pylock
from jupyter_containerize.resolution.errors import VersionNotOnIndex
from jupyter_containerize.resolution.formats import locked

PLATFORM = "x86_64-manylinux_2_36"


def _row(distribution, version=None, **more):
    return Dependency(distribution=distribution, version=version, source="", import_names=(), evidence=(), **more)


@pytest.fixture
def lock_rows(tmp_path, monkeypatch):
    """Return a function that locks rows from a folder with a few wheels."""
    links = tmp_path / "links"
    for version in ("1.0", "2.0"):
        make_wheel(links, "top-dist", version, requires=("middle", "extra-dist; extra == 'more'"))
        make_wheel(links, "middle", version)
        make_wheel(links, "extra-dist", version)
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    def run(*rows, kernel=None):
        return locked(
            rows,
            environment=kernel,
            python_minor="3.11",
            platform=PLATFORM,
            index=PackageIndex.from_environment(),
            cache=tmp_path / "locks",
            cancel=CancelToken(),
        )

    return run


def _pins(environment):
    return [f"{item.name}=={item.version}" for item in environment.packages]


def test_locked__rows__are_a_pylock(lock_rows):
    """Pins hold, ranges and what the rows need are the newest, and the text is a pylock.toml."""
    environment = lock_rows(_row("top-dist", "1.0"), _row("extra-dist", specifier="<2"))
    assert _pins(environment) == ["extra-dist==1.0", "middle==2.0", "top-dist==1.0"]
    text = to_pylock(environment)
    assert from_pylock(text) == environment
    assert len(Pylock.from_dict(tomllib.loads(text)).packages) == 3


def test_locked__extras_and_addresses__count(lock_rows, tmp_path):
    """Extras bring what they need; a wheel by address is that wheel; what is on this machine only is left out."""
    wheel = make_wheel(tmp_path / "web", "model-en", "3.8.0")
    assert _pins(lock_rows(_row("top-dist", "1.0", extras=("more",)))) == [
        "extra-dist==2.0",
        "middle==2.0",
        "top-dist==1.0",
    ]
    assert _pins(lock_rows(_row("middle", "1.0"), _row("model-en", "3.8.0", url=wheel.as_uri()))) == ["middle==1.0"]


def test_locked__kernel__binds_all_the_way_down(lock_rows):
    """With an environment, what the rows need has the kernel's version."""
    kernel = KernelEnvironment(
        kernel="python3",
        executable="python",
        python_version="3.11.2",
        implementation="cpython",
        platform="linux-x86_64",
        distributions=(Distribution(name="middle", version="1.0", import_names=()),),
        stdlib=frozenset(),
    )
    assert _pins(lock_rows(_row("top-dist", "2.0"), kernel=kernel)) == ["middle==1.0", "top-dist==2.0"]


def test_locked__nothing__is_empty(lock_rows):
    """No rows, no packages."""
    assert _pins(lock_rows()) == []


def test_locked__not_on_the_index__is_a_typed_error(lock_rows):
    """The lock's own errors pass."""
    with pytest.raises(VersionNotOnIndex):
        lock_rows(_row("top-dist", "9"))
