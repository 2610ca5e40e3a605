"""Registries, with and without a login."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry.serving import docker_registry


@pytest.fixture(scope="session")
def open_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a registry that lets everybody in."""
    with docker_registry(tmp_path_factory.mktemp("open")) as host:
        yield host


@pytest.fixture(scope="session")
def closed_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a registry that wants a login."""
    with docker_registry(tmp_path_factory.mktemp("closed"), login=True) as host:
        yield host


@pytest.fixture(autouse=True)
def docker_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty Docker config folder; the user's own is never read."""
    folder = tmp_path / "docker"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder
