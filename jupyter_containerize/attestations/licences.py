"""What a wheel says of itself, read from its METADATA. Source: core metadata specification; PEP 639."""

from __future__ import annotations

import email.parser
import re
import zipfile
from email.message import Message
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from jupyter_containerize.attestations.contents import WheelFacts
from jupyter_containerize.attestations.names import spdx_licence

_LARGEST_METADATA = 8 << 20
_SHORT = 80
_NO_LICENCE = re.compile(r"unknown|none|n/a|(see )?(the )?licen[cs]e( file)?(\.\w+)?", re.IGNORECASE)
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")

# Classifiers that name exactly one licence of SPDX's list. "BSD License" and "Apache Software
# License" name a family, and stay words.
_CLASSIFIERS = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zlib License": "Zlib",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
}


def licences_of(wheel: Path) -> str:
    """Return the licence as an SPDX expression, or what the metadata says instead of one, or nothing."""
    return facts_of(wheel).licence


def facts_of(wheel: Path) -> WheelFacts:
    """Return licence and requirements from a wheel's METADATA; nothing when it cannot be read.

    The lock has its hash, so an unreadable wheel is the installation's error to tell, not this one's.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = next((item for item in archive.infolist() if _METADATA.fullmatch(item.filename)), None)
            if member is None or member.file_size > _LARGEST_METADATA:
                return WheelFacts()
            text = archive.read(member).decode("utf-8", "replace")
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return WheelFacts()
    headers = email.parser.HeaderParser().parsestr(text)
    return WheelFacts(licence=_licence(headers), requires=_requires(headers))


def _licence(headers: Message) -> str:
    """Return the first that says something: the expression, the field, the classifiers.

    A field that is no expression gives way to classifiers that are, because tools can read those.
    """
    expression = str(headers.get("License-Expression") or "").strip()
    field = str(headers.get("License") or "").strip()
    if "\n" in field or len(field) > _SHORT or _NO_LICENCE.fullmatch(field):
        field = ""
    lines = [str(line) for line in headers.get_all("Classifier") or () if str(line).startswith("License ::")]
    said = [name for line in lines if (name := line.rpartition("::")[2].strip()) != "OSI Approved"]
    known = [_CLASSIFIERS[name] for name in said if name in _CLASSIFIERS]
    # Several classifiers do not say whether all of them hold or any; only one alone is an expression.
    from_classifier = known[0] if len(said) == len(known) == 1 else ""
    return expression or spdx_licence(field) or from_classifier or field or ", ".join(said)


def _requires(headers: Message) -> tuple[str, ...]:
    found = set()
    for line in headers.get_all("Requires-Dist") or ():
        try:
            requirement = Requirement(str(line))
        except InvalidRequirement:
            continue
        if requirement.marker is None or "extra" not in str(requirement.marker):
            found.add(str(canonicalize_name(requirement.name)))
    return tuple(sorted(found))
