"""The call that tells what the server is configured with, and what this user may do."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_containerize.publishing import LocalStore, NoRunner, Runner
from jupyter_containerize.publishing.inventory import usage
from jupyter_containerize.server.answers import AUTH_RESOURCE, ContainerizeHandler

T = TypeVar("T")

USAGE_SECONDS: Final = 10.0
RUNNER_SECONDS: Final = 60.0


class Remembered(Generic[T]):
    """An answer that takes a while to find, kept for some seconds; safe to use from several threads."""

    def __init__(self, find: Callable[[], T], seconds: float) -> None:
        self._find = find
        self._seconds = seconds
        self._lock = threading.Lock()
        self._known: tuple[float, T] | None = None

    def get(self) -> T:
        """Return the answer; who asks while it is looked for waits for it."""
        with self._lock:
            if self._known is None or time.monotonic() - self._known[0] > self._seconds:
                self._known = (time.monotonic(), self._find())
            return self._known[1]


class Machine:
    """What this machine has, as far as settings tell it."""

    def __init__(self, runner: Callable[[], Runner | NoRunner]) -> None:
        self._used = Remembered(lambda: usage(LocalStore.default()).size_bytes, USAGE_SECONDS)
        self._runner = Remembered(lambda: _told(runner()), RUNNER_SECONDS)

    def to_json(self) -> dict[str, Any]:
        """Return how large the store is, and what runs images.

        Raises:
            ImageUnreadable: the store's index is damaged.
        """
        return {"storage_used_bytes": self._used.get(), "runner": self._runner.get()}


class SettingsHandler(ContainerizeHandler):
    """The server's settings, without anything secret."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Show them."""
        extension = self.extension
        policy = extension.policy()
        # As the decorator of the calls that do these asks: Jupyter Server, "Authorization".
        allowed = self.authorizer.is_authorized(self, self.current_user, "write", AUTH_RESOURCE)
        write = bool(await ensure_async(allowed))
        self.finish(
            json.dumps(
                {
                    "destination": policy.destination,
                    "registry": policy.registry,
                    "tag_template": policy.tag_template,
                    "platforms": list(policy.platforms),
                    "base_image": policy.base_image,
                    "locked": sorted(policy.locked),
                    "allowed_registries": policy.allowed_registries,
                    "max_concurrent_builds": extension.max_concurrent_builds,
                    "build_timeout_seconds": extension.build_timeout_seconds,
                    "storage_quota_bytes": extension.storage_quota_bytes,
                    **await asyncio.to_thread(extension.machine.to_json),
                    "can": {
                        "build": write,
                        "run": write and extension.run_limit > 0,
                        "push": write and policy.may_push,
                        "delete": write,
                    },
                }
            )
        )


def _told(found: Runner | NoRunner) -> dict[str, Any]:
    if isinstance(found, NoRunner):
        return {"name": None, "reasons": [list(reason) for reason in found.reasons]}
    return {"name": found.name, "reasons": []}
