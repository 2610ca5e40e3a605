"""The values and the plain functions of the room: throttle, lines, records, log."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from jupyter_containerize.builds.log import MAX_LINE_CHARACTERS, kept, log_text, without_userinfo
from jupyter_containerize.builds.record import BuildRecord, BuildState, EventJson, RecordedEvent, follow
from jupyter_containerize.builds.throttle import Throttle
from jupyter_containerize.builds.wire import event_from_line, request_from_line, request_to_line
from jupyter_containerize.domain.build import (
    BuildEvent,
    BuildRequest,
    CellOrder,
    CheckMode,
    LogLine,
    Phase,
    PhaseFinished,
    Progress,
    SelfTestMode,
    Unit,
)
from jupyter_containerize.domain.image import Bytecode, Compression, LayerOptions
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import StateSource


def _progress(done: int, total: int | None = 100, step: str = "wheels") -> Progress:
    return Progress(phase=Phase.BUILD, step=step, done=done, total=total, unit=Unit.BYTES)


class _Steps:
    """Feeds a throttle and remembers what came through; every event comes a millisecond later."""

    def __init__(self) -> None:
        self.passed: list[BuildEvent] = []
        self.time = 0.0
        self.throttle = Throttle(self.passed.append, interval_seconds=0.2, clock=lambda: self.time)

    def feed(self, *events: BuildEvent) -> None:
        for event in events:
            self.time += 0.001
            self.throttle(event)


def test_throttle__hundred_quick_events_of_a_step__first_and_last_pass() -> None:
    """A step that is over within the interval shows how it began and how it ended."""
    steps = _Steps()
    steps.feed(*(_progress(done) for done in range(101)))
    assert [event.done for event in steps.passed if isinstance(event, Progress)] == [0, 100]


def test_throttle__slow_step__one_per_interval() -> None:
    """At most one progress per interval and step passes."""
    steps = _Steps()
    steps.feed(*(_progress(done, None) for done in range(1000)))
    passed = [event.done for event in steps.passed if isinstance(event, Progress)]
    assert len(passed) == 5
    assert passed[0] == 0


def test_throttle__phase_ends_before_the_step_is_complete__newest_progress_first() -> None:
    """What was held back is told before the event that ends the phase."""
    steps = _Steps()
    end = PhaseFinished(phase=Phase.BUILD, seconds=1.0)
    steps.feed(_progress(1, None), _progress(2, None), _progress(3, None), end)
    assert steps.passed == [_progress(1, None), _progress(3, None), end]


def test_throttle__two_steps_at_once__each_has_its_own_interval() -> None:
    """One step's events do not hold back another's."""
    steps = _Steps()
    steps.feed(_progress(1), _progress(1, step="debs"), LogLine(text="a"), _progress(2), LogLine(text="b"))
    assert steps.passed == [_progress(1), _progress(1, step="debs"), LogLine(text="a"), LogLine(text="b")]


def test_request_from_line__written_by_request_to_line__same_request() -> None:
    """A request survives the way to the worker."""
    request = BuildRequest(
        notebook=Path("/a b/ü\n.ipynb"),
        tag="iris:1",
        destination="docker",
        symbols=("predict", "model.score"),
        state=StateSource.LIVE,
        check=CheckMode.FULL,
        order=CellOrder.EXECUTION,
        keep=(1, 2),
        drop=(3,),
        recreate=("connection",),
        strict=True,
        connection_file=Path("/run/kernel-1.json"),
        rerun=True,
        selftest=SelfTestMode.SKIP,
        platforms=(Platform(architecture="arm64"),),
        layers=LayerOptions(compression=Compression.ZSTD, bytecode=Bytecode.OMIT, most=7, strip=("tests",)),
        sign_key=Path("/keys/cosign.key"),
        extras=("grpc",),
        batch=("rows", "score:x"),
    )
    assert all(value not in (None, "", (), False) for value in asdict(replace(request, base="x", kernel="y")).values())
    line = request_to_line(request)
    assert line.count("\n") == 1
    assert request_from_line(line) == request


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ('{"event": "phase_started", "phase": "build"}\n', {"event": "phase_started", "phase": "build"}),
        ("Downloading...\n", {"event": "log_line", "text": "Downloading...", "level": "info"}),
        ("[1]\n", {"event": "log_line", "text": "[1]", "level": "info"}),
        ('{"event": "other"}\n', {"event": "log_line", "text": '{"event": "other"}', "level": "info"}),
    ],
)
def test_event_from_line__anything__an_event(line: str, event: EventJson) -> None:
    """A line that is no event is shown as text, never lost and never an error."""
    assert event_from_line(line) == event


@pytest.mark.parametrize(
    ("event", "changes"),
    [
        ({"event": "phase_started", "phase": "build"}, {"phase": "build", "phase_started": "now"}),
        ({"event": "phase_finished", "phase": "detect", "seconds": 1.0}, {"timings": {"detect": 1.0}}),
        (
            {"event": "progress", "phase": "build", "step": "s", "done": 1, "total": None, "unit": "items"},
            {"progress": {"step": "s", "done": 1, "total": None, "unit": "items"}},
        ),
        ({"event": "log_line", "text": "x", "level": "info"}, {}),
        ({"event": "build_done", "report": {}}, {"state": BuildState.SUCCEEDED, "report": {}, "finished": "now"}),
        ({"event": "build_failed", "problem": {}}, {"state": BuildState.FAILED, "problem": {}, "finished": "now"}),
        ({"event": "state", "state": "running"}, {"state": BuildState.RUNNING, "started": "now"}),
        ({"event": "state", "state": "interrupted"}, {"state": BuildState.INTERRUPTED, "finished": "now"}),
        ({"event": "state", "state": "forgotten"}, {}),
    ],
)
def test_follow__event__changes(event: EventJson, changes: dict[str, object]) -> None:
    """Each event changes what it says and nothing else."""
    record = BuildRecord(id="1", path="a.ipynb", state=BuildState.QUEUED, created="before")
    after = follow(record, event, time="now")
    assert {
        name: getattr(after, name)
        for name in record.__dataclass_fields__
        if getattr(after, name) != getattr(record, name)
    } == {name: value for name, value in changes.items() if value is not None}


def _line(text: str, level: str = "info") -> EventJson:
    return {"event": "log_line", "text": text, "level": level}


def test_kept__log_beyond_the_limit__says_so_once_and_keeps_other_events() -> None:
    """A build that talks without end fills neither the disk nor the page."""
    done: EventJson = {"event": "build_done", "report": {}}
    events = list(kept([_line("12345"), _line("67890"), _line("x"), done], max_characters=8))
    assert [event["event"] for event in events] == ["log_line", "log_line", "build_done"]
    assert events[1]["level"] == "warning"
    assert "8 characters" in str(events[1]["text"])


def test_kept__very_long_line__cut() -> None:
    """One line has a limit, too."""
    (event,) = kept([_line("x" * 1_000_000)])
    assert len(str(event["text"])) == MAX_LINE_CHARACTERS + 1


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("from https://me:secret@host/simple/ it came", "from https://host/simple/ it came"),
        ("http://token@host:5000/x and https://b:c@d", "http://host:5000/x and https://d"),
        ("me@host.org wrote https://host/a@b", "me@host.org wrote https://host/a@b"),
    ],
)
def test_without_userinfo__urls_in_text__credentials_cut_out(text: str, safe: str) -> None:
    """No URL in a log carries a password."""
    assert without_userinfo(text) == safe


def test_log_text__a_whole_build__reads_like_this() -> None:
    """The log as people read it: times, phases, lines with their level, the outcome; no progress."""
    events: list[EventJson] = [
        {"event": "state", "state": "queued"},
        {"event": "phase_started", "phase": "detect"},
        _line("two\nlines"),
        _line("careful", "warning"),
        {"event": "progress", "phase": "detect", "step": "s", "done": 1, "total": 2, "unit": "items"},
        {"event": "phase_finished", "phase": "detect", "seconds": 1.25},
        {
            "event": "build_failed",
            "problem": {
                "code": "JC-X-01",
                "title": "It broke",
                "saw": "a crack",
                "todo": "Mend it.",
                "details": "",
                "location": "iris.ipynb[3]:7",
                "exit_code": 2,
            },
        },
        {"event": "build_done", "report": {"reference": "iris:latest", "digest": "sha256:0"}},
    ]
    recorded = [RecordedEvent(seq=seq, build="b", time="12:00", event=event) for seq, event in enumerate(events)]
    assert log_text(recorded).splitlines() == [
        "12:00  queued",
        "12:00  detect",
        "12:00  two",
        "12:00  lines",
        "12:00  warning: careful",
        "12:00  detect finished in 1.2 s",
        "12:00  failed: JC-X-01",
        "12:00    It broke",
        "12:00    iris.ipynb[3]:7",
        "12:00    a crack",
        "12:00    Mend it.",
        "12:00  done: iris:latest sha256:0",
    ]
