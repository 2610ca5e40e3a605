"""Finds out how long the arrays have to be that entries take."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from jupyter_containerize.domain.notebook import Notebook
from jupyter_containerize.domain.serving import ServingSpec
from jupyter_containerize.kernels.taking import ASKABLE, Calling, ask, end_of, with_examples

_SECONDS = 5.0


def find_widths(
    kernel: Calling, specs: Sequence[ServingSpec], *, notebook: Notebook, into: Path
) -> tuple[ServingSpec, ...]:
    """Return the specs with the lengths of arrays that they take alone, in ``inputs``, too.

    The notebook's own functions are called with the example made longer and shorter: to be asked after the objects
    were taken. A length is known where every other one raises.

    Args:
        kernel: has the entries in its namespace.
        specs: without an example nothing is found.
        notebook: as the kernel ran it.
        into: a folder for the exchange; nothing is left there.
    """
    asked, entries = with_examples(spec for spec in specs if spec.kind in ASKABLE)
    if not asked:
        return tuple(specs)
    request = {"entries": entries, "seconds": _SECONDS}
    answers = ask(kernel, "widths", "widths", request, into=into, after=end_of(notebook))
    found = {spec.symbol: answer for spec, answer in zip(asked, answers, strict=True) if answer["widths"]}
    return tuple(dataclasses.replace(spec, **found[spec.symbol]) if spec.symbol in found else spec for spec in specs)
