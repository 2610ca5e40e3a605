"""Waiting for servers that say nothing: ended from outside, in the clear and over TLS."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.transport import NetworkUnreachable, Transport
from jupyter_containerize.transport.interruption import pause, waiting
from jupyter_containerize.transport.retries import LONGEST_WAIT_SECONDS, wait_seconds

WAITS = {
    "first": (0, None, 0.2),
    "second": (1, None, 0.4),
    "many": (30, None, LONGEST_WAIT_SECONDS),
    "seconds": (0, "7", 7),
    "none at all": (1, "0", 0.4),
    "hours": (0, "7200", LONGEST_WAIT_SECONDS),
    "nonsense": (0, "soon", 0.2),
    "past": (0, "Wed, 21 Oct 2015 07:28:00 GMT", 0.2),
}


@pytest.mark.parametrize(("turn", "retry_after", "seconds"), WAITS.values(), ids=WAITS)
def test_wait_seconds__any_header__is_bounded(turn: int, retry_after: str | None, seconds: float) -> None:
    """The server is heard, but not for hours."""
    assert wait_seconds(turn, retry_after) == pytest.approx(seconds)


def test_wait_seconds__date__is_the_time_until_then() -> None:
    """A date is as good as a number."""
    soon = datetime.now(UTC) + timedelta(seconds=20)
    assert 10 < wait_seconds(0, format_datetime(soon, usegmt=True)) <= 20


@pytest.fixture(params=["clear", "TLS"])
def silent(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a server that takes connections, and then neither reads nor answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    context, scheme = None, "http"
    if request.param == "TLS":
        context, scheme = _tls(tmp_path), "https"
        # The second is read before the first, and may be set on this machine.
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            monkeypatch.setenv(name, str(tmp_path / "cert.pem"))
    done, kept = threading.Event(), list[socket.socket]()

    def accept() -> None:
        while not done.is_set():
            try:
                taken, _ = listener.accept()
            except TimeoutError:
                continue
            taken.settimeout(5)
            kept.append(context.wrap_socket(taken, server_side=True) if context else taken)

    thread = threading.Thread(target=accept)
    thread.start()
    yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
    done.set()
    thread.join()
    for taken in (listener, *kept):
        taken.close()


def _tls(folder: Path) -> ssl.SSLContext:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


BODIES = {"reading": None, "sending": bytes(32 << 20)}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_waiting__cancelled__wakes_the_thread(silent: str, body: bytes | None) -> None:
    """Whether it waits to send or to read, it hears a cancel long before its timeout."""
    cancel = CancelToken()
    timer = threading.Timer(0.3, cancel.cancel)
    timer.start()
    with pytest.raises(Cancelled), waiting(cancel=CancelToken(parent=cancel)):
        # Ten minutes: the test would not end.
        Transport(timeout_seconds=600, retries=9).request("PUT", f"{silent}/x", body=body)
    timer.join()


def test_request__no_answer__is_given_up_after_the_timeout(silent: str) -> None:
    """Without a cancel, the timeout counts, and is said."""
    with pytest.raises(NetworkUnreachable, match="timed out"):
        Transport(timeout_seconds=0.3, retries=0).request("GET", f"{silent}/x")


def test_request__cancelled_before__asks_nobody_again(silent: str) -> None:
    """A cancel ends the repeating, too."""
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled), waiting(cancel=cancel):
        Transport(timeout_seconds=600, retries=9).request("GET", f"{silent}/x")


def test_pause__cancelled__ends() -> None:
    """Waiting for a busy server is waiting as well."""
    cancel = CancelToken()
    timer = threading.Timer(0.2, cancel.cancel)
    timer.start()
    with pytest.raises(Cancelled), waiting(cancel=cancel):
        pause(600)
    timer.join()


def test_waiting__other_threads__are_left_alone(silent: str) -> None:
    """A cancel is for the thread whose block it is."""
    cancel, errors = CancelToken(), list[BaseException]()

    def other() -> None:
        try:
            Transport(timeout_seconds=0.6, retries=0).request("GET", f"{silent}/x")
        except NetworkUnreachable as error:
            errors.append(error)

    thread = threading.Thread(target=other)
    thread.start()
    timer = threading.Timer(0.1, cancel.cancel)
    timer.start()
    with pytest.raises(Cancelled), waiting(cancel=cancel):
        Transport(timeout_seconds=600).request("GET", f"{silent}/x")
    while thread.is_alive():
        time.sleep(0.01)
    timer.join()
    assert [str(error).rpartition(": ")[2] for error in errors] == ["timed out"]
