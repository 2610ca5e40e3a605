"""What can go wrong while a layer is made.

UserError
├── NoStandalonePython      JC-BUILDPACK-06  uv knows no CPython of that minor version
├── PythonNotCaptured       JC-BUILDPACK-07  the kernel's own interpreter cannot be taken into an image
├── GlibcTooNew             JC-BUILDPACK-08  the kernel's own interpreter needs a newer C library than the base has
├── NoPythonForImage        JC-BUILDPACK-09  none of the ways to a Python of that version is open
└── UnknownPythonSource     JC-BUILDPACK-10  a setting names a way to a Python that there is not
OutsideError
├── WheelBroken             JC-BUILDPACK-01  a wheel's content is not what its own records say
├── DebBroken               JC-BUILDPACK-02  a Debian package cannot be read, or clashes with another
├── TargetNotRunnable       JC-BUILDPACK-03  this machine cannot run the image's Python
├── CompileFailed           JC-BUILDPACK-04  the image's Python could not write .pyc files
└── PythonInstallFailed     JC-BUILDPACK-05  uv could not install a standalone CPython
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import ContainerizeError, OutsideError, UserError


class WheelBroken(OutsideError):
    """A wheel cannot be installed: its archive or its RECORD is damaged."""

    code = "JC-BUILDPACK-01"

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(f"{filename}: {reason}")
        self.filename = filename
        self.reason = reason


class DebBroken(OutsideError):
    """A Debian package is damaged, of an unknown kind, or holds a path that another one has as well."""

    code = "JC-BUILDPACK-02"

    def __init__(self, package: str, reason: str) -> None:
        super().__init__(f"{package}: {reason}")
        self.package = package
        self.reason = reason


class TargetNotRunnable(OutsideError):
    """The image's Python cannot be run here. ``python`` is its path in the image."""

    code = "JC-BUILDPACK-03"

    def __init__(self, python: str, reason: str) -> None:
        super().__init__(f"{python}: {reason}")
        self.python = python
        self.reason = reason


class CompileFailed(OutsideError):
    """The image's Python ended with ``exit_code``; ``detail`` is the end of what it said.

    ``folder`` is the path in the image. A full disk is one cause: the .pyc files need room.
    """

    code = "JC-BUILDPACK-04"

    def __init__(self, folder: str, exit_code: int, detail: str) -> None:
        super().__init__(f"{folder}: exit code {exit_code}")
        self.folder = folder
        self.exit_code = exit_code
        self.detail = detail


class PythonInstallFailed(OutsideError):
    """uv did not give us the CPython ``key``; ``detail`` is what it said, without credentials."""

    code = "JC-BUILDPACK-05"

    def __init__(self, key: str, detail: str) -> None:
        super().__init__(f"{key}: {detail}")
        self.key = key
        self.detail = detail


class NoStandalonePython(UserError):
    """No standalone CPython ``python_minor`` exists for the platform."""

    code = "JC-BUILDPACK-06"

    def __init__(self, python_minor: str) -> None:
        super().__init__(python_minor)
        self.python_minor = python_minor


class PythonNotCaptured(UserError):
    """The kernel's interpreter ``python``, a path of this machine, cannot be taken into an image."""

    code = "JC-BUILDPACK-07"

    def __init__(self, python: str, reason: str) -> None:
        super().__init__(f"{python}: {reason}")
        self.python = python
        self.reason = reason


class GlibcTooNew(UserError):
    """``file`` of the kernel's interpreter needs glibc ``needs`` (``2.42``); the base has ``base``."""

    code = "JC-BUILDPACK-08"

    def __init__(self, file: str, needs: str, base: str) -> None:
        super().__init__(f"{file}: glibc {needs}, not {base}")
        self.file = file
        self.needs = needs
        self.base = base


class NoPythonForImage(UserError):
    """``tried`` are the ways to a Python, in their order, each with the error that it ended in."""

    code = "JC-BUILDPACK-09"

    def __init__(self, python_minor: str, platform: str, tried: tuple[tuple[str, ContainerizeError], ...]) -> None:
        super().__init__(f"{python_minor} for {platform}: " + "; ".join(f"{way}: {error}" for way, error in tried))
        self.python_minor = python_minor
        self.platform = platform
        self.tried = tried


class UnknownPythonSource(UserError):
    """The environment's ``variable`` names ``text``; ``known`` are the ways that there are."""

    code = "JC-BUILDPACK-10"

    def __init__(self, variable: str, text: str, known: tuple[str, ...]) -> None:
        super().__init__(text)
        self.variable = variable
        self.text = text
        self.known = known
