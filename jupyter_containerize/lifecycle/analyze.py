"""analyze: what the tag names now."""

from __future__ import annotations

from jupyter_containerize.domain.image import Image
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import Plan


def analyze(plan: Plan, job: Job) -> Image | None:
    """Return the image that the tag names now, or ``None``."""
    previous = job.store.find(plan.reference)
    if previous is None:
        job.watch.say(f"{plan.reference} is new")
    else:
        job.watch.say(f"{plan.reference} is now {previous.manifest_digest.hex[:12]}, {len(previous.layers)} layers")
    return previous
