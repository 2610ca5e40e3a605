"""What an index says of one version: for which platforms it has wheels, how large, under which licence."""

from __future__ import annotations

import email.parser
import hashlib
import json
import re
import secrets
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from email.message import Message
from pathlib import Path
from typing import Any, TypeVar

from packaging.tags import Tag

from jupyter_containerize.resolution.errors import IndexUnreachable
from jupyter_containerize.resolution.remote_wheel import read_wheel
from jupyter_containerize.resolution.simple_index import IndexFile, SimpleIndex
from jupyter_containerize.resolution.tags import best_wheel, target_tags
from jupyter_containerize.transport import HashMismatch, HttpRefused, NetworkUnreachable, TooLarge, writing

# Raised when the same question would be answered otherwise.
_FORMAT = "1"
_WEEK_SECONDS = 7 * 24 * 3600
_LARGEST_METADATA = 8 << 20
_SHORT = 80
Read = TypeVar("Read")
_NO_LICENSE = re.compile(r"unknown|none|n/a|(see )?(the )?licen[cs]e( file)?(\.\w+)?", re.IGNORECASE)
# OCI's names for processors, and Linux's.
_MACHINES = {
    "linux/amd64": "x86_64",
    "linux/arm64": "aarch64",
    "linux/386": "i686",
    "linux/arm/v7": "armv7l",
    "linux/ppc64le": "ppc64le",
    "linux/s390x": "s390x",
    "linux/riscv64": "riscv64",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFacts:
    """What a version's metadata says of itself; empty where it says nothing.

    ``license`` is an SPDX expression, or what it has instead of one.
    """

    license: str
    summary: str


def wheels_for(
    index: SimpleIndex,
    name: str,
    version: str,
    python_minor: str,
    platforms: Iterable[str],
    *,
    glibc_minor: int,
    cache: Path | None = None,
) -> tuple[tuple[str, bool], ...]:
    """Return for each platform, in the given order, whether there is a wheel that fits it.

    Args:
        index: where to look.
        name: of the distribution.
        version: exact.
        python_minor: of the image, as in ``3.11``.
        platforms: as OCI names them (``linux/arm64``), or as uv does (``aarch64-manylinux_2_36``).
        glibc_minor: of the image's base: 36 for glibc 2.36. uv's names have their own.
        cache: a folder for answers; what is found is believed for a week, what is not is asked again.

    Raises:
        IndexUnreachable: an index did not answer, or refused.
        ResolverFailed: an unknown platform.
    """
    files = _wheels(index, name, version, cache)
    return tuple(
        (
            platform,
            best_wheel((file.filename for file in files), _tags(python_minor, platform, glibc_minor)) is not None,
        )
        for platform in platforms
    )


def image_bytes(
    index: SimpleIndex,
    name: str,
    version: str,
    python_minor: str,
    platform: str,
    *,
    glibc_minor: int,
    cache: Path | None = None,
) -> int | None:
    """Return what the version takes in the image, without the byte code that is made there.

    That is the sum of the files in the wheel that fits best, as the list at its end has them; the wheel itself
    is not downloaded. ``None``: no wheel fits, or its list cannot be had cheaply. Arguments as for ``wheels_for``.

    Raises:
        IndexUnreachable: an index did not answer, or refused.
        ResolverFailed: an unknown platform.
    """
    files = {file.filename: file for file in _wheels(index, name, version, cache)}
    chosen = best_wheel(files, _tags(python_minor, platform, glibc_minor))
    if chosen is None:
        return None
    kept = _place(cache, "size", index, files[chosen])
    size = _known(kept, int)
    if size is None:
        size = _listed_bytes(index, files[chosen])
        _keep(kept, size)
    return size


def missing_modules(
    index: SimpleIndex,
    name: str,
    version: str,
    python_minor: str,
    platform: str,
    *,
    modules: Iterable[str],
    glibc_minor: int,
    cache: Path | None = None,
) -> tuple[str, tuple[str, ...]] | None:
    """Return the wheel that fits best and which of some dotted modules it does not hold.

    A module counts as held when its package is there: what a package makes when it is imported has no file.
    ``None``: no wheel fits, its list cannot be had cheaply, or it holds no module at all and only installs others.
    Arguments as for ``image_bytes``.

    Raises:
        IndexUnreachable: an index did not answer, or refused.
        ResolverFailed: an unknown platform.
    """
    files = {file.filename: file for file in _wheels(index, name, version, cache)}
    chosen = best_wheel(files, _tags(python_minor, platform, glibc_minor))
    if chosen is None:
        return None
    kept = _place(cache, "packages", index, files[chosen])
    packages = _known(kept, _names)
    if packages is None:
        packages = _listed(index, files[chosen], lambda archive: sorted(_packages(archive.namelist())))
        _keep(kept, packages)
    if not packages:
        return None
    return chosen, tuple(module for module in modules if not _holds(set(packages), module))


def facts(index: SimpleIndex, name: str, version: str, *, cache: Path | None = None) -> PackageFacts:
    """Return licence and summary from the metadata beside a wheel (PEP 658), else from inside of it.

    Raises:
        IndexUnreachable: an index did not answer, or refused.
        HashMismatch: the metadata is not what the index promises.
    """
    files = _wheels(index, name, version, cache)
    # Metadata of all wheels of a version say the same of these two.
    chosen = next((file for file in files if file.metadata_sha256 is not None), files[0] if files else None)
    if chosen is None:
        return PackageFacts(license="", summary="")
    kept = _place(cache, "facts", index, chosen)
    found = _known(kept, lambda said: PackageFacts(**said))
    if found is None:
        text = _metadata(index, chosen)
        if text is None:
            return PackageFacts(license="", summary="")
        headers = email.parser.HeaderParser().parsestr(text)
        found = PackageFacts(license=license_of(headers), summary=str(headers.get("Summary") or "").strip())
        _keep(kept, asdict(found))
    return found


def license_of(headers: Message) -> str:
    """Return the SPDX expression, else a licence field that is a name and no text, else the classifiers' names."""
    for header in ("License-Expression", "License"):
        text = str(headers.get(header) or "").strip()
        if text and "\n" not in text and len(text) <= _SHORT and not _NO_LICENSE.fullmatch(text):
            return text
    classifiers = (str(line) for line in headers.get_all("Classifier") or () if str(line).startswith("License ::"))
    names = [line.rpartition("::")[2].strip() for line in classifiers]
    return ", ".join(name for name in names if name != "OSI Approved")


def _tags(python_minor: str, platform: str, glibc_minor: int) -> tuple[Tag, ...]:
    machine = _MACHINES.get(platform)
    return target_tags(python_minor, f"{machine}-manylinux_2_{glibc_minor}" if machine else platform)


def _wheels(index: SimpleIndex, name: str, version: str, cache: Path | None) -> tuple[IndexFile, ...]:
    kept = _place(cache, "wheels", index, (name, version))
    known = _known(kept, lambda said: tuple(IndexFile(**item) for item in said), _WEEK_SECONDS)
    if known is None:
        known = index.wheels(name, version)
        _keep(kept, [asdict(file) for file in known])
    return known


def _listed_bytes(index: SimpleIndex, file: IndexFile) -> int | None:
    return _listed(index, file, lambda archive: sum(member.file_size for member in archive.infolist()))


def _listed(index: SimpleIndex, file: IndexFile, read: Callable[[zipfile.ZipFile], Read]) -> Read | None:
    try:
        return read_wheel(index.transport, file.url, file.size_bytes, read)
    except (NetworkUnreachable, HttpRefused) as error:
        raise IndexUnreachable(str(error)) from error


def _packages(paths: Iterable[str]) -> set[str]:
    """Return the dotted packages and top-level modules of a wheel; folders without ``__init__.py`` end in ``.``."""
    found: set[str] = set()
    for path in paths:
        *folders, file = re.sub(r"^[^/]+\.data/(?:pure|plat)lib/", "", path).split("/")
        if not all(folder.isidentifier() for folder in folders):
            continue
        stem, dot, suffix = file.partition(".")
        if dot and suffix.rpartition(".")[2] in {"py", "so", "pyd"}:
            found.add(".".join(folders) if stem == "__init__" else ".".join([*folders, stem]))
            found.update(f"{'.'.join(folders[:end])}." for end in range(1, len(folders) + 1))
    return found


def _holds(packages: set[str], module: str) -> bool:
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        if name in packages:
            return True
        if f"{name}." not in packages:
            return False
    # A namespace as such.
    return True


def _metadata(index: SimpleIndex, file: IndexFile) -> str | None:
    try:
        if file.metadata_sha256 is None:
            return read_wheel(index.transport, file.url, file.size_bytes, _text_inside)
        data = index.transport.get(f"{file.url}.metadata", max_bytes=_LARGEST_METADATA)
    except (NetworkUnreachable, HttpRefused, TooLarge) as error:
        raise IndexUnreachable(str(error)) from error
    actual = hashlib.sha256(data).hexdigest()
    if file.metadata_sha256 not in {"", actual}:
        raise HashMismatch(f"{file.url}.metadata", file.metadata_sha256, actual)
    return data.decode("utf-8", "replace")


def _text_inside(archive: zipfile.ZipFile) -> str | None:
    names = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
    return archive.read(names[0]).decode("utf-8", "replace") if names else None


def _place(cache: Path | None, kind: str, index: SimpleIndex, what: IndexFile | tuple[str, str]) -> Path | None:
    if cache is None:
        return None
    question = [what.sha256 or what.url, what.size_bytes] if isinstance(what, IndexFile) else what
    text = json.dumps([_FORMAT, kind, index.fingerprint, question])
    return cache / f"{hashlib.sha256(text.encode()).hexdigest()}.json"


def _known(kept: Path | None, parse: Callable[[Any], Read], longest_seconds: float = float("inf")) -> Read | None:
    """Return what ``parse`` makes of a kept answer; ``None`` where there is none, or it is damaged."""
    try:
        if kept is None or time.time() - kept.stat().st_mtime > longest_seconds:
            return None
        return parse(json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _names(said: Any) -> list[str]:
    if not (isinstance(said, list) and all(isinstance(name, str) for name in said)):
        raise TypeError(said)
    return said


def _keep(kept: Path | None, value: Any) -> None:
    # No answer is not kept: tomorrow there may be one.
    if kept is None or not value:
        return
    with writing(kept):
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = kept.with_name(f".{kept.name}.{secrets.token_hex(4)}")
        temporary.write_text(json.dumps(value), encoding="utf-8")
        temporary.replace(kept)
