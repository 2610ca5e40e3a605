"""The containers that this server runs: a thread each, which starts one, looks after it and ends it."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled, ContainerizeError
from jupyter_containerize.domain.image import Digest, Image
from jupyter_containerize.explain import explain
from jupyter_containerize.lifecycle.errors import NotReady
from jupyter_containerize.lifecycle.trying import free_port, wait_until_ready
from jupyter_containerize.oci import read_config
from jupyter_containerize.publishing import LocalStore, Runner, Running
from jupyter_containerize.publishing.trials import remove_left_behind
from jupyter_containerize.server.errors import Unexpected
from jupyter_containerize.server.running_errors import ContainerEnded, NoSuchContainer, NotAsking, TooManyRunning

logger = logging.getLogger(__name__)

KEPT_ENDED: Final = 20
"""How many containers that have ended are still listed."""
STOP_SECONDS: Final = 20.0
"""How long somebody waits for a container to end; it goes on ending afterwards."""

_LOOK_SECONDS = 0.5
_REST = 50
_DETAIL_LINES = 40


class State(StrEnum):
    """How a container fares. One that stopped was told to, or ended without an error as jobs do."""

    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"
    STOPPED = "stopped"


LIVE: Final = frozenset({State.STARTING, State.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class What:
    """Which image runs. ``name`` is for people; ``digest`` is what the store lists."""

    name: str
    digest: Digest
    image: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A container at one moment; ``error`` is why it failed."""

    state: State = State.STARTING
    error: ContainerizeError | None = None
    log: str = ""


class Container:
    """One container. It ends with its thread, and so with the server."""

    def __init__(self, what: What, runner: Runner, store: LocalStore, port: int) -> None:
        self.id = secrets.token_hex(6)
        self.what = what
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.started = datetime.now(UTC)
        self._runner = runner
        self._store = store
        self._cancel = CancelToken()
        self._shown = Shown()
        self._changing = threading.Lock()
        self._running: Running | None = None
        self._thread = threading.Thread(target=self._live, name=f"containerize-run-{self.id}", daemon=True)

    @property
    def state(self) -> State:
        """How it fares now."""
        return self._shown.state

    @property
    def is_alive(self) -> bool:
        """Whether anything of it is left, be it that it ends right now."""
        return self._thread.is_alive()

    def begin(self) -> None:
        """Start it; does not wait."""
        self._thread.start()

    def end(self) -> None:
        """Ask it to stop; does not wait."""
        with self._changing:
            if self._shown.state in LIVE:
                self._shown = replace(self._shown, state=State.STOPPED)
            self._cancel.cancel()

    def wait(self, seconds: float) -> None:
        """Return when nothing of it is left, or that long after."""
        self._thread.join(seconds)

    def log(self) -> str:
        """Return the last that it has printed; an engine may take a moment to tell."""
        running = self._running
        if running is not None:
            try:
                return running.logs()
            except Exception as error:  # noqa: BLE001  # it ended meanwhile; each engine has its own error for that
                logger.debug("no log of %s: %s", self.id, error)
        return self._shown.log

    def to_json(self) -> dict[str, Any]:
        """Return it as the ``Running`` of ``api/openapi.yaml``."""
        shown = self._shown
        return {
            "id": self.id,
            "image": self.what.name,
            "digest": self.what.digest,
            "engine": self._runner.name.lower(),
            "url": self.url,
            "state": shown.state.value,
            "started": self.started.isoformat(),
            "problem": None if shown.error is None else asdict(explain(shown.error)),
        }

    def _live(self) -> None:
        error: ContainerizeError | None = None
        try:
            error = self._run()
        except Cancelled:
            pass
        except ContainerizeError as raised:
            error = raised
        except Exception:
            error = Unexpected(secrets.token_hex(6))
            logger.exception("incident %s: running %s", error.incident, self.what.name)
        self._running = None
        self._become(State.STOPPED if error is None else State.FAILED, error)

    def _run(self) -> ContainerizeError | None:
        """Run to the end, and return why that was none that anybody wanted."""
        with ExitStack() as held:
            with self._store.in_use():
                running = held.enter_context(
                    self._runner.start(self.what.image, self._store, port=self.port, env={}, cancel=self._cancel)
                )
            self._running = running
            try:
                return self._look_after(running)
            finally:
                self._keep_log(self.log())

    def _look_after(self, running: Running) -> ContainerizeError | None:
        # A job listens nowhere: nobody waits until it is ready, and it has done its work when it ends.
        if read_config(self.what.image.config_bytes).ports:
            reason = wait_until_ready(running, self._cancel)
            if reason and running.exit_code() != 0:
                return NotReady(self.what.name, reason, _last(self.log()))
        self._become(State.RUNNING)
        while True:
            asked = time.monotonic()
            if not running.alive():
                break
            # To ask an engine may cost a process each time.
            if self._cancel.event.wait(max(_LOOK_SECONDS, _REST * (time.monotonic() - asked))):
                return None
        code = running.exit_code()
        return None if code == 0 else ContainerEnded(self.what.name, code, _last(self.log()))

    def _keep_log(self, log: str) -> None:
        with self._changing:
            self._shown = replace(self._shown, log=log)

    def _become(self, state: State, error: ContainerizeError | None = None) -> None:
        with self._changing:
            # Nobody who has stopped it wants to hear what came of that.
            if not self._cancel.event.is_set():
                self._shown = replace(self._shown, state=state, error=error)


class Containers:
    """All containers that this server runs; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._containers: dict[str, Container] = {}
        self._has_tidied = False

    def start(self, what: What, runner: Runner, store: LocalStore, *, limit: int) -> Container:
        """Start a container and return it at once.

        Raises:
            TooManyRunning: there are ``limit`` already.
        """
        with self._lock:
            self._forget_oldest()
            used = {container.port for container in self._containers.values() if container.is_alive}
            if len(used) >= limit:
                raise TooManyRunning(limit)
            port = free_port()
            # One that was given out may not be listened on yet.
            while port in used:
                port = free_port()
            container = Container(what, runner, store, port)
            self._containers[container.id] = container
            container.begin()
        return container

    def all(self) -> tuple[Container, ...]:
        """Return all, the newest first."""
        with self._lock:
            return tuple(reversed(self._containers.values()))

    def get(self, container_id: str) -> Container:
        """Return the one with that id.

        Raises:
            NoSuchContainer
        """
        with self._lock:
            container = self._containers.get(container_id)
        if container is None:
            raise NoSuchContainer(container_id)
        return container

    def ready(self, container_id: str) -> Container:
        """Return the one with that id if it can be asked something.

        Raises:
            NoSuchContainer, NotAsking
        """
        container = self.get(container_id)
        if container.state is not State.RUNNING:
            raise NotAsking(container.what.name, container.state)
        return container

    def ids_of(self, digests: Iterable[Digest]) -> tuple[str, ...]:
        """Return the ids of those that start or run from one of these images, the newest first."""
        wanted = frozenset(digests)
        return tuple(item.id for item in self.all() if item.what.digest in wanted and item.state in LIVE)

    def stop(self, container_id: str) -> None:
        """Stop the container, wait for that, and forget it.

        Raises:
            NoSuchContainer
        """
        container = self.get(container_id)
        container.end()
        container.wait(STOP_SECONDS)
        with self._lock:
            self._containers.pop(container_id, None)

    def close(self) -> None:
        """Stop all, and wait for that."""
        containers = self.all()
        for container in containers:
            container.end()
        for container in containers:
            container.wait(STOP_SECONDS)

    def tidy(self) -> None:
        """Remove, once and beside everything else, what a server that was killed left at an engine."""
        with self._lock:
            if self._has_tidied:
                return
            self._has_tidied = True
        threading.Thread(target=_tidy, name="containerize-tidy", daemon=True).start()

    def _forget_oldest(self) -> None:
        ended = [container.id for container in self._containers.values() if not container.is_alive]
        for container_id in ended[: max(0, len(ended) - KEPT_ENDED + 1)]:
            del self._containers[container_id]


def _tidy() -> None:
    try:
        remove_left_behind(LocalStore.default())
    except ContainerizeError as error:
        logger.warning("cannot look for containers that were left behind: %s", error)


def _last(log: str) -> str:
    return "\n".join(log.splitlines()[-_DETAIL_LINES:])
