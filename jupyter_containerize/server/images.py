"""The images of the local store as the API lists them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jupyter_containerize.builds.errors import HistoryUnusable
from jupyter_containerize.builds.queue import BuildQueue
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.publishing import LocalStore, docker_command, store_command
from jupyter_containerize.publishing.listing import Listed, glance
from jupyter_containerize.publishing.podman_images import podman_command
from jupyter_containerize.server.engines import Engines
from jupyter_containerize.server.notebook_digests import NotebookDigests

# The labels that the lifecycle writes: part of the image's format, as the layers' paths are.
NOTEBOOK_LABEL: Final = "io.jupyter-containerize.notebook"
DIGEST_LABEL: Final = "io.jupyter-containerize.notebook-digest"
MOST_FACTS: Final = 5_000
_COMMANDS: Mapping[str, Callable[[str], str]] = {"docker": docker_command, "podman": podman_command}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a digest's own documents say; it never changes. ``known_as`` are the digests that engines may call it by."""

    size_bytes: int
    platforms: tuple[str, ...]
    notebook: str
    notebook_digest: str
    known_as: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What else is known when a list is made.

    ``in_engines`` are the digests that each engine knows, ``paths`` those of notebooks by image, ``now`` the digests
    (hex) of saved notebooks by path; ``running`` gives the ids of an image's containers.
    """

    in_engines: Mapping[str, frozenset[str]]
    paths: Mapping[str, str]
    now: Mapping[str, str]
    running: Callable[[Listed], tuple[str, ...]]


class Images:
    """What is kept between calls, since it is asked for over and over; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._facts: dict[Digest, Facts] = {}
        self._paths: tuple[int, Mapping[str, str]] = (-1, {})
        self._engines = Engines()
        self._notebooks = NotebookDigests()

    def to_json(
        self,
        items: Iterable[Listed],
        store: LocalStore,
        *,
        queue: Callable[[], BuildQueue],
        file_of: Callable[[str], Path | None],
        running: Callable[[Listed], tuple[str, ...]],
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return each as the ``Image`` of ``api/openapi.yaml``, and whether all that is told is as it is now.

        It is not while an engine has not answered yet what it has, or a notebook was not read yet: neither is waited
        for. What they said before is told, or nothing, and asking again a moment later tells the rest.

        Args:
            items: of the store.
            store: where their documents are.
            queue: gives the queue, whose builds tell what an image was made from.
            file_of: finds a notebook's file from its path in the contents manager.
            running: gives the ids of the containers that run.

        Raises:
            StoredBlobDamaged, ImageUnreadable: a listed image's documents are not what they should be.
        """
        items = tuple(items)
        paths = self.paths(queue)
        files = {
            path: file for path in {paths.get(item.digest, "") for item in items} - {""} if (file := file_of(path))
        }
        digests, notebooks_read = self._notebooks.of(files.values())
        facts = [self.facts(item, store) for item in items]
        in_engines, engines_asked = self._engines.known() if items else ({}, True)
        around = Surroundings(
            in_engines=in_engines,
            paths=paths,
            now={path: digests[file] for path, file in files.items() if file in digests},
            running=running,
        )
        shown = [_image(item, known, around) for item, known in zip(items, facts, strict=True)]
        return shown, notebooks_read and engines_asked

    def facts(self, item: Listed, store: LocalStore) -> Facts:
        """Return what the documents of an image say.

        Raises:
            StoredBlobDamaged, ImageUnreadable: they are not what they should be.
        """
        with self._lock:
            known = self._facts.get(item.digest)
        if known is None:
            known = _facts(item, store)
            with self._lock:
                while len(self._facts) >= MOST_FACTS:
                    self._facts.pop(next(iter(self._facts)))
                self._facts[item.digest] = known
        return known

    def paths(self, queue: Callable[[], BuildQueue]) -> Mapping[str, str]:
        """Return the path of the notebook that each image was made from, as far as builds here are remembered."""
        with suppress(HistoryUnusable):
            history = queue().history
            seq = history.last_seq()
            with self._lock:
                if self._paths[0] == seq:
                    return self._paths[1]
            found: dict[str, str] = {}
            for record in reversed(history.all()):
                report: Mapping[str, Any] = record.report or {}
                if record.path and report:
                    built = (report.get("digest"), *(image.get("digest") for image in report.get("images") or ()))
                    found |= {str(digest): record.path for digest in built if digest}
            with self._lock:
                self._paths = (seq, found)
            return found
        return {}


def best_name(item: Listed) -> str:
    """Return a name that somebody chose before one that is made from the digest; empty where there is none."""
    made = f":{item.digest.hex[:12]}"
    return min(item.tags, key=lambda tag: (tag.endswith(made), tag), default="")


def _facts(item: Listed, store: LocalStore) -> Facts:
    members = item.members or (item.digest,)
    seen = [glance(store, member) for member in members]
    return Facts(
        size_bytes=sum(image.size_bytes for image in seen),
        platforms=tuple(dict.fromkeys(image.platform for image in seen)),
        notebook=seen[0].labels.get(NOTEBOOK_LABEL, ""),
        notebook_digest=seen[0].labels.get(DIGEST_LABEL, ""),
        known_as=frozenset({item.digest, *members, *(image.config_digest for image in seen)}),
    )


def _image(item: Listed, facts: Facts, around: Surroundings) -> dict[str, Any]:
    engines = [name for name, digests in around.in_engines.items() if facts.known_as & digests]
    path, name = around.paths.get(item.digest, ""), best_name(item)
    now = around.now.get(path)
    command = _COMMANDS[engines[0]] if engines else store_command
    return {
        "digest": item.digest,
        "tags": list(item.tags),
        "size_bytes": facts.size_bytes,
        "created": item.created,
        "notebook": facts.notebook,
        "run_command": command(name) if name else "",
        "platforms": list(facts.platforms),
        "where": ["store", *engines],
        "path": path,
        "notebook_digest": facts.notebook_digest,
        "changed": None if now is None or not facts.notebook_digest else facts.notebook_digest != f"sha256:{now}",
        "running": list(around.running(item)),
    }
