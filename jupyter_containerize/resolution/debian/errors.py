"""What can go wrong between us and a Debian archive.

    UserError
    ├── NoDebianPython     JC-DEBIAN-01  no release carries that Python
    └── IllegalMirror      JC-DEBIAN-02  the configured mirror is not an address that we use
    OutsideError
    ├── IndexUnreachable   JC-DEBIAN-03  the archive did not answer and nothing is cached
    ├── SignatureInvalid   JC-DEBIAN-04  nobody whom we trust signed the index
    ├── ReleaseExpired     JC-DEBIAN-05  a signed index that is too old: a frozen mirror, or a replay
    ├── ReleaseMismatch    JC-DEBIAN-06  a signed index of something else than what was asked for
    ├── IndexDamaged       JC-DEBIAN-07  a signed index that does not say what we need
    ├── PackageMissing     JC-DEBIAN-08  the release has no package that satisfies a relation
    ├── BaseTooOld         JC-DEBIAN-09  a further package wants another version of what the base has
    └── ScriptUnknown      JC-DEBIAN-10  a maintainer script does what we do not know how to do

URLs in these errors never carry credentials: a mirror with any is refused.
"""

from __future__ import annotations

from datetime import datetime

from jupyter_containerize.domain.errors import OutsideError, UserError


class NoDebianPython(UserError):
    """No Debian release that we build on carries this Python. ``available`` is sorted, oldest first."""

    code = "JC-DEBIAN-01"

    def __init__(self, python_minor: str, available: tuple[str, ...]) -> None:
        super().__init__(f"{python_minor} not in {', '.join(available)}")
        self.python_minor = python_minor
        self.available = available


class IllegalMirror(UserError):
    """The mirror that ``variable`` names cannot be used; ``url`` is without its credentials."""

    code = "JC-DEBIAN-02"

    def __init__(self, url: str, variable: str, reason: str) -> None:
        super().__init__(f"{variable}={url}: {reason}")
        self.url = url
        self.variable = variable
        self.reason = reason


class IndexUnreachable(OutsideError):
    """An index could not be had from the archive, and no earlier copy of it is cached."""

    code = "JC-DEBIAN-03"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class SignatureInvalid(OutsideError):
    """The index carries no valid signature of a key that we ship."""

    code = "JC-DEBIAN-04"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class ReleaseExpired(OutsideError):
    """The index says itself that it may no longer be used."""

    code = "JC-DEBIAN-05"

    def __init__(self, url: str, valid_until: datetime) -> None:
        super().__init__(f"{url}: {valid_until.isoformat()}")
        self.url = url
        self.valid_until = valid_until


class ReleaseMismatch(OutsideError):
    """The index is signed, but describes another suite than the one it was fetched for."""

    code = "JC-DEBIAN-06"

    def __init__(self, url: str, expected: str, seen: str) -> None:
        super().__init__(f"{url}: {seen!r} is not {expected!r}")
        self.url = url
        self.expected = expected
        self.seen = seen


class IndexDamaged(OutsideError):
    """The index is signed, but ``missing`` is not in it or not readable."""

    code = "JC-DEBIAN-07"

    def __init__(self, url: str, missing: str) -> None:
        super().__init__(f"{url}: {missing}")
        self.url = url
        self.missing = missing


class PackageMissing(OutsideError):
    """The release has nothing that satisfies ``relation``. ``wanted_by`` is a package, or ``base``."""

    code = "JC-DEBIAN-08"

    def __init__(self, relation: str, wanted_by: str, release: str) -> None:
        super().__init__(f"{relation} for {wanted_by} in {release}")
        self.relation = relation
        self.wanted_by = wanted_by
        self.release = release


class BaseTooOld(OutsideError):
    """A package beside the base satisfies ``relation`` with another version than the base's ``installed``."""

    code = "JC-DEBIAN-09"

    def __init__(self, relation: str, wanted_by: str, installed: str) -> None:
        super().__init__(f"{relation} for {wanted_by}: the base has {installed}")
        self.relation = relation
        self.wanted_by = wanted_by
        self.installed = installed


class ScriptUnknown(OutsideError):
    """Scripts never run; ``line`` (1-based ``number``) of this one has an effect that no rule of ours brings about."""

    code = "JC-DEBIAN-10"

    def __init__(self, package: str, script: str, number: int, line: str) -> None:
        super().__init__(f"{package}: {script}:{number}: {line}")
        self.package = package
        self.script = script
        self.number = number
        self.line = line
