"""Finds the image for our platform behind a name. Source: OCI image-spec, "Image Index"."""

from __future__ import annotations

from typing import Any, Final

from jupyter_containerize.domain.image import Digest, IllegalReference, Image, Reference
from jupyter_containerize.oci import ImageUnreadable, media, read_image
from jupyter_containerize.oci.canonical import digest_of, from_json
from jupyter_containerize.registry.client import Pulled, RegistryClient
from jupyter_containerize.registry.errors import NoMatchingPlatform
from jupyter_containerize.registry.hosts import repository_of

PLATFORM: Final = "linux/amd64"


def pull_documents(client: RegistryClient, reference: Reference) -> Image:
    """Return manifest and config of the ``linux/amd64`` image that the name means; no layer is fetched.

    Raises:
        NoMatchingPlatform: the name means an index without such an image.
        ImageUnreadable: what the registry sent is no image.
    """
    repository = repository_of(reference)
    pulled = client.pull_manifest(repository, reference.tag)
    if _is_index(pulled):
        chosen = _choose(from_json("index", pulled.body), str(reference))
        pulled = client.pull_manifest(repository, chosen)
    try:
        config = Digest(from_json("manifest", pulled.body)["config"]["digest"])
    except (KeyError, TypeError, IllegalReference) as error:
        raise ImageUnreadable("manifest", "config.digest is missing") from error
    config_bytes = client.pull_config(repository, config)
    if digest_of(config_bytes) != config:
        raise ImageUnreadable("config", "not the one that the manifest names")
    return read_image(pulled.body, config_bytes)


def _is_index(pulled: Pulled) -> bool:
    media_type = pulled.media_type or str(from_json("manifest", pulled.body).get("mediaType", ""))
    return media_type in media.INDEXES


def _choose(index: dict[str, Any], reference: str) -> Digest:
    found: dict[str, str] = {}
    try:
        for item in index["manifests"]:
            platform = item.get("platform") or {}
            name = f"{platform.get('os')}/{platform.get('architecture')}"
            if item.get("mediaType") in media.MANIFESTS:
                found.setdefault(name, item["digest"])
        if PLATFORM in found:
            return Digest(found.pop(PLATFORM))
    except (KeyError, TypeError, AttributeError, IllegalReference) as error:
        raise ImageUnreadable("index", "a field is missing or has the wrong type") from error
    raise NoMatchingPlatform(reference, PLATFORM, tuple(sorted(found.keys() - {"unknown/unknown"})))
