"""build: each buildpack makes its missing layers; what exists is not made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jupyter_containerize.buildpacks.strip import strip_report
from jupyter_containerize.domain.image import Download, Layer, LayerPlan, LayerRole
from jupyter_containerize.lifecycle.compiler import compiler_of
from jupyter_containerize.lifecycle.downloads import Downloads
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.making import Making
from jupyter_containerize.lifecycle.plan import Restored, TargetPlan
from jupyter_containerize.lifecycle.workbench import TargetPython
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.resolution import PackageIndex

# What the target's Python consists of; these layers come first, because that Python compiles the others.
_BASE_ROLES = (LayerRole.OS, LayerRole.PYTHON)


def build(
    target: TargetPlan, restored: Restored, job: Job, on_layer: Callable[[Layer], None] = lambda _: None
) -> tuple[Layer, ...]:
    """Return the finished layers in the target's order.

    ``on_layer`` is given each of them once as soon as it is finished, what was restored first; it is called in this
    thread, and the next layer waits for it.
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
    _tell_left_out(target, job)
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
        # A base is complete in itself; what the others need of it is its Python, to compile.
        done |= making.make(base, TargetPython(target.inputs.python, (), job.store))
        rest = [layer for layer in missing if layer not in base]
        if rest:
            with _compiling(target, done, job) as python:
                done |= making.make(rest, python)


def _compiling(target: TargetPlan, done: dict[str, Layer], job: Job) -> TargetPython:
    """Return the Python that compiles: the image's own, or its like for this machine's processor."""
    compiler = compiler_of(target)
    if compiler is None:
        standing = [done[layer.cache_key] for layer in target.layers if layer.role in _BASE_ROLES]
        return TargetPython(target.inputs.python, [*target.base_layers, *standing], job.store)
    keys = [layer.cache_key for layer in compiler.layers]
    there = {key: layer for key in keys if (layer := job.store.cached_layer(key)) is not None}
    layers = build(compiler, Restored(layers=there), job)
    return TargetPython(compiler.inputs.python, [*compiler.base_layers, *layers], job.store)


def _needed(missing: Sequence[LayerPlan], store: LocalStore) -> Iterator[Download]:
    """Yield what has to be at hand: for a layer with parts, only what the missing ones need."""
    for layer in missing:
        if not layer.parts:
            yield from layer.downloads
        for part in layer.parts:
            if store.part(part.key) is None:
                yield from part.downloads


def left_out(target: TargetPlan, store: LocalStore) -> tuple[dict[str, int], ...]:
    """Return the bytes that strip rules left out, one mapping for each part that is in the store."""
    keys = [part.key for layer in target.layers for part in layer.parts]
    return tuple(dict(kept.left_out) for key in keys if (kept := store.part(key)) is not None)


def _tell_left_out(target: TargetPlan, job: Job) -> None:
    if target.inputs.options.strip:
        text = strip_report(left_out(target, job.store))
        job.watch.say(
            f"By the rules that were asked for, {text}" if text else "The rules that were asked for left out nothing"
        )
