"""What can be wrong with the formats.

OutsideError
└── ImageUnreadable   JC-OCI-01  bytes from a registry or a disk are no image
InternalError
└── LayerMisplanned   JC-OCI-02  entries that no layer may hold, or not in this order
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import InternalError, OutsideError


class ImageUnreadable(OutsideError):
    """A manifest, config, index or layer does not have the form that the specification gives.

    ``subject`` names the document (``manifest``, ``config``, ``index``, ``layer sha256:...``),
    ``reason`` the first thing that is wrong, with its path inside the document.
    """

    code = "JC-OCI-01"

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"{subject}: {reason}")
        self.subject = subject
        self.reason = reason


class LayerMisplanned(InternalError):
    """A buildpack gave an entry that breaks a promise. ``rule`` says which."""

    code = "JC-OCI-02"

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path!r}: {rule}")
        self.path = path
        self.rule = rule
