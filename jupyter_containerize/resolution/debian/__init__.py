"""Debian packages: from a signed archive to the exact packages that an image's base needs.

Source: the Debian repository format (wiki.debian.org/DebianRepository/Format) and Debian Policy,
chapters 5 (control fields) and 7 (relationships).
"""

from jupyter_containerize.resolution.debian.archive import DebianArchive
from jupyter_containerize.resolution.debian.base import DebianBase, resolve_base
from jupyter_containerize.resolution.debian.errors import (
    IllegalMirror,
    IndexDamaged,
    IndexUnreachable,
    NoDebianPython,
    PackageMissing,
    ReleaseExpired,
    ReleaseMismatch,
    SignatureInvalid,
)
from jupyter_containerize.resolution.debian.releases import RELEASES, Release

__all__ = [
    "RELEASES",
    "DebianArchive",
    "DebianBase",
    "IllegalMirror",
    "IndexDamaged",
    "IndexUnreachable",
    "NoDebianPython",
    "PackageMissing",
    "Release",
    "ReleaseExpired",
    "ReleaseMismatch",
    "SignatureInvalid",
    "resolve_base",
]
