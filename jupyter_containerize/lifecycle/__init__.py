"""The five phases of a build, in order; reads like a table of contents."""

from __future__ import annotations

from dataclasses import replace

from jupyter_containerize.buildpacks.strip import RULES
from jupyter_containerize.domain.build import BuildReport, BuildRequest, CancelToken, Emit, Phase
from jupyter_containerize.lifecycle.ahead import Ahead
from jupyter_containerize.lifecycle.analyze import analyze
from jupyter_containerize.lifecycle.beginning import begin
from jupyter_containerize.lifecycle.build import build, tell_left_out, without_empty
from jupyter_containerize.lifecycle.details import DetailOptions, add_details
from jupyter_containerize.lifecycle.detect import detect
from jupyter_containerize.lifecycle.early import Early
from jupyter_containerize.lifecycle.export import export
from jupyter_containerize.lifecycle.forms import FORMATS, WRITABLE, formatted, write_requirements
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.naming import default_reference
from jupyter_containerize.lifecycle.plan import Built, Plan, Restored
from jupyter_containerize.lifecycle.plan_warnings import tell_warnings
from jupyter_containerize.lifecycle.preview import Preview, PreviewOptions, preview, preview_notebook
from jupyter_containerize.lifecycle.restore import restore
from jupyter_containerize.lifecycle.settings import check_cells, merged, source_of
from jupyter_containerize.lifecycle.slicing import (
    CellUse,
    ChosenPart,
    SliceCounts,
    SliceView,
    counted,
    objects_of,
    sliced,
    uses_of_cells,
)
from jupyter_containerize.lifecycle.trying import running, wait
from jupyter_containerize.publishing import LocalStore

__all__ = [
    "FORMATS",
    "STRIP_RULES",
    "WRITABLE",
    "CellUse",
    "ChosenPart",
    "DetailOptions",
    "Preview",
    "PreviewOptions",
    "SliceCounts",
    "SliceView",
    "add_details",
    "check_cells",
    "counted",
    "default_reference",
    "formatted",
    "merged",
    "objects_of",
    "preview",
    "preview_notebook",
    "run",
    "running",
    "sliced",
    "source_of",
    "uses_of_cells",
    "wait",
    "write_requirements",
]


STRIP_RULES = tuple(RULES)
"""The names of the rules for files that serving never needs."""


def run(request: BuildRequest, emit: Emit, cancel: CancelToken, store: LocalStore | None = None) -> BuildReport:
    """Build the image that the request asks for, prove it, and put it where it shall go.

    Until the very last step no name points to the new image: a build that fails or is cancelled
    leaves finished layers in the store and every tag where it was.

    Raises:
        ContainerizeError: one of the rooms' errors; ``explain`` has words for each.
    """
    job = begin(request, emit, cancel, store)
    watch = job.watch
    # Whoever collects the store's garbage meanwhile leaves alone what this build uses.
    with job.store.in_use(), job.laid_out, Ahead(job) as ahead:
        with watch.phase(Phase.DETECT):
            plan = detect(job, ahead)
            tell_warnings(plan, watch)
        with watch.phase(Phase.ANALYZE):
            analyze(plan, job)
        with watch.phase(Phase.RESTORE):
            restored = restore(plan, job)
        with watch.phase(Phase.BUILD):
            restored = ahead.finish(plan, restored)
            with Early(plan.destination, job) as early:
                built = _build_all(plan, restored, job, early)
        with watch.phase(Phase.EXPORT):
            report = export(plan, built, restored, job)
        for call in job.at_end:
            call()
    return report


def _build_all(plan: Plan, restored: Restored, job: Job, early: Early) -> tuple[Built, ...]:
    """Make what is missing of every platform; what they share is made once."""
    built, done = [], dict(restored.layers)
    for target in plan.targets:
        layers = build(target, replace(restored, layers=done), job, early.send)
        done |= {layer.cache_key: made for layer, made in zip(target.layers, layers, strict=True)}
        tell_left_out(target, job)
        built.append(without_empty(target, layers))
    return tuple(built)
