# ruff: noqa: INP001 - a script; only its test imports it
"""Writes ``resolution/vendored.json``: the hashes of the wheels that images get for our server, for every platform.

Run it after changing ``VENDORED`` in ``runtime/requirements.py``; a test fails until that is done. Asks the index that
pip or uv is configured with for hashes and licences.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from packaging.utils import parse_wheel_filename

from jupyter_containerize.resolution import PackageIndex
from jupyter_containerize.resolution.availability import facts
from jupyter_containerize.resolution.simple_index import IndexFile, SimpleIndex
from jupyter_containerize.resolution.vendored import TABLE
from jupyter_containerize.runtime.requirements import VENDORED

MINORS = range(9, 16)
_ABIS = frozenset(f"cp3{minor}" for minor in MINORS)
_PLATFORM = re.compile(r"manylinux\w*_(x86_64|aarch64)")


def rows_of(index: SimpleIndex, pins: tuple[str, ...]) -> dict[str, Any]:
    """Return the table's content: licence and wheels by pin."""
    return {pin: _row(index, *pin.split("==")) for pin in sorted(pins)}


def text_of(rows: dict[str, Any]) -> str:
    """Return the table as it is written."""
    return json.dumps(rows, indent=1, sort_keys=True) + "\n"


def _row(index: SimpleIndex, name: str, version: str) -> dict[str, Any]:
    files = list(_fitting(index.wheels(name, version)))
    wheels = {file.filename: {"sha256": file.sha256, "size_bytes": file.size_bytes} for file in files}
    return {"licence": facts(index, name, version).license, "wheels": wheels}


def _fitting(files: tuple[IndexFile, ...]) -> Iterator[IndexFile]:
    for file in files:
        tags = parse_wheel_filename(file.filename)[3]
        if any(tag.abi in _ABIS and _PLATFORM.fullmatch(tag.platform) for tag in tags):
            yield file


if __name__ == "__main__":
    TABLE.write_text(text_of(rows_of(SimpleIndex(PackageIndex.from_environment()), VENDORED)), encoding="utf-8")
