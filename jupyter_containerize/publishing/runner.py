"""Starting an image on this machine to try it: the cheapest way that works here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Image
from jupyter_containerize.publishing.store import LocalStore


class Running(Protocol):
    """A container of the image, reachable on loopback alone."""

    url: str

    def alive(self) -> bool:
        """Tell whether it still runs."""

    def exit_code(self) -> int | None:
        """Return how it ended, ``None`` while it runs or if nobody knows any more."""

    def logs(self) -> str:
        """Return what it has printed so far; of much the last, about 1 MiB."""


class Runner(Protocol):
    """A way to start an image: read-only root, an empty /tmp, no privileges."""

    name: str

    def start(
        self,
        image: Image,
        store: LocalStore,
        *,
        port: int,
        env: Mapping[str, str],
        cancel: CancelToken | None = None,
    ) -> AbstractContextManager[Running]:
        """Run the image on a loopback port for the length of a block; afterwards nothing of it is left.

        The thread that enters the block must live as long as it: in namespaces the container ends with that thread.
        ``cancel`` is asked while the image is made ready to run.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRunner:
    """Nothing here can start an image. ``reasons`` are pairs of way and why not."""

    reasons: tuple[tuple[str, str], ...]
