"""The record of builds and their events, in SQLite; shared by all servers of one user.

Every event is one transaction that also brings the build's row up to date, so a reader sees
both or neither. SQLite gives one writer at a time, so seqs are committed in the order in which
they were given out: who has read up to a seq has missed nothing before it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_containerize.builds.errors import BuildNotFound, HistoryUnusable
from jupyter_containerize.builds.record import (
    FORGOTTEN,
    BuildRecord,
    BuildState,
    EventJson,
    RecordedEvent,
    now,
    state_event,
)
from jupyter_containerize.builds.tasks import TaskKind

VERSION = 4
BUSY_SECONDS = 10.0

# AUTOINCREMENT: a seq is never given twice, even after the newest rows were removed.
_SCHEMA = """
CREATE TABLE builds (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  cancel_wanted INTEGER NOT NULL DEFAULT 0,
  path TEXT NOT NULL, tag TEXT NOT NULL, destination TEXT NOT NULL,
  state TEXT NOT NULL, phase TEXT, progress TEXT,
  created TEXT NOT NULL, started TEXT, finished TEXT,
  report TEXT, problem TEXT,
  last_seq INTEGER NOT NULL
);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  build TEXT NOT NULL, time TEXT NOT NULL, event TEXT NOT NULL
);
CREATE INDEX events_of_build ON events (build, seq);
"""
# What came after the first format, in order. A program of the format before still writes rows: every column has a value
# without it.
_STEPS = (
    """
ALTER TABLE builds ADD COLUMN kind TEXT NOT NULL DEFAULT 'build';
ALTER TABLE builds ADD COLUMN plan TEXT;
""",
    """
ALTER TABLE builds ADD COLUMN phase_started TEXT;
ALTER TABLE builds ADD COLUMN timings TEXT NOT NULL DEFAULT '{}';
""",
    """
ALTER TABLE builds ADD COLUMN asked TEXT NOT NULL DEFAULT '{}';
""",
)

_JSON = frozenset({"asked", "progress", "timings", "report", "plan", "problem"})
_COLUMNS = tuple(BuildRecord.__dataclass_fields__)
# A plan is larger than all the rest.
_LISTED = tuple("NULL" if name == "plan" else name for name in _COLUMNS)
_ACTIVE = "state IN ('queued', 'running')"


class History:
    """One process's connection to the database; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open the database, and make it if there is none.

        Raises:
            HistoryUnusable: it cannot be opened, or a newer release has written it.
        """
        self._path = path
        self._lock = threading.Lock()
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            with self._told():
                self._prepare()
        except HistoryUnusable:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the connection; the object cannot be used after that."""
        with self._lock:
            self._db.close()

    def add(self, record: BuildRecord, *, owner: str) -> BuildRecord:
        """Write a new build with its first event; return it with its ``last_seq``."""
        with self._writing() as db:
            seq = self._insert_event(db, record.id, record.created, state_event(record.state))
            record = replace(record, last_seq=seq)
            columns = ("owner", *_COLUMNS)
            marks = ", ".join("?" for _ in columns)
            db.execute(
                f"INSERT INTO builds ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608  # names of our own
                (owner, *_values(record)),
            )
        return record

    def append(self, record: BuildRecord, event: EventJson, *, time: str) -> BuildRecord:
        """Write an event and the record as it is after it; return the record with its ``last_seq``."""
        with self._writing() as db:
            record = replace(record, last_seq=self._insert_event(db, record.id, time, event))
            assignments = ", ".join(f"{name} = ?" for name in _COLUMNS)
            db.execute(
                f"UPDATE builds SET {assignments} WHERE id = ?",  # noqa: S608  # names of our own
                (*_values(record), record.id),
            )
        return record

    def get(self, build_id: str) -> BuildRecord:
        """Return one build.

        Raises:
            BuildNotFound: there is none with that id.
        """
        rows = self._read(f"SELECT {', '.join(_COLUMNS)} FROM builds WHERE id = ?", build_id)  # noqa: S608  # our names
        if not rows:
            raise BuildNotFound(build_id)
        return _record(rows[0])

    def all(self) -> tuple[BuildRecord, ...]:
        """Return every build, newest first, without plans."""
        rows = self._read(f"SELECT {', '.join(_LISTED)} FROM builds ORDER BY number DESC")  # noqa: S608  # our names
        return tuple(map(_record, rows))

    def active(self) -> tuple[tuple[str, str], ...]:
        """Return the id and the owner of every queued or running build, oldest first."""
        rows = self._read(f"SELECT id, owner FROM builds WHERE {_ACTIVE} ORDER BY number")  # noqa: S608  # our names
        return tuple((str(build_id), str(owner)) for build_id, owner in rows)

    def events(
        self, *, after: int = 0, build_id: str | None = None, limit: int | None = None
    ) -> tuple[RecordedEvent, ...]:
        """Return the events with a seq above ``after``, oldest first: of one build, or of all."""
        of_build, builds = ("", ()) if build_id is None else ("AND build = ?", (build_id,))
        rows = self._read(
            f"SELECT seq, build, time, event FROM events WHERE seq > ? {of_build} ORDER BY seq LIMIT ?",  # noqa: S608
            after,
            *builds,
            -1 if limit is None else limit,
        )
        return tuple(
            RecordedEvent(seq=seq, build=build, time=time, event=json.loads(event)) for seq, build, time, event in rows
        )

    def last_seq(self) -> int:
        """Return the newest event's seq, 0 if there was never one."""
        rows = self._read("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        return int(rows[0][0]) if rows else 0

    def forget(self, build_ids: Iterable[str]) -> None:
        """Remove builds and their events; one event that says so stays for each."""
        with self._writing() as db:
            for build_id in build_ids:
                db.execute("DELETE FROM builds WHERE id = ?", (build_id,))
                db.execute("DELETE FROM events WHERE build = ?", (build_id,))
                self._insert_event(db, build_id, now(), state_event(FORGOTTEN))

    def want_cancel(self, build_id: str) -> None:
        """Leave word for the build's owner that it shall stop."""
        with self._writing() as db:
            db.execute(f"UPDATE builds SET cancel_wanted = 1 WHERE id = ? AND {_ACTIVE}", (build_id,))  # noqa: S608

    def cancel_wanted(self, owner: str) -> frozenset[str]:
        """Return the ids of the owner's active builds that somebody wants to stop."""
        rows = self._read(f"SELECT id FROM builds WHERE owner = ? AND cancel_wanted AND {_ACTIVE}", owner)  # noqa: S608
        return frozenset(str(row[0]) for row in rows)

    def version(self) -> int:
        """Return a number that changes when another process has written. Source: SQLite, "PRAGMA data_version"."""
        return int(self._read("PRAGMA data_version")[0][0])

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        # With WAL, NORMAL can lose the newest events when the power fails, never the database.
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            found = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if found > VERSION:
                raise HistoryUnusable(self._path, f"written by a newer release (format {found}, known {VERSION})")
            # Not executescript: it would commit the transaction that keeps two servers apart.
            for script in (_SCHEMA, *_STEPS)[found:]:
                for statement in filter(str.strip, script.split(";")):
                    self._db.execute(statement)
            if found != VERSION:
                self._db.execute(f"PRAGMA user_version = {VERSION}")

    @staticmethod
    def _insert_event(db: sqlite3.Connection, build_id: str, time: str, event: EventJson) -> int:
        cursor = db.execute(
            "INSERT INTO events (build, time, event) VALUES (?, ?, ?)",
            (build_id, time, json.dumps(event, separators=(",", ":"))),
        )
        return int(cursor.lastrowid or 0)

    def _read(self, sql: str, *parameters: object) -> list[Any]:
        with self._lock, self._told():
            return self._db.execute(sql, parameters).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._told(), self._transaction():
            yield self._db

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # SQLite itself has rolled back when the disk was full
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise HistoryUnusable(self._path, str(error)) from error


def _values(record: BuildRecord) -> tuple[object, ...]:
    values = ((name, getattr(record, name)) for name in _COLUMNS)
    return tuple(json.dumps(value) if name in _JSON and value is not None else value for name, value in values)


def _record(row: tuple[Any, ...]) -> BuildRecord:
    fields = dict(zip(_COLUMNS, row, strict=True))
    decoded = {
        name: json.loads(str(value)) if name in _JSON and value is not None else value for name, value in fields.items()
    }
    return BuildRecord(**decoded | {"state": BuildState(str(fields["state"])), "kind": TaskKind(str(fields["kind"]))})
