"""Nothing is waited for that a cancel does not end."""

from __future__ import annotations

import contextlib
import gc
import json
import socket
import threading
import time
import urllib.request
from dataclasses import replace

import pytest

from jupyter_containerize.domain.build import BuildRequest, CancelToken, Level, LogLine, SelfTestMode
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Reference
from jupyter_containerize.kernels import inspect_kernel, run_surroundings
from jupyter_containerize.lifecycle import run
from jupyter_containerize.lifecycle.asking import ask
from jupyter_containerize.publishing import LocalStore
from tests.lifecycle.made_plan import made_plan

# A second is what we promise; the rest is for a machine with other work.
MOST_SECONDS = 4.0


@contextlib.contextmanager
def cancelled_after(cancel, happened):
    """Cancel when something has happened, and hold what follows to the promise."""
    at = []

    def work():
        happened.wait(60)
        at.append(time.monotonic())
        cancel.cancel()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    with pytest.raises(Cancelled):
        yield
    assert time.monotonic() - at[0] < MOST_SECONDS
    thread.join()


def test_ask__server_says_nothing__ends_with_a_cancel():
    """A container that hangs does not hold a build."""
    cancel, connected = CancelToken(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            held, _ = server.accept()
            connected.set()
            time.sleep(MOST_SECONDS * 2)
            held.close()

        threading.Thread(target=accept, daemon=True).start()
        request = urllib.request.Request(f"http://127.0.0.1:{server.getsockname()[1]}/")
        with cancelled_after(cancel, connected):
            ask(request, timeout_seconds=60, cancel=cancel)


def answering(*sent):
    """Return a URL at which somebody answers once with these bytes."""
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        held, _ = server.accept()
        with server, held:
            held.recv(4096)
            for part in sent:
                held.sendall(part)

    threading.Thread(target=accept, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}/"


def test_ask__answers__are_given_with_their_status():
    """An error has a body, too."""
    body = b"HTTP/1.1 503 no\r\ncontent-length: 4\r\n\r\nbusy"
    found = ask(urllib.request.Request(answering(body)), timeout_seconds=5, cancel=CancelToken())
    assert (found.status, found.body) == (503, b"busy")


@pytest.mark.parametrize("sent", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 ok\r\ncontent-length: 9\r\n\r\nshort"])
def test_ask__no_answer__is_an_os_error(sent):
    """Whatever comes instead of an answer is none."""
    with pytest.raises(OSError, match=r".+"):
        ask(urllib.request.Request(answering(sent)), timeout_seconds=5, cancel=CancelToken())


def test_inspect_kernel__interpreter_hangs__ends_with_a_cancel(tmp_path, monkeypatch):
    """A wrapper that waits for a network, and its children, are gone."""
    started = tmp_path / "started"
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\ntouch {started}\nsleep 600 & wait\n")
    python.chmod(0o755)
    folder = tmp_path / "kernels" / "hangs"
    folder.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    cancel, there = CancelToken(), threading.Event()

    def look():
        while not started.exists():
            time.sleep(0.05)
        there.set()

    threading.Thread(target=look, daemon=True).start()
    with cancelled_after(cancel, there):
        inspect_kernel("hangs", cancel=cancel)


def test_run_surroundings__large_file__asks_while_it_is_read(tmp_path):
    """A data set of gigabytes does not hold a build."""
    data = tmp_path / "data.bin"
    with data.open("wb") as file:
        file.truncate(8 << 20)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        run_surroundings(made_plan().understood.environment, {"data.bin": data}, cancel=cancel)


CELLS = (
    "import time\nweight = 2.0",
    "time.sleep(0.2)",
    "def predict(x: float) -> float:\n    return x * weight",
    "predict(3.0)",
)


class Stops:
    """Cancels a build at the Nth thing that it says."""

    def __init__(self, at: int) -> None:
        self.cancel = CancelToken()
        self._left = at
        self.when = None
        self.said = None

    def __call__(self, event):
        """Count."""
        if isinstance(event, LogLine) and event.level is Level.WARNING:
            return
        self._left -= 1
        if self._left == 0:
            self.when, self.said = time.monotonic(), event
            self.cancel.cancel()


# A connection that a cancel shut under a thread is closed by the collection of garbage at times, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
@pytest.mark.network
def test_run__cancelled_wherever_it_speaks__ends_and_leaves_nothing_half(tmp_path, write_notebook, monkeypatch):
    """Each event of a build is a place to cancel it; what was finished stays, and the next try goes further."""
    notebook = write_notebook(*CELLS)
    store = LocalStore(tmp_path / "stopped")
    request = BuildRequest(notebook=notebook, selftest=SelfTestMode.SKIP)
    places = []
    for at in range(1, 200, 3):
        stops = Stops(at)
        try:
            run(request, stops, stops.cancel, store)
        except Cancelled:
            assert stops.when is not None
            seconds = time.monotonic() - stops.when
            assert seconds < MOST_SECONDS, (stops.said, seconds)
            assert not list((store.root / "scratch").glob("*/layer")), stops.said
            places.append(stops.said)
            continue
        break
    assert len(places) > 5
    assert store.find(Reference.parse("n:latest")) is not None
    # What all the stopped ones left is as good as what one that nobody stopped leaves.
    again = run(replace(request, rerun=False), lambda _: None, CancelToken(), store)
    assert all(layer.reused for layer in again.layers)
    # Within this test, and not in one that has nothing to do with it.
    gc.collect()
