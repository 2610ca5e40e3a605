"""Containers of engines that outlive the process which started them: whose they are, and how they go.

An engine does not see that a process was killed. So every container of ours has a label, whose value is the name of a
file that its process holds locked. A file that nobody holds names a container that nobody needs.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import docker
import requests
from docker.errors import DockerException
from filelock import FileLock, Timeout

from jupyter_containerize.domain.image import Reference, Tag
from jupyter_containerize.publishing.errors import DockerUnavailable
from jupyter_containerize.publishing.store import LocalStore
from jupyter_containerize.transport import writing

logger = logging.getLogger(__name__)

LABEL: Final = "io.jupyter-containerize.trial"
_REPOSITORY = "jupyter-containerize-trial"
_PODMAN_SECONDS = 60


@contextmanager
def trial(store: LocalStore) -> Iterator[str]:
    """Give the label's value for one container; whoever removes it does so in the block.

    Raises:
        NotWritable, DiskFull
    """
    name = secrets.token_hex(16)
    path = _folder(store) / name
    with writing(store.root):
        path.parent.mkdir(exist_ok=True)
        lock = FileLock(path)
        lock.acquire()
    try:
        yield name
        path.unlink(missing_ok=True)
    finally:
        # Where the engine did not answer in the end, the file stays for the next to try.
        lock.release()


def passing_name() -> Reference:
    """Return a name for an image at an engine that no other start has."""
    return Reference(repository=_REPOSITORY, tag=Tag(secrets.token_hex(6)))


def remove_left_behind(store: LocalStore) -> int:
    """Remove the containers that killed processes left at engines; return how many there were.

    Engines are asked only if there may be one. One that does not answer is asked again the next time.
    """
    removed = 0
    for path in sorted(_folder(store).glob("*")):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            # Somebody works with it, or it is not ours to look at.
            continue
        try:
            removed += _remove_of_docker(path.name) + _remove_of_podman(path.name)
            path.unlink(missing_ok=True)
        except (DockerException, DockerUnavailable, requests.exceptions.RequestException, OSError) as error:
            logger.warning("a container may be left behind, labelled %s=%s: %s", LABEL, path.name, error)
        finally:
            lock.release()
    return removed


def _folder(store: LocalStore) -> Path:
    return store.root / "trials"


def _remove_of_docker(name: str) -> int:
    # The engine imports this module for its own containers.
    from jupyter_containerize.publishing.engine import DockerRunner, connected  # noqa: PLC0415

    if DockerRunner.why_not():
        return 0
    with connected() as client:
        found = client.containers.list(all=True, filters={"label": f"{LABEL}={name}"})
        for container in found:
            with suppress(docker.errors.NotFound):
                container.remove(force=True, v=True)
            with suppress(docker.errors.ImageNotFound):
                client.images.remove(str(container.attrs["Config"]["Image"]))
        return len(found)


def _remove_of_podman(name: str) -> int:
    podman = shutil.which("podman")
    if podman is None:
        return 0
    listing = (podman, "ps", "--all", "--filter", f"label={LABEL}={name}", "--format", "{{.ID}} {{.Image}}")
    found = [line.split() for line in _said(listing).splitlines()]
    for container, image in found:
        _said((podman, "rm", "--force", "--time", "5", container))
        _said((podman, "rmi", image))
    return len(found)


def _said(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PODMAN_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise OSError(str(error)) from error
    return done.stdout
