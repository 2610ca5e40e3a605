"""What an image says of itself once it stands on another base: its bills of materials, and what goes beside it."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jupyter_containerize import attestations, cnb
from jupyter_containerize._version import __version__
from jupyter_containerize.attestations import Attachment, ImageName, SigningKey
from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.cnb import sbom_entries, sbom_layer, sbom_path
from jupyter_containerize.buildpacks.debian import python_version
from jupyter_containerize.domain.image import Image, Layer, LayerEntry, Reference
from jupyter_containerize.lifecycle.epoch import created, epoch_seconds
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.plan import TargetPlan
from jupyter_containerize.oci import ImageUnreadable
from jupyter_containerize.oci.plain import open_plain
from jupyter_containerize.publishing import LocalStore

_DOCUMENTS = {sbom_path(suffix): suffix for suffix in ("cdx", "spdx")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bills:
    """The bills of materials of an image on its new base, by suffix (``cdx``, ``spdx``); empty if it never had any.

    ``layer`` has them; ``None`` where those of the image are true of the new base as well.
    """

    documents: Mapping[str, bytes]
    layer: Layer | None = None


def bills_on(image: Image, plan: TargetPlan, job: Job) -> Bills:
    """Return what the image's bills of materials say when it stands on the planned base.

    Of what is above the base, this alone is about the base; all else in its layer stays.

    Raises:
        ImageUnreadable, InventoryUnreadable: they are damaged.
        LayerMisplanned, DiskFull, NotWritable, Cancelled: of writing the layer.
    """
    held = cnb.base_of(image).sbom
    if held is None:
        return Bills(documents={})
    entries = list(_entries(held, job.store))
    documents = {_DOCUMENTS[item.path]: _content(item) for item in entries if item.path in _DOCUMENTS}
    system = plan.base.system_packages
    # Another Python than Debian's is a layer that stays.
    python = python_version(system) if plan.base.about.python.startswith("/usr/bin/") else ""
    if not documents or _is_true(documents, plan, python):
        return Bills(documents=documents)
    told = attestations.restated(documents, system, python=python)
    others = [item for item in entries if item.path not in _DOCUMENTS]
    layer_plan, written = sbom_layer([*others, *sbom_entries(told)], job.request.layers)
    layer = job.store.cached_layer(layer_plan.cache_key)
    if layer is None:
        layer = job.store.make_layer(layer_plan.cache_key, written, cancel=job.watch.cancel)
    return Bills(documents=told, layer=layer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """An image on its new base, which is an image of its own called ``base_name``; and what it was before."""

    plan: TargetPlan
    before: Image
    image: Image
    base: Image
    base_name: Reference
    bills: Bills


def attachments_on(
    moved: Moved, given: Reference, reference: Reference, key: SigningKey | None
) -> tuple[Attachment, ...]:
    """Return what goes beside the image: as for a build, but the provenance is that of the rebase.

    ``given`` is what the image was called before, ``reference`` what it is called now. What is the same image still
    has what its build put beside it: it gets nothing but the signature, if there is a key.

    Raises:
        InventoryUnreadable: its bill of materials is damaged.
    """
    image = ImageName(reference=reference, digest=moved.image.manifest_digest)
    if moved.image.manifest_digest == moved.before.manifest_digest:
        return () if key is None else (attestations.signature_attachment(image.digest, key, created=created()),)
    about, platform = moved.plan.base.about, moved.plan.platform
    rebase = attestations.Rebase(
        before=ImageName(reference=given, digest=moved.before.manifest_digest),
        base_before=cnb.base_of(moved.before).run_image.reference,
        base=ImageName(reference=moved.base_name, digest=moved.base.manifest_digest),
        platform=platform,
        distro=f"{about.distro}-{about.version}",
        system_packages=moved.plan.base.system_packages,
        epoch=epoch_seconds(),
        tool_version=__version__,
    )
    bill = moved.bills.documents.get("cdx", b"")
    return attestations.attachments_of(
        image,
        moved.bills.documents,
        bill=attestations.named_bill(bill, image, platform.architecture) if bill and key is not None else b"",
        provenance=attestations.rebase_provenance(rebase, image),
        created=created(),
        key=key,
    )


def _is_true(documents: Mapping[str, bytes], plan: TargetPlan, python: str) -> bool:
    """Tell whether the documents list the base's packages; then they stay, whichever version of ours wrote them."""
    if "cdx" not in documents:
        return False
    said = attestations.read_inventory(documents["cdx"])
    versions = {name: version for name, (version, _) in said.system.items()}
    return versions == dict(plan.base.about.packages) and python in {"", said.python}


def _entries(layer: Layer, store: LocalStore) -> Iterator[LayerEntry]:
    """Give a layer's files and links; folders have nothing to tell."""
    with store.blob_path(layer.digest).open("rb") as blob:
        plain = open_plain(blob, layer.media_type, layer.digest)
        try:
            with tarfile.open(fileobj=plain, mode="r|") as tar:
                for member in tar:
                    path = member.name.removeprefix("./").strip("/")
                    content = tar.extractfile(member) if member.isfile() else None
                    if content is not None:
                        yield tree.file(path, content.read())
                    elif member.issym():
                        yield tree.symlink(path, member.linkname)
        except tarfile.TarError as error:
            raise ImageUnreadable(layer.digest, str(error)) from error


def _content(entry: LayerEntry) -> bytes:
    if entry.open is None:
        return b""
    with entry.open() as content:
        return content.read()
