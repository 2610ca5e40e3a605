"""An image on another base, without a layer of the application being made or moved but the one that lists the base.

Source: Buildpacks platform specification, "Rebaser"; which differences are refused follows the lifecycle's rebaser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_containerize.cnb.errors import NotRebasable, RebaseRefused
from jupyter_containerize.cnb.values import (
    BASE_PREFIX,
    DISTRO_NAME,
    DISTRO_VERSION,
    LIFECYCLE_LABEL,
    REBASABLE_LABEL,
    STACK_PREFIX,
    Base,
    RunImage,
)
from jupyter_containerize.domain.image import Digest, IllegalReference, Image, Layer
from jupyter_containerize.oci import media
from jupyter_containerize.oci.canonical import digest_of, from_json, to_json
from jupyter_containerize.oci.image import read_config, read_image


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseInfo:
    """An image's base. ``layers`` and ``above`` together are all its layers, bottom to top.

    ``sbom`` is the one of them with the bills of materials; ``None`` if there is none.
    """

    run_image: RunImage
    base: Base
    layers: tuple[Layer, ...]
    above: tuple[Layer, ...]
    rebasable: bool
    sbom: Layer | None = None


def base_of(image: Image) -> BaseInfo:
    """Return what an image says of its base.

    Raises:
        NotRebasable: no buildpack made it, or its labels do not fit its layers.
    """
    labels = read_config(image.config_bytes).labels
    run = _run_image(labels)
    diff_ids = [layer.diff_id for layer in image.layers]
    if run.top_layer not in diff_ids:
        raise NotRebasable(f"its top base layer {run.top_layer} is none of its layers")
    # > the first occurrence: a layer that comes twice ends the base where it comes first.
    height = diff_ids.index(run.top_layer) + 1
    return BaseInfo(
        run_image=run,
        base=_base(labels),
        layers=image.layers[:height],
        above=image.layers[height:],
        rebasable=labels.get(REBASABLE_LABEL, "true") != "false",
        sbom=_sbom(labels, image.layers[height:]),
    )


def rebased(
    image: Image, base: Image, *, name: str, reference: str, sbom: Layer | None = None, force: bool = False
) -> Image:
    """Return ``image`` with the layers of ``base`` instead of its own base's.

    ``name`` is the new base's name with a rolling tag, ``reference`` the one with its digest. ``sbom`` takes the place
    of the layer with the bills of materials, if there is one. Environment, user, entrypoint and all other settings
    stay the image's own. The same base again gives the same image.

    Raises:
        NotRebasable: the image does not say which layers are its base, or that they may not be replaced.
        RebaseRefused: operating system or processor differ; or, without ``force``, variant, distribution or name.
    """
    info = base_of(image)
    old, new = _config(image), _config(base)
    _require_fit(old, new, info, name, force=force)
    above = tuple(sbom if sbom is not None and layer == info.sbom else layer for layer in info.above)
    layers = (*base.layers, *above)
    known = name in _names(info.run_image)
    run = RunImage(
        image=info.run_image.image if known else name,
        reference=reference,
        top_layer=base.layers[-1].diff_id,
        mirrors=info.run_image.mirrors if known else (),
    )
    labels = _labels(old, new, info, run, sbom)
    config: dict[str, Any] = {
        **old,
        **{key: new[key] for key in ("architecture", "os", "os.version", "variant") if key in new},
        "config": {**old.get("config", {}), "Labels": labels},
        "history": [*_history(new, len(base.layers)), *_history(old, len(image.layers))[len(info.layers) :]],
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
    }
    config_bytes = to_json(config)
    # All in OCI's names: another tool may have left Docker's manifest with the layers of OCI, which engines refuse.
    manifest = {**from_json("manifest", image.manifest_bytes), "mediaType": media.MANIFEST}
    manifest["config"] = {
        **manifest["config"],
        "mediaType": media.CONFIG,
        "digest": digest_of(config_bytes),
        "size": len(config_bytes),
    }
    manifest["layers"] = [_descriptor(layer) for layer in layers]
    return read_image(to_json(manifest), config_bytes)


def _require_fit(old: Mapping[str, Any], new: Mapping[str, Any], info: BaseInfo, name: str, *, force: bool) -> None:
    for key in ("os", "architecture"):
        if old.get(key) != new.get(key):
            raise RebaseRefused(key, str(old.get(key, "")), str(new.get(key, "")))
    if force:
        return
    if not info.rebasable:
        raise NotRebasable(f"its label {REBASABLE_LABEL} is false")
    if old.get("variant") and new.get("variant") and old["variant"] != new["variant"]:
        raise RebaseRefused("variant", old["variant"], new["variant"])
    ours, theirs = _labels_of(old), _labels_of(new)
    for label in (DISTRO_NAME, DISTRO_VERSION):
        if label in theirs and ours.get(label) != theirs[label]:
            raise RebaseRefused(label, ours.get(label, ""), theirs[label])
    if name not in _names(info.run_image):
        raise RebaseRefused("run image", info.run_image.image, name)


def _names(run: RunImage) -> tuple[str, ...]:
    return (run.image, *run.mirrors)


def _labels(
    old: Mapping[str, Any], new: Mapping[str, Any], info: BaseInfo, run: RunImage, sbom: Layer | None
) -> dict[str, str]:
    """Return the image's labels with the new base's in place of the old one's."""
    replaced = (BASE_PREFIX, STACK_PREFIX)
    kept = {key: value for key, value in _labels_of(old).items() if not key.startswith(replaced)}
    taken = {key: value for key, value in _labels_of(new).items() if key.startswith(replaced)}
    document = json.loads(kept[LIFECYCLE_LABEL])
    named = {"image": run.image, **({"mirrors": list(run.mirrors)} if run.mirrors else {})}
    document["runImage"] = {"topLayer": run.top_layer, "reference": run.reference, **named}
    if sbom is not None and info.sbom is not None:
        document["sbom"] = {"sha": sbom.diff_id}
    if run.image != info.run_image.image:
        document["stack"] = {"runImage": named}
    return {**kept, **taken, LIFECYCLE_LABEL: to_json(document).decode()}


def _run_image(labels: Mapping[str, str]) -> RunImage:
    if LIFECYCLE_LABEL not in labels:
        raise NotRebasable(f"it has no label {LIFECYCLE_LABEL}: no buildpack made it")
    try:
        document = json.loads(labels[LIFECYCLE_LABEL])
        run = document["runImage"]
        named = run.get("image") or document.get("stack", {}).get("runImage", {}).get("image", "")
        return RunImage(
            image=str(named),
            reference=str(run.get("reference", "")),
            top_layer=Digest(run["topLayer"]),
            mirrors=tuple(map(str, run.get("mirrors") or ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError, IllegalReference) as error:
        raise NotRebasable(f"its label {LIFECYCLE_LABEL} does not name a base") from error


def _sbom(labels: Mapping[str, str], above: tuple[Layer, ...]) -> Layer | None:
    """Return the layer with the bills of materials, as the label names it."""
    told = json.loads(labels[LIFECYCLE_LABEL]).get("sbom")
    diff_id = told.get("sha") if isinstance(told, dict) else None
    return next((layer for layer in above if layer.diff_id == diff_id), None)


def _base(labels: Mapping[str, str]) -> Base:
    """Return the base as its labels describe it; what is missing or of another maker's form stays empty."""
    known = Base(distro=labels.get(DISTRO_NAME, ""), version=labels.get(DISTRO_VERSION, ""))
    try:
        metadata = json.loads(labels[f"{BASE_PREFIX}metadata"])
        return Base(
            distro=known.distro,
            version=known.version,
            release=str(metadata["release"]),
            python=str(metadata["python"]["path"]),
            python_minor=str(metadata["python"]["minor"]),
            packages={str(name): str(version) for name, version in metadata["packages"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return known


def _config(image: Image) -> dict[str, Any]:
    return from_json("config", image.config_bytes)


def _labels_of(config: Mapping[str, Any]) -> dict[str, str]:
    return (config.get("config") or {}).get("Labels") or {}


def _history(config: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """Return one item per layer, so that whoever rebases next can count them; empty ones if it was not so."""
    items = [item for item in config.get("history") or () if not item.get("empty_layer")]
    return items if len(items) == count else [{"created_by": ""}] * count


def _descriptor(layer: Layer) -> dict[str, Any]:
    return {"digest": layer.digest, "mediaType": media.layer_type(layer.media_type), "size": layer.size_bytes}
