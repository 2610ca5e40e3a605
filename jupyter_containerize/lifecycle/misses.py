"""Why a layer has to be made: what its bytes depend on now, against what they depended on before.

    STORE/cache/slots/SHA.json   the layers of the last build of one name and platform, by slot, with their inputs

The file is named for the sha256 of name and platform. It serves words alone: a build without it makes the same image.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from jupyter_containerize.domain.image import IllegalReference, LayerPlan, Reference
from jupyter_containerize.domain.platform import Platform
from jupyter_containerize.lifecycle.plan import Built, Plan
from jupyter_containerize.publishing import LocalStore
from jupyter_containerize.publishing.records import layer_of
from jupyter_containerize.transport import writing

logger = logging.getLogger(__name__)

# Of more than these nobody wants to hear, and reading them takes time.
_MOST_BUILDS = 100


class MissKind(StrEnum):
    """What is the matter with a layer that the store does not have."""

    FIRST = "first"
    """Nothing was built on this machine before."""
    UNSEEN = "unseen"
    """No earlier image here had such a layer."""
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    PRUNED = "pruned"
    """It was made before, and was removed from the store."""
    DAMAGED = "damaged"
    """It was made before, and its file is no longer what it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """One reason why a layer has to be made.

    ``name``, ``before`` and ``after`` are those of an input (``LayerPlan.inputs``): empty before if it was added,
    after if it was removed. ``than`` names the build that is compared with: ``iris:latest (linux/amd64)``; empty for
    the last one of the same name.
    """

    kind: MissKind
    name: str = ""
    before: str = ""
    after: str = ""
    than: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRecord:
    """A layer of an earlier build. ``build`` is its name and platform."""

    build: str
    cache_key: str
    inputs: Mapping[str, str]


class Slots:
    """What earlier builds recorded, for asking layer by layer."""

    def __init__(self, store: LocalStore, reference: Reference, platform: Platform) -> None:
        self._store = store
        self._build = _build_name(reference, platform)
        self._own = _read(_path(store, self._build))
        self._others: list[dict[str, SlotRecord]] | None = None

    def misses(self, layer: LayerPlan) -> tuple[Miss, ...]:
        """Return every reason why the layer has to be made; at least one. Only to be asked of one that is not there."""
        lost = self._lost(layer)
        if lost is not None:
            return (Miss(kind=lost),)
        before = self._own.get(layer.slot) or self._nearest(layer)
        if before is None:
            return (Miss(kind=MissKind.UNSEEN if self._built_before() else MissKind.FIRST),)
        if before.cache_key == layer.cache_key:
            return (Miss(kind=MissKind.PRUNED),)
        than = "" if before.build == self._build else before.build
        # A buildpack of somebody else's may forget to name what its key depends on.
        return tuple(_differences(before.inputs, layer.inputs, than)) or (Miss(kind=MissKind.UNSEEN),)

    def _lost(self, layer: LayerPlan) -> MissKind | None:
        """Return what became of a layer that is recorded and not there."""
        try:
            record = json.loads((self._store.layers / f"{layer.cache_key}.json").read_bytes())
            blob = self._store.blob_path(layer_of(record).digest)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, IllegalReference):
            return MissKind.DAMAGED
        return MissKind.DAMAGED if blob.exists() else MissKind.PRUNED

    def _built_before(self) -> bool:
        # A store of an earlier version has layers and no records.
        return bool(self._own) or any(self._all()) or any(self._store.layers.glob("*.json"))

    def _nearest(self, layer: LayerPlan) -> SlotRecord | None:
        """Return the layer of another build in the same slot from which it differs least; the later of two."""
        there = [slots[layer.slot] for slots in self._all() if layer.slot and layer.slot in slots]
        return min(there, key=lambda record: len(list(_differences(record.inputs, layer.inputs, ""))), default=None)

    def _all(self) -> list[dict[str, SlotRecord]]:
        if self._others is None:
            folder = _folder(self._store)
            found = sorted(folder.glob("*.json"), key=_modified, reverse=True) if folder.is_dir() else []
            self._others = [_read(path) for path in found[:_MOST_BUILDS]]
        return self._others


def remember_slots(plan: Plan, built: Sequence[Built], store: LocalStore) -> None:
    """Record what the layers of a build depend on, for the words of later plans.

    To be called when the image is proved and before it is named: a full disk is then told in time.

    Raises:
        DiskFull, NotWritable: the record cannot be kept.
    """
    with writing(store.cache):
        _folder(store).mkdir(parents=True, exist_ok=True)
        for item in built:
            build = _build_name(plan.reference, item.target.platform)
            slots = {
                layer.slot: {"cache_key": layer.cache_key, "inputs": dict(layer.inputs)}
                for layer in item.target.layers
                if layer.slot
            }
            path = _path(store, build)
            making = path.with_name(f".{path.name}.{os.getpid()}")
            making.write_text(json.dumps({"build": build, "slots": slots}, sort_keys=True), encoding="utf-8")
            making.replace(path)


def _differences(before: Mapping[str, str], after: Mapping[str, str], than: str) -> Iterator[Miss]:
    """Give what differs, in the order of the names."""
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, ""), after.get(name, "")
        if old == new:
            continue
        kind = MissKind.CHANGED if name in before and name in after else MissKind.ADDED
        kind = kind if name in after else MissKind.REMOVED
        yield Miss(kind=kind, name=name, before=old, after=new, than=than)


def _read(path: Path) -> dict[str, SlotRecord]:
    """Return the slots of one build; none where there is no record, or one that cannot be read."""
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
        return {
            slot: SlotRecord(build=said["build"], cache_key=item["cache_key"], inputs=item["inputs"])
            for slot, item in said["slots"].items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("record of an earlier build %s is not used: %s", path, error)
        return {}


def _build_name(reference: Reference, platform: Platform) -> str:
    return f"{reference} ({platform})"


def _folder(store: LocalStore) -> Path:
    return store.cache / "slots"


def _path(store: LocalStore, build: str) -> Path:
    return _folder(store) / f"{hashlib.sha256(build.encode()).hexdigest()}.json"


def _modified(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
