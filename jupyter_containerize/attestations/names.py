"""Names that other tools know: package URLs, licences, and those of our own properties.

Source: package-url/purl-spec; SPDX specification 2.3, annex D.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from jupyter_containerize.attestations.contents import ImageName
from jupyter_containerize.domain.environment import LockedPackage, SystemPackage

TOOL: Final = "jupyter-containerize"
PREFIX: Final = "io.jupyter-containerize"
VENDORED: Final = "vendored"
"""What marks a library that the server has for itself."""


def wheel_purl(item: LockedPackage) -> str:
    """Return ``pkg:pypi/numpy@2.3.1``."""
    return f"pkg:pypi/{_part(item.name)}@{_part(item.version)}"


def system_purl(item: SystemPackage, distro: str) -> str:
    """Return ``pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc``.

    The last qualifier is how scanners are told the source package, whose name security notices have; with
    ``@VERSION`` where its version is another.
    """
    vendor = distro.partition("-")[0] or "debian"
    qualifiers = f"?arch={_part(item.architecture)}" + (f"&distro={_part(distro)}" if distro else "")
    if item.source:
        name, _, version = item.source.rstrip(")").partition(" (")
        qualifiers += f"&upstream={_part(name + (f'@{version}' if version else ''))}"
    return f"pkg:deb/{_part(vendor)}/{_part(item.name)}@{_part(item.version)}{qualifiers}"


def image_purl(image: ImageName, architecture: str) -> str:
    """Return ``pkg:oci/iris@sha256:...?arch=amd64&repository_url=...``; no URL for a local name."""
    name = image.reference.repository.rpartition("/")[2]
    where = "" if image.reference.host is None else f"{image.reference.host}/{image.reference.repository}"
    qualifiers = f"?arch={_part(architecture)}" + (f"&repository_url={_part(where, also='/')}" if where else "")
    return f"pkg:oci/{_part(name)}@{_part(image.digest)}{qualifiers}"


def spdx_licence(text: str) -> str:
    """Return the licence as an SPDX expression in its usual spelling, or nothing when it is none.

    References to licences outside of SPDX's list are none either: the document would have to hold their texts.
    """
    try:
        expression = str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return ""
    return "" if "LicenseRef-" in expression else expression


def _part(text: str, *, also: str = "") -> str:
    # > the colon is never encoded, whether it separates or not
    return quote(text, safe=f":{also}")
