"""Manifest and config: an image's two documents.

Source: OCI image-spec, "Image Manifest" and "Image Configuration".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_containerize.domain.image import Digest, IllegalReference, Image, ImageConfig, Layer
from jupyter_containerize.oci import media
from jupyter_containerize.oci.canonical import digest_of, from_json, to_json
from jupyter_containerize.oci.errors import ImageUnreadable


def assemble(
    layers: Sequence[tuple[Layer, str]],
    config: ImageConfig,
    *,
    created: str,
    architecture: str = "amd64",
    annotations: Mapping[str, str] | None = None,
) -> Image:
    """Return the image of these layers, bottom to top, each with the line that its history shows.

    ``created`` is RFC 3339 and part of the digest, so it is not the time of the build.
    """
    config_bytes = to_json(
        {
            "architecture": architecture,
            "config": _runtime_part(config),
            "created": created,
            "history": [{"created": created, "created_by": history} for _, history in layers],
            "os": "linux",
            "rootfs": {"diff_ids": [layer.diff_id for layer, _ in layers], "type": "layers"},
        }
    )
    manifest: dict[str, Any] = {
        "config": {"digest": digest_of(config_bytes), "mediaType": media.CONFIG, "size": len(config_bytes)},
        "layers": [
            {"digest": layer.digest, "mediaType": media.layer_type(layer.media_type), "size": layer.size_bytes}
            for layer, _ in layers
        ],
        "mediaType": media.MANIFEST,
        "schemaVersion": 2,
    }
    if annotations:
        manifest["annotations"] = dict(annotations)
    return read_image(to_json(manifest), config_bytes)


def read_image(manifest_bytes: bytes, config_bytes: bytes) -> Image:
    """Return the image that the two documents describe; the bytes are kept as they are.

    Raises:
        ImageUnreadable: they are not a manifest and its config.
    """
    manifest, config = from_json("manifest", manifest_bytes), from_json("config", config_bytes)
    config_digest = digest_of(config_bytes)
    with _Reading("manifest"):
        if manifest.get("mediaType", media.MANIFEST) not in media.MANIFESTS:
            raise ImageUnreadable("manifest", f"mediaType is {manifest['mediaType']!r}")
        if manifest["config"]["digest"] != config_digest:
            raise ImageUnreadable("config", "not the one that the manifest names")
        descriptors = list(manifest["layers"])
    with _Reading("config"):
        diff_ids = list(config["rootfs"]["diff_ids"])
    if len(diff_ids) != len(descriptors):
        raise ImageUnreadable("config", f"{len(diff_ids)} diff_ids for {len(descriptors)} layers")
    with _Reading("manifest"):
        layers = tuple(
            Layer(
                digest=Digest(descriptor["digest"]),
                diff_id=Digest(diff_id),
                size_bytes=int(descriptor["size"]),
                media_type=str(descriptor["mediaType"]),
            )
            for descriptor, diff_id in zip(descriptors, diff_ids, strict=True)
        )
    return Image(
        manifest_bytes=manifest_bytes,
        config_bytes=config_bytes,
        manifest_digest=digest_of(manifest_bytes),
        config_digest=config_digest,
        layers=layers,
    )


def read_config(config_bytes: bytes) -> ImageConfig:
    """Return how a container of the image starts.

    Raises:
        ImageUnreadable: the bytes are no image config.
    """
    with _Reading("config"):
        part = from_json("config", config_bytes).get("config") or {}
        return ImageConfig(
            entrypoint=tuple(part.get("Entrypoint") or ()),
            cmd=tuple(part.get("Cmd") or ()),
            env=dict(item.split("=", 1) for item in part.get("Env") or ()),
            labels=dict(part.get("Labels") or {}),
            user=part.get("User") or "",
            working_dir=part.get("WorkingDir") or "/",
            ports=tuple(sorted(int(port.partition("/")[0]) for port in part.get("ExposedPorts") or ())),
        )


def read_history(config_bytes: bytes) -> tuple[str, ...]:
    """Return the history line of each layer, bottom to top.

    Empty lines when the history is missing or does not say one thing per layer, which the
    specification allows.
    """
    config = from_json("config", config_bytes)
    with _Reading("config"):
        count = len(config["rootfs"]["diff_ids"])
        items = [item for item in config.get("history") or () if not item.get("empty_layer")]
        lines = tuple(str(item.get("created_by", "")) for item in items)
    return lines if len(lines) == count else ("",) * count


def _runtime_part(config: ImageConfig) -> dict[str, Any]:
    part: dict[str, Any] = {
        "Cmd": list(config.cmd),
        "Entrypoint": list(config.entrypoint),
        "Env": [f"{name}={value}" for name, value in sorted(config.env.items())],
        "ExposedPorts": {f"{port}/tcp": {} for port in config.ports},
        "Labels": dict(config.labels),
        "User": config.user,
        "WorkingDir": config.working_dir,
    }
    return {name: value for name, value in part.items() if value}


class _Reading:
    """Turns the ways in which untrusted JSON disappoints into our one error."""

    def __init__(self, subject: str) -> None:
        self._subject = subject

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, KeyError):
            raise ImageUnreadable(self._subject, f"{error.args[0]} is missing") from error
        if isinstance(error, (TypeError, ValueError, AttributeError, IllegalReference)):
            raise ImageUnreadable(self._subject, "a field has the wrong type") from error
