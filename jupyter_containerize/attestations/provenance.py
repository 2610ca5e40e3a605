"""How an image was made. Source: slsa.dev/spec/v1.0/provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from jupyter_containerize.attestations import names
from jupyter_containerize.attestations.contents import Contents, ImageName, public_url
from jupyter_containerize.attestations.signatures import repository_name
from jupyter_containerize.attestations.statements import PROVENANCE, statement
from jupyter_containerize.domain.build import BuildRequest
from jupyter_containerize.domain.serving import Json
from jupyter_containerize.oci.canonical import to_json

_BUILDER: Final = "pkg:pypi/jupyter-containerize"
_BUILD_TYPE: Final = f"{_BUILDER}#docs/attestations.md"


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
    for package in contents.system_packages:
        purl = names.system_purl(package, contents.distro)
        yield {"name": purl, "uri": public_url(package.url) or purl, "digest": {"sha256": package.sha256}}
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
