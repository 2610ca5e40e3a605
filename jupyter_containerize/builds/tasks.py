"""What the queue does beside builds: plans, and what is done with an image that is there."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from jupyter_containerize.domain.build import BuildRequest


class TaskKind(StrEnum):
    """What a worker does."""

    BUILD = "build"
    PLAN = "plan"
    """What a build would do."""
    PUSH = "push"
    """Putting an image somewhere."""
    REBASE = "rebase"
    """Putting an image on the newest system packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(BuildRequest):
    """A request for something else than a build.

    A push and a rebase are about the image that ``tag`` names in the local store; their ``notebook`` is not read, and
    its folder is where relative paths start. ``than`` names the image that a plan is compared with; empty: none.
    """

    kind: TaskKind
    than: str = ""

    def as_build(self) -> BuildRequest:
        """Return the build that is planned."""
        return BuildRequest(**{item.name: getattr(self, item.name) for item in fields(BuildRequest)})


def kind_of(request: BuildRequest) -> TaskKind:
    """Return what is asked for."""
    return request.kind if isinstance(request, Task) else TaskKind.BUILD
