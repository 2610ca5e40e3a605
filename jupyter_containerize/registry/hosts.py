"""Where a registry's API is."""

from __future__ import annotations

from typing import Final

from jupyter_containerize.domain.image import Reference

DOCKER_HUB: Final = "docker.io"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def base_url(host: str) -> str:
    """Return the API's base. Plain HTTP for this machine only, as with Docker."""
    if host == DOCKER_HUB:
        return "https://registry-1.docker.io"
    return f"{'http' if is_loopback(host) else 'https'}://{host}"


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` or ``host:port`` is this machine."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host) in _LOOPBACK


def repository_of(reference: Reference) -> str:
    """Return the repository as the API names it: Docker Hub's own images are below ``library``."""
    if reference.host == DOCKER_HUB and "/" not in reference.repository:
        return f"library/{reference.repository}"
    return reference.repository
