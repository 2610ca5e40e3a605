"""What every phase is given beside its values: the request, the store, and who watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.lifecycle.laid_out import LaidOut
from jupyter_containerize.lifecycle.project import Project
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.publishing import LocalStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One build under way. ``before_run`` is called when the notebook has to run, just before.

    ``project`` is what the folder's project.toml says; what it says of the request is in the request.
    ``at_end`` is what to call when the image is there: what later builds are quicker by. ``laid_out`` are the Pythons
    that this build laid out, where somebody removes them at its end.
    """

    request: BuildRequest
    store: LocalStore
    watch: Watch
    before_run: Callable[[], None] = lambda: None
    project: Project = field(default_factory=Project)
    at_end: list[Callable[[], None]] = field(default_factory=list)
    laid_out: LaidOut = field(default_factory=LaidOut)

    @property
    def folder(self) -> Path:
        """The notebook's own folder, where it runs and where its files are."""
        return self.request.notebook.resolve().parent
