"""What goes wrong between an import statement and a locked wheel.

    UserError
    ├── UnknownImports      01  imports that nothing in the kernel's environment provides
    ├── LocalInstall        02  a distribution that came from a folder or a repository, not from an index
    ├── NoWheel             03  no wheel of that version fits the image
    ├── VersionNotOnIndex   04  the index does not have that version, or not that distribution
    ├── ResolutionConflict  05  no set of versions suits all that ask
    ├── IndexUnreadable     06  pip's or uv's configuration names something that cannot be read
    ├── AdvisoriesUnreadable 12 a file of advisories that is none
    ├── CompiledSource      14  a distribution without a wheel has compiled code
    ├── SourceUnbuildable   15  a wheel could not be built from a distribution's source
    └── OwnWheelMissing     16  a wheel of our server's own is not to be had
    OutsideError
    ├── IndexUnreachable    07  the package index did not answer, or refused
    ├── HashMissing         08  the index promises no sha256 for a wheel
    ├── ResolverMissing     09  uv cannot be started
    └── AdvisoriesUnreachable  13  the database of advisories did not answer, or not as one
    InternalError
    ├── ResolverFailed      10  uv failed in a way that we do not know
    └── LockUnreadable      11  a lock that we wrote cannot be read

Texts in these errors carry no credentials: they are taken out before an error is made.
"""

from __future__ import annotations

from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.errors import InternalError, OutsideError, UserError
from jupyter_containerize.domain.notebook import ImportSite


class UnknownImports(UserError):
    """Imports that serving needs and nothing in the kernel provides; ``sites`` is all of them, in order."""

    code = "JC-RESOLUTION-01"

    def __init__(self, sites: tuple[ImportSite, ...]) -> None:
        super().__init__(", ".join(f"{site.location}: {site.module}" for site in sites))
        self.sites = sites


class LocalInstall(UserError):
    """A needed distribution was installed from a folder, a file or a repository."""

    code = "JC-RESOLUTION-02"

    def __init__(self, distribution: str, url: str, evidence: tuple[Evidence, ...]) -> None:
        super().__init__(f"{distribution}: {url}")
        self.distribution = distribution
        self.url = url
        self.evidence = evidence


class NoWheel(UserError):
    """The index has the version, but no wheel of it for the image. ``available`` says what it has, maybe nothing."""

    code = "JC-RESOLUTION-03"

    def __init__(
        self, distribution: str, version: str, platform: str, evidence: tuple[Evidence, ...], available: str = ""
    ) -> None:
        super().__init__(f"{distribution} {version}: {platform}")
        self.distribution = distribution
        self.version = version
        self.platform = platform
        self.evidence = evidence
        self.available = available


class VersionNotOnIndex(UserError):
    """The index lacks the version, or the whole distribution when ``version`` is empty.

    ``local_label`` is what follows the ``+`` of the kernel's version (``cpu``): such builds are not on public indexes.
    """

    code = "JC-RESOLUTION-04"

    def __init__(self, distribution: str, version: str, evidence: tuple[Evidence, ...], local_label: str = "") -> None:
        super().__init__(f"{distribution} {version}")
        self.distribution = distribution
        self.version = version
        self.evidence = evidence
        self.local_label = local_label


class ResolutionConflict(UserError):
    """Requirements that exclude each other; ``text`` is the resolver's own derivation.

    ``edits`` is what the notebook's metadata asks for, in words.
    """

    code = "JC-RESOLUTION-05"

    def __init__(self, text: str, edits: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.text = text
        self.edits = edits


class IndexUnreadable(UserError):
    """A configuration file, or a folder that it names, cannot be read. ``source`` is that file or folder."""

    code = "JC-RESOLUTION-06"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class IndexUnreachable(OutsideError):
    """The package index gave no answer, or one that is no."""

    code = "JC-RESOLUTION-07"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HashMissing(OutsideError):
    """Without a sha256 a wheel cannot be checked when it is downloaded."""

    code = "JC-RESOLUTION-08"

    def __init__(self, distribution: str, url: str) -> None:
        super().__init__(f"{distribution}: {url}")
        self.distribution = distribution
        self.url = url


class ResolverMissing(OutsideError):
    """The uv executable is not there, or the system does not start it."""

    code = "JC-RESOLUTION-09"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ResolverFailed(InternalError):
    """uv said something that we do not know."""

    code = "JC-RESOLUTION-10"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class LockUnreadable(InternalError):
    """Not a pylock.toml as we write it."""

    code = "JC-RESOLUTION-11"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AdvisoriesUnreadable(UserError):
    """A file or folder that should hold advisories cannot be read, or holds none."""

    code = "JC-RESOLUTION-12"

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason


class AdvisoriesUnreachable(OutsideError):
    """The database of advisories gave no answer, or one that we do not understand."""

    code = "JC-RESOLUTION-13"

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason


class CompiledSource(UserError):
    """A distribution has no wheel and cannot get one here: ``file`` is compiled, for this machine at best.

    ``file`` is a library of the installed distribution, the name of the wheel that was built, or of the source whose
    build called a compiler.
    """

    code = "JC-RESOLUTION-14"

    def __init__(self, distribution: str, version: str, file: str, evidence: tuple[Evidence, ...] = ()) -> None:
        super().__init__(f"{distribution} {version}: {file}")
        self.distribution = distribution
        self.version = version
        self.file = file
        self.evidence = evidence


class SourceUnbuildable(UserError):
    """Building a wheel of ``source``, a folder or an archive, failed; ``text`` is the end of what the build said."""

    code = "JC-RESOLUTION-15"

    def __init__(self, distribution: str, source: str, text: str, evidence: tuple[Evidence, ...] = ()) -> None:
        super().__init__(f"{distribution}: {source}")
        self.distribution = distribution
        self.source = source
        self.text = text
        self.evidence = evidence


class OwnWheelMissing(UserError):
    """A wheel that our server brings for itself is not to be had.

    ``filename`` is what the index lacks, or has with another hash; empty where there is none for the image's Python
    (``python_minor``) and platform.
    """

    code = "JC-RESOLUTION-16"

    def __init__(
        self, distribution: str, version: str, platform: str, python_minor: str = "", *, filename: str = ""
    ) -> None:
        super().__init__(f"{distribution} {version}: {filename or platform}")
        self.distribution = distribution
        self.version = version
        self.platform = platform
        self.python_minor = python_minor
        self.filename = filename
