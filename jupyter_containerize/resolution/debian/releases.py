"""The table of Debian releases, what a base consists of, and what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jupyter_containerize.resolution.debian.errors import NoDebianPython


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Debian release and the Python that it carries.

    ``fixes_until`` is the date (ISO) on which its long term support ends: afterwards the
    archive still has the packages, and nobody mends them. ``glibc_minor``: 36 for glibc 2.36.
    """

    codename: str
    version: str
    python_minor: str
    glibc_minor: int
    fixes_until: str


# Oldest first. Testing is not here: its packages change every day, so that no two builds of a notebook
# would be the same. Source: wiki.debian.org/LTS for the dates.
RELEASES = (
    Release(codename="bullseye", version="11", python_minor="3.9", glibc_minor=31, fixes_until="2026-08-31"),
    Release(codename="bookworm", version="12", python_minor="3.11", glibc_minor=36, fixes_until="2028-06-30"),
    Release(codename="trixie", version="13", python_minor="3.13", glibc_minor=41, fixes_until="2030-06-30"),
)

# What every base has, with a Python of Debian's or without one.
_BASE = (
    "base-files",  # /etc/os-release, so that scanners know the release; the texts of common licences
    "ca-certificates",
    "libc-bin",  # the C.UTF-8 locale
    "libc6",
    "libcrypt1",  # standalone CPython's _crypt
    "libexpat1",  # with zlib1g: the libraries that manylinux wheels may expect of a system
    "libgcc-s1",
    "libstdc++6",
    "media-types",  # /etc/mime.types, which mimetypes reads
    "netbase",  # /etc/services and /etc/protocols, which socket reads
    "tzdata",
    "zlib1g",
)

# Dependencies that are not followed, each with the reason. Extension modules that need one of them
# fail to import, as on any Debian without the library.
LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "awk": "runs in maintainer scripts; there is no shell to run them",
        "debconf": "asks an administrator questions while packages are configured",
        "libdb5.3": "1.8 MB for dbm.ndbm only; dbm falls back to another format by itself",
        "libdb5.3t64": "1.8 MB for dbm.ndbm only; dbm falls back to another format by itself",
        "libncursesw6": "a terminal's curses; a server has no terminal",
        "libnsl2": "for the module nis only, which Python removed in 3.13; brings Kerberos with it",
        "libreadline8": "line editing at a prompt; a server has no terminal",
        "libreadline8t64": "line editing at a prompt; a server has no terminal",
        "libtinfo6": "descriptions of terminals; a server has none",
        "libtirpc3": "for the module nis only, which Python removed in 3.13; brings Kerberos with it",
        "openssl": "the command; the library is there, and the CA bundle is made at build time",
    }
)

# The same for packages beside a base: those that are asked for by name are followed nevertheless.
FURTHER_LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "libglx-mesa0": "drivers and a compiler for a screen, 150 MB; libGL.so.1 loads without them",
        "libegl-mesa0": "drivers and a compiler for a screen, 150 MB; libEGL.so.1 loads without them",
        "libgl1-mesa-dri": "drivers and a compiler for a screen, 150 MB",
        "dconf-gsettings-backend": "settings of a desktop",
        "libpam-modules": "logging in; a server's user does not",
        "libpam-runtime": "logging in; a server's user does not",
        "dictionaries-common": "tells editors of dictionaries, which are found without",
        "emacsen-common": "an editor's add-ons",
        "libsasl2-modules-db": "a file of passwords for mail servers, and a database library for it",
        "init-system-helpers": "starts services; a container has one process",
        "lsb-base": "starts services; a container has one process",
        "readline-common": "settings of a prompt",
        "sensible-utils": "asks which editor to start",
        "ucf": "asks an administrator about changed settings",
        "dpkg": "there is no package manager",
        "install-info": "an index of documentation",
        "xdg-utils": "opens files in a desktop's programs",
        "dbus": "a service; a container has one process",
        "libpam-systemd": "logging in; a server's user does not",
        "systemd": "a service manager; a container has one process",
    }
)


def release_named(codename: str) -> Release:
    """Return the release of the table with that code name."""
    return next(release for release in RELEASES if release.codename == codename)


def glibc_minor_for(python_minor: str) -> int:
    """Return the glibc of a base for that Python (36 for 2.36): its own release's, or the newest one's."""
    found = [release for release in RELEASES if release.python_minor == python_minor]
    return (found or RELEASES)[-1].glibc_minor


def release_with(python_minor: str) -> Release:
    """Return the release that carries Python ``python_minor``, as ``3.11``.

    Raises:
        NoDebianPython: none does.
    """
    for release in RELEASES:
        if release.python_minor == python_minor:
            return release
    raise NoDebianPython(python_minor, tuple(release.python_minor for release in RELEASES))


def base_seeds() -> tuple[str, ...]:
    """Return the packages that a base without Debian's Python starts from."""
    return _BASE


def python_seeds(release: Release) -> tuple[str, ...]:
    """Return the packages that a base with the release's Python starts from."""
    return (*_BASE, f"libpython{release.python_minor}-stdlib", f"python{release.python_minor}-minimal")
