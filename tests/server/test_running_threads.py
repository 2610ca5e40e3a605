"""What the threads of containers do: with the server's end, with a stop in the middle, with jobs and with bugs."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image
from jupyter_containerize.publishing import LocalStore, Running
from jupyter_containerize.publishing.errors import ContainerNotStarted
from jupyter_containerize.publishing.namespaces import BubblewrapRunner
from jupyter_containerize.server.running import KEPT_ENDED, Container, Containers, State, What
from jupyter_containerize.server.running_errors import NoSuchContainer, TooManyRunning
from tests.publishing.runnable import runnable_image
from tests.publishing.stored import stored_image

KILLED = """
import os, pathlib, sys, time
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.namespaces import BubblewrapRunner
from jupyter_containerize.server.running import Containers, What
store, digest = LocalStore(pathlib.Path(sys.argv[1])), Digest(sys.argv[2])
what = What(name="trial", digest=digest, image=store.load(digest))
container = Containers().start(what, BubblewrapRunner(), store, limit=1)
while container.state == "starting":
    time.sleep(0.02)
print(container.state, container.port, flush=True)
os.kill(os.getpid(), 9)
"""


class Starting:
    """Starts nothing; does what the test says instead."""

    name = "Docker"

    def __init__(self, does: Callable[[CancelToken], None]) -> None:
        self._does = does

    @contextmanager
    def start(
        self, image: Image, store: LocalStore, *, port: int, env: Mapping[str, str], cancel: CancelToken | None = None
    ) -> Iterator[Running]:
        """Do it."""
        del image, store, port, env
        assert cancel is not None
        self._does(cancel)
        raise ContainerNotStarted(self.name, "no space left")
        yield


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """Give an empty store."""
    return LocalStore(tmp_path_factory.mktemp("store"))


@pytest.fixture
def what(store: LocalStore) -> What:
    """Give an image that nobody runs really."""
    return _what(stored_image(store))


def _what(image: Image) -> What:
    return What(name="trial:latest", digest=image.manifest_digest, image=image)


def _ended(container: Container) -> Container:
    container.wait(60)
    assert not container.is_alive
    return container


def test_start__process_is_killed__its_containers_end(store: LocalStore, bubblewrap: BubblewrapRunner) -> None:
    """A container in namespaces does not outlive a server that had no time to stop it."""
    del bubblewrap
    image = runnable_image(store)
    arguments = [sys.executable, "-c", KILLED, str(store.root), image.manifest_digest]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    state, port = done.stdout.split()
    assert state == "running"
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))):
                break
        time.sleep(0.02)


def test_start__program_ends_well__stopped_with_its_log(store: LocalStore, bubblewrap: BubblewrapRunner) -> None:
    """A job has done its work when it ends."""
    containers = Containers()
    image = runnable_image(store, b"print('all rows written')")
    container = _ended(containers.start(_what(image), bubblewrap, store, limit=1))
    assert container.to_json()["problem"] is None
    assert (container.state, container.log()) == (State.STOPPED, "all rows written\n")
    assert containers.ids_of((image.manifest_digest,)) == ()


def test_start__engine_refuses__failed_with_its_words(store: LocalStore, what: What) -> None:
    """What the engine says is the problem."""
    container = _ended(Containers().start(what, Starting(lambda _: None), store, limit=1))
    assert container.state is State.FAILED
    problem = container.to_json()["problem"]
    assert (problem["code"], problem["saw"]) == ("JC-PUBLISH-06", "Docker: no space left")


def test_start__bug__failed_with_an_incident_that_the_log_explains(
    store: LocalStore, what: What, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw is told as that, without its text."""

    def broken(_: CancelToken) -> None:
        raise RuntimeError("secret inside")

    container = _ended(Containers().start(what, Starting(broken), store, limit=1))
    problem = container.to_json()["problem"]
    assert (container.state, problem["code"]) == (State.FAILED, "JC-SERVER-04")
    assert "secret" not in str(problem)
    (record,) = [record for record in caplog.records if "incident" in record.getMessage()]
    assert record.getMessage().split()[1].rstrip(":") in problem["saw"]


def test_stop__while_it_starts__ends_and_is_forgotten(store: LocalStore, what: What) -> None:
    """Whoever stops a container that unpacks for long does not wait for that; it is no failure."""
    entered = threading.Event()

    def unpack(cancel: CancelToken) -> None:
        entered.set()
        assert cancel.event.wait(60)
        cancel.check()

    containers = Containers()
    container = containers.start(what, Starting(unpack), store, limit=1)
    assert entered.wait(60)
    assert containers.ids_of((what.digest,)) == (container.id,)
    with pytest.raises(TooManyRunning):
        containers.start(what, Starting(unpack), store, limit=1)
    containers.stop(container.id)
    assert (container.state, container.is_alive) == (State.STOPPED, False)
    assert container.to_json()["problem"] is None
    assert containers.all() == ()
    with pytest.raises(NoSuchContainer):
        containers.stop(container.id)


def test_all__many_have_ended__the_newest_are_listed(store: LocalStore, what: What) -> None:
    """The list does not grow without end."""
    containers = Containers()
    started = [_ended(containers.start(what, Starting(lambda _: None), store, limit=1)) for _ in range(KEPT_ENDED + 5)]
    assert list(containers.all()) == started[: -KEPT_ENDED - 1 : -1]
