"""The roots of every error that we raise on purpose.

    ContainerizeError
    ├── UserError       the user can mend it: a notebook, a tag, an option
    ├── OutsideError    another system had a bad day: a network, a registry, a disk
    ├── Cancelled       somebody asked us to stop
    └── InternalError   our bug

Each room subclasses these with data, not sentences, and a stable ``code``
(``JC-<ROOM>-<NN>``); ``explain`` alone turns an error into words.
"""

from __future__ import annotations

from typing import ClassVar


class ContainerizeError(Exception):
    """Any error that the product raises on purpose."""

    code: ClassVar[str]


class UserError(ContainerizeError):
    """The input can be mended by the person who gave it."""


class OutsideError(ContainerizeError):
    """A system that we depend on refused or failed; trying again may help."""


class InternalError(ContainerizeError):
    """A promise between our own rooms was broken."""


class Cancelled(ContainerizeError):
    """The build was asked to stop and stopped cleanly."""

    code = "JC-BUILD-01"
