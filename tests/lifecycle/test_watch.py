"""How a running build speaks."""

from __future__ import annotations

import threading
import time

import pytest

from jupyter_containerize.domain.build import CancelToken, Phase, PhaseFinished, PhaseStarted, Progress
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.lifecycle.watch import Watch


def test_say__from_many_threads__goes_out_one_at_a_time():
    """A door never gets two events at once, so that it need not lock."""
    inside, most = 0, 0

    def emit(_event):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)
        inside -= 1

    watch = Watch(emit, CancelToken())
    threads = [threading.Thread(target=lambda: [watch.say("x") for _ in range(10)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_progress__many_steps_at_once__tells_the_first_and_the_last():
    """A thousand chunks are not a thousand events; the end is never left out."""
    events = []
    watch = Watch(events.append, CancelToken())
    for done in range(1, 1001):
        watch.progress("Downloading", done, 1000)
    assert events[0].done == 1
    assert events[-1].done == 1000
    assert len(events) < 100
    assert all(isinstance(event, Progress) for event in events)


def test_phase__that_fails__is_never_finished():
    """Only a phase that ended well says so."""
    events = []
    watch = Watch(events.append, CancelToken())
    with pytest.raises(KeyError), watch.phase(Phase.BUILD):
        raise KeyError
    with watch.phase(Phase.EXPORT):
        pass
    assert [type(event) for event in events] == [PhaseStarted, PhaseStarted, PhaseFinished]
    assert list(watch.timings) == ["export"]


def test_phase__after_cancel__does_not_begin():
    """A cancelled build begins nothing."""
    events = []
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled), Watch(events.append, cancel).phase(Phase.DETECT):
        pass
    assert events == []


def test_cancel_token__child__stops_with_its_parent_and_not_the_other_way():
    """A failed layer stops its siblings without cancelling the build's own token."""
    parent = CancelToken()
    child = CancelToken(parent=parent)
    child.cancel()
    parent.check()
    other = CancelToken(parent=parent)
    parent.cancel()
    with pytest.raises(Cancelled):
        other.check()
