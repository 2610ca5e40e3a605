"""restore: which layers the local store already holds."""

from __future__ import annotations

from jupyter_containerize.domain.build import Unit
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.miss_words import made_lines
from jupyter_containerize.lifecycle.misses import Miss, Slots
from jupyter_containerize.lifecycle.plan import Plan, Restored


def restore(plan: Plan, job: Job) -> Restored:
    """Return the planned layers that need not be made."""
    found = {}
    planned = {layer.cache_key: layer for target in plan.targets for layer in target.layers}
    for number, layer_plan in enumerate(planned.values(), start=1):
        layer = job.store.cached_layer(layer_plan.cache_key)
        if layer is not None:
            found[layer_plan.cache_key] = layer
        job.watch.progress("Looking for finished layers", number, len(planned), Unit.ITEMS)
    missing = [layer.title for layer in planned.values() if layer.cache_key not in found]
    job.watch.say(
        f"{len(found)} of {len(planned)} layers are ready" + (f"; to make: {', '.join(missing)}" if missing else "")
    )
    lines = tuple(made_lines(_misses(plan, job, set(found))))
    for line in lines:
        job.watch.say(line)
    return Restored(layers=found, made_because=lines)


def _misses(plan: Plan, job: Job, found: set[str]) -> list[tuple[str, tuple[Miss, ...]]]:
    """Return the title of each layer that has to be made, and why."""
    misses: dict[str, tuple[str, tuple[Miss, ...]]] = {}
    for target in plan.targets:
        slots = Slots(job.store, plan.reference, target.platform)
        for layer in target.layers:
            if layer.cache_key not in found and layer.cache_key not in misses:
                misses[layer.cache_key] = (layer.title, slots.misses(layer))
    return list(misses.values())
