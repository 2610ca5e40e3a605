"""A tiny Debian archive, served from loopback."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pysequoia
import pytest
from tiny_archive import PYTHON, Mirror, Offline, Package

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution.debian import DebianBase, resolve_base
from jupyter_containerize.resolution.debian.releases import python_seeds, release_with
from jupyter_containerize.transport import Transport


@pytest.fixture(scope="session")
def signing_key() -> pysequoia.Tsk:
    """A key that signs the archives of these tests."""
    return pysequoia.Tsk.generate("Archive of the tests <archive@example.org>")


@pytest.fixture
def mirror(tmp_path: Path, signing_key: pysequoia.Tsk) -> Iterator[Mirror]:
    """An archive on loopback that has every seed in one version, already written."""
    root = tmp_path / "mirror"
    root.mkdir()
    asked: list[tuple[str, int]] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            asked.append((self.path, int(code)))

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=root)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        made = Mirror(root=root, url=f"http://127.0.0.1:{server.server_address[1]}", key=signing_key, requests=asked)
        made.add(*(Package(name=name) for name in python_seeds(release_with(PYTHON))))
        try:
            yield made.write()
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def resolve(mirror: Mirror, tmp_path: Path) -> Callable[..., DebianBase]:
    """Resolve a base of the mirror; ``offline`` has the same cache and no network."""

    def call(python_minor: str | None = PYTHON, *, offline: bool = False, architecture: str = "amd64") -> DebianBase:
        return resolve_base(
            python_minor,
            architecture=architecture,
            transport=Offline() if offline else Transport(timeout_seconds=5, retries=0),
            cache=tmp_path / "cache",
            cancel=CancelToken(),
            archive=mirror.archive(),
        )

    return call
