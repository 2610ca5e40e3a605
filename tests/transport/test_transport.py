"""The transport against real servers on loopback."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.transport import (
    HashMismatch,
    HttpRefused,
    IllegalUrl,
    NetworkUnreachable,
    NotWritable,
    TooLarge,
    Transport,
    redact,
)

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """A server whose moods a test sets, and the requests that it saw."""

    url: str = ""
    ranges: bool = True
    break_after: list[int] = field(default_factory=list)
    fail_first: int = 0
    seen: list[dict[str, str]] = field(default_factory=list)
    content: bytes = CONTENT


class Handler(BaseHTTPRequestHandler):
    """Answers as its server's mood says."""

    protocol_version = "HTTP/1.1"
    mood: Server

    def log_message(self, *args: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:
        """Answer one request."""
        self.mood.seen.append(dict(self.headers))
        if self.path.startswith("/secret") and self.headers.get("Authorization") is None:
            self._answer(401, b"")
        elif self.path.startswith("/missing"):
            self._answer(404, b"")
        elif self.mood.fail_first:
            self.mood.fail_first -= 1
            self._answer(503, b"")
        elif self.headers.get("If-None-Match") == '"one"':
            self._answer(304, b"")
        else:
            self._content()

    def _content(self) -> None:
        content = self.mood.content
        asked = self.headers.get("Range")
        if not (asked and self.mood.ranges):
            return self._answer(200, content, ETag='"one"')
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            return self._answer(416, b"")
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self._answer(206, content[start:], **{"Content-Range": span})

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.mood.break_after and body:
            self.wfile.write(body[: self.mood.break_after.pop(0)])
            self.close_connection = True
        else:
            self.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    """Give a running server."""
    mood = Server()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), type("MoodyHandler", (Handler,), {"mood": mood}))
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    mood.url = f"http://127.0.0.1:{httpd.server_port}"
    yield mood
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@dataclass
class Download:
    """One download with the usual arguments, and what it counted."""

    into: Path
    sha256: str = SHA256
    size_bytes: int | None = len(CONTENT)
    counted: list[int] = field(default_factory=list)
    cancel: CancelToken = field(default_factory=CancelToken)

    def run(self, url: str) -> None:
        """Download."""
        Transport(timeout_seconds=5).download(
            url,
            self.into,
            sha256=self.sha256,
            size_bytes=self.size_bytes,
            on_bytes=self.counted.append,
            cancel=self.cancel,
        )

    @property
    def part(self) -> Path:
        """Where the incomplete file lies."""
        return self.into.with_name(self.into.name + ".part")


@pytest.fixture
def wanted(tmp_path: Path) -> Download:
    """Give a download into a folder that is not there yet."""
    return Download(into=tmp_path / "files" / "wheel.whl")


def test_get__ok__gives_the_body(server: Server) -> None:
    """The body of a 200 comes back whole."""
    assert Transport().get(f"{server.url}/a", max_bytes=len(CONTENT)) == CONTENT


def test_get__more_than_allowed__is_refused(server: Server) -> None:
    """A body longer than the limit never fills the memory."""
    with pytest.raises(TooLarge) as caught:
        Transport().get(f"{server.url}/a?token=hush", max_bytes=10)
    assert (caught.value.max_bytes, caught.value.url) == (10, f"{server.url}/a?token=...")


def test_get__missing__names_status_and_no_secret(server: Server) -> None:
    """A refusal carries the status, and the URL without user and password."""
    with pytest.raises(HttpRefused) as caught:
        Transport().get(server.url.replace("//", "//me:hush@") + "/missing", max_bytes=10)
    assert caught.value.status == 404
    assert "hush" not in f"{caught.value} {caught.value.url}"


def test_get__busy_server__is_asked_again(server: Server) -> None:
    """A 503 is not the last word."""
    server.fail_first = 1
    assert Transport().get(f"{server.url}/a", max_bytes=len(CONTENT)) == CONTENT


def test_get__credentials_for_the_host__are_sent_there(server: Server) -> None:
    """Credentials go to their host, in an Authorization header."""
    host = server.url.removeprefix("http://")
    assert Transport(credentials={host: ("me", "hush")}).get(f"{server.url}/secret", max_bytes=1 << 30)
    assert server.seen[-1]["Authorization"].startswith("Basic ")


def test_get__own_authorization_and_netrc__keeps_its_own(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header that the caller made is not replaced by what .netrc says."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    Transport().get(f"{server.url}/a", headers={"Authorization": "Bearer mine"}, max_bytes=1 << 30)
    assert server.seen[-1]["Authorization"] == "Bearer mine"


UNREACHABLE = {
    "nobody listens": ("http://127.0.0.1:1/x", "127.0.0.1:1", "connection refused"),
    "no such name": ("http://nowhere.invalid/x", "nowhere.invalid", "name not found"),
}


@pytest.mark.parametrize(("url", "host", "reason"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_get__unreachable__says_host_and_reason(
    url: str, host: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be reached and why are data of the error."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NetworkUnreachable) as caught:
        Transport(retries=0).get(url, max_bytes=1)
    assert (caught.value.host, caught.value.reason) == (host, reason)


@pytest.mark.parametrize("url", ["nonsense", "gopher://x/y", "http://", "http://[::1"])
def test_get__not_a_url__is_the_users_error(url: str) -> None:
    """An address that we cannot ask is told apart from a network that is down."""
    with pytest.raises(IllegalUrl):
        Transport().get(url, max_bytes=1)


def test_get__file_url__reads_the_file(tmp_path: Path) -> None:
    """A mirror on disk works as one on the network."""
    (tmp_path / "a b.txt").write_bytes(b"here")
    assert Transport().get((tmp_path / "a b.txt").as_uri(), max_bytes=10) == b"here"
    with pytest.raises(HttpRefused) as caught:
        Transport().get((tmp_path / "none").as_uri(), max_bytes=10)
    assert caught.value.status == 404


def test_get_if_changed__same_etag__gives_none(server: Server) -> None:
    """The second time nothing is sent when nothing changed."""
    fetched = Transport().get_if_changed(f"{server.url}/a", etag="", last_modified="")
    assert fetched is not None
    assert fetched.body == CONTENT
    assert Transport().get_if_changed(f"{server.url}/a", etag=fetched.etag, last_modified="") is None


def test_request__any_status__is_an_answer(server: Server) -> None:
    """Those who speak a protocol judge the status themselves."""
    answer = Transport().request("GET", f"{server.url}/missing")
    assert (answer.status, answer.body, answer.headers["content-LENGTH"]) == (404, b"", "0")


def test_download__ok__puts_the_file_and_counts_its_bytes(server: Server, wanted: Download) -> None:
    """The file is there, whole, and the increments add up to its size."""
    wanted.run(f"{server.url}/a")
    assert wanted.into.read_bytes() == CONTENT
    assert sum(wanted.counted) == len(CONTENT)
    assert [path.name for path in wanted.into.parent.iterdir() if path.suffix != ".lock"] == ["wheel.whl"]


def test_download__file_url__is_checked_too(wanted: Download, tmp_path: Path) -> None:
    """A wheel in a folder is copied and checked like one from an index."""
    (tmp_path / "w").write_bytes(CONTENT)
    wanted.run((tmp_path / "w").as_uri())
    assert wanted.into.read_bytes() == CONTENT


def test_download__already_there__asks_nobody(server: Server, wanted: Download) -> None:
    """Content that is in place is counted and not fetched."""
    wanted.run(f"{server.url}/a")
    wanted.run(f"{server.url}/a")
    assert len(server.seen) == 1
    assert sum(wanted.counted) == 2 * len(CONTENT)


def test_download__stream_breaks__goes_on_where_it_stopped(server: Server, wanted: Download) -> None:
    """A broken connection costs only what had not come yet."""
    server.break_after = [400_000, 300_000]
    wanted.run(f"{server.url}/a")
    assert wanted.into.read_bytes() == CONTENT
    assert [seen.get("Range") is not None for seen in server.seen] == [False, True, True]
    assert sum(wanted.counted) == len(CONTENT)


LEFT_OVERS = {
    "the start of it": (CONTENT[:1000], True, 1),
    "the start, but the server gives no ranges": (CONTENT[:1000], False, 1),
    "all of it": (CONTENT, True, 0),
    "something else": (b"x" * 1000, True, 2),
    "too much": (CONTENT + b"x", True, 2),
}


@pytest.mark.parametrize(("left_over", "ranges", "requests"), LEFT_OVERS.values(), ids=LEFT_OVERS)
def test_download__left_over_part__ends_right(
    server: Server, wanted: Download, left_over: bytes, ranges: object, requests: int
) -> None:
    """Whatever an earlier run left behind, the file is right and the count is its size."""
    server.ranges = bool(ranges)
    wanted.part.parent.mkdir()
    wanted.part.write_bytes(left_over)
    wanted.run(f"{server.url}/a")
    assert wanted.into.read_bytes() == CONTENT
    assert sum(wanted.counted) == len(CONTENT)
    assert len(server.seen) == requests


def test_download__other_content__leaves_nothing(server: Server, wanted: Download) -> None:
    """A file with the wrong hash never appears, and its part does not come back."""
    wanted.sha256 = "0" * 64
    with pytest.raises(HashMismatch) as caught:
        wanted.run(f"{server.url}/a")
    assert (caught.value.expected, caught.value.actual) == ("0" * 64, SHA256)
    assert not wanted.into.exists()
    assert not wanted.part.exists()


def test_download__longer_than_promised__stops(server: Server, wanted: Download) -> None:
    """A server cannot fill the disk with more than was promised."""
    wanted.size_bytes = 10
    with pytest.raises(TooLarge):
        wanted.run(f"{server.url}/a")
    assert not wanted.into.exists()


def test_download__cancelled__stops_between_chunks(server: Server, wanted: Download) -> None:
    """A cancel during a download ends it without a file."""
    wanted.counted = type("Cancelling", (list,), {"append": lambda _self, _count: wanted.cancel.cancel()})()
    with pytest.raises(Cancelled):
        wanted.run(f"{server.url}/a")
    assert not wanted.into.exists()


def test_download__folder_is_a_file__says_not_writable(server: Server, wanted: Download) -> None:
    """What is in the way is named."""
    wanted.into.parent.write_text("in the way")
    with pytest.raises(NotWritable) as caught:
        wanted.run(f"{server.url}/a")
    assert caught.value.path == wanted.into.parent


def test_download__four_threads_want_the_same__fetch_it_once(server: Server, wanted: Download) -> None:
    """Parallel builds share a download."""
    threads = [threading.Thread(target=wanted.run, args=(f"{server.url}/a",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wanted.into.read_bytes() == CONTENT
    assert len(server.seen) == 1


REDACTED = {
    "plain": ("https://a.example/x", "https://a.example/x"),
    "user and password": ("https://me:hush@a.example:8080/x", "https://a.example:8080/x"),
    "query values": ("https://a.example/x?sig=hush&b=c#hush", "https://a.example/x?sig=...&b=..."),
    "password with an at": ("https://me:hu@sh@a.example/x", "https://a.example/x"),
    "unreadable": ("http://[::1", "(unreadable URL)"),
}


@pytest.mark.parametrize(("url", "shown"), REDACTED.values(), ids=REDACTED)
def test_redact__any_url__shows_no_secret(url: str, shown: str) -> None:
    """Where a URL is shown, its secrets are not."""
    assert redact(url) == shown
