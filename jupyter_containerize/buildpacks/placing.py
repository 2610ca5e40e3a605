"""Where in the stack of an image the layers of each buildpack come."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from jupyter_containerize.buildpacks.checked import CheckedBuildpack
from jupyter_containerize.buildpacks.protocol import Buildpack, Contribution
from jupyter_containerize.domain.image import LayerPlan, LayerRole

# Bottom to top. Code is above state: it changes more often.
_RANKS = MappingProxyType(
    {
        role: rank
        for rank, role in enumerate(
            (
                LayerRole.OS,
                LayerRole.PYTHON,
                LayerRole.DEPENDENCIES,
                LayerRole.RUNTIME,
                LayerRole.STATE,
                LayerRole.CODE,
            )
        )
    }
)


def stacked(contributions: Sequence[tuple[Buildpack, Contribution]], *, in_order: bool) -> tuple[LayerPlan, ...]:
    """Return the layers of all buildpacks, bottom to top.

    Ours stay in their order. A layer of another distribution's buildpack comes right below the first of ours with a
    higher role; one above all of those, right above the last of ours with its own role, or with the nearest lower one.
    Others of one role stay in their order.

    Args:
        contributions: what each buildpack adds, in the order of the buildpacks.
        in_order: the user has said in which order they come, and so do their layers.
    """
    if in_order:
        return tuple(layer for _, contribution in contributions for layer in contribution.layers)
    stack: list[LayerPlan] = []
    others: list[LayerPlan] = []
    for buildpack, contribution in contributions:
        (others if isinstance(buildpack, CheckedBuildpack) else stack).extend(contribution.layers)
    for layer in others:
        stack.insert(_place(stack, _RANKS[layer.role]), layer)
    return tuple(stack)


def _place(stack: list[LayerPlan], rank: int) -> int:
    ranks = [_RANKS[layer.role] for layer in stack]
    higher = next((position for position, found in enumerate(ranks) if found > rank), None)
    if higher is not None:
        return higher
    # What is above the code (the launcher, the bill of materials) belongs to the image and not to the application.
    nearest = max(ranks, default=0)
    return max((position + 1 for position, found in enumerate(ranks) if found == nearest), default=0)
