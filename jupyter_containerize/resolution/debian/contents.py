"""Which Debian package brings a library, by the archive's index of files.

Source: wiki.debian.org/DebianRepository/Format, "Contents" indices; Debian Policy, 8.1 for how packages of libraries
are named.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from filelock import FileLock

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.resolution.debian.archive import (
    DebianArchive,
    fetch_file,
    fetch_suite,
    read_json,
    suites_of,
    write_json,
)
from jupyter_containerize.resolution.debian.candidates import archive_folder
from jupyter_containerize.resolution.debian.errors import IndexDamaged
from jupyter_containerize.resolution.debian.releases import Release
from jupyter_containerize.transport import HashMismatch, TooLarge, Transport, writing

# Part of the map's name: raise it when the same index would be read otherwise.
_FORMAT = 1
_LINE = r"^\.?/?(?:usr/)?lib(?:64|/{multiarch})?/(?P<name>[^/\s]+\.so(?:\.[^/\s]+)*)[ \t]+(?P<owners>\S+)$"
_CHUNK = 1 << 20
# Debian's longest path is a tenth of this.
_LONGEST_LINE = 1 << 16

# Libraries which no package has in the loader's folders: alternatives choose among several. The usual package.
_CHOSEN: Mapping[str, str] = MappingProxyType(
    {"libblas.so.3": "libopenblas0-pthread", "liblapack.so.3": "libopenblas0-pthread"}
)
_UNWANTED = re.compile(r".*-(dev|dbg|dbgsym|udeb|cross|[a-z0-9]+-cross)")


def owners_of(
    sonames: Collection[str],
    *,
    archive: DebianArchive | None = None,
    release: Release,
    architecture: str = "amd64",
    multiarch: str = "x86_64-linux-gnu",
    transport: Transport,
    cache: Path,
    cancel: CancelToken,
) -> dict[str, str]:
    """Return for each library name the package that brings it in one of the loader's own folders.

    A name that no package brings is not in the answer. Of several packages the one named after the library is taken
    (``libgomp.so.1``: ``libgomp1``), then one with the shortest name, then the first by name. The index is that of the
    release, which its updates and security fixes add no names to; it is 12 MB, and narrowed to a small map in
    ``cache`` that serves until the archive changes.

    Raises:
        IndexUnreachable, SignatureInvalid, ReleaseMismatch, ReleaseExpired, IndexDamaged: from the archive.
        HashMismatch, TooLarge: the index is not the one that is signed, and no earlier one is known.
    """
    if not sonames:
        return {}
    archive = archive or DebianArchive.from_environment(os.environ)
    suite = suites_of(archive, release)[0]
    folder = cache / archive_folder(archive, release, architecture)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "contents.lock"):
            fetched = fetch_suite(suite, keys=archive.keys, transport=transport, folder=folder, cancel=cancel)
            path = f"main/Contents-{architecture}.gz"
            if path not in fetched.inrelease.files:
                raise IndexDamaged(fetched.inrelease.url, path)
            file = fetched.inrelease.files[path]
            kept = folder / f"libraries-{_FORMAT}-{file.sha256[:32]}.json"
            known = read_json(kept)
            if not isinstance(known, dict):
                try:
                    index = fetch_file(
                        fetched, file, suffix=".contents", transport=transport, folder=folder, cancel=cancel
                    )
                except (HashMismatch, TooLarge):
                    # A mirror that is being brought up to date has the one file before the other, for hours. What was
                    # signed before is right of nearly every library, and the packages are looked up in today's index.
                    known = _earlier(folder)
                    if known is None:
                        raise
                else:
                    known = _libraries(index, multiarch, f"{suite.url}/{path}", cancel)
                    write_json(kept, known)
                    index.unlink(missing_ok=True)
                    for old in folder.glob("libraries-*.json"):
                        if old != kept:
                            old.unlink(missing_ok=True)
    chosen = {soname: _CHOSEN.get(soname) or _best(soname, known.get(soname, ())) for soname in sonames}
    return {soname: package for soname, package in sorted(chosen.items()) if package}


def _earlier(folder: Path) -> dict[str, list[str]] | None:
    """Return the map that was made of an index that was signed before, if there is one."""
    known = [read_json(path) for path in folder.glob(f"libraries-{_FORMAT}-*.json")]
    return next((found for found in known if isinstance(found, dict)), None)


def _libraries(index: Path, multiarch: str, url: str, cancel: CancelToken) -> dict[str, list[str]]:
    """Return the packages by file name of the libraries in the loader's folders, both sorted."""
    line = re.compile(
        _LINE.format(multiarch=re.escape(multiarch)).encode(),
        re.MULTILINE,
    )
    found: dict[str, set[str]] = {}
    lines = 0
    try:
        for text in _blocks(index, cancel):
            lines += text.count(b"\n")
            for match in line.finditer(text):
                # Each owner is SECTION/NAME, or AREA/SECTION/NAME.
                owners = (owner.rpartition(b"/")[2].decode() for owner in match["owners"].split(b","))
                found.setdefault(match["name"].decode("utf-8", "replace"), set()).update(owners)
    except (zlib.error, EOFError, ValueError) as error:
        raise IndexDamaged(url, str(error) or type(error).__name__) from error
    if lines and not found:
        raise IndexDamaged(url, "no library among its files")
    return {name: sorted(found[name]) for name in sorted(found)}


def _blocks(index: Path, cancel: CancelToken) -> Iterator[bytes]:
    """Yield the uncompressed text in pieces that end with a line."""
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    rest = b""
    with index.open("rb") as file:
        while chunk := file.read(_CHUNK):
            cancel.check()
            text = rest + reader.decompress(chunk)
            end = text.rfind(b"\n") + 1
            rest = text[end:]
            if len(rest) > _LONGEST_LINE:
                raise ValueError("a line without end")
            yield text[:end]
    if not reader.eof:
        raise EOFError("ends early")
    yield rest


def _best(soname: str, packages: Iterable[str]) -> str | None:
    named = _named_after(soname)
    choices = [package for package in packages if not _UNWANTED.fullmatch(package)]
    return min(choices, key=lambda name: (name.removesuffix("t64") not in named, len(name), name), default=None)


def _named_after(soname: str) -> set[str]:
    """Return how policy names a package: ``libX11.so.6`` is in ``libx11-6``, ``libgomp.so.1`` in ``libgomp1``."""
    stem, _, version = soname.lower().replace("_", "-").partition(".so")
    version = version.lstrip(".")
    dash = "-" if stem[-1:].isdigit() else ""
    return {f"{stem}{dash}{version}", f"{stem}-{version}", f"{stem}{version}"}
