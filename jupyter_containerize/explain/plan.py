"""A plan in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_containerize.domain.size import size_text
from jupyter_containerize.explain.places import finding_to_json
from jupyter_containerize.lifecycle.comparing import Comparison, LayerChange
from jupyter_containerize.lifecycle.miss_words import miss_text
from jupyter_containerize.lifecycle.misses import Miss
from jupyter_containerize.lifecycle.planning import LayerState, PlannedImage, PlannedLayer, PlanView


def state_text(layer: PlannedLayer) -> str:
    """Return where a layer is already, in words."""
    if layer.state is not LayerState.NEW or not layer.parts:
        return {LayerState.DESTINATION: "at the destination"}.get(layer.state, layer.state.value)
    return f"new, {layer.parts_ready} of {layer.parts} parts ready" if layer.parts_ready else "new"


def layer_size_text(layer: PlannedLayer) -> str:
    """Return a layer's size; one that is not made yet has ``~`` before it."""
    return f"~{size_text(layer.size_bytes)}" if layer.estimated else size_text(layer.size_bytes)


def totals(image: PlannedImage) -> Iterator[str]:
    """Give what a build will do in sums, a line each."""
    states = {"new": LayerState.NEW, "cached": LayerState.CACHED, "at the destination": LayerState.DESTINATION}
    counts = ", ".join(f"{count} {word}" for word, state in states.items() if (count := image.count(state)))
    base = f"{len(image.base_layers)} of the base image, " if image.base_layers else ""
    about = "~" if image.estimated else ""
    layers = _count(len(image.base_layers) + len(image.layers), "layer")
    yield f"{layers}: {base}{counts}; {about}{size_text(image.image_bytes)}"
    unsized = f" and {_count(image.unsized, 'file')} of unknown size" if image.unsized else ""
    # Estimates are those of the index: what a wheel or a Debian package has as a file.
    yield f"to download {size_text(image.download_bytes)}{unsized}, to make from {size_text(image.make_bytes)}"
    if image.push_bytes is None:
        yield "to send: not known before the build"
    elif image.push_bytes:
        yield f"to send {about}{size_text(image.push_bytes)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def needed_lines(image: PlannedImage) -> Iterator[str]:
    """Give the system packages that something needs beside the base, with the reason."""
    for package in image.needed:
        yield f"system package {package.name} {package.version}: {', '.join(package.needed_by)}"


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Give what a plan changes against an earlier image, a line each."""
    yield f"against {found.than} ({found.platform}, {found.digest.hex[:12]}):"
    for change in found.changes:
        kind = "" if change.kind == "python" else f"{change.kind} "
        more = "" if change.bytes_more is None else f" ({_signed(change.bytes_more)})"
        if change.before is None:
            yield f"  + {kind}{change.name} {change.after}{more}"
        elif change.after is None:
            yield f"  - {kind}{change.name} {change.before}{more}"
        else:
            yield f"  ~ {kind}{change.name} {change.before} -> {change.after}{more}"
    for layer in found.layers:
        yield f"  layer {_layer_change(layer)}"
    more_bytes = found.bytes_after - found.bytes_before
    yield (
        f"  {_count(found.same_layers, 'layer')} the same; {size_text(found.bytes_before)} -> "
        f"{_after(found.bytes_after, estimated=found.estimated)} ({_signed(more_bytes)})"
    )


def _layer_change(layer: LayerChange) -> str:
    after = _after(layer.bytes_after or 0, estimated=layer.estimated)
    if layer.title_before is None:
        return f"{layer.title_after}: new, {after}"
    if layer.title_after is None:
        return f"{layer.title_before}: gone, {size_text(layer.bytes_before or 0)}"
    titles = layer.title_after
    role, _, title = layer.title_after.partition(": ")
    # An image of Cloud Native Buildpacks has names of its own for layers, which say nothing more.
    if layer.title_before != layer.title_after and layer.title_before.startswith(f"{role}: "):
        titles = f"{layer.title_before} -> {title}"
    return f"{titles}: {size_text(layer.bytes_before or 0)} -> {after}"


def _after(size_bytes: int, *, estimated: bool) -> str:
    return f"~{size_text(size_bytes)}" if estimated else size_text(size_bytes)


def _signed(size_bytes: int) -> str:
    return f"{'-' if size_bytes < 0 else '+'}{size_text(abs(size_bytes))}"


def plan_to_json(view: PlanView) -> dict[str, object]:
    """Return the closing object of ``plan --json``, as ``docs/plan.md`` describes it."""
    plan = view.plan
    return {
        "notebook": plan.understood.notebook.path,
        "reference": str(plan.reference),
        "destination": plan.understood.request.destination,
        "entries": [entry.symbol for entry in plan.understood.serving.entries],
        "images": [_image(image) for image in view.images],
        "warnings": [finding_to_json(finding) for finding in view.warnings],
        "comparison": [_comparison(item) for item in view.comparison],
    }


def _image(image: PlannedImage) -> dict[str, object]:
    return {
        "platform": str(image.platform),
        "base_layers": [{"digest": layer.digest, "size_bytes": layer.size_bytes} for layer in image.base_layers],
        "layers": [_layer(layer) for layer in image.layers],
        "system_packages": [
            {"name": item.name, "version": item.version, "needed_by": list(item.needed_by)} for item in image.needed
        ],
        "totals": {
            "download_bytes": image.download_bytes,
            "downloads_of_unknown_size": image.unsized,
            "make_bytes": image.make_bytes,
            "push_bytes": image.push_bytes,
            "image_bytes": image.image_bytes,
            "estimated": image.estimated,
        },
    }


def _layer(layer: PlannedLayer) -> dict[str, object]:
    return {
        "role": layer.plan.role,
        "title": layer.plan.title,
        "buildpack": layer.plan.buildpack,
        "slot": layer.plan.slot,
        "state": layer.state,
        "digest": layer.digest,
        "size_bytes": layer.size_bytes,
        "estimated": layer.estimated,
        "download_bytes": layer.download_bytes,
        "make_bytes": layer.make_bytes,
        "parts": layer.parts,
        "parts_ready": layer.parts_ready,
        "left_out": dict(layer.left_out),
        "sources": list(layer.plan.sources),
        "reasons": [_miss(miss) for miss in layer.misses],
    }


def _miss(miss: Miss) -> dict[str, object]:
    return {
        "kind": miss.kind,
        "name": miss.name,
        "before": miss.before,
        "after": miss.after,
        "than": miss.than,
        "text": miss_text(miss),
    }


def _comparison(found: Comparison) -> dict[str, object]:
    return {
        "than": found.than,
        "platform": str(found.platform),
        "digest": found.digest,
        "changes": [
            {
                "kind": change.kind,
                "name": change.name,
                "before": change.before,
                "after": change.after,
                "bytes_more": change.bytes_more,
            }
            for change in found.changes
        ],
        "layers": [
            {
                "title_before": layer.title_before,
                "title_after": layer.title_after,
                "bytes_before": layer.bytes_before,
                "bytes_after": layer.bytes_after,
                "estimated": layer.estimated,
            }
            for layer in found.layers
        ],
        "same_layers": found.same_layers,
        "bytes_before": found.bytes_before,
        "bytes_after": found.bytes_after,
        "estimated": found.estimated,
    }
