"""What can go wrong between a finished image and its users.

    UserError
    ├── UnknownDestination      JC-PUBLISH-01  the text names no place that we can publish to
    ├── NoSuchImage             JC-PUBLISH-02  the local store does not have it
    └── DestinationUnwritable   JC-PUBLISH-03  the folder or file cannot be written
    OutsideError
    ├── DockerUnavailable       JC-PUBLISH-04  no Docker Engine answers
    ├── DockerRefused           JC-PUBLISH-05  the engine answered and would not do it
    └── ContainerNotStarted     JC-PUBLISH-06  a container of the image would not start

A full or forbidden disk is ``transport.DiskFull`` or ``transport.NotWritable``; a registry's
refusals are in ``registry.errors``.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.errors import OutsideError, UserError


class UnknownDestination(UserError):
    """``text`` is neither ``docker`` nor ``oci:DIR`` nor ``archive:FILE.tar`` nor ``host/name:tag``.

    ``reason`` says what is missing or wrong in it.
    """

    code = "JC-PUBLISH-01"

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text!r}: {reason}")
        self.text = text
        self.reason = reason


class NoSuchImage(UserError):
    """The store has no image of that name or digest."""

    code = "JC-PUBLISH-02"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class DestinationUnwritable(UserError):
    """``path`` cannot be written; ``reason`` is the system's word for it."""

    code = "JC-PUBLISH-03"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class DockerUnavailable(OutsideError):
    """No Docker Engine answers; ``reason`` is what the connection gave."""

    code = "JC-PUBLISH-04"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DockerRefused(OutsideError):
    """The Docker Engine answered ``reason`` when it was asked for ``action`` (``load``, ``tag``)."""

    code = "JC-PUBLISH-05"

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"{action}: {reason}")
        self.action = action
        self.reason = reason


class ContainerNotStarted(OutsideError):
    """``engine`` could not start a container of the image; ``reason`` is what it said."""

    code = "JC-PUBLISH-06"

    def __init__(self, engine: str, reason: str) -> None:
        super().__init__(f"{engine}: {reason}")
        self.engine = engine
        self.reason = reason
