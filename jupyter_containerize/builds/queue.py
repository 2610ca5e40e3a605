"""Builds, one after the other, each in a worker process; what happens is recorded as it happens."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from jupyter_containerize.builds import words  # noqa: F401  # it registers the words for our errors
from jupyter_containerize.builds.errors import (
    BuildNotFinished,
    BuildNotFound,
    BuildTimedOut,
    HistoryUnusable,
    WorkerDied,
)
from jupyter_containerize.builds.history import History
from jupyter_containerize.builds.log import kept
from jupyter_containerize.builds.owner import Owner
from jupyter_containerize.builds.process import GRACE_SECONDS, WORKER_COMMAND, WorkerProcess
from jupyter_containerize.builds.record import BuildRecord, BuildState, EventJson, follow, now, state_event
from jupyter_containerize.builds.spare import Spare
from jupyter_containerize.builds.tasks import TaskKind, kind_of
from jupyter_containerize.builds.wire import plain
from jupyter_containerize.domain.build import BuildFailed, BuildRequest
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.serving import Json
from jupyter_containerize.explain import explain

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
KEPT_BUILDS = 200


def builds_folder() -> Path:
    """Return where builds are recorded by default: a folder in Jupyter's data directory."""
    return Path(jupyter_data_dir()) / "containerize"


@dataclass(slots=True, kw_only=True)
class _Job:
    """A build that this process has taken on and not finished."""

    request: BuildRequest
    record: BuildRecord
    worker: WorkerProcess | None = None
    stop: BuildState | None = None
    """What the build becomes because it was told to stop: cancelled or interrupted."""
    late: BuildTimedOut | None = None
    """Set when its time was over before it ended."""
    thread: threading.Thread | None = field(default=None)


class BuildQueue:
    """Takes builds on and runs them in the order of asking; safe to use from several threads.

    All queues on one folder show the same builds, and each can cancel the others'.
    """

    def __init__(
        self,
        folder: Path,
        command: Sequence[str] = WORKER_COMMAND,
        *,
        max_concurrent: int = 1,
        grace_seconds: float = GRACE_SECONDS,
        kept_builds: int = KEPT_BUILDS,
        spare_seconds: float = 0.0,
        timeout_seconds: float | None = None,
        on_end: Callable[[], None] | None = None,
    ) -> None:
        """Open the records in ``folder``; builds there whose server has gone become interrupted.

        Args:
            folder: holds the database, and for notebooks that lie in no file, their copies.
            command: the worker's program and arguments.
            max_concurrent: how many builds run at the same time.
            grace_seconds: how long a worker may take to stop before it is killed.
            kept_builds: how many finished builds are remembered.
            spare_seconds: how long after a build a worker waits for the next one; 0: none does.
            timeout_seconds: how long a build may run; ``None``: as long as it takes.
            on_end: called after each build that ran, in a thread of its own; what it raises is logged.

        Raises:
            HistoryUnusable: the database cannot be used.
        """
        self._folder = folder
        self._command = tuple(command)
        self._max_concurrent = max_concurrent
        self._grace_seconds = grace_seconds
        self._kept_builds = kept_builds
        self._timeout_seconds = timeout_seconds
        self._on_end = on_end or (lambda: None)
        self._spare = Spare(self._command, grace_seconds=grace_seconds, idle_seconds=spare_seconds)
        self.history = History(folder / "builds.db")
        self._owner = Owner(folder / "owners")
        self._lock = threading.RLock()
        self._waiting: deque[str] = deque()
        self._jobs: dict[str, _Job] = {}
        self._subscribers: dict[object, Callable[[], None]] = {}
        self._closing = threading.Event()
        self._interrupt_abandoned()
        self._watcher = threading.Thread(target=self._watch, name="containerize-watch", daemon=True)
        self._watcher.start()

    def start(
        self,
        request: BuildRequest,
        *,
        path: str,
        content: bytes | None = None,
        asked: Mapping[str, Json] | None = None,
    ) -> BuildRecord:
        """Queue a build, or another task, and return its record.

        A plan takes the place of earlier ones of its notebook.

        Args:
            request: what to build, or a ``Task``.
            path: how the asker names the notebook.
            content: the notebook's bytes where it lies in no file; they are kept under
                ``request.notebook``'s name until the build ends.
            asked: the asker's own words for the request, which the record keeps.
        """
        build_id = secrets.token_hex(8)
        if content is not None:
            request = replace(request, notebook=self._stage(build_id, request.notebook.name, content))
        record = BuildRecord(
            id=build_id,
            path=path,
            state=BuildState.QUEUED,
            created=now(),
            kind=kind_of(request),
            tag=request.tag,
            destination=request.destination,
            asked=asked or {},
        )
        with self._lock:
            record = self.history.add(record, owner=self._owner.id)
            self._jobs[build_id] = _Job(request=request, record=record)
            self._waiting.append(build_id)
        self._forget_oldest(record)
        self._run_next()
        self._tell()
        return record

    def builds(self) -> tuple[BuildRecord, ...]:
        """Return all builds, newest first."""
        self._interrupt_abandoned()
        return self.history.all()

    def unfinished(self) -> tuple[str, ...]:
        """Return the ids of this process's own builds that are queued or running."""
        with self._lock:
            return tuple(self._jobs)

    def cancel(self, build_id: str) -> BuildRecord:
        """Ask a build to stop and return its record; one that has finished stays as it is.

        Raises:
            BuildNotFound: there is none with that id.
        """
        if not self.history.get(build_id).state.finished:
            self._stop(build_id, BuildState.CANCELLED)
            self.history.want_cancel(build_id)  # another server's build: that server looks here
        return self.history.get(build_id)

    def forget(self, build_id: str) -> None:
        """Remove a finished build and its events; its image stays.

        Raises:
            BuildNotFound: there is none with that id.
            BuildNotFinished: it is queued or running.
        """
        record = self.history.get(build_id)
        if not record.state.finished:
            raise BuildNotFinished(build_id, record.state)
        self.history.forget([build_id])
        self._tell()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback``, from any thread, whenever there are new events; return what ends that.

        It is not told what is new: it reads on in ``history.events`` from where it was. So nobody
        misses an event, gets one twice, or holds up a build by listening slowly.
        """
        key = object()
        with self._lock:
            self._subscribers[key] = callback

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers.pop(key, None)

        return unsubscribe

    def close(self) -> None:
        """Stop all builds of this queue, which become interrupted, and let go of the folder."""
        with self._lock:
            self._closing.set()
            jobs = dict(self._jobs)
        for build_id in jobs:
            self._stop(build_id, BuildState.INTERRUPTED)
        for job in jobs.values():
            if job.thread is not None:
                job.thread.join()
        self._spare.close()
        self._watcher.join()
        self._owner.leave()
        self.history.close()

    def _run_next(self) -> None:
        with self._lock:
            running = sum(job.thread is not None for job in self._jobs.values())
            while self._waiting and running < self._max_concurrent and not self._closing.is_set():
                job = self._jobs[self._waiting.popleft()]
                job.thread = threading.Thread(target=self._run, args=(job,), name="containerize-build", daemon=True)
                job.thread.start()
                running += 1

    def _run(self, job: _Job) -> None:
        try:
            self._record(job, state_event(BuildState.RUNNING))
            self._work(job)
        except WorkerDied as error:
            self._fail(job, error)
        except HistoryUnusable:
            # Nothing can be written: the log has it, and whoever lists the builds next records the end.
            logger.exception("build %s cannot be recorded", job.record.id)
            if job.worker is not None:
                job.worker.stop()
                job.worker.wait()
        finally:
            shutil.rmtree(self._staging(job.record.id), ignore_errors=True)
            with self._lock:
                del self._jobs[job.record.id]
            self._run_next()
            self._tell()
            self._spare.begin()
            try:
                self._on_end()
            except Exception:
                logger.exception("what follows a build went wrong")

    def _work(self, job: _Job) -> None:
        with self._lock:
            if job.stop is None:
                job.worker = self._spare.take(job.request) or WorkerProcess(
                    self._command, job.request, grace_seconds=self._grace_seconds
                )
        if job.worker is not None:
            timer = self._limited(job, job.worker)
            for event in kept(job.worker.events()):
                if job.record.state.finished:
                    continue
                self._record(job, _as_asked(job, event))
                if job.record.state.finished:
                    job.worker.expect_end()
            job.worker.wait()
            timer.cancel()
        if job.record.state.finished:
            return
        if job.stop is not None:
            self._record(job, state_event(job.stop))
        elif job.late is not None:
            self._fail(job, job.late)
        elif job.worker is not None:
            raise job.worker.death()

    def _limited(self, job: _Job, worker: WorkerProcess) -> threading.Timer:
        """Stop the worker when the build's time is over; cancel what is returned when it has ended."""

        def over() -> None:
            job.late = BuildTimedOut(seconds)
            worker.stop()

        seconds = self._timeout_seconds or 0.0
        timer = threading.Timer(seconds, over)
        timer.daemon = True
        if seconds:
            timer.start()
        return timer

    def _fail(self, job: _Job, error: WorkerDied | BuildTimedOut) -> None:
        with suppress(HistoryUnusable):
            self._record(job, plain(BuildFailed(problem=explain(error))))

    def _stop(self, build_id: str, becomes: BuildState) -> None:
        """Stop one of our own builds; does nothing to another's."""
        with self._lock:
            job = self._jobs.get(build_id)
            if job is None or job.record.state.finished:
                return
            job.stop = job.stop or becomes
            if build_id in self._waiting:
                self._waiting.remove(build_id)
                self._record(job, state_event(becomes))
                del self._jobs[build_id]
                shutil.rmtree(self._staging(build_id), ignore_errors=True)
            elif job.worker is not None:
                job.worker.stop()
        self._tell()

    def _record(self, job: _Job, event: EventJson) -> None:
        time = now()
        # The record has a plan; that is large, and the event says that it is there.
        told = {key: value for key, value in event.items() if key != "plan"}
        job.record = self.history.append(follow(job.record, event, time=time), told, time=time)
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            subscribers = tuple(self._subscribers.values())
        for callback in subscribers:
            callback()

    def _watch(self) -> None:
        """Notice what other processes write: events for our subscribers, wishes to cancel our builds."""
        seen = None
        while not self._closing.wait(POLL_SECONDS):
            try:
                version = self.history.version()
                if version == seen:
                    continue
                seen = version
                for build_id in self.history.cancel_wanted(self._owner.id):
                    self._stop(build_id, BuildState.CANCELLED)
            except HistoryUnusable:
                logger.exception("the record of builds cannot be watched")
                continue
            self._tell()

    def _interrupt_abandoned(self) -> None:
        """Record the end of builds that nobody runs any more: their server ended without a word."""
        for build_id, owner in self.history.active():
            with self._lock, suppress(BuildNotFound):
                if build_id in self._jobs or (owner != self._owner.id and not self._owner.gone(owner)):
                    continue
                record = self.history.get(build_id)
                if record.state.finished:  # since it was listed
                    continue
                time, event = now(), state_event(BuildState.INTERRUPTED)
                self.history.append(follow(record, event, time=time), event, time=time)
                shutil.rmtree(self._staging(build_id), ignore_errors=True)

    def _forget_oldest(self, new: BuildRecord) -> None:
        """Forget the oldest builds, and the earlier plans of a notebook that gets a new one."""
        finished = [record for record in self.history.all() if record.state.finished]
        plan = (TaskKind.PLAN, new.path)
        old = [item.id for item in finished if new.kind is TaskKind.PLAN and (item.kind, item.path) == plan]
        kept = [item.id for item in finished if item.id not in old]
        if forgotten := [*old, *kept[self._kept_builds :]]:
            self.history.forget(forgotten)

    def _staging(self, build_id: str) -> Path:
        return self._folder / "staging" / build_id

    def _stage(self, build_id: str, name: str, content: bytes) -> Path:
        folder = self._staging(build_id)
        folder.mkdir(parents=True)
        notebook = folder / name
        notebook.write_bytes(content)
        return notebook


def _as_asked(job: _Job, event: EventJson) -> EventJson:
    """Return the event; for a failure that comes from being told to stop, by us or from outside, the state."""
    if job.late is not None and job.stop is None and event.get("event") == "build_failed":
        return plain(BuildFailed(problem=explain(job.late)))
    match event:
        case {"event": "build_failed", "problem": {"code": Cancelled.code}}:
            return state_event(job.stop or BuildState.CANCELLED)
        case {"event": "build_failed"} if job.stop is not None:
            return state_event(job.stop)
    return event
