"""Finds out of which entries several requests can be asked as one."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

from jupyter_containerize.domain.notebook import Notebook
from jupyter_containerize.domain.serving import ServingSpec
from jupyter_containerize.kernels.taking import ASKABLE, OF_LIBRARIES, Calling, ask, end_of, with_examples

logger = logging.getLogger(__name__)

PROVED = "rows"
_SECONDS = 5.0


def prove_batches(
    kernel: Calling, specs: Sequence[ServingSpec], *, notebook: Notebook, into: Path, calls_functions: bool = True
) -> tuple[ServingSpec, ...]:
    """Return the specs; of those that answer rows together as each alone, the parameter that has them.

    Rows of the example and of requests made from it are asked together and alone, in two orders: to be asked after
    the objects were taken. What is declared stays.

    Args:
        kernel: has the entries in its namespace.
        specs: without an example nothing is proved.
        notebook: as the kernel ran it.
        into: a folder for the exchange; nothing is left there.
        calls_functions: whether the notebook's own functions may be called; else only models of libraries are.
    """
    kinds = ASKABLE if calls_functions else OF_LIBRARIES
    asked, entries = with_examples(spec for spec in specs if spec.kind in kinds and not spec.batch)
    if not asked:
        return tuple(specs)
    request = {"entries": entries, "seconds": _SECONDS}
    answers = ask(kernel, "batching", "rows", request, into=into, after=end_of(notebook))
    found = {spec.symbol: answer for spec, answer in zip(asked, answers, strict=True)}
    for symbol, answer in found.items():
        logger.debug("joining calls of %s by %r: %s", symbol, answer["parameter"], answer["reason"])
    return tuple(
        dataclasses.replace(spec, batch=found[spec.symbol]["parameter"], batch_proof=PROVED)
        if spec.symbol in found and found[spec.symbol]["parameter"]
        else spec
        for spec in specs
    )
