"""Layers and their parts made side by side: the biggest first, each layer as soon as its parts are there."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import cast

from jupyter_containerize.buildpacks.protocol import PartsBuildpack
from jupyter_containerize.domain.build import CancelToken, Unit
from jupyter_containerize.domain.image import Download, Layer, LayerPlan, PartPlan
from jupyter_containerize.domain.size import size_text
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import TargetPlan
from jupyter_containerize.lifecycle.workbench import LayerWorkbench, TargetPython
from jupyter_containerize.oci import ImageUnreadable, overlapping
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.parts import KeptPart

# Making a layer is unpacking, compiling and compressing: one worker a core, and no more than a laptop has.
_WORKERS = 2
# A part that was damaged on the disk is made once more; a disk that damages all is the user's to know.
_TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One piece of work: a whole layer, or one part of one."""

    plan: LayerPlan
    part: PartPlan | None = None

    @property
    def size_bytes(self) -> int:
        return self.plan.size_bytes if self.part is None else self.part.size_bytes

    @property
    def downloads(self) -> Sequence[Download]:
        return self.plan.downloads if self.part is None else self.part.downloads


class Making:
    """Makes layers and counts them. ``on_layer`` is given each, in the thread that calls ``make``."""

    def __init__(
        self,
        target: TargetPlan,
        missing: Sequence[LayerPlan],
        job: Job,
        downloads: Downloads,
        on_layer: Callable[[Layer], None],
    ) -> None:
        self._target = target
        self._job = job
        self._downloads = downloads
        self._on_layer = on_layer
        self._total = len(missing)
        self._done = 0

    def make(self, plans: Sequence[LayerPlan], python: TargetPython) -> dict[str, Layer]:
        """Return the layers by cache key; after one failure the others are stopped.

        Raises:
            WheelBroken: two wheels of one layer have a file in the same place that is not the same.
            ImageUnreadable: parts cannot be read back from the disk.
        """
        stop = CancelToken(parent=self._job.watch.cancel)
        made: dict[str, Layer] = {}
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="layer") as pool:
            try:
                work = _Work(pool, self._downloads, lambda step: self._one(step, python, stop))
                for _ in range(_TRIES):
                    plans = [plan for plan in plans if plan.cache_key not in made]
                    self._round(work, plans, made, python, stop)
            except BaseException:
                # The first failure is the one to tell; the other layers need not be finished.
                stop.cancel()
                raise
        for plan in plans:
            if plan.cache_key not in made:
                raise ImageUnreadable(f"layer {plan.title}", "its parts are damaged as soon as they are written")
        return made

    def _round(
        self,
        work: _Work,
        plans: Sequence[LayerPlan],
        made: dict[str, Layer],
        python: TargetPython,
        stop: CancelToken,
    ) -> None:
        """Make what is missing, and add to ``made`` the layers whose parts were not found to be damaged."""
        lacking = _Lacking(plans, self._job.store)

        def join() -> None:
            for plan in lacking.complete():
                layer = self._joined(plan, python, stop)
                if layer is not None:
                    made[plan.cache_key] = layer
                    self._tell(plan, layer)

        join()
        for step, result in work.results(lacking.steps):
            if isinstance(result, Layer):
                made[step.plan.cache_key] = result
                self._tell(step.plan, result)
            elif step.part is not None:
                lacking.have(step.part.key)
                join()

    def _one(self, step: _Step, python: TargetPython, stop: CancelToken) -> Layer | KeptPart:
        stop.check()
        store, inputs = self._job.store, self._target.inputs
        buildpack = self._target.buildpacks[step.plan.buildpack]
        compression = inputs.options.compression
        keep = partial(self._job.laid_out.keep, step.plan.cache_key)
        with LayerWorkbench(store, self._downloads, python, stop, keep) as workbench:
            if step.part is None:
                entries = buildpack.build(step.plan, inputs, workbench)
                return store.make_layer(step.plan.cache_key, entries, cancel=stop, compression=compression)
            entries = cast("PartsBuildpack", buildpack).build_part(step.part, step.plan, inputs, workbench)
            return store.make_part(
                step.part.key, entries, cancel=stop, compression=compression, left_out=workbench.left_out
            )

    def _joined(self, plan: LayerPlan, python: TargetPython, stop: CancelToken) -> Layer | None:
        """Return the layer of the plan's parts, or ``None`` where one of them was damaged."""
        store, keys = self._job.store, [part.key for part in plan.parts]
        kept = [store.part(key) for key in keys] if len(keys) > 1 else []
        if overlapping([item.part for item in kept if item is not None]):
            # Two wheels have the same file: a layer has it once, so that this one is made in one go.
            layer = self._one(_Step(plan=plan), python, stop)
            return layer if isinstance(layer, Layer) else None
        compression = self._target.inputs.options.compression
        return store.join_layer(plan.cache_key, keys, cancel=stop, compression=compression)

    def _tell(self, plan: LayerPlan, layer: Layer) -> None:
        self._done += 1
        self._job.watch.say(f"Made {plan.role}: {plan.title}, {size_text(layer.size_bytes)}")
        self._job.watch.progress("Making layers", self._done, self._total, Unit.ITEMS)
        self._on_layer(layer)


class _Lacking:
    """What layers still need. ``steps`` are the work, the biggest first: layers without parts, and missing parts."""

    def __init__(self, plans: Sequence[LayerPlan], store: LocalStore) -> None:
        self._parts: dict[str, tuple[LayerPlan, set[str]]] = {}
        steps: dict[str, _Step] = {}
        for plan in plans:
            if not plan.parts:
                steps[plan.cache_key] = _Step(plan=plan)
                continue
            absent = {part.key: _Step(plan=plan, part=part) for part in plan.parts if store.part(part.key) is None}
            self._parts[plan.cache_key] = (plan, set(absent))
            steps |= absent
        self.steps = sorted(steps.values(), key=lambda step: -step.size_bytes)

    def have(self, part_key: str) -> None:
        """Note that a part is there now."""
        for _, keys in self._parts.values():
            keys.discard(part_key)

    def complete(self) -> list[LayerPlan]:
        """Return the layers all of whose parts are there, each once."""
        ready = [plan for plan, keys in self._parts.values() if not keys]
        for plan in ready:
            del self._parts[plan.cache_key]
        return ready


class _Work:
    """Steps done by a pool's threads, each when its downloads are here."""

    def __init__(self, pool: ThreadPoolExecutor, downloads: Downloads, do: Callable[[_Step], Layer | KeptPart]) -> None:
        self._pool = pool
        self._downloads = downloads
        self._do = do
        self._done: queue.SimpleQueue[tuple[_Step, Layer | KeptPart | BaseException]] = queue.SimpleQueue()

    def results(self, steps: Sequence[_Step]) -> Iterable[tuple[_Step, Layer | KeptPart]]:
        """Yield the steps with their results, in the order in which they are done; raise the first failure."""
        for step in steps:
            self._downloads.when_here(step.downloads, partial(self._submit, step))
        for _ in steps:
            step, result = self._done.get()
            if isinstance(result, BaseException):
                try:
                    raise result
                finally:
                    # It would keep this frame, and this frame it, with every open file between.
                    del result
            yield step, result

    def _submit(self, step: _Step) -> None:
        try:
            self._pool.submit(self._run, step)
        except RuntimeError as error:
            # After a failure the pool takes nothing any more, while downloads still end; nobody waits then.
            self._done.put((step, error))

    def _run(self, step: _Step) -> None:
        try:
            self._done.put((step, self._do(step)))
        except BaseException as error:  # noqa: BLE001  # it is raised in the thread that waits
            self._done.put((step, error))
