"""Values that describe one build: what was asked, what happens, what came out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from jupyter_containerize.domain.environment import DependencyEdits
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Digest, LayerOptions, LayerRole
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import Parity, StateSource


class Phase(StrEnum):
    """The five phases, in order, as Cloud Native Buildpacks names them."""

    DETECT = "detect"
    ANALYZE = "analyze"
    RESTORE = "restore"
    BUILD = "build"
    EXPORT = "export"


class SelfTestMode(StrEnum):
    """Whether the finished image is started and asked the notebook's example."""

    AUTO = "auto"
    """Test where the system can start a container; say so where it cannot."""
    REQUIRE = "require"
    """Fail where the system cannot."""
    SKIP = "skip"


class CheckMode(StrEnum):
    """How it is made sure that the part of the notebook that runs gives what the whole gives."""

    AUTO = "auto"
    """By the answer that the file shows; where that is none, another, or a vague one, by running the whole too."""
    FULL = "full"
    """By running the whole too, in any case."""
    SKIP = "skip"
    """Not at all."""


class CellOrder(StrEnum):
    """In which order the cells are taken to have run."""

    DOCUMENT = "document"
    EXECUTION = "execution"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookSettings:
    """What the notebook itself says of its image: ``metadata.containerize``, and tags of cells.

    ``serve`` are symbols, ``keep`` and ``drop`` cells (1-based); see ``BuildRequest``. A request goes before it.
    """

    serve: tuple[str, ...] = ()
    state: StateSource | None = None
    order: CellOrder | None = None
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    recreate: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    dependencies: DependencyEdits = field(default_factory=DependencyEdits)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What to build and where to put it. What is empty or ``None`` is what the notebook's own settings say, or found.

    ``destination`` is as the user wrote it: ``""`` (local store only), ``docker``, ``oci:DIR``,
    ``archive:FILE.tar`` or a registry reference. ``tag`` is the local name, ``""`` for one made
    from the notebook's file name. ``base`` is a registry reference, or ``""`` for Debian. ``symbols`` are what
    serves, the first on ``/predict``. ``keep`` and ``drop`` are cells (1-based) whose statements run in any case, or
    in no case; ``recreate`` are names that are made anew when a container starts. ``strict`` refuses objects that
    would have to be pickled. ``connection_file`` is that of the kernel to take a ``live`` state from. ``platforms``
    are what the image is for, one or more; none: this machine's processor. ``sign_key`` is a private key (PEM) that
    signs what is published, ``attest`` says whether bill of materials and provenance go beside it. ``extras`` are what
    the server is to do beside HTTP (``grpc``), sorted. ``batch`` are parameters whose rows of several requests may be
    joined into one call, each as ``PARAMETER`` (of the first that serves) or ``SYMBOL:PARAMETER``.
    """

    notebook: Path
    tag: str = ""
    destination: str = ""
    base: str = ""
    kernel: str = ""
    symbols: tuple[str, ...] = ()
    state: StateSource | None = None
    check: CheckMode = CheckMode.AUTO
    order: CellOrder | None = None
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    recreate: tuple[str, ...] = ()
    strict: bool = False
    connection_file: Path | None = None
    rerun: bool = False
    selftest: SelfTestMode = SelfTestMode.AUTO
    platforms: tuple[Platform, ...] = ()
    layers: LayerOptions = field(default_factory=LayerOptions)
    sign_key: Path | None = None
    attest: bool = True
    extras: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltLayer:
    """One layer of the finished image, for the report."""

    digest: Digest
    size_bytes: int
    role: LayerRole
    title: str
    reused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltObject:
    """One captured object, for the report. ``formats`` are its files', ``location`` is the cell that bound it."""

    name: str
    type_name: str
    formats: tuple[str, ...]
    size_bytes: int
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestResult:
    """What asking the image gave. ``reason`` says why it did not run, or what differed."""

    ran: bool
    passed: bool
    engine: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltImage:
    """The image for one platform, for the report; ``platform`` as in ``linux/arm64``."""

    platform: str
    digest: Digest
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a finished build produced.

    ``digest`` is of the image, or of the index of ``images`` where there are several; ``layers`` are the first one's.
    ``run_command`` is what the user types next, ``parity`` how it is known that what was left out changes no answer.
    ``made_because`` says of each layer that was made why no earlier one could be taken, in words.
    """

    reference: str
    tags: tuple[str, ...]
    digest: Digest
    size_bytes: int
    layers: tuple[BuiltLayer, ...]
    timings: Mapping[str, float]
    selftest: SelfTestResult
    run_command: str
    objects: tuple[BuiltObject, ...] = ()
    parity: Parity | None = None
    images: tuple[BuiltImage, ...] = ()
    made_because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error in words, the same four parts for every door.

    ``title``: what happened. ``saw``: what we saw, with cell, line and name. ``todo``: what to
    do next. ``details``: the rest, last. ``code`` is stable; ``exit_code`` is the terminal's.
    """

    code: str
    title: str
    saw: str
    todo: str
    details: str = ""
    location: str = ""
    exit_code: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStarted:
    """A phase began."""

    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFinished:
    """A phase ended well."""

    phase: Phase
    seconds: float


class Unit(StrEnum):
    """What a progress counts."""

    BYTES = "bytes"
    ITEMS = "items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one step of a phase is. ``total`` is ``None`` when it is not known; never a guess."""

    phase: Phase
    step: str
    done: int
    total: int | None
    unit: Unit


class Level(StrEnum):
    """How loud a log line is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line for the person who watches the build."""

    text: str
    level: Level = Level.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFailed:
    """The build ended without an image; no tag was moved."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildDone:
    """The build ended with an image."""

    report: BuildReport


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDone:
    """A plan is there, as ``plan --json`` prints it."""

    plan: Mapping[str, object]


BuildEvent: TypeAlias = PhaseStarted | PhaseFinished | Progress | LogLine | BuildFailed | BuildDone | PlanDone
Emit: TypeAlias = Callable[[BuildEvent], None]


@dataclass(frozen=True, slots=True)
class CancelToken:
    """Asked between steps; safe to set from another thread or a signal handler.

    A token with a ``parent`` stops when either is cancelled, and never cancels the parent.
    """

    event: threading.Event = field(default_factory=threading.Event)
    parent: CancelToken | None = None

    def cancel(self) -> None:
        """Ask the build to stop at the next check."""
        self.event.set()

    def check(self) -> None:
        """Raise if the build was asked to stop.

        Raises:
            Cancelled: ``cancel`` was called.
        """
        if self.event.is_set():
            raise Cancelled
        if self.parent is not None:
            self.parent.check()


def event_to_json(event: BuildEvent) -> dict[str, object]:
    """Return an event as plain JSON, with its kind under ``event`` in snake case."""
    return {"event": EVENT_NAMES[type(event)], **_plain(event)}


def report_to_json(report: BuildReport) -> dict[str, object]:
    """Return the closing object of ``build --json``."""
    return _plain(report)


EVENT_NAMES: Mapping[type, str] = {
    PhaseStarted: "phase_started",
    PhaseFinished: "phase_finished",
    Progress: "progress",
    LogLine: "log_line",
    BuildFailed: "build_failed",
    BuildDone: "build_done",
    PlanDone: "plan_done",
}


def _plain(value: BuildEvent | BuildReport) -> dict[str, object]:
    # asdict copies str subclasses as they are, and json writes them as strings.
    return asdict(value)
