"""The files that missing layers and parts need, fetched ahead and side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from jupyter_containerize.domain.build import CancelToken, Unit
from jupyter_containerize.domain.image import Download
from jupyter_containerize.domain.size import size_text
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.transport import Transport

_PARALLEL = 4


class Downloads:
    """Starts fetching at once what is needed; ``fetch`` waits for one of them, ``when_here`` does not."""

    def __init__(self, needed: Iterable[Download], job: Job, credentials: Mapping[str, tuple[str, str]]) -> None:
        self._store = job.store
        self._watch = job.watch
        self._stop = CancelToken(parent=job.watch.cancel)
        self._transport = Transport(credentials=credentials)
        self._lock = threading.Lock()
        self._done_bytes = 0
        self._total_bytes: int | None = 0
        self._pool = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="download")
        self._files: dict[str, Future[Path]] = {}
        wanted = {item.sha256: item for item in needed}
        missing = [item for item in wanted.values() if not job.store.download_path(item.sha256).exists()]
        sizes = [item.size_bytes for item in missing]
        known = [size for size in sizes if size is not None]
        self._total_bytes = sum(known) if len(known) == len(sizes) else None
        if missing:
            amount = "" if self._total_bytes is None else f", {size_text(self._total_bytes)}"
            job.watch.say(f"Downloading {len(missing)} files{amount}")
        for item in wanted.values():
            self._files[item.sha256] = self._pool.submit(self._fetch, item)

    def __enter__(self) -> Self:
        """Let the fetching go on while the block runs."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is under way, or stop it when the block failed."""
        if error is not None:
            self._stop.cancel()
        self._pool.shutdown(cancel_futures=True)

    def fetch(self, url: str, *, sha256: str, size_bytes: int | None) -> Path:
        """Return the file with that content.

        Raises:
            OutsideError: from the transport: unreachable, refused, or not what was promised.
        """
        with self._lock:
            future = self._files.get(sha256)
            if future is None:
                item = Download(url=url, sha256=sha256, size_bytes=size_bytes)
                future = self._files[sha256] = self._pool.submit(self._fetch, item)
        return future.result()

    def when_here(self, items: Iterable[Download], call: Callable[[], None]) -> None:
        """Call once when all these files are here or have failed: now, or later in another thread."""
        waiting = [future for item in items if (future := self._files.get(item.sha256)) is not None]
        left = len(waiting)
        lock = threading.Lock()

        def one_more(_: Future[Path]) -> None:
            nonlocal left
            with lock:
                left -= 1
                last = left == 0
            if last:
                call()

        for future in waiting:
            future.add_done_callback(one_more)
        if not waiting:
            call()

    def _fetch(self, item: Download) -> Path:
        path = self._store.download_path(item.sha256)
        if not path.exists():
            self._transport.download(
                item.url,
                path,
                sha256=item.sha256,
                size_bytes=item.size_bytes,
                on_bytes=self._count,
                cancel=self._stop,
            )
        return path

    def _count(self, size_bytes: int) -> None:
        with self._lock:
            self._done_bytes += size_bytes
            done = self._done_bytes
        self._watch.progress("Downloading", done, self._total_bytes, Unit.BYTES)
