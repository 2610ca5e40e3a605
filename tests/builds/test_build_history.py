"""The database of builds: what it keeps, and how it fails."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from jupyter_containerize.builds.errors import BuildNotFound, HistoryUnusable
from jupyter_containerize.builds.history import VERSION, History
from jupyter_containerize.builds.record import BuildRecord, BuildState, EventJson

LINE: EventJson = {"event": "log_line", "text": "ü", "level": "info"}


def _record(build_id: str = "b1") -> BuildRecord:
    return BuildRecord(id=build_id, path="a.ipynb", state=BuildState.QUEUED, created="2026-01-01T00:00:00.000+00:00")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return where the database lies."""
    return tmp_path / "deep" / "builds.db"


@pytest.fixture
def history(database: Path):
    """Provide an empty history."""
    history = History(database)
    yield history
    history.close()


def test_append__full_record__read_back_the_same_after_reopening(history: History, database: Path) -> None:
    """Every field survives, JSON and absence included."""
    record = history.add(_record(), owner="me")
    full = BuildRecord(
        id="b1",
        path="ü/a.ipynb",
        state=BuildState.FAILED,
        created=record.created,
        tag="t",
        destination="docker",
        phase="build",
        progress={"step": "s", "done": 1, "total": None, "unit": "items"},
        started="s",
        finished="f",
        report={"layers": [1]},
        problem={"code": "x"},
    )
    written = history.append(full, LINE, time="later")
    reopened = History(database)
    assert reopened.get("b1") == written
    assert [(item.seq, item.time, item.event) for item in reopened.events(after=1)] == [(2, "later", LINE)]
    reopened.close()


def test_events__after_limit_and_build__oldest_first(history: History) -> None:
    """Reading on from a seq gives what came after it, in order, of one build or of all."""
    for build_id in ("b1", "b2"):
        history.append(history.add(_record(build_id), owner="me"), LINE, time="t")
    assert [item.seq for item in history.events()] == [1, 2, 3, 4]
    assert [item.seq for item in history.events(after=1, limit=2)] == [2, 3]
    assert [item.seq for item in history.events(after=1, build_id="b2")] == [3, 4]
    assert history.last_seq() == 4


def test_forget__newest_events_removed__seqs_are_not_given_again(history: History) -> None:
    """A page that has read up to a seq can rely on it after builds were removed."""
    history.add(_record(), owner="me")
    history.forget(["b1"])
    assert history.last_seq() == 2
    assert history.add(_record("b2"), owner="me").last_seq == 3
    with pytest.raises(BuildNotFound):
        history.get("b1")


def test_history__not_a_database__says_which_file(database: Path) -> None:
    """A damaged file is named, and left as it is."""
    database.parent.mkdir()
    database.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(HistoryUnusable) as caught:
        History(database)
    assert caught.value.path == database
    assert database.read_bytes().startswith(b"this is")


def test_history__written_by_a_newer_release__refused(database: Path) -> None:
    """A format that we do not know is not written to."""
    History(database).close()
    with sqlite3.connect(database) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    db.close()
    with pytest.raises(HistoryUnusable) as caught:
        History(database)
    assert str(VERSION + 1) in caught.value.reason


def test_history__folder_cannot_be_made__says_so(tmp_path: Path) -> None:
    """A data directory that cannot be written is told, not a stack trace."""
    (tmp_path / "file").touch()
    with pytest.raises(HistoryUnusable):
        History(tmp_path / "file" / "builds.db")


def test_append__disk_full__told_and_history_still_works(history: History) -> None:
    """A full disk loses the event that did not fit, and nothing else."""
    record = history.add(_record(), owner="me")
    pages = history._db.execute("PRAGMA page_count").fetchone()[0]
    history._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(HistoryUnusable) as caught:
        history.append(record, {"event": "log_line", "text": "x" * 1_000_000, "level": "info"}, time="t")
    assert "full" in caught.value.reason
    history._db.execute("PRAGMA max_page_count = 100000")
    assert history.append(record, LINE, time="t").last_seq == 2


def test_version__another_connection_writes__changes(history: History, database: Path) -> None:
    """A server can notice cheaply that another one has recorded something."""
    before = history.version()
    assert history.version() == before
    other = History(database)
    other.add(_record(), owner="other")
    other.close()
    assert history.version() != before
