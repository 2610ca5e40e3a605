"""What can go wrong between us and a server, or between us and a disk.

    UserError
    └── IllegalUrl           JC-NET-05   not an address that we can ask
    OutsideError
    ├── NetworkUnreachable   JC-NET-01   no answer: name, route, proxy, certificate, time
    ├── HttpRefused          JC-NET-02   an answer, and it was no
    ├── HashMismatch         JC-NET-03   the content is not what was promised
    ├── TooLarge             JC-NET-04   more bytes than promised or allowed
    ├── DiskFull             JC-DISK-01  no space, or a quota
    └── NotWritable          JC-DISK-02  permissions, or a read-only file system

URLs in these errors are redacted before they are stored.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.errors import OutsideError, UserError
from jupyter_containerize.transport.redact import redact


class IllegalUrl(UserError):
    """The URL has no scheme or host that we speak."""

    code = "JC-NET-05"

    def __init__(self, url: str) -> None:
        self.url = redact(url)
        super().__init__(self.url)


class NetworkUnreachable(OutsideError):
    """No answer came. ``reason`` is a few words, never a URL: ``name not found``, ``timed out``."""

    code = "JC-NET-01"

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason


class HttpRefused(OutsideError):
    """The server answered with a status that is not what was asked for."""

    code = "JC-NET-02"

    def __init__(self, url: str, status: int, reason: str) -> None:
        self.url = redact(url)
        self.status = status
        self.reason = reason
        super().__init__(f"{self.url}: {status} {reason}")


class HashMismatch(OutsideError):
    """The bytes are not the promised ones. ``expected`` and ``actual`` are sha256 in hex."""

    code = "JC-NET-03"

    def __init__(self, url: str, expected: str, actual: str) -> None:
        self.url = redact(url)
        self.expected = expected
        self.actual = actual
        super().__init__(f"{self.url}: {actual} is not {expected}")


class TooLarge(OutsideError):
    """More than ``max_bytes`` came."""

    code = "JC-NET-04"

    def __init__(self, url: str, max_bytes: int) -> None:
        self.url = redact(url)
        self.max_bytes = max_bytes
        super().__init__(f"{self.url}: more than {max_bytes} bytes")


class DiskFull(OutsideError):
    """There is no space left, or no quota, where ``path`` should be written."""

    code = "JC-DISK-01"

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


class NotWritable(OutsideError):
    """The system does not let us write ``path``; ``reason`` is the system's word for it."""

    code = "JC-DISK-02"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
