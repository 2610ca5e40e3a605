"""Sending blobs to a registry that follows the specification in every way that it allows, or does not."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.image import Digest
from jupyter_containerize.oci.canonical import digest_of
from jupyter_containerize.registry import (
    BlobDamaged,
    Credentials,
    RegistryClient,
    RegistryGarbled,
    RegistryRefused,
    RegistryUnreachable,
)
from jupyter_containerize.registry.calls import Calls
from jupyter_containerize.registry.outgoing import OutgoingBlob
from jupyter_containerize.registry.upload import Uploads
from jupyter_containerize.transport import Transport
from tests.registry.scripted import Mood

CHUNK = 100_000
CONTENT = random.Random(0).randbytes(3 * CHUNK + 17)
DIGEST = digest_of(CONTENT)


@dataclass
class Sender:
    """Sends one blob in small chunks, and counts."""

    mood: Mood
    retries: int = 3
    timeout_seconds: float = 5
    counted: list[int] = field(default_factory=list)
    cancel: CancelToken = field(default_factory=CancelToken)

    def send(self, content: bytes = CONTENT, digest: Digest = DIGEST, mount_from: tuple[str, ...] = ()) -> None:
        """Send it."""
        transport = Transport(retries=self.retries, timeout_seconds=self.timeout_seconds)
        calls = Calls(self.mood.host, transport, lambda _host: None)
        uploads = Uploads(calls, retries=self.retries, chunk_bytes=CHUNK)
        with (
            transport.waiting(self.cancel),
            OutgoingBlob(digest, content, size_bytes=None, on_bytes=self.counted.append, cancel=self.cancel) as blob,
        ):
            uploads.send("team/iris", blob, mount_from=mount_from)


def _ranges(mood: Mood) -> list[str]:
    return [headers["Content-Range"] for _, headers in mood.asked("PATCH")]


ALL_CHUNKS = ["0-99999", "100000-199999", "200000-299999", "300000-300016"]

# What the registry does otherwise; the ranges of the PATCH requests that it then gets.
WAYS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "by the book": ({}, ALL_CHUNKS),
    "absolute location": ({"relative": False}, ALL_CHUNKS),
    "location with a query": ({"query": "?_state=a%2Fb&x=1"}, ALL_CHUNKS),
    "no digest headers": ({"names_digests": False}, ALL_CHUNKS),
    "warnings": ({"headers": {"Warning": '299 - "soon to be gone"'}}, ALL_CHUNKS),
    "larger chunks": ({"chunk_least": 250_000}, ["0-249999", "250000-300016"]),
    "no chunks: method": ({"chunks": 405}, ALL_CHUNKS[:1]),
    "no chunks: not found": ({"chunks": 404}, ALL_CHUNKS[:1]),
    "no chunks: range": ({"chunks": 416}, ALL_CHUNKS[:1]),
    "no chunks: too large": ({"chunks": 413}, ALL_CHUNKS[:1]),
    "breaks in a chunk": (
        {"drop_body_at": [100_000, 50_000]},
        # The first was there although no answer came; of the second one half is there.
        ["0-99999", "100000-199999", "150000-249999", "250000-300016"],
    ),
    "loses an answer": ({"lose_answers": 1}, ALL_CHUNKS),
    "busy in between": ({"fail": [("PATCH", 503, {}, b"")]}, ["0-99999", *ALL_CHUNKS]),
    "slow down": ({"fail": [("PATCH", 429, {"Retry-After": "1"}, b"")]}, ["0-99999", *ALL_CHUNKS]),
    "busy at first": ({"fail": [("POST", 503, {}, b""), ("HEAD", 500, {}, b"")]}, ALL_CHUNKS),
    "busy at last": ({"fail": [("PUT", 502, {}, b"")]}, ALL_CHUNKS),
}


@pytest.mark.parametrize(("otherwise", "ranges"), WAYS.values(), ids=WAYS)
def test_send__any_way_that_is_allowed__the_blob_is_there(
    mood: Mood, otherwise: dict[str, Any], ranges: list[str]
) -> None:
    """The registry has the blob, was sent what it lacked, and the count is the blob's size."""
    for name, value in otherwise.items():
        setattr(mood, name, value)
    sender = Sender(mood)
    sender.send()
    assert mood.blobs["team/iris", DIGEST] == CONTENT
    assert _ranges(mood) == ranges
    assert sum(sender.counted) == len(CONTENT)


def test_send__no_chunks__is_learnt_once_for_the_client(mood: Mood) -> None:
    """Other blobs are sent in one request at once."""
    mood.chunks = 405
    client = RegistryClient(mood.host, Transport(retries=0), lambda _host: None)
    client._uploads._chunk_bytes = CHUNK
    for content in (CONTENT, CONTENT[::-1]):
        client.push_blob("r", digest_of(content), content, on_bytes=lambda _: None, cancel=CancelToken())
    assert mood.methods().count("PATCH") == 1
    assert len(mood.blobs) == 2


def test_send__small__is_one_request_beside_the_beginning(mood: Mood) -> None:
    """A config or a code layer costs three requests."""
    Sender(mood).send(b"small", digest_of(b"small"))
    assert mood.methods() == ["HEAD", "POST", "PUT"]


def test_send__empty__is_there(mood: Mood) -> None:
    """A blob without a byte is a blob."""
    Sender(mood).send(b"", digest_of(b""))
    assert mood.blobs["team/iris", digest_of(b"")] == b""


MOUNTS = {
    "taken": ("take", ["HEAD", "POST"]),
    "an upload instead": ("begin", ["HEAD", "POST", "PUT"]),
    "refused": ("refuse", ["HEAD", "POST", "POST", "PUT"]),
}


@pytest.mark.parametrize(("mounts", "methods"), MOUNTS.values(), ids=MOUNTS)
def test_send__mount__is_used_or_done_without(mood: Mood, mounts: str, methods: list[str]) -> None:
    """201 is a mount, 202 an upload that was begun, anything else no reason to give up."""
    mood.mounts = mounts
    mood.blobs["other", digest_of(b"small")] = b"small"
    Sender(mood).send(b"small", digest_of(b"small"), mount_from=("other",))
    assert mood.blobs["team/iris", digest_of(b"small")] == b"small"
    assert mood.methods() == methods
    assert mood.asked("POST")[0][0].endswith(f"?mount=sha256%3A{digest_of(b'small').hex}&from=other")


@pytest.mark.parametrize("every", [2, 3, 4])
@pytest.mark.parametrize("content", [CONTENT, b"small"], ids=["chunks", "one request"])
def test_send__connections_drop_again_and_again__comes_through(mood: Mood, every: int, content: bytes) -> None:
    """A registry that drops every second, third or fourth connection gets the blob all the same."""
    mood.drop = lambda number: number % every == 0
    Sender(mood).send(content, digest_of(content))
    assert mood.blobs["team/iris", digest_of(content)] == content


def test_send__answer_to_the_end_is_lost__is_not_sent_again(mood: Mood) -> None:
    """The upload is no more then, and the blob is there."""
    mood.lose_answers = 1
    Sender(mood).send(b"small", digest_of(b"small"))
    assert mood.methods() == ["HEAD", "POST", "PUT", "PUT", "HEAD"]


@pytest.mark.parametrize("content", [CONTENT, b"small"], ids=["chunks", "one request"])
def test_send__other_content__is_never_completed(mood: Mood, content: bytes) -> None:
    """The registry gets neither all of a damaged blob nor a request to finish it."""
    damaged = content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(BlobDamaged) as caught:
        Sender(mood).send(damaged, digest_of(content))
    assert caught.value.digest == digest_of(content)
    assert not mood.blobs
    assert all(len(have) < len(content) for have in mood.uploads.values())


BAD: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "401": ({"always": (401, {}, b"")}, RegistryRefused, "401"),
    "403": ({"fail": [("POST", 403, {}, b'{"errors":[{"code":"DENIED"}]}')]}, RegistryRefused, "403 DENIED"),
    "404": ({"fail": [("POST", 404, {}, b"")]}, RegistryRefused, "404"),
    "429": ({"always": (429, {"Retry-After": "0"}, b"")}, RegistryRefused, "429"),
    "500": ({"always": (500, {}, b"")}, RegistryRefused, "500"),
    "a web page": ({"fail": [("POST", 200, {"Content-Type": "text/html"}, b"<html>")]}, RegistryGarbled, "200"),
    "no location": ({"fail": [("POST", 202, {}, b"")]}, RegistryGarbled, "where to send"),
    "another digest": (
        {"fail": [("HEAD", 200, {"Docker-Content-Digest": f"sha256:{'0' * 64}"}, b"")]},
        RegistryGarbled,
        "bytes there",
    ),
    "always drops": ({"drop": lambda _number: True}, RegistryUnreachable, "connection broken"),
    "loses uploads": ({"drop_body_at": [9] * 99, "query": "x"}, RegistryUnreachable, "connection broken"),
}


@pytest.mark.parametrize(("otherwise", "kind", "text"), BAD.values(), ids=BAD)
def test_send__registry_makes_no_sense__is_a_clear_error(
    mood: Mood, otherwise: dict[str, Any], kind: type[Exception], text: str
) -> None:
    """Each way to fail has an error that says which, after a bounded number of tries."""
    for name, value in otherwise.items():
        setattr(mood, name, value)
    with pytest.raises(kind, match=text):
        Sender(mood, retries=1, timeout_seconds=2).send(b"small", digest_of(b"small"))
    assert not mood.blobs
    assert len(mood.seen) < 12


def test_send__cancelled_while_the_registry_does_not_read__ends_before_it_does(mood: Mood) -> None:
    """A registry that takes nothing from the line cannot hold a build that was cancelled."""
    mood.deaf = threading.Event()
    mood.deaf.set()
    cancel = CancelToken()
    # Less would fit into the buffers of the line.
    big = bytes(64 << 20)
    timer = threading.Timer(0.5, cancel.cancel)
    client = RegistryClient(mood.host, Transport(timeout_seconds=600), lambda _host: None)
    client._uploads._chunk_bytes = len(big)
    timer.start()
    with pytest.raises(Cancelled):
        client.push_blob("team/iris", digest_of(big), big, on_bytes=lambda _: None, cancel=cancel)
    timer.join()
    assert mood.deaf.is_set()
    assert not mood.blobs


def test_send__cancelled_while_the_registry_says_to_wait__does_not_wait(mood: Mood) -> None:
    """A registry that is busy for a minute cannot hold a build that was cancelled either."""
    mood.always = (429, {"Retry-After": "60"}, b"")
    sender = Sender(mood)
    timer = threading.Timer(0.3, sender.cancel.cancel)
    timer.start()
    with pytest.raises(Cancelled):
        sender.send()
    timer.join()
    assert mood.methods() == ["HEAD"]


def test_send__token_runs_out_on_the_way__another_is_fetched(mood: Mood) -> None:
    """A large blob may take longer than a token is good for; what was sent so far stays sent."""
    challenge = {"WWW-Authenticate": 'Basic realm="r"'}
    mood.fail = [("HEAD", 401, challenge, b""), ("POST", 401, challenge, b""), ("PATCH", 401, challenge, b"")]
    login = Credentials(username="ada", password="hush")
    client = RegistryClient(mood.host, Transport(retries=0), lambda _host: login)
    client._uploads._chunk_bytes = CHUNK
    client.push_blob("team/iris", DIGEST, CONTENT, on_bytes=lambda _: None, cancel=CancelToken())
    assert mood.blobs["team/iris", DIGEST] == CONTENT
    assert _ranges(mood) == ["0-99999", *ALL_CHUNKS]
    assert "Authorization" in mood.seen[-1][2]
