"""What a worker does with its request: the one place that knows all kinds of tasks."""

from __future__ import annotations

from jupyter_containerize.builds.tasks import Task, TaskKind
from jupyter_containerize.domain.build import BuildDone, BuildRequest, CancelToken, Emit, PlanDone
from jupyter_containerize.lifecycle import run


def perform(request: BuildRequest, emit: Emit, cancel: CancelToken) -> BuildDone | PlanDone:
    """Do what is asked for, and return the event that ends it.

    Raises:
        ContainerizeError: one of the rooms' errors.
    """
    if not isinstance(request, Task) or request.kind is TaskKind.BUILD:
        return BuildDone(report=run(request, emit, cancel))
    if request.kind is TaskKind.PLAN:
        return _planned(request, emit, cancel)
    # A build does without these.
    from jupyter_containerize.lifecycle.finished import push, rebased  # noqa: PLC0415

    act = push if request.kind is TaskKind.PUSH else rebased
    return BuildDone(report=act(request.tag, destination=request.destination, emit=emit, cancel=cancel))


def _planned(request: Task, emit: Emit, cancel: CancelToken) -> PlanDone:
    from jupyter_containerize.explain.plan import plan_to_json  # noqa: PLC0415
    from jupyter_containerize.lifecycle.planning import show_plan  # noqa: PLC0415

    return PlanDone(plan=plan_to_json(show_plan(request.as_build(), emit, cancel, than=request.than)))
