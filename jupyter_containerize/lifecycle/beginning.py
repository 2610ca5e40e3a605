"""The first step of a build and of a plan: what is asked for, with what the folder's project.toml says."""

from __future__ import annotations

from jupyter_containerize.domain.build import BuildRequest, CancelToken, Emit, Level
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.project_file import read_project
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.publishing import LocalStore


def begin(request: BuildRequest, emit: Emit, cancel: CancelToken, store: LocalStore | None = None) -> Job:
    """Return the job of a request; what of the project is not heeded is told.

    Raises:
        ProjectUnreadable, ProjectInvalid: of the file.
        NotWritable, DiskFull: the store cannot be opened.
    """
    watch = Watch(emit, cancel)
    project = read_project(request.notebook.resolve().parent)
    for finding in project.findings:
        watch.say(f"{finding.location}: {finding.message}. {finding.hint}", Level.WARNING)
    return Job(request=project.applied(request), store=store or LocalStore.default(), watch=watch, project=project)
