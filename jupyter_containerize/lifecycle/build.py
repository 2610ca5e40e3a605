"""build: each buildpack makes its missing layers; what exists is not made again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.strip import strip_report
from jupyter_containerize.domain.image import Download, Layer, LayerPlan, LayerRole
from jupyter_containerize.lifecycle.compiler import compiler_of
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.making import Making
from jupyter_containerize.lifecycle.plan import Built, Restored, TargetPlan
from jupyter_containerize.lifecycle.workbench import TargetPython
from jupyter_containerize.oci import EMPTY_DIFF_ID
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.parts import Owners
from jupyter_containerize.resolution import PackageIndex
from jupyter_containerize.transport import writing

# What the target's Python consists of; these layers come first, because that Python compiles the others.
_BASE_ROLES = (LayerRole.OS, LayerRole.PYTHON)


def build(
    target: TargetPlan, restored: Restored, job: Job, on_layer: Callable[[Layer], None] = lambda _: None
) -> tuple[Layer, ...]:
    """Return the finished layers in the target's order.

    ``on_layer`` is given each of them once as soon as it is finished, what was restored first; it is called in this
    thread, and the next layer waits for it.

    Raises:
        WheelBroken: two wheels have a file in the same place that is not the same.
    """
    done = dict(restored.layers)
    for key in dict.fromkeys(layer.cache_key for layer in target.layers):
        if key in done:
            on_layer(done[key])
    missing = list({layer.cache_key: layer for layer in target.layers if layer.cache_key not in done}.values())
    if missing:
        _make(target, missing, done, job, on_layer)
    else:
        job.watch.say("Nothing to make")
    _check_paths(target, job.store)
    return tuple(done[layer.cache_key] for layer in target.layers)


def _make(
    target: TargetPlan,
    missing: Sequence[LayerPlan],
    done: dict[str, Layer],
    job: Job,
    on_layer: Callable[[Layer], None],
) -> None:
    """Add the missing layers to ``done``."""
    credentials = PackageIndex.from_environment().credentials()
    with Downloads(_needed(missing, job.store), job, credentials) as downloads:
        making = Making(target, missing, job, downloads, on_layer)
        base = [layer for layer in missing if layer.role in _BASE_ROLES]
        rest = [layer for layer in missing if layer not in base]
        compiler = compiler_of(target)
        if compiler is not None:
            with _standing_in(compiler, job) as python:
                done |= making.make([*base, *rest], python)
            return
        # A base is complete in itself; what the others need of it is its Python, to compile.
        done |= making.make(base, TargetPython(target.inputs.python, (), job.store))
        if rest:
            standing = [done[layer.cache_key] for layer in target.layers if layer.role in _BASE_ROLES]
            with _python_of(target, standing, job) as python:
                done |= making.make(rest, python)


def _standing_in(compiler: TargetPlan, job: Job) -> TargetPython:
    """Return the Python that compiles for one that cannot run here."""
    keys = [layer.cache_key for layer in compiler.layers]
    there = {key: layer for key in keys if (layer := job.store.cached_layer(key)) is not None}
    layers = build(compiler, Restored(layers=there), job)
    return _python_of(compiler, layers, job)


def _python_of(target: TargetPlan, layers: Sequence[Layer], job: Job) -> TargetPython:
    """Return the target's Python in these layers; as it is laid out, if this build has made it."""
    laid_out = [job.laid_out.find(layer.cache_key) for layer in target.layers if layer.role is LayerRole.PYTHON]
    return TargetPython(
        target.inputs.python, layers, job.store, below=target.base_layers, laid_out=next(iter(laid_out), None)
    )


def _needed(missing: Sequence[LayerPlan], store: LocalStore) -> Iterator[Download]:
    """Yield what has to be at hand: for a layer with parts, only what the missing ones need."""
    for layer in missing:
        if not layer.parts:
            yield from layer.downloads
        for part in layer.parts:
            if store.part(part.key) is None:
                yield from part.downloads


def _check_paths(target: TargetPlan, store: LocalStore) -> None:
    """Make sure that no two wheels fill a path differently, also where none of them was made now.

    What was found to be well is noted, since reading what all parts hold takes longer than a build that makes nothing.
    """
    parts = [part for layer in target.layers for part in layer.parts]
    noted = store.cache / "paths" / hashlib.sha256("\n".join(sorted(part.key for part in parts)).encode()).hexdigest()
    if len(parts) <= 1 or noted.exists():
        return
    owners, all_known = Owners(), True
    for part in parts:
        kept = store.part(part.key)
        clash = None if kept is None else owners.add(part.title, kept.part)
        if clash is not None:
            path, other = clash
            raise WheelBroken(part.title, f"/{path} is in {other}, too, with other content")
        # The layer may be there without its part, after a clean-up.
        all_known &= kept is not None
    if all_known:
        with writing(store.root):
            noted.parent.mkdir(exist_ok=True)
            noted.touch()


def without_empty(target: TargetPlan, layers: Sequence[Layer]) -> Built:
    """Return the finished layers without slices of a large wheel that turned out to have nothing in them.

    How many slices it gets is decided by its size, before it is known that one file has most of that.
    """
    kept = [
        (plan, layer)
        for plan, layer in zip(target.layers, layers, strict=True)
        if not (plan.parts and layer.diff_id == EMPTY_DIFF_ID)
    ]
    plans = tuple(plan for plan, _ in kept)
    return Built(target=replace(target, layers=plans), layers=tuple(layer for _, layer in kept))


def left_out(target: TargetPlan, store: LocalStore) -> tuple[dict[str, int], ...]:
    """Return the bytes that strip rules left out, one mapping for each part that is in the store."""
    keys = [part.key for layer in target.layers for part in layer.parts]
    return tuple(dict(kept.left_out) for key in keys if (kept := store.part(key)) is not None)


def tell_left_out(target: TargetPlan, job: Job) -> None:
    """Say how many bytes the strip rules left out of a finished target, if there were any rules."""
    if target.inputs.options.strip:
        text = strip_report(left_out(target, job.store))
        job.watch.say(
            f"By the rules that were asked for, {text}" if text else "The rules that were asked for left out nothing"
        )
