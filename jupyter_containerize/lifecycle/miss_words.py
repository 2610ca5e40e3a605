"""Why a layer has to be made, in words: for the log of a build, and for plans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from jupyter_containerize.lifecycle.misses import Miss, MissKind

_WHEEL = re.compile(r"(?P<name>[^-\s]+)-(?P<version>[^-\s]+)(-[^\s]*)?\.whl")
_HASH = re.compile(r"\s*\b(sha256[:=\s-]?)?[0-9a-f]{64}\b")
_LAYER_FORMAT, _BYTECODE, _PYTHON = "layer format", "bytecode", "python"
_FORMAT = re.compile(r"(?P<version>\d+) time=\d+ (?P<compression>[a-z]+)=\S*")
# Texts that say more than this are no versions.
_LONGEST = 60
# A log names so many of a layer; the plan has them all.
_MOST_REASONS = 4
_LOST = {
    MissKind.FIRST: "first build on this machine",
    MissKind.UNSEEN: "no earlier image here has such a layer",
    MissKind.PRUNED: "it was removed from the store",
    MissKind.DAMAGED: "its blob in the store is damaged",
}


def miss_lines(misses: Sequence[Miss]) -> list[str]:
    """Return all reasons of a layer, a line each; the build that is compared with stands above them."""
    than = [f"against {miss.than}:" for miss in misses[:1] if miss.than]
    # Without bytecode a layer depends on less of Python's version: that is the same reason once more.
    otherwise = any(miss.name == _BYTECODE for miss in misses)
    told = [miss for miss in misses if not (otherwise and miss.name == _PYTHON)]
    return [*than, *(miss_text(replace(miss, than="")) for miss in told)]


def miss_text(miss: Miss) -> str:
    """Return why a layer has to be made: ``numpy 2.3.0 -> 2.3.1``."""
    if miss.kind in _LOST:
        return _LOST[miss.kind]
    miss = _in_words(miss)
    before, after = _short(miss.name, miss.before), _short(miss.name, miss.after)
    if miss.kind is MissKind.ADDED:
        text = f"{miss.name} {after} is new" if after else f"{miss.name} is new"
    elif miss.kind is MissKind.REMOVED:
        text = f"{miss.name} {before} is gone" if before else f"{miss.name} is gone"
    elif before == after:
        # The hash alone differs.
        text = f"another file for {miss.name} {before}" if before else f"{miss.name} has changed"
    elif not before or not after:
        text = f"{miss.name}: {after}, not before" if after else f"{miss.name}: no longer {before}"
    else:
        text = f"{miss.name} {before} -> {after}"
    return f"{text} (than in {miss.than})" if miss.than else text


def _in_words(miss: Miss) -> Miss:
    """Return the miss with what the options are called where they are asked for, not as keys have them."""
    if miss.name == _BYTECODE:
        return replace(miss, before=miss.before.partition(":")[0], after=miss.after.partition(":")[0])
    before, after = _FORMAT.fullmatch(miss.before), _FORMAT.fullmatch(miss.after)
    if miss.name != _LAYER_FORMAT or before is None or after is None:
        return miss
    if before["compression"] != after["compression"]:
        return replace(miss, name="compression", before=before["compression"], after=after["compression"])
    if before["version"] != after["version"]:
        return replace(miss, before=before["version"], after=after["version"])
    return replace(miss, before="", after="")


def _short(name: str, value: str) -> str:
    """Return what people call an input's value: a version where it has one, and no hashes."""
    wheel = _WHEEL.search(value)
    if wheel is not None:
        return wheel["version"]
    plain = _HASH.sub("", value).strip(" :,;").removeprefix(name).strip()
    return plain if len(plain) <= _LONGEST else ""


def made_lines(misses: Sequence[tuple[str, Sequence[Miss]]]) -> list[str]:
    """Return why layers are made, for a log: a line for each, given by title; of a first build one line says it all."""
    if misses and all(miss.kind is MissKind.FIRST for _, of_layer in misses for miss in of_layer):
        return ["All are new: first build on this machine"]
    return [f"{title} is made anew: {_some(miss_lines(of_layer))}" for title, of_layer in misses]


def _some(reasons: Sequence[str]) -> str:
    shown = [reason.rstrip(":") for reason in reasons[:_MOST_REASONS]]
    left = len(reasons) - len(shown)
    return "; ".join([*shown, f"and {left} more"] if left else shown)
