"""How a build looks in a terminal."""

from __future__ import annotations

import json

import pytest

from jupyter_containerize.cli.watching import Quietly, WithJson, WithProgress
from jupyter_containerize.domain import build as words
from jupyter_containerize.domain.image import Digest, LayerRole

DIGEST = Digest("sha256:" + "0123456789abcdef" * 4)
REPORT = words.BuildReport(
    reference="iris:latest",
    tags=("iris:latest", "iris:0123456789ab"),
    digest=DIGEST,
    size_bytes=94_100_000,
    layers=(
        words.BuiltLayer(digest=DIGEST, size_bytes=7, role=LayerRole.OS, title="Debian 12", reused=True),
        words.BuiltLayer(digest=DIGEST, size_bytes=7, role=LayerRole.CODE, title="Serving code", reused=False),
    ),
    timings={**dict.fromkeys(words.Phase, 1.0), "selftest": 0.5},
    selftest=words.SelfTestResult(ran=True, passed=True, engine="bubblewrap"),
    run_command="docker run iris:latest",
)
PROBLEM = words.Problem(
    code="JC-X-01", title="It broke", saw="a.ipynb[1]:2", todo="Mend it.", details="why", exit_code=13
)
EVENTS = (
    words.PhaseStarted(phase=words.Phase.DETECT),
    words.LogLine(text="Reading"),
    words.Progress(phase=words.Phase.DETECT, step="Downloading", done=1, total=2, unit=words.Unit.BYTES),
    words.Progress(phase=words.Phase.DETECT, step="Downloading", done=2, total=2, unit=words.Unit.BYTES),
    words.PhaseFinished(phase=words.Phase.DETECT, seconds=1.0),
)


def shown(watching, capsys):
    """Show a build from start to end; return what stood on stdout and stderr."""
    with watching:
        for event in EVENTS:
            watching.show(event)
        watching.done(REPORT)
    return capsys.readouterr()


def test_with_progress__done__names_the_image_and_the_next_command(capsys):
    """The end says image, tags, whole digest, size, layers, self-test and what to type next, whatever the width."""
    out = shown(WithProgress(), capsys).out
    for text in (
        "[1/5] detect",
        "Reading",
        "iris:latest, iris:0123456789ab",
        DIGEST,
        "94.1 MB",
        "1 new, 1 reused",
        "passed (bubblewrap)",
        "5.0 s",
        "docker run iris:latest",
    ):
        assert text in out


def test_with_json__done__has_events_on_stderr_and_one_object_on_stdout(capsys):
    """Machines read a line an event, and the report."""
    printed = shown(WithJson(), capsys)
    events = [json.loads(line)["event"] for line in printed.err.splitlines()]
    assert events == ["phase_started", "log_line", "progress", "progress", "phase_finished", "build_done"]
    (line,) = printed.out.splitlines()
    assert json.loads(line)["digest"] == DIGEST


def test_quietly__done__prints_the_name_alone(capsys):
    """Nothing but the reference."""
    printed = shown(Quietly(), capsys)
    assert (printed.out, printed.err) == ("iris:latest\n", "")


@pytest.mark.parametrize("watching", [WithProgress, Quietly])
def test_failed__problem__has_its_four_parts_on_stderr(watching, capsys):
    """What happened, what was seen, what to do, details: in this order."""
    with watching() as view:
        view.failed(PROBLEM)
    err = capsys.readouterr().err
    places = [err.index(text) for text in ("It broke (JC-X-01)", "a.ipynb[1]:2", "Mend it.", "why")]
    assert places == sorted(places)
