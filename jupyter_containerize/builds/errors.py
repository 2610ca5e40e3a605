"""What can go wrong with the keeping and running of builds.

UserError
├── BuildNotFound       no build has that id
└── BuildNotFinished    only a finished build can be forgotten
OutsideError
├── WorkerDied          the process that built ended without saying why
├── BuildTimedOut       it took longer than the administrator lets builds take
└── HistoryUnusable     the database of builds cannot be opened, read or written
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from jupyter_containerize.domain.errors import OutsideError, UserError


class BuildNotFound(UserError):
    """No build has that id: it never was, or it was forgotten."""

    code: ClassVar[str] = "JC-BUILD-02"

    def __init__(self, build_id: str) -> None:
        super().__init__(build_id)
        self.build_id = build_id


class BuildNotFinished(UserError):
    """The build is queued or running, so its record cannot be removed."""

    code: ClassVar[str] = "JC-BUILD-03"

    def __init__(self, build_id: str, state: str) -> None:
        super().__init__(build_id, state)
        self.build_id = build_id
        self.state = state


class WorkerDied(OutsideError):
    """The worker process ended, or could not be started, without reporting an outcome.

    Exactly one of ``exit_code``, ``signal`` (``SIGKILL``) and ``reason`` (it did not start) is set.
    ``said`` are the last lines of its standard error, without credentials.
    """

    code: ClassVar[str] = "JC-BUILD-04"

    def __init__(
        self,
        *,
        exit_code: int | None = None,
        signal: str | None = None,
        reason: str | None = None,
        said: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason or signal or f"exit code {exit_code}")
        self.exit_code = exit_code
        self.signal = signal
        self.reason = reason
        self.said = said


class BuildTimedOut(OutsideError):
    """The build was stopped after ``seconds``: no build here may take longer."""

    code: ClassVar[str] = "JC-BUILD-06"

    def __init__(self, seconds: float) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


class HistoryUnusable(OutsideError):
    """The database of builds cannot be used: damaged, locked, read-only, or the disk is full.

    ``reason`` is SQLite's own word for it.
    """

    code: ClassVar[str] = "JC-BUILD-05"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(str(path), reason)
        self.path = path
        self.reason = reason
