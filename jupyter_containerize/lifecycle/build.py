"""build: each buildpack makes its missing layers; what exists is not made again."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from jupyter_containerize.domain.build import CancelToken, Unit
from jupyter_containerize.domain.image import Layer, LayerPlan, LayerRole
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.lifecycle.plan import Plan, Restored
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.lifecycle.workbench import LayerWorkbench, TargetPython
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.resolution import PackageIndex

# What the target's Python consists of; these layers come first, because that Python compiles the others.
_BASE_ROLES = (LayerRole.OS, LayerRole.PYTHON)
# Making a layer is unpacking, compiling and compressing: one worker a core, and no more than a laptop has.
_WORKERS = 2


def build(plan: Plan, restored: Restored, store: LocalStore, watch: Watch) -> tuple[Layer, ...]:
    """Return the finished layers in the plan's order."""
    done = dict(restored.layers)
    missing = [layer for layer in plan.layers if layer.cache_key not in done]
    if not missing:
        watch.say("Nothing to make")
    credentials = PackageIndex.from_environment().credentials()
    with Downloads(missing, store, watch, credentials) as downloads:
        progress = _Count(watch, len(missing))
        base = [layer for layer in missing if layer.role in _BASE_ROLES]
        rest = [layer for layer in missing if layer.role not in _BASE_ROLES]
        python = TargetPython(plan, store)
        done |= _make(base, plan, store, watch, downloads, python, progress)
        python.layers = [
            *plan.base_layers,
            *(done[layer.cache_key] for layer in plan.layers if layer.role in _BASE_ROLES),
        ]
        done |= _make(rest, plan, store, watch, downloads, python, progress)
    return tuple(done[layer.cache_key] for layer in plan.layers)


class _Count:
    def __init__(self, watch: Watch, total: int) -> None:
        self._watch = watch
        self._total = total
        self._done = 0

    def one_more(self) -> None:
        self._done += 1
        self._watch.progress("Making layers", self._done, self._total, Unit.ITEMS)


def _make(  # noqa: PLR0917
    plans: list[LayerPlan],
    plan: Plan,
    store: LocalStore,
    watch: Watch,
    downloads: Downloads,
    python: TargetPython,
    progress: _Count,
) -> dict[str, Layer]:
    stop = CancelToken(parent=watch.cancel)

    def one(layer_plan: LayerPlan) -> Layer:
        with LayerWorkbench(store, downloads, python, stop) as workbench:
            buildpack = plan.buildpacks[layer_plan.buildpack]
            entries = buildpack.build(layer_plan, plan.inputs, workbench)
            return store.make_layer(layer_plan.cache_key, entries, cancel=stop)

    made: dict[str, Layer] = {}
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="layer") as pool:
        running: dict[Future[Layer], LayerPlan] = {pool.submit(one, layer_plan): layer_plan for layer_plan in plans}
        try:
            for future in as_completed(running):
                layer_plan = running[future]
                layer = made[layer_plan.cache_key] = future.result()
                watch.say(f"Made {layer_plan.role}: {layer_plan.title}, {layer.size_bytes / 1e6:.1f} MB")
                progress.one_more()
        except BaseException:
            # The first failure is the one to tell; the other layers need not be finished.
            stop.cancel()
            raise
    return made
