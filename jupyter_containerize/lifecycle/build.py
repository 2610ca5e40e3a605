"""build: each buildpack makes its missing layers; what exists is not made again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from jupyter_containerize.domain.build import CancelToken, Unit
from jupyter_containerize.domain.image import Layer, LayerPlan, LayerRole
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import Restored, TargetPlan
from jupyter_containerize.lifecycle.workbench import LayerWorkbench, TargetPython
from jupyter_containerize.resolution import PackageIndex

# What the target's Python consists of; these layers come first, because that Python compiles the others.
_BASE_ROLES = (LayerRole.OS, LayerRole.PYTHON)
# Making a layer is unpacking, compiling and compressing: one worker a core, and no more than a laptop has.
_WORKERS = 2


def build(target: TargetPlan, restored: Restored, job: Job) -> tuple[Layer, ...]:
    """Return the finished layers in the target's order."""
    done = dict(restored.layers)
    missing = [layer for layer in target.layers if layer.cache_key not in done]
    if not missing:
        job.watch.say("Nothing to make")
        return tuple(done[layer.cache_key] for layer in target.layers)
    credentials = PackageIndex.from_environment().credentials()
    with Downloads(missing, job, credentials) as downloads:
        making = _Making(target, job, downloads, len(missing))
        base = [layer for layer in missing if layer.role in _BASE_ROLES]
        # A base is complete in itself; what the others need of it is its Python, to compile.
        done |= making.make(base, TargetPython(target.inputs.python, (), job.store))
        standing = [done[layer.cache_key] for layer in target.layers if layer.role in _BASE_ROLES]
        with TargetPython(target.inputs.python, [*target.base_layers, *standing], job.store) as python:
            done |= making.make([layer for layer in missing if layer not in base], python)
    return tuple(done[layer.cache_key] for layer in target.layers)


class _Making:
    """Makes layers side by side and counts them."""

    def __init__(self, target: TargetPlan, job: Job, downloads: Downloads, total: int) -> None:
        self._target = target
        self._job = job
        self._downloads = downloads
        self._total = total
        self._done = 0

    def make(self, plans: Sequence[LayerPlan], python: TargetPython) -> dict[str, Layer]:
        """Return the layers by cache key; after one failure the others are stopped."""
        stop = CancelToken(parent=self._job.watch.cancel)
        made: dict[str, Layer] = {}
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="layer") as pool:
            running = {pool.submit(self._one, layer_plan, python, stop): layer_plan for layer_plan in plans}
            try:
                for future in as_completed(running):
                    made[running[future].cache_key] = future.result()
                    self._tell(running[future], future.result())
            except BaseException:
                # The first failure is the one to tell; the other layers need not be finished.
                stop.cancel()
                raise
        return made

    def _one(self, layer_plan: LayerPlan, python: TargetPython, stop: CancelToken) -> Layer:
        stop.check()
        with LayerWorkbench(self._job.store, self._downloads, python, stop) as workbench:
            buildpack = self._target.buildpacks[layer_plan.buildpack]
            entries = buildpack.build(layer_plan, self._target.inputs, workbench)
            return self._job.store.make_layer(layer_plan.cache_key, entries, cancel=stop)

    def _tell(self, layer_plan: LayerPlan, layer: Layer) -> None:
        self._done += 1
        self._job.watch.say(f"Made {layer_plan.role}: {layer_plan.title}, {layer.size_bytes / 1e6:.1f} MB")
        self._job.watch.progress("Making layers", self._done, self._total, Unit.ITEMS)
