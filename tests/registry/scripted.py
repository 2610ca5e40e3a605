"""A registry on loopback with moods: it follows the distribution specification except where a test says otherwise."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests.registry.serving import in_thread


@dataclass
class Mood:
    """What the registry does otherwise, what it holds, and what it was asked."""

    host: str = ""
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    blobs: dict[tuple[str, str], bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    relative: bool = True
    query: str = ""
    chunks: int | None = None
    """The status that refuses a PATCH."""
    chunk_least: int = 0
    mounts: str = "take"
    """``take``, ``begin`` (an upload instead), ``refuse``."""
    names_digests: bool = True
    referrers: bool = True
    blobs_elsewhere: str = ""
    """Another host that blobs are sent from."""
    drop: Callable[[int], bool] = lambda _number: False
    """Whether to drop the connection of the request with that number, from 1."""
    drop_body_at: list[int] = field(default_factory=list)
    """After how many bytes of the next bodies of a PATCH or PUT to drop the connection."""
    lose_answers: int = 0
    """How many answers to PATCH or PUT to keep for itself, although it did what was asked."""
    fail: list[tuple[str, int, dict[str, str], bytes]] = field(default_factory=list)
    """Answers for the next requests with that method."""
    always: tuple[int, dict[str, str], bytes] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    deaf: threading.Event | None = None
    """Set: bodies are not read until it is cleared."""
    dribble_seconds: float = 0

    def methods(self) -> list[str]:
        """Return the methods that it was asked with, in order."""
        return [method for method, _, _ in self.seen]

    def asked(self, method: str) -> list[tuple[str, dict[str, str]]]:
        """Return path and headers of the requests with a method."""
        return [(path, headers) for name, path, headers in self.seen if name == method]


class Handler(BaseHTTPRequestHandler):
    """Answers as the mood says."""

    protocol_version = "HTTP/1.1"
    mood: Mood

    def log_message(self, *args: object) -> None:
        """Stay quiet."""

    def handle(self) -> None:
        """Serve a connection, and take it well when the client goes."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def _serve(self) -> None:  # noqa: PLR0911
        mood = self.mood
        mood.seen.append((self.command, self.path, dict(self.headers)))
        if mood.drop(len(mood.seen)):
            self.close_connection = True
            return None
        body = self._body()
        if body is None:
            self.close_connection = True
            return None
        if mood.always:
            return self._answer(*mood.always)
        for item in mood.fail:
            if item[0] == self.command:
                mood.fail.remove(item)
                return self._answer(*item[1:])
        parts = urlsplit(self.path)
        name, _, rest = parts.path.removeprefix("/v2/").partition("/blobs/")
        if rest.startswith("uploads"):
            return self._upload(name, rest.removeprefix("uploads").strip("/"), parse_qs(parts.query), body)
        if rest:
            return self._blob(name, rest)
        name, _, rest = parts.path.removeprefix("/v2/").partition("/manifests/")
        if rest:
            return self._manifest(name, rest, body)
        name, _, rest = parts.path.removeprefix("/v2/").partition("/referrers/")
        if rest:
            return self._referrers(name, rest)
        return self._answer(200, {}, b"{}")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _body(self) -> bytes | None:
        length = int(self.headers.get("Content-Length", "0"))
        while length and self.mood.deaf is not None and self.mood.deaf.is_set():
            time.sleep(0.02)
        if length and self.command in {"PATCH", "PUT"} and self.mood.drop_body_at:
            part = self.rfile.read(min(self.mood.drop_body_at.pop(0), length))
            upload = urlsplit(self.path).path.rpartition("/")[2]
            if self.command == "PATCH" and upload in self.mood.uploads:
                self.mood.uploads[upload] += part
            return None
        return self.rfile.read(length)

    def _blob(self, name: str, digest: str) -> None:
        content = self.mood.blobs.get((name, digest))
        if content is None:
            return self._error(404, "BLOB_UNKNOWN")
        if self.mood.blobs_elsewhere and self.command == "GET":
            return self._answer(307, {"Location": f"http://{self.mood.blobs_elsewhere}{self.path}"}, b"")
        return self._answer(200, self._named(digest), content)

    def _upload(  # noqa: PLR0911
        self, name: str, upload: str, query: dict[str, list[str]], body: bytes
    ) -> None:
        mood, digest = self.mood, query.get("digest", [""])[0]
        if self.command == "POST":
            return self._begin(name, query)
        if upload not in mood.uploads:
            return self._error(404, "BLOB_UPLOAD_UNKNOWN")
        if self.command == "DELETE":
            del mood.uploads[upload]
            return self._answer(204, {}, b"")
        if self.command == "GET":
            return self._answer(204, self._place(name, upload), b"")
        if self.command == "PATCH":
            return self._patch(name, upload, body)
        content = bytes(mood.uploads.pop(upload)) + body
        if digest != f"sha256:{hashlib.sha256(content).hexdigest()}":
            return self._error(400, "DIGEST_INVALID")
        mood.blobs[name, digest] = content
        return self._answer_or_lose(201, {"Location": f"/v2/{name}/blobs/{digest}", **self._named(digest)})

    def _begin(self, name: str, query: dict[str, list[str]]) -> None:
        mood = self.mood
        if "mount" in query:
            digest, other = query["mount"][0], query["from"][0]
            if mood.mounts == "refuse":
                return self._error(403, "DENIED")
            if mood.mounts == "take" and (other, digest) in mood.blobs:
                mood.blobs[name, digest] = mood.blobs[other, digest]
                return self._answer(201, {"Location": f"/v2/{name}/blobs/{digest}"}, b"")
        upload = uuid.uuid4().hex
        mood.uploads[upload] = bytearray()
        least = {"OCI-Chunk-Min-Length": str(mood.chunk_least)} if mood.chunk_least else {}
        return self._answer(202, {**self._place(name, upload), **least}, b"")

    def _patch(self, name: str, upload: str, body: bytes) -> None:
        mood = self.mood
        if mood.chunks is not None:
            return self._error(mood.chunks, "UNSUPPORTED")
        have = mood.uploads[upload]
        start = int(self.headers["Content-Range"].partition("-")[0])
        if start != len(have):
            return self._answer(416, self._place(name, upload), b"")
        have += body
        return self._answer_or_lose(202, self._place(name, upload))

    def _place(self, name: str, upload: str) -> dict[str, str]:
        path = f"/v2/{name}/blobs/uploads/{upload}{self.mood.query}"
        have = len(self.mood.uploads[upload])
        return {
            "Location": path if self.mood.relative else f"http://{self.mood.host}{path}",
            "Range": f"0-{max(have - 1, 0)}",
        }

    def _manifest(self, name: str, tag: str, body: bytes) -> None:
        if self.command == "PUT":
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            for key in (tag, digest):
                self.mood.manifests[name, key] = (self.headers["Content-Type"], body)
            subject = json.loads(body).get("subject")
            listed = {"OCI-Subject": subject["digest"]} if subject and self.mood.referrers else {}
            return self._answer(201, {"Location": self.path, **listed, **self._named(digest)}, b"")
        if (name, tag) not in self.mood.manifests:
            return self._error(404, "MANIFEST_UNKNOWN")
        kind, content = self.mood.manifests[name, tag]
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        return self._answer(200, {"Content-Type": kind, **self._named(digest)}, content)

    def _referrers(self, name: str, digest: str) -> None:
        if not self.mood.referrers:
            return self._answer(404, {}, b"404 page not found")
        found = []
        for (repository, key), (kind, content) in self.mood.manifests.items():
            document = json.loads(content)
            if repository == name and key.startswith("sha256:") and document.get("subject", {}).get("digest") == digest:
                item = {"digest": key, "mediaType": kind, "size": len(content)}
                found.append({**item, "artifactType": document.get("artifactType", "")})
        kind = "application/vnd.oci.image.index.v1+json"
        body = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": found}).encode()
        return self._answer(200, {"Content-Type": kind}, body)

    def _named(self, digest: str) -> dict[str, str]:
        return {"Docker-Content-Digest": digest} if self.mood.names_digests else {}

    def _error(self, status: int, code: str) -> None:
        self._answer(status, {}, json.dumps({"errors": [{"code": code, "message": code.lower()}]}).encode())

    def _answer_or_lose(self, status: int, headers: dict[str, str]) -> None:
        if self.mood.lose_answers:
            self.mood.lose_answers -= 1
            self.close_connection = True
            return None
        return self._answer(status, headers, b"")

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, **self.mood.headers}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD" or status == 204:
            return
        for at in range(0, len(body), 1 if self.mood.dribble_seconds else len(body) or 1):
            self.wfile.write(body[at : at + 1] if self.mood.dribble_seconds else body)
            time.sleep(self.mood.dribble_seconds)


@contextmanager
def scripted_registry() -> Iterator[Mood]:
    """Give the mood of a registry that runs as long as the block."""
    mood = Mood()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), type("MoodyRegistry", (Handler,), {"mood": mood}))
    # A client may hang on to a connection that the registry no longer serves.
    httpd.daemon_threads = True
    mood.host = f"127.0.0.1:{httpd.server_port}"
    with in_thread(httpd):
        try:
            yield mood
        finally:
            if mood.deaf is not None:
                mood.deaf.clear()
