"""Whether the part of the notebook that ran gives what the whole gives; where that is not so, the whole counts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from jupyter_containerize.domain.build import CheckMode, Level
from jupyter_containerize.domain.notebook import Cell, Slice
from jupyter_containerize.domain.serving import CapturedObject, CapturedState, Parity, ParityProof, StateSource
from jupyter_containerize.kernels.errors import CellFailed, KernelDied, NameMissing, NotServable
from jupyter_containerize.lifecycle.prove import same_answer
from jupyter_containerize.lifecycle.watch import Watch

# What a part of a notebook can fail with where the whole does not.
_PARTIAL = (CellFailed, KernelDied, NameMissing, NotServable)
# Digits that nothing but the same objects give. Many a model says "setosa".
_TELLING = re.compile(r"\d\.\d{3}|\d{6}")
Run = Callable[[tuple[Cell, ...]], CapturedState]


def proven(
    run: Run,
    *,
    serving: Slice,
    mode: CheckMode,
    shown: Mapping[int, str],
    forced: bool,
    watch: Watch,
) -> CapturedState:
    """Run the slice's program, make sure of it, and return its state; or the whole notebook's if it is not the same.

    Args:
        run: runs cells in a fresh kernel and returns the state.
        serving: the slice.
        mode: how to make sure.
        shown: what the notebook's file shows as each cell's result, by cell.
        forced: the user dropped cells, so that the whole is not what is wanted.
        watch: is told what happens.

    Raises:
        ContainerizeError: as ``run``; what only the part fails with is raised if ``forced``.
    """
    whole = serving.whole_program
    if all(statement.training or statement.installs for statement in serving.statements):
        return replace(run(whole), parity=Parity(proof=ParityProof.WHOLE))
    try:
        part = run(serving.program)
    except _PARTIAL as error:
        if forced:
            raise
        return _fallen_back(run(whole), f"the part alone failed: {error}", watch)
    if mode is CheckMode.SKIP or forced:
        # A reason says that there is nothing to look at; without one nobody looked.
        reason = "cells are dropped, so that the whole is not what is wanted" if forced else ""
        return replace(part, parity=Parity(proof=ParityProof.UNCHECKED, reason=reason))
    if mode is CheckMode.AUTO and _shows_the_same(part, serving, shown):
        return replace(part, parity=Parity(proof=ParityProof.OUTPUT, asked=1))
    return _against_the_whole(part, run, whole, watch)


def _against_the_whole(part: CapturedState, run: Run, whole: tuple[Cell, ...], watch: Watch) -> CapturedState:
    watch.say("Running the whole notebook too, to see that what was left out changes nothing")
    try:
        full = run(whole)
    except _PARTIAL as error:
        watch.say(f"The whole notebook does not run: {error}. Its part does, and is taken unchecked", Level.WARNING)
        return replace(part, parity=Parity(proof=ParityProof.UNCHECKED, reason=f"the whole does not run: {error}"))
    found = compared(part, full)
    if found.proof is ParityProof.FELL_BACK:
        return _fallen_back(full, found.reason, watch)
    return replace(part, parity=found)


def compared(part: CapturedState, full: CapturedState) -> Parity:
    """Return what shows that two states are the same, or where they differ."""
    same = list(map(_bytes_of, part.objects)) == list(map(_bytes_of, full.objects))
    # Where nothing is captured (all is made at start), no bytes say anything.
    if same and part.objects:
        return Parity(proof=ParityProof.BYTES, asked=len(part.answers))
    pairs = zip(part.objects, full.objects, strict=False)
    different = [item.name for item, other in pairs if _bytes_of(item) != _bytes_of(other)]
    # One of the two may have run out of time.
    both = min(len(part.answers), len(full.answers))
    if not both and same and part.source is not StateSource.STARTUP:
        return Parity(proof=ParityProof.BYTES)
    if not both:
        what = f"other bytes in {', '.join(different)}" if different else "nothing is captured"
        reason = f"{what}, and there is no example call that could be asked"
        return Parity(proof=ParityProof.FELL_BACK, reason=reason)
    for one, other in zip(part.answers, full.answers, strict=False):
        if not _same(one, other):
            reason = f"the part answers {_short(one)}, the whole {_short(other)}"
            return Parity(proof=ParityProof.FELL_BACK, asked=both, reason=reason)
    return Parity(proof=ParityProof.ANSWERS, asked=both)


def _fallen_back(full: CapturedState, reason: str, watch: Watch) -> CapturedState:
    watch.say(
        f"The objects are those of the whole notebook: {reason}. "
        "A notebook that draws random numbers without a seed never gives the same twice",
        Level.WARNING,
    )
    return replace(full, parity=Parity(proof=ParityProof.FELL_BACK, reason=reason))


def _shows_the_same(part: CapturedState, serving: Slice, shown: Mapping[int, str]) -> bool:
    example = serving.example
    if part.shown is None or example is None or example.location.cell is None:
        return False
    before = shown.get(example.location.cell)
    return before is not None and before.strip() == part.shown.strip() and _TELLING.search(before) is not None


def _bytes_of(item: CapturedObject) -> tuple[str, ...]:
    return (item.name, item.sha256, *(part.sha256 for part in item.parts))


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    if one.startswith("!") or other.startswith("!"):
        return False
    return same_answer(json.loads(one), json.loads(other))


def _short(answer: str, most: int = 120) -> str:
    return answer if len(answer) <= most else f"{answer[:most]}..."
