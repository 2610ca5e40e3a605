"""The wheels that our server brings for itself, whatever the user's environment has.

Which they are was decided when we were released: ``vendored.json`` has the hash of each, and
``scripts/lock_vendored.py`` writes it. Only where to fetch them from is asked here, of the index that the user has
configured.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_containerize.domain.environment import LockedEnvironment, LockedPackage
from jupyter_containerize.resolution import kept_locks
from jupyter_containerize.resolution.errors import IndexUnreachable, OwnWheelMissing
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.resolution.simple_index import SimpleIndex
from jupyter_containerize.resolution.tags import best_wheel, target_tags

TABLE = Path(__file__).with_name("vendored.json")
# What uv reads as switched on.
_ON = frozenset({"1", "true", "yes", "y", "on", "t"})


def lock_vendored(
    pins: Iterable[str],
    *,
    python_minor: str,
    platform: str,
    index: PackageIndex,
    cache: Path,
    table: Path = TABLE,
) -> tuple[LockedPackage, ...]:
    """Return one wheel for each of ``pins``, with the hash that we know and the place where the index has it.

    What was found once is not asked again, for the same index.

    Args:
        pins: ``name==version`` lines that the table has.
        python_minor: of the image, as in ``3.11``.
        platform: of the image, as uv names it.
        index: where to look.
        cache: a folder for answers; made when needed.
        table: of the wheels that there are.

    Raises:
        OwnWheelMissing: there is none for the image, or the index does not have the very file.
        IndexUnreachable: an index did not answer, or refused.
        DiskFull, NotWritable: the answer cannot be kept.
    """
    wanted = tuple(_wanted(pin, _table(table)[pin]["wheels"], python_minor, platform) for pin in sorted(pins))
    question = [*((item.filename, item.sha256) for item in wanted), index.fingerprint()]
    kept = cache / f"own-{hashlib.sha256(json.dumps(question).encode()).hexdigest()}.toml"
    found = kept_locks.known(kept)
    if found is None:
        found = tuple(_found(wanted, platform, index))
        environment = LockedEnvironment(python_minor=python_minor, platform=platform, packages=found)
        kept_locks.keep(kept, environment)
    return found


def vendored_licences() -> Mapping[str, str]:
    """Return the licences of our server's own libraries (SPDX) by name."""
    return {pin.partition("==")[0]: row["licence"] for pin, row in _table(TABLE).items()}


def _wanted(pin: str, wheels: Mapping[str, Any], python_minor: str, platform: str) -> LockedPackage:
    """Return the wheel of a pin for the image, without its place."""
    name, _, version = pin.partition("==")
    filename = best_wheel(wheels, target_tags(python_minor, platform))
    if filename is None:
        raise OwnWheelMissing(name, version, platform, python_minor)
    return LockedPackage(name=name, version=version, filename=filename, url="", **wheels[filename])


def _found(wanted: Iterable[LockedPackage], platform: str, index: PackageIndex) -> Iterator[LockedPackage]:
    if os.environ.get("UV_OFFLINE", "").lower() in _ON:
        raise IndexUnreachable("the network is switched off (offline)")
    pages = SimpleIndex(index)
    for item in wanted:
        for file in pages.wheels(item.name, item.version):
            # A folder of wheels tells no hash; that of the file is looked at when it is fetched.
            if file.filename == item.filename and file.sha256 in {"", item.sha256}:
                yield replace(item, url=file.url)
                break
        else:
            raise OwnWheelMissing(item.name, item.version, platform, filename=item.filename)


@functools.cache
def _table(path: Path) -> Mapping[str, Any]:
    table: Mapping[str, Any] = json.loads(path.read_bytes())
    return table
