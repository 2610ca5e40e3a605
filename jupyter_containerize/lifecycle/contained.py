"""What an earlier image has: read from its bill of materials, else from what our runtime and Debian list in it."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, BinaryIO

from jupyter_containerize import cnb
from jupyter_containerize.attestations import Inventory, read_inventory
from jupyter_containerize.domain.build import BuildRequest, CancelToken
from jupyter_containerize.domain.image import Image, Layer, LayerRole, Reference, Tag
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.oci import ImageUnreadable, read_history
from jupyter_containerize.oci.canonical import from_json
from jupyter_containerize.oci.plain import open_plain
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.registries import client_for
from jupyter_containerize.registry.hosts import repository_of

_SBOM = re.compile(r"(cnb/|layers/)sbom/launch/.*sbom\.cdx\.json")
_SPDX = re.compile(r"(cnb/|layers/)sbom/launch/.*sbom\.spdx\.json")
_MODEL = re.compile(r"(workspace|app)/model\.json")
_STATUS = re.compile(r"var/lib/dpkg/status\.d/[^/]*(?<!\.md5sums)")
_DOCUMENTS = {"cyclonedx": _SBOM, "spdx": _SPDX, "model": _MODEL}
# What none of these lies in, by what our history says of a layer.
_PASSED_OVER = (LayerRole.DEPENDENCIES, LayerRole.RUNTIME, LayerRole.STATE)
# A layer whose history says nothing is only read, or fetched, if it is no larger.
_UNTOLD_BYTES = 20_000_000
_FILE_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What an image's own files say of it; empty where there is none. ``status`` are Debian's, one for each package."""

    cyclonedx: bytes = b""
    spdx: bytes = b""
    model: bytes = b""
    status: tuple[bytes, ...] = ()


def documents_in(image: Image, store: LocalStore, cancel: CancelToken | None = None) -> Documents:
    """Return the documents in an image of the store. Reading ends when all are found that one of ours has.

    Raises:
        ImageUnreadable: a layer is damaged.
        Cancelled
    """
    watch = Watch(lambda _event: None, cancel or CancelToken())
    job = Job(request=BuildRequest(notebook=Path()), store=store, watch=watch)
    here = Reference(repository="local", tag=Tag("latest"))
    found: dict[str, bytes] = {}
    status: list[bytes] = []
    for layer in _telling(image):
        watch.cancel.check()
        for path, content in _files(layer, here, job):
            name = next((name for name, pattern in _DOCUMENTS.items() if pattern.fullmatch(path)), None)
            if name is None:
                status.append(content)
            else:
                found[name] = content
        if found.keys() == _DOCUMENTS.keys():
            break
    return Documents(**found, status=tuple(status))


def inventory_in(image: Image, reference: Reference, job: Job) -> Inventory:
    """Return what is in an image of ours; what cannot be found is absent. Of the base, its labels tell.

    Layers that the local store lacks are fetched from the reference's registry, but only those that list what is in
    the image.

    Raises:
        ImageUnreadable, InventoryUnreadable: a layer or a list in it is damaged.
        RegistryUnreachable, RegistryRefused, Cancelled and others: of fetching.
    """
    model, status = b"", []
    for layer in _telling(image):
        job.watch.cancel.check()
        for path, content in _files(layer, reference, job):
            if _SBOM.fullmatch(path):
                return _on_its_base(read_inventory(content), image)
            if _MODEL.fullmatch(path):
                model = content
            elif _STATUS.fullmatch(path):
                status.append(content)
    card = from_json("model.json", model) if model else {}
    return _on_its_base(_inventory(card, status), image)


def inventory_told(documents: Documents, image: Image) -> Inventory:
    """Return what the image's documents list: the bill of materials, else our runtime's file and Debian's.

    Of the base, the image's labels tell.

    Raises:
        ImageUnreadable, InventoryUnreadable: one of them is damaged.
    """
    if documents.cyclonedx:
        return _on_its_base(read_inventory(documents.cyclonedx), image)
    card = from_json("model.json", documents.model) if documents.model else {}
    return _on_its_base(_inventory(card, documents.status), image)


def _on_its_base(held: Inventory, image: Image) -> Inventory:
    """Return the inventory with the system packages of the base that the image stands on now.

    Tools that rebase replace the base's layers and labels; the bill of materials is a layer that they leave.
    """
    try:
        packages = cnb.base_of(image).base.packages
    except cnb.NotRebasable:
        return held
    if not packages:
        return held
    same = {name: held.system[name] for name, version in packages.items() if held.system.get(name, ("",))[0] == version}
    return replace(held, system={name: (version, None) for name, version in packages.items()} | same)


def _inventory(card: Mapping[str, Any], status: Iterable[bytes]) -> Inventory:
    return Inventory(
        distributions={name: (str(version), None) for name, version in dict(card.get("versions") or {}).items()},
        system=dict(_system_package(content) for content in status),
        python=str(card.get("python") or ""),
    )


def _telling(image: Image) -> Iterator[Layer]:
    """Give the layers that may list what is in the image, the topmost first."""
    lines = read_history(image.config_bytes)
    for layer, line in zip(reversed(image.layers), reversed(lines), strict=True):
        role = line.partition(":")[0]
        told = role in set(LayerRole)
        if role not in _PASSED_OVER and (told or layer.size_bytes <= _UNTOLD_BYTES):
            yield layer


def _files(layer: Layer, reference: Reference, job: Job) -> Iterator[tuple[str, bytes]]:
    with _opened(layer, reference, job) as blob:
        plain = open_plain(blob, layer.media_type, layer.digest)
        try:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                for member in tar:
                    path = member.name.removeprefix("./")
                    wanted = any(pattern.fullmatch(path) for pattern in (*_DOCUMENTS.values(), _STATUS))
                    if wanted and member.isfile() and member.size <= _FILE_BYTES:
                        content = tar.extractfile(member)
                        yield path, content.read() if content else b""
        except tarfile.TarError as error:
            raise ImageUnreadable(layer.digest, str(error)) from error


@contextmanager
def _opened(layer: Layer, reference: Reference, job: Job) -> Iterator[BinaryIO]:
    store = job.store
    if reference.host is None or store.has_layer(layer):
        with store.blob_path(layer.digest).open("rb") as blob:
            yield blob
        return
    with store.scratch() as folder:
        into: Path = folder / "blob"
        client_for(reference).pull_blob(
            repository_of(reference),
            layer.digest,
            into,
            size_bytes=layer.size_bytes,
            on_bytes=lambda _: None,
            cancel=job.watch.cancel,
        )
        with into.open("rb") as blob:
            yield blob


def _system_package(status: bytes) -> tuple[str, tuple[str, int | None]]:
    said = HeaderParser().parsestr(status.decode("utf-8", "replace"))
    return str(said.get("Package", "")), (str(said.get("Version", "")), None)
