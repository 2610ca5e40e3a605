"""How an image was made. Source: slsa.dev/spec/v1.0/provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jupyter_containerize.attestations import names
from jupyter_containerize.attestations.contents import Contents, ImageName, public_url
from jupyter_containerize.attestations.signatures import repository_name
from jupyter_containerize.attestations.statements import PROVENANCE, statement
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.environment import SystemPackage
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.domain.serving import Json
from jupyter_containerize.oci.canonical import to_json

_BUILDER: Final = "pkg:pypi/jupyter-containerize"
_BUILD_TYPE: Final = f"{_BUILDER}#docs/attestations.md"
_REBASE_TYPE: Final = f"{_BUILDER}#docs/buildpacks.md"


def provenance(
    contents: Contents,
    image: ImageName,
    *,
    symbols: Sequence[str],
    options: Mapping[str, Json],
    epoch: int,
    versions: Mapping[str, str] | None = None,
) -> bytes:
    """Return the statement (JSON) of what the image was made of and how.

    Args:
        contents: of this image.
        image: its repository and digest.
        symbols: what serves, the first on ``/predict``.
        options: what was asked for beside, see ``request_options``.
        epoch: the image's time in seconds since 1970.
        versions: of what had a part in it, by name (``uv``, ``cloudpickle``); ours is there anyway.
    """
    notebook = {"name": contents.notebook, "digest": {"sha256": contents.notebook_digest}}
    # The invocation's id says only that two statements are of the same build: same image, same id.
    invocation = hashlib.sha256(to_json({"image": image.digest, "notebook": notebook})).hexdigest()
    predicate = {
        "buildDefinition": {
            "buildType": _BUILD_TYPE,
            "externalParameters": {"notebook": notebook, "options": dict(options), "symbols": list(symbols)},
            "internalParameters": {
                "epoch": epoch,
                "lock": _lock(contents),
                "platform": str(contents.platform),
                "python": contents.python.version,
                "versions": {names.TOOL: contents.tool_version, **(versions or {})},
            },
            "resolvedDependencies": list(_dependencies(contents)),
        },
        "runDetails": {
            "builder": {"id": _BUILDER, "version": {names.TOOL: contents.tool_version}},
            "metadata": {"invocationId": f"sha256:{invocation}"},
        },
    }
    return statement(repository_name(image.reference), image.digest, PROVENANCE, predicate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebase:
    """One image put on another base.

    ``before`` is the image as it was, ``base_before`` the name of its base with a digest, ``base`` the new one.
    ``system_packages`` are what the new base has, ``distro`` is as in ``Contents``, ``epoch`` in seconds since 1970.
    """

    before: ImageName
    base_before: str
    base: ImageName
    platform: Platform
    distro: str
    system_packages: Sequence[SystemPackage]
    epoch: int
    tool_version: str


def rebase_provenance(rebase: Rebase, image: ImageName) -> bytes:
    """Return the statement (JSON) of how the image came to its base.

    Of what lies above the base, the provenance of the image before speaks, which this one names by its digest.
    """
    given = {"name": str(rebase.before.reference), "digest": {"sha256": rebase.before.digest.hex}}
    name = repository_name(rebase.base.reference)
    base = {"name": name, "digest": {"sha256": rebase.base.digest.hex}}
    invocation = hashlib.sha256(to_json({"image": image.digest, "before": given})).hexdigest()
    packages = [f"{item.name}:{item.architecture}={item.version}" for item in rebase.system_packages]
    architecture = rebase.platform.architecture
    predicate = {
        "buildDefinition": {
            "buildType": _REBASE_TYPE,
            "externalParameters": {"image": given},
            "internalParameters": {
                "base": {"before": rebase.base_before, "after": f"{name}@{rebase.base.digest}"},
                "epoch": rebase.epoch,
                "lock": {"systemPackages": packages},
                "platform": str(rebase.platform),
                "versions": {names.TOOL: rebase.tool_version},
            },
            "resolvedDependencies": [
                {**given, "uri": names.image_purl(rebase.before, architecture)},
                *_system_dependencies(rebase.system_packages, rebase.distro),
            ],
        },
        "runDetails": {
            "builder": {"id": _BUILDER, "version": {names.TOOL: rebase.tool_version}},
            "metadata": {"invocationId": f"sha256:{invocation}"},
            "byproducts": [{**base, "uri": names.image_purl(rebase.base, architecture)}],
        },
    }
    return statement(repository_name(image.reference), image.digest, PROVENANCE, predicate)


def request_options(request: BuildRequest) -> dict[str, Json]:
    """Return what a request says that changes the image; no path, no destination, no key, nothing that is default."""
    default = BuildRequest(notebook=request.notebook)
    told: dict[str, Json] = {
        "base": request.base,
        "batch": list(request.batch),
        "bytecode": request.layers.bytecode.value if request.layers.bytecode != default.layers.bytecode else "",
        "compression": (
            request.layers.compression.value if request.layers.compression != default.layers.compression else ""
        ),
        "drop": list(request.drop),
        "extras": list(request.extras),
        "keep": list(request.keep),
        "most-layers": request.layers.most if request.layers.most != default.layers.most else 0,
        "order": "" if request.order is None else request.order.value,
        "platforms": [str(item) for item in request.platforms],
        "recreate": list(request.recreate),
        "split-bytes": request.layers.split_bytes if request.layers.split_bytes != default.layers.split_bytes else 0,
        "state": "" if request.state is None else request.state.value,
        "strict": request.strict,
        "strip": list(request.layers.strip),
    }
    return {name: value for name, value in told.items() if value}


def _lock(contents: Contents) -> dict[str, Any]:
    return {
        "distributions": [f"{item.package.name}=={item.package.version}" for item in contents.wheels],
        "vendored": [f"{item.package.name}=={item.package.version}" for item in contents.vendored],
        "systemPackages": [f"{item.name}:{item.architecture}={item.version}" for item in contents.system_packages],
    }


def _dependencies(contents: Contents) -> Iterator[dict[str, Any]]:
    """Give what went in, each with its hash; the purl stands in for a place that is not for everybody."""
    if contents.base is not None:
        purl = names.image_purl(contents.base, contents.platform.architecture)
        yield {"name": str(contents.base.reference), "uri": purl, "digest": {"sha256": contents.base.digest.hex}}
    yield from _system_dependencies(contents.system_packages, contents.distro)
    if contents.python.sha256:
        purl = f"pkg:generic/python@{contents.python.version}"
        yield {
            "name": purl,
            "uri": public_url(contents.python.url) or purl,
            "digest": {"sha256": contents.python.sha256},
        }
    own = [item for item in contents.vendored if item.package not in {wheel.package for wheel in contents.wheels}]
    for wheel in (*contents.wheels, *own):
        purl = names.wheel_purl(wheel.package)
        yield {"name": purl, "uri": public_url(wheel.package.url) or purl, "digest": {"sha256": wheel.package.sha256}}


def _system_dependencies(packages: Iterable[SystemPackage], distro: str) -> Iterator[dict[str, Any]]:
    for package in packages:
        purl = names.system_purl(package, distro)
        yield {"name": purl, "uri": public_url(package.url) or purl, "digest": {"sha256": package.sha256}}
