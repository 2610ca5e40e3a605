"""Finds the image for a platform behind a name. Source: OCI image-spec, "Image Index"."""

from __future__ import annotations

from typing import Any, Final

from jupyter_containerize.domain.image import Digest, IllegalReference, Image, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.oci import ImageUnreadable, media, read_image
from jupyter_containerize.oci.canonical import digest_of, from_json
from jupyter_containerize.registry.client import Pulled, RegistryClient
from jupyter_containerize.registry.errors import NoMatchingPlatform
from jupyter_containerize.registry.hosts import repository_of

# > A client SHOULD (support) nested (indexes): deeper than this, nobody means it well.
_DEEPEST: Final = 4
_UNKNOWN = "unknown/unknown"


def pull_documents(client: RegistryClient, reference: Reference, platform: Platform) -> Image:
    """Return manifest and config of the platform's image that the name means; no layer is fetched.

    Raises:
        NoMatchingPlatform: there is none for it; an image without an index may be for another platform, too.
        ImageUnreadable: what the registry sent is no image.
    """
    search = _Search(client, repository_of(reference), platform)
    image = search.image_in(client.pull_manifest(search.repository, reference.tag), _DEEPEST)
    if image is None:
        raise NoMatchingPlatform(str(reference), str(platform), tuple(sorted(search.others - {_UNKNOWN})))
    return image


class _Search:
    """The search for one platform's image; ``others`` are the platforms that were found instead."""

    def __init__(self, client: RegistryClient, repository: str, platform: Platform) -> None:
        self.client, self.repository, self.platform = client, repository, platform
        self.others: set[str] = set()

    def image_in(self, pulled: Pulled, deepest: int) -> Image | None:
        """Return the platform's image in a manifest or in an index."""
        if not _is_index(pulled):
            image, named = _image(self.client, self.repository, pulled)
            # A config without a platform is not of today, and was for every Linux machine of its time.
            if named in {str(self.platform), "/"}:
                return image
            self.others.add(named)
            return None
        if deepest == 0:
            raise ImageUnreadable("index", "indexes in indexes in indexes")
        for digest in _candidates(from_json("index", pulled.body), self.platform, self.others):
            image_or_none = self.image_in(self.client.pull_manifest(self.repository, digest), deepest - 1)
            if image_or_none is not None:
                return image_or_none
        return None


def _image(client: RegistryClient, repository: str, pulled: Pulled) -> tuple[Image, str]:
    try:
        config = Digest(from_json("manifest", pulled.body)["config"]["digest"])
    except (KeyError, TypeError, IllegalReference) as error:
        raise ImageUnreadable("manifest", "config.digest is missing") from error
    config_bytes = client.pull_config(repository, config)
    if digest_of(config_bytes) != config:
        raise ImageUnreadable("config", "not the one that the manifest names")
    document = from_json("config", config_bytes)
    named = f"{document.get('os') or ''}/{document.get('architecture') or ''}"
    return read_image(pulled.body, config_bytes), named


def _is_index(pulled: Pulled) -> bool:
    media_type = pulled.media_type
    if media_type not in media.INDEXES | media.MANIFESTS:
        media_type = str(from_json("manifest", pulled.body).get("mediaType", ""))
    return media_type in media.INDEXES


def _candidates(index: dict[str, Any], platform: Platform, found: set[str]) -> tuple[Digest, ...]:
    """Return what may hold the platform's image: named for it, the plainest variant first; then what is not named."""
    named: list[tuple[str, Digest]] = []
    nameless: list[Digest] = []
    try:
        for item in index["manifests"]:
            if item.get("mediaType", media.MANIFEST) not in media.MANIFESTS | media.INDEXES:
                continue
            asked = item.get("platform")
            if not asked:
                nameless.append(Digest(item["digest"]))
                continue
            name = f"{asked.get('os')}/{asked.get('architecture')}"
            if name == str(platform):
                named.append((str(asked.get("variant") or ""), Digest(item["digest"])))
            else:
                found.add(name)
    except (KeyError, TypeError, AttributeError, IllegalReference) as error:
        raise ImageUnreadable("index", "a field is missing or has the wrong type") from error
    return (*(digest for _, digest in sorted(named, key=lambda pair: pair[0])), *nameless)
