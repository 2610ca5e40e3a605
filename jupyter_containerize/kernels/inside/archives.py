"""Zip archives that libraries write, made to be the same bytes in every run.

Runs inside the kernel: the standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import json
import re
import zipfile
from typing import Any

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def steady_archive(path: str) -> None:
    """Write Keras' archive of a model anew, without the time of day and without addresses in memory."""
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, date_time=_LONG_AGO)
            info.external_attr = 0o600 << 16
            archive.writestr(info, _STEADY.get(name, bytes)(content))


def without_date(content: bytes) -> bytes:
    """Return Keras' metadata with a fixed date."""
    card: Any = json.loads(content)
    if "date_saved" in card:
        card["date_saved"] = "1980-01-01@00:00:00"
    return json.dumps(card).encode()


def without_addresses(content: bytes) -> bytes:
    """Return Keras' description of a model with objects numbered as they come, not by where they were in memory.

    A policy for kinds of numbers never changes, so that it says nothing whether two layers share one.
    """
    numbers: dict[Any, int] = {}

    def steady(card: dict[str, Any]) -> dict[str, Any]:
        number = card.pop("shared_object_id", None)
        if number is not None and card.get("class_name") != "DTypePolicy":
            card["shared_object_id"] = numbers.setdefault(number, len(numbers))
        return card

    return json.dumps(json.loads(content, object_hook=steady)).encode()


_STEADY = {"metadata.json": without_date, "config.json": without_addresses}


def steady_numbers(path: str) -> None:
    """Number the objects in skops' archive in the order in which they come, not by where they were in memory."""
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    schema = dict(members)["schema.json"].decode()
    numbers = dict.fromkeys(re.findall(r'"__id__": (\d+)', schema))
    numbers.update(dict.fromkeys(re.findall(r'"file": "(\d+)\.', schema)))
    new = {old: str(position) for position, old in enumerate(numbers, start=1)}
    schema = re.sub(r'("__id__": )(\d+)', lambda match: match[1] + new[match[2]], schema)
    schema = re.sub(r'("file": ")(\d+)\.', lambda match: f"{match[1]}{new[match[2]]}.", schema)
    with zipfile.ZipFile(path, "w", compression=zipfile.ZIP_STORED) as archive:
        for name, content in members:
            stem, dot, end = name.partition(".")
            info = zipfile.ZipInfo(f"{new.get(stem, stem)}{dot}{end}", date_time=_LONG_AGO)
            archive.writestr(info, schema if name == "schema.json" else content)
