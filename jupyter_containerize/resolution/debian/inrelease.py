"""A suite's InRelease: verified, checked against what was asked for, and read.

Source: wiki.debian.org/DebianRepository/Format, "Release" files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from jupyter_containerize.resolution.debian.errors import IndexDamaged, ReleaseExpired, ReleaseMismatch
from jupyter_containerize.resolution.debian.signature import signed_text


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """A file that an InRelease vouches for. ``path`` is relative to the suite's folder."""

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InRelease:
    """What a signed InRelease says, as far as we need it. ``valid_until`` is ``None`` when it never expires."""

    url: str
    codename: str
    by_hash: bool
    valid_until: datetime | None
    files: Mapping[str, IndexFile]

    def check_age(self, now: datetime | None = None) -> None:
        """Refuse an index that says that it is too old.

        Raises:
            ReleaseExpired: carries the date.
        """
        if self.valid_until is not None and self.valid_until < (now or datetime.now(tz=UTC)):
            raise ReleaseExpired(self.url, self.valid_until)

    def packages_file(self, architecture: str) -> IndexFile:
        """Return the file that lists the packages of the main component.

        Raises:
            IndexDamaged: the suite has none for that architecture.
        """
        path = f"main/binary-{architecture}/Packages.xz"
        if path not in self.files:
            raise IndexDamaged(self.url, path)
        return self.files[path]


def read_inrelease(message: bytes, *, url: str, codename: str, keys: tuple[bytes, ...]) -> InRelease:
    """Return what ``message`` says, if it is signed and of the suite ``codename``.

    Raises:
        SignatureInvalid: no key that we ship signed it.
        ReleaseMismatch: it is of another suite.
        IndexDamaged: a field that we need is not there, or not readable.
    """
    text = signed_text(message, keys=keys, url=url)
    fields, files = _fields(text.splitlines())
    # A mirror, or who stands between us and it, could answer with another suite that is signed as well.
    if fields.get("Codename") != codename:
        raise ReleaseMismatch(url, codename, fields.get("Codename", ""))
    try:
        return InRelease(
            url=url,
            codename=codename,
            by_hash=fields.get("Acquire-By-Hash") == "yes",
            valid_until=_date(fields["Valid-Until"]) if "Valid-Until" in fields else None,
            files={file.path: file for file in map(_file, files)},
        )
    except ValueError as error:
        raise IndexDamaged(url, str(error)) from error


def _fields(lines: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the one-line fields, and the lines of the field ``SHA256``."""
    fields: dict[str, str] = {}
    files: list[str] = []
    name = ""
    for line in lines:
        if line.startswith(" "):
            if name == "SHA256":
                files.append(line)
            continue
        name, _, value = line.partition(":")
        fields[name] = value.strip()
    return fields, files


def _file(line: str) -> IndexFile:
    sha256, size, path = line.split()
    return IndexFile(path=path, sha256=sha256, size_bytes=int(size))


def _date(text: str) -> datetime:
    date = parsedate_to_datetime(text)
    return date if date.tzinfo else date.replace(tzinfo=UTC)
