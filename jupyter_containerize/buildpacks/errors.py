"""What can go wrong while a layer is made.

    OutsideError
    └── WheelBroken       a wheel's content is not what its own records say
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import OutsideError


class WheelBroken(OutsideError):
    """A wheel cannot be installed: its archive or its RECORD is damaged."""

    code = "JC-BUILDPACK-01"

    def __init__(self, filename: str, reason: str) -> None:
        super().__init__(f"{filename}: {reason}")
        self.filename = filename
        self.reason = reason
