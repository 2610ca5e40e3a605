"""What can go wrong between a finished image and its users.

    UserError
    ├── UnknownDestination      JC-PUBLISH-01  the text names no place that we can publish to
    ├── NoSuchImage             JC-PUBLISH-02  the local store does not have it
    ├── DestinationUnwritable   JC-PUBLISH-03  the folder or file cannot be written
    ├── StoreOfOtherFormat      JC-STORE-01    a newer version of this program made the store
    └── IllegalSize             JC-STORE-03    a text that is no number of bytes
    OutsideError
    ├── StoredBlobDamaged       JC-STORE-02    a blob of the store is not what its name says
    ├── StoreIndexDamaged       JC-STORE-04    the store's list of images is gone, or garbage (an oci.ImageUnreadable)
    ├── DockerUnavailable       JC-PUBLISH-04  no Docker Engine answers
    ├── DockerRefused           JC-PUBLISH-05  the engine answered and would not do it
    ├── ContainerNotStarted     JC-PUBLISH-06  a container of the image would not start
    ├── PodmanUnavailable       JC-PUBLISH-07  there is no Podman that works
    └── PodmanRefused           JC-PUBLISH-08  Podman would not do it

A full or forbidden disk is ``transport.DiskFull`` or ``transport.NotWritable``; a registry's
refusals are in ``registry.errors``.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.errors import OutsideError, UserError
from jupyter_containerize.oci.errors import ImageUnreadable


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


class StoreOfOtherFormat(UserError):
    """The store in ``root`` says ``found`` of its form; this version knows ``known`` and no later one."""

    code = "JC-STORE-01"

    def __init__(self, root: Path, found: str, known: int) -> None:
        super().__init__(f"{root}: format {found!r}, not {known}")
        self.root = root
        self.found = found
        self.known = known


class StoredBlobDamaged(OutsideError):
    """The blob ``digest`` in the store ``root`` is missing or has another content; ``reason`` says which."""

    code = "JC-STORE-02"

    def __init__(self, root: Path, digest: str, reason: str) -> None:
        super().__init__(f"{digest}: {reason}")
        self.root = root
        self.digest = digest
        self.reason = reason


class StoreIndexDamaged(ImageUnreadable):
    """The list of images in the store ``root`` is not there, or is none; ``reason`` is what is wrong first."""

    code = "JC-STORE-04"

    def __init__(self, root: Path, reason: str) -> None:
        super().__init__("index", reason)
        self.root = root


class IllegalSize(UserError):
    """``text`` is no size like ``20GB``, ``512MiB`` or a number of bytes."""

    code = "JC-STORE-03"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


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


class PodmanUnavailable(OutsideError):
    """There is no Podman, or it does not work; ``reason`` is why."""

    code = "JC-PUBLISH-07"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PodmanRefused(OutsideError):
    """Podman answered ``reason`` when it was asked for ``action`` (``load``, ``tag``)."""

    code = "JC-PUBLISH-08"

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"{action}: {reason}")
        self.action = action
        self.reason = reason
