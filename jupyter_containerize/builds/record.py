"""What is remembered of a build, and how an event changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from jupyter_containerize.builds.tasks import TaskKind
from jupyter_containerize.domain.serving import Json

EventJson: TypeAlias = Mapping[str, Json]
"""An event as ``domain.build.event_to_json`` writes it, or the queue's own ``state`` event."""


class BuildState(StrEnum):
    """Where a build is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """The server that ran it ended first."""

    @property
    def finished(self) -> bool:
        """Whether the build can change no more."""
        return self not in {BuildState.QUEUED, BuildState.RUNNING}


FORGOTTEN = "forgotten"
"""The state that the last event of a removed build names; no record has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecord:
    """One build as the listing shows it, or something else that the queue does: ``kind`` says what.

    ``path`` is how the asker names the notebook, which need not be its place on the disk. ``tag`` and ``destination``
    are as asked for, ``asked`` is all that was asked for, in the asker's own words; empty where that is not known.
    ``plan`` is that of a plan that is done; the listing leaves it out. Times are ISO 8601 in UTC.
    ``timings`` are the seconds that each finished phase took; ``phase_started`` is when ``phase`` began.
    ``last_seq`` is the seq of the build's newest event.
    """

    id: str
    path: str
    state: BuildState
    created: str
    kind: TaskKind = TaskKind.BUILD
    tag: str = ""
    destination: str = ""
    asked: Mapping[str, Json] = field(default_factory=dict)
    phase: str | None = None
    phase_started: str | None = None
    timings: Mapping[str, Json] = field(default_factory=dict)
    progress: Mapping[str, Json] | None = None
    started: str | None = None
    finished: str | None = None
    report: Mapping[str, Json] | None = None
    plan: Mapping[str, Json] | None = None
    problem: Mapping[str, Json] | None = None
    last_seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """One event of one build. ``seq`` grows in the order of recording, over all builds."""

    seq: int
    build: str
    time: str
    event: EventJson


def record_to_json(record: BuildRecord) -> dict[str, object]:
    """Return the ``Build`` of ``api/openapi.yaml``."""
    return asdict(record)


def recorded_to_json(recorded: RecordedEvent) -> dict[str, object]:
    """Return the ``RecordedEvent`` of ``api/openapi.yaml``."""
    return asdict(recorded)


def state_event(state: str) -> EventJson:
    """Return the event that the queue itself records."""
    return {"event": "state", "state": state}


def now() -> str:
    """Return the time as records show it, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def follow(record: BuildRecord, event: EventJson, *, time: str) -> BuildRecord:
    """Return the record as it is after the event. Log lines and unknown events change nothing."""
    ended: dict[str, Any] = {"progress": None, "finished": time}
    changes: dict[str, Any] = {}
    match event:
        case {"event": "phase_started", "phase": str(phase)}:
            changes = {"phase": phase, "phase_started": time, "progress": None}
        case {"event": "phase_finished", "phase": str(phase), "seconds": float(seconds)}:
            changes = {"timings": {**record.timings, phase: seconds}, "progress": None}
        case {"event": "progress"}:
            changes = {"progress": {key: event.get(key) for key in ("step", "done", "total", "unit")}}
        case {"event": "build_done", "report": Mapping() as report}:
            changes = ended | {"state": BuildState.SUCCEEDED, "report": report}
        case {"event": "plan_done", "plan": Mapping() as plan}:
            changes = ended | {"state": BuildState.SUCCEEDED, "plan": plan}
        case {"event": "build_failed", "problem": Mapping() as problem}:
            changes = ended | {"state": BuildState.FAILED, "problem": problem}
        case {"event": "state", "state": BuildState.RUNNING}:
            changes = {"state": BuildState.RUNNING, "started": time}
        case {"event": "state", "state": (BuildState.CANCELLED | BuildState.INTERRUPTED) as state}:
            changes = ended | {"state": BuildState(str(state))}
    return replace(record, **changes)
