"""analyze: what the destination already holds."""

from __future__ import annotations

from jupyter_containerize.domain.image import Image
from jupyter_containerize.lifecycle.plan import Plan
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.publishing import LocalStore


def analyze(plan: Plan, store: LocalStore, watch: Watch) -> Image | None:
    """Return the image that the tag names now, or ``None``; fail early if the destination will refuse."""
    plan.destination.check()
    previous = store.find(plan.reference)
    if previous is None:
        watch.say(f"{plan.reference} is new")
    else:
        watch.say(f"{plan.reference} is now {previous.manifest_digest.hex[:12]}, {len(previous.layers)} layers")
    return previous
