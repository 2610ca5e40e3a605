"""Which blobs we have pushed to a registry before, and where: there, another repository can mount them.

    STORE/cache/registries/HOST.json   {digest: [repository, ...]}, the latest first

It is a memory and no truth: a registry that does not have the blob any more says so, and it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from filelock import FileLock

from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci.layout import appearing
from jupyter_containerize.publishing.store import LocalStore

# As many as are worth asking: each costs a round trip when it is wrong.
_REPOSITORIES = 2
_DIGESTS = 20_000


class PushedBlobs:
    """The memory for one registry."""

    def __init__(self, store: LocalStore, host: str) -> None:
        self._path = store.cache / "registries" / f"{quote(host, safe='')}.json"
        self._known = _read(self._path)

    def elsewhere(self, digest: Digest, repository: str) -> tuple[str, ...]:
        """Return other repositories that had the blob, the best guess first; none if this one had it, too."""
        known = self._known.get(digest, ())
        return () if repository in known else tuple(known)

    def add(self, digests: Iterable[Digest], repository: str) -> None:
        """Remember that the repository has these now. What cannot be written is not remembered."""
        wanted = [digest for digest in digests if next(iter(self._known.get(digest, ())), None) != repository]
        if not wanted:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock")):
                known = dict(_read(self._path))
                for digest in wanted:
                    others = [name for name in known.pop(digest, ()) if name != repository]
                    known[digest] = (repository, *others[: _REPOSITORIES - 1])
                self._known = dict(list(known.items())[-_DIGESTS:])
                with appearing(self._path) as file:
                    file.write(json.dumps(self._known).encode())
        except OSError:
            return


def places_of(store: LocalStore, digests: Iterable[Digest]) -> tuple[tuple[str, str], ...]:
    """Return the host and the repository of everywhere that any of these blobs went to or came from, sorted.

    A config belongs to one image: where it is, that image was pushed or pulled.
    """
    wanted = set(digests)
    places: set[tuple[str, str]] = set()
    for path in (store.cache / "registries").glob("*.json"):
        known = _read(path)
        places |= {(unquote(path.stem), name) for digest in wanted for name in known.get(digest, ())}
    return tuple(sorted(places))


def _read(path: Path) -> Mapping[str, tuple[str, ...]]:
    try:
        document: Any = json.loads(path.read_bytes())
        return {str(digest): tuple(map(str, names)) for digest, names in document.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
