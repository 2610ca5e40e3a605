"""Chooses the wheel that fits the image best."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from jupyter_containerize.resolution.errors import ResolverFailed

_PLATFORM = re.compile(r"(?P<machine>\w+?)-manylinux_2_(?P<glibc>\d+)")
# The names that glibc versions had before PEP 600.
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
# The first glibc that wheels were made for, by machine; PEP 599 gave newer machines their start.
_FIRST_GLIBC = {"x86_64": 5, "i686": 5}
_FIRST_GLIBC_ELSEWHERE = 17


# The minor versions of glibc that uv has a platform for. Source: `uv pip compile --help`, --python-platform.
_UV_GLIBC = (17, 28, *range(31, 41))


def platform_of(glibc_minor: int, machine: str = "x86_64") -> str:
    """Return uv's name for Linux with glibc 2.``glibc_minor``: the newest that it knows and that fits.

    ``machine`` is the processor as in ``Platform.machine``.

    Raises:
        ResolverFailed: glibc is older than uv's oldest.
    """
    known = [minor for minor in _UV_GLIBC if minor <= glibc_minor]
    if not known:
        raise ResolverFailed(f"no platform for glibc 2.{glibc_minor}")
    return f"{machine}-manylinux_2_{max(known)}"


def target_tags(python_minor: str, platform: str) -> tuple[Tag, ...]:
    """Return the tags of wheels that work in the image, best first.

    Args:
        python_minor: as in ``3.11``; CPython.
        platform: as uv names it, ``x86_64-manylinux_2_36``.
    """
    major, minor = map(int, python_minor.split("."))
    platforms = tuple(_platforms(platform))
    interpreter = f"cp{major}{minor}"
    cpython = cpython_tags((major, minor), abis=[interpreter], platforms=platforms)
    return (*cpython, *compatible_tags((major, minor), interpreter=interpreter, platforms=platforms))


def best_wheel(filenames: Iterable[str], tags: tuple[Tag, ...]) -> str | None:
    """Return the file name that fits best, ``None`` if none fits; of two that fit alike the higher build counts."""
    rank = {tag: position for position, tag in enumerate(tags)}
    choices = []
    for filename in filenames:
        try:
            _, _, build, wheel_tags = parse_wheel_filename(filename)
        except InvalidWheelFilename:
            continue
        fits = [rank[tag] for tag in wheel_tags if tag in rank]
        if fits:
            choices.append((-min(fits), build, filename))
    return max(choices)[2] if choices else None


def _platforms(platform: str) -> Iterator[str]:
    found = _PLATFORM.fullmatch(platform)
    if found is None:
        raise ResolverFailed(f"unknown platform {platform}")
    machine = found["machine"]
    first = _FIRST_GLIBC.get(machine, _FIRST_GLIBC_ELSEWHERE)
    for glibc in range(int(found["glibc"]), first - 1, -1):
        yield f"manylinux_2_{glibc}_{machine}"
        if glibc in _OLD_NAMES:
            yield f"{_OLD_NAMES[glibc]}_{machine}"
    yield f"linux_{machine}"
