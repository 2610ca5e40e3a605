"""What is known against a version, from a file or from a server that answers like OSV."""

from __future__ import annotations

import json
import socket
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from jupyter_containerize.domain.errors import OutsideError
from jupyter_containerize.domain.serving import Vulnerability
from jupyter_containerize.resolution.advisories import Advisories
from jupyter_containerize.resolution.errors import AdvisoriesUnreachable, AdvisoriesUnreadable
from jupyter_containerize.transport import Transport


def record(identifier: str = "GHSA-1", *events: dict[str, str], name: str = "Some_Dist", **more: Any) -> dict[str, Any]:
    """Return a record about one range of one distribution."""
    affected = {
        "package": {"ecosystem": "PyPI", "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": list(events)}],
        "versions": more.pop("versions", []),
    }
    return {"id": identifier, "modified": "2024-01-01T00:00:00Z", "affected": [affected], **more}


def _between(*parts: str) -> list[dict[str, str]]:
    return [dict([part.split("=")]) for part in parts]


# Events, listed versions, version -> what mends it, None for not affected.
RANGES = {
    "from the start": (_between("introduced=0", "fixed=2.0"), [], {"1.9": ("2.0",), "2.0": None, "0.dev1": ("2.0",)}),
    "candidate before the fix": (_between("introduced=1", "fixed=2.0"), [], {"2.0rc1": ("2.0",), "1.0rc1": None}),
    "ten after nine": (_between("introduced=1.9", "fixed=1.10"), [], {"1.9.5": ("1.10",), "1.10.1": None}),
    "last affected": (_between("introduced=0", "last_affected=1.5"), [], {"1.5": (), "1.5.0": (), "1.5.1": None}),
    "build of an affected one": (
        _between("introduced=0", "last_affected=2.0"),
        [],
        {"2.0+cu118": (), "2.1+cu118": None},
    ),
    "never mended": (_between("introduced=1.0"), [], {"0.9": None, "99": ()}),
    "two branches, in any order": (
        _between("fixed=2.3", "introduced=2.0", "introduced=0", "fixed=1.4"),
        [],
        {"1.3": ("1.4", "2.3"), "1.4": None, "2.1": ("2.3",), "2.3": None},
    ),
    "limit": (_between("introduced=0", "limit=2.0"), [], {"1.0": (), "2.0": None}),
    "listed": ([], ["1.0", "1.1"], {"1.0": (), "1.1.0": (), "1.0+cpu": (), "1.2": None}),
    "listed and no version": ([], ["2004d", "weird"], {"weird": (), "other": None}),
    "digits without end": ([], ["1" * 5000], {"1" * 5000: (), "1.0": None}),
    "an end that is no version": (_between("introduced=0", "fixed=abc"), ["1.0"], {"1.0": (), "0.5": None}),
}


@pytest.mark.parametrize(("events", "versions", "answers"), RANGES.values(), ids=RANGES)
def test_of__ranges_and_lists__compare_as_pep_440(events, versions, answers):
    """A version is affected if a range or the list has it; what mends it is above it."""
    advisories = Advisories([record("GHSA-1", *events, versions=versions)])
    for version, fixed_in in answers.items():
        found = advisories.of("some.dist", version)
        assert [item.fixed_in for item in found] == ([] if fixed_in is None else [fixed_in]), version


def test_of__several_databases__say_each_weakness_once():
    """Records that share a name are one weakness, with every name; the rest is sorted by id."""
    events = _between("introduced=0", "fixed=2.0")
    advisories = Advisories(
        [
            record("PYSEC-7", *events, aliases=["CVE-2024-1"], details="Long text.\nMore."),
            record("PYSEC-1", *_between("introduced=0"), summary="Other."),
            record("GHSA-x", *events, aliases=["CVE-2024-1", "PYSEC-7"], summary="Short."),
            record("GHSA-y", *events, name="another"),
        ]
    )
    assert advisories.of("Some-Dist", "1.0") == (
        Vulnerability(id="GHSA-x", aliases=("CVE-2024-1", "PYSEC-7"), summary="Short.", fixed_in=("2.0",)),
        Vulnerability(id="PYSEC-1", aliases=(), summary="Other."),
    )
    assert advisories.of("nobody", "1.0") == ()


IGNORED = {
    "withdrawn": record("GHSA-1", *_between("introduced=0"), withdrawn="2024-01-01T00:00:00Z"),
    "another ecosystem": {"id": "X", "affected": [{"package": {"ecosystem": "npm", "name": "some-dist"}}]},
    "commits": {
        "id": "X",
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "some-dist"},
                "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}],
            }
        ],
    },
    "about nothing": {"id": "X"},
}


@pytest.mark.parametrize("value", IGNORED.values(), ids=IGNORED)
def test_records__of_no_concern__are_read_and_say_nothing(value):
    """What is withdrawn or about something else is no error."""
    advisories = Advisories([value])
    assert advisories.of("some-dist", "1.0") == ()
    assert (advisories.read, advisories.skipped) == (1, 0)


MALFORMED = [
    None,
    3,
    "text",
    [],
    {},
    {"id": 3, "affected": []},
    {"id": "X", "affected": 3},
    {"id": "X", "affected": [3]},
    {"id": "X", "affected": [{"package": {"ecosystem": "PyPI"}}]},
    {"id": "X", "affected": [{"package": {"ecosystem": "PyPI", "name": 7}}]},
    record("X", *_between("introduced=0"), versions=[1.0]),
    {"id": "X", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": [{"type": "ECOSYSTEM"}]}]},
    record("X", {"introduced": 0}),  # type: ignore[dict-item]  # that is the point
]


def test_records__malformed__are_counted_and_cost_no_other():
    """A record that is none is skipped."""
    good = record("GHSA-1", *_between("introduced=0"))
    advisories = Advisories([*MALFORMED, good])
    assert (advisories.read, advisories.skipped) == (1, len(MALFORMED))
    assert [item.id for item in advisories.of("some-dist", "1")] == ["GHSA-1"]


ONE = record("GHSA-1", *_between("introduced=0"))
TWO = record("GHSA-2", *_between("introduced=0"), name="other")
FILES = {
    "array": (json.dumps([ONE, TWO]), 0),
    "array over many lines": (json.dumps([ONE, TWO], indent=2), 0),
    "lines": (f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\n", 0),
    "lines, one broken": (f"{json.dumps(ONE)}\n{{'broken\n{json.dumps(TWO)}\n", 1),
    "lines, the last cut off": (f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n{json.dumps(ONE)[:50]}", 1),
    "byte order mark": (f"\ufeff{json.dumps([ONE, TWO])}", 0),
}


@pytest.mark.parametrize(("text", "skipped"), FILES.values(), ids=FILES)
def test_from_file__any_form__has_every_record(text, skipped, tmp_path):
    """A file may be an array or have a record a line."""
    path = tmp_path / "advisories"
    path.write_text(text, encoding="utf-8")
    found = Advisories.from_file(path)
    assert [len(found.of(name, "1")) for name in ("some-dist", "other")] == [1, 1]
    assert found.skipped == skipped


def test_from_file__folder_and_zip__have_every_record(tmp_path):
    """A folder is read to its depth, a zip member by member; others' distributions may be left out."""
    folder = tmp_path / "records"
    (folder / "2024").mkdir(parents=True)
    (folder / "one.json").write_text(json.dumps(ONE, indent=1))
    (folder / "2024" / "two.json").write_text(json.dumps(TWO))
    (folder / "README.md").write_text("not a record")
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in folder.rglob("*.*"):
            file.write(path, path.name)
    for place in (folder, archive):
        found = Advisories.from_file(place)
        assert [len(found.of(name, "1")) for name in ("some-dist", "other")] == [1, 1]
        assert Advisories.from_file(place, only=["Other"]).of("some-dist", "1") == ()


UNREADABLE = {"missing": None, "text": b"hello\nworld", "binary": bytes(range(256)), "no record": b'{"a": 1}'}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_from_file__no_advisories__is_an_error_with_the_path(content, tmp_path):
    """What holds no advisory must not look like good news."""
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AdvisoriesUnreadable) as caught:
        Advisories.from_file(path)
    assert caught.value.source == str(path)


def test_from_file__broken_zip__is_an_error(tmp_path):
    """A zip that was cut or changed is an error, and no crash."""
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("one.json", json.dumps(ONE))
    data = bytearray(path.read_bytes())
    data[45:60] = bytes(15)
    path.write_bytes(data)
    with pytest.raises(AdvisoriesUnreadable):
        Advisories.from_file(path)


def test_from_file__empty__is_no_news(tmp_path):
    """An empty array is an answer."""
    (tmp_path / "none.json").write_text("[]")
    assert Advisories.from_file(tmp_path / "none.json").of("some-dist", "1") == ()


class FakeOsv(ThreadingHTTPServer):
    """Answers as OSV does: two results a page, records by id; moods break it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.known = {
            item["id"]: item for item in (record(f"GHSA-{index}", *_between("introduced=0")) for index in range(5))
        }
        self.known["A/B?"] = record("A/B?", *_between("introduced=0"), name="odd")
        self.mood = ""
        self.asked: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """Return the base URL."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeOsv

    def log_message(self, *args: object) -> None:
        """Stay quiet."""

    def do_POST(self) -> None:
        """Answer /v1/querybatch."""
        self.server.asked[self.path] += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        results = [self._result(query) for query in body["queries"]]
        self._answer({"results": results[1:] if self.server.mood == "short" else results})

    def do_GET(self) -> None:
        """Answer /v1/vulns/ID."""
        self.server.asked["/v1/vulns"] += 1
        self._answer(self.server.known[unquote(self.path.rpartition("/")[2])])

    def _result(self, query: dict[str, Any]) -> dict[str, Any]:
        assert query["package"]["ecosystem"] == "PyPI"
        assert "+" not in query["version"]
        name = query["package"]["name"]
        ids = [
            {"id": item["id"], "modified": item["modified"]}
            for item in self.server.known.values()
            if item["affected"][0]["package"]["name"].replace("_", "-").lower() == name
        ]
        start = int(query.get("page_token", 0))
        page: dict[str, Any] = {"vulns": ids[start : start + 2]} if ids else {}
        return {**page, "next_page_token": str(start + 2)} if ids[start + 2 :] else page

    def _answer(self, value: Any) -> None:
        body = b"<html>" if self.server.mood == "html" else json.dumps(value).encode()
        self.send_response(503 if self.server.mood == "busy" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def osv() -> Iterator[FakeOsv]:
    """Run a server that answers like OSV."""
    with FakeOsv() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


WANTED = [("Some.Dist", "1.0+cpu"), ("odd", "2"), ("fine", "3")]


def test_from_osv__pages_and_odd_ids__gives_every_record(osv):
    """Every page is asked for, every record fetched once, and what is unaffected is not there."""
    found = Advisories.from_osv(WANTED, base_url=f"{osv.url}/")
    assert [item.id for item in found.of("some-dist", "1.0+cpu")] == [f"GHSA-{index}" for index in range(5)]
    assert [item.id for item in found.of("odd", "2")] == ["A/B?"]
    assert found.of("fine", "3") == ()
    assert osv.asked == {"/v1/querybatch": 3, "/v1/vulns": 6}


def test_from_osv__asked_again__fetches_what_has_changed(osv, tmp_path):
    """Kept records are used until OSV says that they changed."""
    cache = tmp_path / "cache"
    first = Advisories.from_osv(WANTED, base_url=osv.url, cache=cache)
    osv.known["GHSA-3"] |= {"modified": "2025-01-01T00:00:00Z", "summary": "New."}
    second = Advisories.from_osv(WANTED, base_url=osv.url, cache=cache)
    assert osv.asked["/v1/vulns"] == 6 + 1
    assert [item.summary for item in first.of("some-dist", "1")] == ["", "", "", "", ""]
    assert [item.summary for item in second.of("some-dist", "1")] == ["", "", "", "New.", ""]


@pytest.mark.parametrize("content", [b"", b"\xff", b'{"id": "GHSA-'])
def test_from_osv__kept_record_is_damaged__is_fetched_again(content, osv, tmp_path):
    """A weakness does not go unsaid because a file of ours was cut off."""
    cache = tmp_path / "cache"
    first = Advisories.from_osv(WANTED, base_url=osv.url, cache=cache)
    for path in cache.iterdir():
        path.write_bytes(content)
    again = Advisories.from_osv(WANTED, base_url=osv.url, cache=cache)
    assert again.of("some-dist", "1.0+cpu") == first.of("some-dist", "1.0+cpu") != ()
    assert osv.asked["/v1/vulns"] == 12


def test_from_osv__nothing_wanted__asks_nothing(osv):
    """No names leave the machine when there are none."""
    assert Advisories.from_osv([], base_url=osv.url).of("some-dist", "1") == ()
    assert not osv.asked


@pytest.mark.parametrize(("mood", "reason"), [("busy", "503"), ("html", "not an answer"), ("short", "not an answer")])
def test_from_osv__no_good_answer__is_an_outside_error(mood, reason, osv):
    """A server that is no help is named with what it said."""
    osv.mood = mood
    with pytest.raises(AdvisoriesUnreachable) as caught:
        Advisories.from_osv(WANTED, base_url=osv.url)
    assert caught.value.host == osv.url.removeprefix("http://")
    assert reason in caught.value.reason
    assert isinstance(caught.value, OutsideError)


def test_from_osv__unreachable__is_an_outside_error():
    """Without a network the caller can go on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(AdvisoriesUnreachable):
        Advisories.from_osv(WANTED, base_url=f"http://127.0.0.1:{port}", transport=Transport(retries=0))


def test_from_file__a_path_of_the_system__is_an_error():
    """A path that is no file of ours is an error too."""
    with pytest.raises(AdvisoriesUnreadable):
        Advisories.from_file(Path("/dev/null/nothing"))
