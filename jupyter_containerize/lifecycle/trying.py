"""Starting an image here, for the self-test or for its user."""

from __future__ import annotations

import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.lifecycle.asking import ask
from jupyter_containerize.lifecycle.errors import NotReady, PortTaken, SelfTestImpossible
from jupyter_containerize.publishing import LocalStore, NoRunner, Running, find_runner
from jupyter_containerize.publishing.errors import NoSuchImage

_READY_SECONDS = 120.0
_POLL_SECONDS = 0.05


@contextmanager
def running(name: str, *, port: int, cancel: CancelToken, store: LocalStore | None = None) -> Iterator[Running]:
    """Run an image of the local store on a loopback port; give it once it is ready, or a job once it has ended.

    Raises:
        IllegalReference, NoSuchImage: the name is no image's.
        SelfTestImpossible: nothing here can start an image.
        PortTaken: something else listens there.
        ContainerNotStarted, NotReady: the image did not come up.
        Cancelled: asked for while it started.
    """
    store = store or LocalStore.default()
    image = store.find(Reference.parse(name))
    if image is None:
        raise NoSuchImage(name)
    runner = find_runner()
    if isinstance(runner, NoRunner):
        raise SelfTestImpossible(runner.reasons)
    _check_port(port)
    with runner.start(image, store, port=port, env={}, cancel=cancel) as container:
        reason = wait_until_ready(container, cancel)
        # A job listens nowhere: it has done its work when it ends.
        if reason and container.exit_code() != 0:
            raise NotReady(name, reason, container.logs())
        yield container


def wait(container: Running, cancel: CancelToken) -> None:
    """Return when the container ends, or when asked to stop."""
    while container.alive() and not cancel.event.wait(_POLL_SECONDS):
        pass


def wait_until_ready(container: Running, cancel: CancelToken) -> str:
    """Return an empty text once the container is ready, or why it will not be."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        cancel.check()
        if not container.alive():
            return "the container ended before it was ready"
        if _is_ready(container.url, cancel):
            return ""
        cancel.event.wait(_POLL_SECONDS)
    return f"the container was not ready after {_READY_SECONDS:.0f} s"


def _is_ready(url: str, cancel: CancelToken) -> bool:
    request = urllib.request.Request(f"{url}/health/ready")  # noqa: S310  # loopback
    try:
        return ask(request, timeout_seconds=5, cancel=cancel).status == HTTPStatus.OK
    except OSError:
        return False


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise PortTaken(port, str(error)) from error
