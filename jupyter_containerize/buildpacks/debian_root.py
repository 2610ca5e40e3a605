"""What of Debian's packages a base keeps, where it lies, and what no package has.

Three tables say it: what is left out and why, what stays nevertheless, and the files that
maintainer scripts would make, which never run here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from jupyter_containerize.buildpacks import tree
from jupyter_containerize.buildpacks.deb import Deb, DebFile
from jupyter_containerize.buildpacks.errors import DebBroken
from jupyter_containerize.domain.image import EntryKind, LayerEntry

# Part of every cache key: raise it when the same packages give other bytes.
LAYOUT = 1

# Folders and files that are not kept, in the merged /usr; MULTIARCH is the folder of any processor's libraries.
LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "etc/ca-certificates": "hooks of update-ca-certificates, which needs a shell",
        "etc/dpkg": "there is no package manager",
        "etc/issue": "greets at a login",
        "etc/issue.net": "greets at a login",
        "etc/update-motd.d": "greets at a login",
        "usr/lib/MULTIARCH/gconv": "8 MB of character sets for iconv(3); Python has its own",
        "usr/sbin/update-ca-certificates": "a shell script; the bundle is made at build time",
        "usr/share/applications": "for desktops",
        "usr/share/base-files": "templates of files for people who log in",
        "usr/share/binfmts": "asks a running kernel to start .pyc files",
        "usr/share/bug": "for reportbug",
        "usr/share/ca-certificates": "all in the bundle",
        "usr/share/doc": "documentation; licences stay",
        "usr/share/doc-base": "documentation",
        "usr/share/gcc": "for debuggers",
        "usr/share/gdb": "for debuggers",
        "usr/share/info": "documentation",
        "usr/share/lintian": "for those who make packages",
        "usr/share/locale": "translations of messages",
        "usr/share/man": "documentation",
        "usr/share/menu": "for desktops",
        "usr/share/pixmaps": "for desktops",
        "usr/share/zoneinfo/posix": "every time zone once more",
        "usr/share/zoneinfo/right": "time zones for clocks that count leap seconds",
    }
)

# What stays of the above.
_KEPT = tuple(
    re.compile(pattern)
    for pattern in (
        # Licences must come with the files. A doc folder that is a link leads to another package's.
        r"usr/share/doc/[^/]+/copyright",
        # What C libraries ask iconv(3) for besides UTF-8 and ASCII, which the C library has built in.
        r"usr/lib/MULTIARCH/gconv/(gconv-modules(\.d/.*)?|(UTF-(16|32|7)|UNICODE|ISO8859-15?|CP1252)\.so)",
    )
)
_MULTIARCH = re.compile(r"^usr/lib/[a-z0-9_]+-linux-gnu/")
_DOC_FOLDER = re.compile(r"usr/share/doc/[^/]+")

# Packages of which only a part is wanted.
_ONLY: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        # Its programs (ldconfig, getconf, iconv ...) are for people at a shell.
        "libc-bin": re.compile(r"usr/lib/locale/C\.(utf8|UTF-8)/.*"),
    }
)

_CERTIFICATES = "usr/share/ca-certificates/"
_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
_STATUS = "var/lib/dpkg/status.d"
# Debian's packages lie in /usr alone; these names lead there.
_MERGED = ("bin", "lib", "lib64", "sbin")

# Folders that no file of a package makes, with their modes.
_FOLDERS: Mapping[str, int] = MappingProxyType(
    {
        "dev": 0o755,
        "home": 0o755,
        "home/nonroot": 0o755,
        "proc": 0o755,
        "root": 0o700,
        "run": 0o755,
        "sys": 0o755,
        "tmp": 0o1777,
        "usr/bin": 0o755,
        "usr/lib64": 0o755,
        "usr/sbin": 0o755,
        "var/cache": 0o755,
        "var/log": 0o755,
        "var/tmp": 0o1777,
    }
)

_LINKS: Mapping[str, str] = MappingProxyType(
    {
        **{name: f"usr/{name}" for name in _MERGED},
        "etc/localtime": "/usr/share/zoneinfo/Etc/UTC",
        # Where a standalone CPython's OpenSSL looks, and where Debian's does.
        "etc/ssl/cert.pem": "certs/ca-certificates.crt",
        "usr/lib/ssl/cert.pem": f"/{_BUNDLE}",
        "usr/lib/ssl/certs": "/etc/ssl/certs",
        "var/run": "/run",
    }
)

_FILES: Mapping[str, str] = MappingProxyType(
    {
        "etc/group": "root:x:0:\nnogroup:x:65534:\nnonroot:x:65532:\n",
        "etc/nsswitch.conf": (
            "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n"
            "networks: files\nprotocols: files\nservices: files\n"
        ),
        "etc/passwd": (
            "root:x:0:0:root:/root:/usr/sbin/nologin\n"
            "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
            "nonroot:x:65532:65532:nonroot:/home/nonroot:/usr/sbin/nologin\n"
        ),
        "etc/timezone": "Etc/UTC\n",
    }
)


def merged_links() -> Iterator[LayerEntry]:
    """Yield the links of the merged /usr, by which programs find their loader."""
    return (tree.symlink(name, _LINKS[name]) for name in _MERGED)


def package_entries(debs: Mapping[str, Deb]) -> Iterator[LayerEntry]:
    """Yield the entries of the packages, by name, in the merged /usr; without folders, unsorted.

    Each package is registered under ``var/lib/dpkg/status.d``, where scanners look for packages of
    an image without dpkg.

    Raises:
        DebBroken: two packages hold the same path.
    """
    owners: dict[str, str] = {}
    for name, deb in sorted(debs.items()):
        kept = [file for file in map(_merged, deb.files) if _wanted(file, name)]
        for file in kept:
            if file.path in owners:
                raise DebBroken(name, f"{file.path} is in {owners[file.path]} as well")
            owners[file.path] = name
            yield _entry(file)
        yield tree.file(f"{_STATUS}/{name}", deb.control)
        yield tree.file(f"{_STATUS}/{name}.md5sums", _md5sums(deb, {file.path for file in kept}))


def system_entries(debs: Mapping[str, Deb]) -> Iterator[LayerEntry]:
    """Yield what maintainer scripts would have made: users, links, folders, and the CA bundle."""
    for path, mode in _FOLDERS.items():
        yield LayerEntry(path=path, kind=EntryKind.DIRECTORY, mode=mode)
    for path, target in _LINKS.items():
        yield tree.symlink(path, target)
    for path, text in _FILES.items():
        yield tree.file(path, text.encode())
    yield tree.file(_BUNDLE, _bundle(file for deb in debs.values() for file in deb.files))


def _bundle(files: Iterable[DebFile]) -> bytes:
    """Return all certificates, sorted by path, as update-ca-certificates joins them."""
    found = [file for file in files if file.path.startswith(_CERTIFICATES) and file.path.endswith(".crt")]
    return b"".join(file.content.rstrip(b"\n") + b"\n" for file in sorted(found, key=lambda file: file.path))


def _wanted(file: DebFile, package: str) -> bool:
    path = _MULTIARCH.sub("usr/lib/MULTIARCH/", file.path)
    if path in _MERGED or path in _LINKS:
        return False
    if any(pattern.fullmatch(path) for pattern in _KEPT):
        return True
    if file.kind is EntryKind.SYMLINK and _DOC_FOLDER.fullmatch(path):
        return True
    if package in _ONLY:
        return _ONLY[package].fullmatch(path) is not None
    parts = path.split("/")
    return not any("/".join(parts[:count]) in LEFT_OUT for count in range(1, len(parts) + 1))


def _merged(file: DebFile) -> DebFile:
    """Return the file where it lies once /bin, /lib and so on lead to /usr."""
    path = _merged_path(file.path)
    if path == file.path:
        return file
    target = file.link_target
    if target and not target.startswith("/"):
        # A relative link that leaves the moved folder would start from the wrong place.
        meant = _merged_path(posixpath.normpath(posixpath.join(posixpath.dirname(file.path), target)))
        target = posixpath.relpath(meant, posixpath.dirname(path))
    return replace(file, path=path, link_target=target)


def _merged_path(path: str) -> str:
    top, slash, _ = path.partition("/")
    return f"usr/{path}" if slash and top in _MERGED else path


def _md5sums(deb: Deb, kept: set[str]) -> bytes:
    """Return the digests of the files that are in the image, as deb-md5sums(5) writes them."""
    sums = {_merged_path(path): digest for path, digest in deb.md5sums.items()}
    return "".join(f"{sums[path]}  {path}\n" for path in sorted(sums.keys() & kept)).encode()


def _entry(file: DebFile) -> LayerEntry:
    if file.kind is EntryKind.SYMLINK:
        return tree.symlink(file.path, file.link_target)
    return LayerEntry(
        path=file.path,
        kind=EntryKind.FILE,
        mode=file.mode,
        size_bytes=file.size_bytes,
        open=file.open,
    )
