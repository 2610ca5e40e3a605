"""What can be wrong with a project.toml.

UserError
├── ProjectUnreadable   it is not TOML, or not a file that we can read
└── ProjectInvalid      something in it is not what the specification or our own table says
"""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.errors import UserError


class ProjectUnreadable(UserError):
    """``line`` is 1-based, ``None`` where the file as a whole is meant."""

    code = "JC-PROJECT-01"

    def __init__(self, path: Path, reason: str, line: int | None = None) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.line = line


class ProjectInvalid(UserError):
    """``key`` is the dotted way to what is wrong, ``line`` where it stands."""

    code = "JC-PROJECT-02"

    def __init__(self, path: Path, key: str, reason: str, line: int | None) -> None:
        super().__init__(f"{path}: {key}: {reason}")
        self.path = path
        self.key = key
        self.reason = reason
        self.line = line
