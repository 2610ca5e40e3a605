"""What can go wrong with containers that this server runs.

UserError
├── NoSuchContainer    no container has that id
├── TooManyRunning     as many run as may
├── NotAsking          the container starts still, or has ended
└── ContainerEnded     it was ready, and then ended
OutsideError
└── NoAnswer           it was asked and did not answer
"""

from __future__ import annotations

from typing import ClassVar

from jupyter_containerize.domain.errors import OutsideError, UserError


class NoSuchContainer(UserError):
    """No container of this server has that id: it never was, or it was stopped."""

    code: ClassVar[str] = "JC-RUN-03"

    def __init__(self, container_id: str) -> None:
        super().__init__(container_id)
        self.container_id = container_id


class TooManyRunning(UserError):
    """This server runs ``limit`` containers, and may not run more."""

    code: ClassVar[str] = "JC-RUN-04"

    def __init__(self, limit: int) -> None:
        super().__init__(str(limit))
        self.limit = limit


class NotAsking(UserError):
    """A container of ``image`` that is in ``state`` cannot be asked anything."""

    code: ClassVar[str] = "JC-RUN-05"

    def __init__(self, image: str, state: str) -> None:
        super().__init__(f"{image}: {state}")
        self.image = image
        self.state = state


class ContainerEnded(UserError):
    """A container of ``image`` that was ready ended with ``exit_code`` (``None``: not known); ``logs`` are its last."""

    code: ClassVar[str] = "JC-RUN-06"

    def __init__(self, image: str, exit_code: int | None, logs: str) -> None:
        super().__init__(f"{image}: {exit_code}")
        self.image = image
        self.exit_code = exit_code
        self.logs = logs


class NoAnswer(OutsideError):
    """A container of ``image`` gave no answer that can be shown; ``reason`` is why."""

    code: ClassVar[str] = "JC-RUN-07"

    def __init__(self, image: str, reason: str) -> None:
        super().__init__(f"{image}: {reason}")
        self.image = image
        self.reason = reason
