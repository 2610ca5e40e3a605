"""While the notebook runs, the layers that its image will surely have are made beside it.

The run takes one core and says which modules the objects need; the base and the distributions that the code
imports are known before. What turns out not to be needed stays in the cache.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import metadata
from types import TracebackType
from typing import Self

from jupyter_containerize.buildpacks.cnb import CnbBuildpack
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.image import Layer, LayerRole
from jupyter_containerize.domain.notebook import Analysis, ImportSite, Slice
from jupyter_containerize.domain.serving import CapturedState, ServingSpec
from jupyter_containerize.lifecycle.build import build
from jupyter_containerize.lifecycle.installing import installing
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.naming import default_reference
from jupyter_containerize.lifecycle.plan import Plan, Restored, TargetPlan, Understood
from jupyter_containerize.lifecycle.understand import Asked
from jupyter_containerize.lifecycle.watch import Watch

logger = logging.getLogger(__name__)

# What does not depend on what the run gives; the layers of CnbBuildpack do, which say what is in the image.
_ROLES = frozenset({LayerRole.OS, LayerRole.PYTHON, LayerRole.DEPENDENCIES, LayerRole.RUNTIME})


class Ahead:
    """Work in a thread of its own; what goes wrong there is left to the build, which will meet it again."""

    def __init__(self, job: Job) -> None:
        self._stop = CancelToken(parent=job.watch.cancel)
        self._job = replace(job, watch=job.watch.aside(self._stop))
        self.quiet = replace(job, watch=Watch(lambda _: None, self._stop))
        """For those who guess: the build itself says what it finds out."""
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._making: frozenset[str] = frozenset()
        self._planned: frozenset[str] | None = None
        self._made: dict[str, Layer] = {}

    def __enter__(self) -> Self:
        """Begin nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what is still going on."""
        self._stop.cancel()
        if self._thread is not None:
            self._thread.join()

    def begin(self, guesses: Sequence[Callable[[], TargetPlan]]) -> None:
        """Make the layers of what each guess returns, one after the other, unless that has begun already."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, args=(tuple(guesses),), name="ahead", daemon=True)
            self._thread.start()

    def finish(self, plan: Plan, restored: Restored) -> Restored:
        """Return what is there now, with the layers that were made here.

        Waits for what is under way if the plan wants it too, and else stops it.
        """
        if self._thread is None:
            return restored
        planned = frozenset(layer.cache_key for target in plan.targets for layer in target.layers)
        with self._lock:
            self._planned = planned
            if not self._making <= planned:
                self._stop.cancel()
        self._thread.join()
        made = {key: layer for key, layer in self._made.items() if key in planned}
        return replace(restored, layers={**restored.layers, **made}, ahead=frozenset(made))

    def _work(self, guesses: Sequence[Callable[[], TargetPlan]]) -> None:
        try:
            # What is guessed next (asking the index, reading wheels) is found out while layers are made.
            with ThreadPoolExecutor(1, thread_name_prefix="guess") as pool:
                for guessing in [pool.submit(guess) for guess in guesses]:
                    self._make(_surely(guessing.result()))
        except Exception:
            # The build itself meets it again, at the place where it is told.
            logger.debug("work ahead ended", exc_info=True)

    def _make(self, target: TargetPlan) -> None:
        store = self._job.store
        keys = [layer.cache_key for layer in target.layers]
        with self._lock:
            if self._planned is not None and not self._planned >= set(keys):
                return
            self._making = frozenset(keys)
        there = {key: layer for key in keys if (layer := store.cached_layer(key)) is not None}
        layers = build(target, Restored(layers=there), self._job)
        self._made |= {key: layer for key, layer in zip(keys, layers, strict=True) if key not in there}


def _surely(target: TargetPlan) -> TargetPlan:
    """Return the target with those layers alone that do not depend on what the run gives."""
    return replace(
        target,
        layers=tuple(layer for layer in target.layers if layer.role in _ROLES and layer.buildpack != CnbBuildpack.id),
    )


def guessed(asked: Asked, request_job: Job) -> Understood:
    """Return what can be understood before the notebook runs: what the code imports, and no objects.

    Raises:
        ContainerizeError: what the code imports cannot be in an image.
    """
    serving, analysis = asked.chosen.part, asked.analysis
    imports = (*serving.imports, *_training(serving, analysis))
    spec = ServingSpec(symbol=serving.symbol, doc="", inputs={}, output={}, example=None)
    state = CapturedState(objects=(), cloudpickle_version="", spec=spec)
    pickled_by = metadata.version("cloudpickle") if serving.live_in else ""
    found = installing(
        replace(serving, imports=imports),
        state,
        asked.environment,
        local_modules=[name for name, _ in analysis.local_modules],
        edits=asked.chosen.edits,
        pickled_by=pickled_by,
        extras=request_job.request.extras,
    )
    return Understood(
        request=request_job.request,
        notebook=asked.notebook,
        serving=serving,
        state=state,
        environment=asked.environment,
        requirements=found.requirements,
        needed=found.needed,
        name=default_reference(request_job.request.notebook.name).repository,
        pickled_by=pickled_by,
        edits=found.edits,
        notebook_digest=asked.chosen.digest,
    )


def _training(serving: Slice, analysis: Analysis) -> tuple[ImportSite, ...]:
    """Return what the statements import that make the objects."""
    runs = [
        (item.location.cell, item.location.line or 0, item.end_line) for item in serving.statements if item.training
    ]
    return tuple(
        site
        for site in analysis.imports
        if any(site.location.cell == cell and first <= (site.location.line or 0) <= last for cell, first, last in runs)
    )
