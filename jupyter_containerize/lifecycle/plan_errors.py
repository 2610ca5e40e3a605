"""What can go wrong when a plan is shown.

UserError
└── NothingToCompare   there is no image of that name
"""

from __future__ import annotations

from jupyter_containerize.domain.errors import UserError
from jupyter_containerize.domain.platform import Platform


class NothingToCompare(UserError):
    """Neither the local store nor a registry has an image of that name for the platform."""

    code = "JC-PLAN-01"

    def __init__(self, name: str, platform: Platform) -> None:
        super().__init__(f"{name}: {platform}")
        self.name = name
        self.platform = platform
