"""What the user says of joining calls, in place of what the build could prove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jupyter_containerize.domain.serving import CapturedState, ServingSpec
from jupyter_containerize.lifecycle.errors import NoSuchParameter

DECLARED = "declared"


def declared(state: CapturedState, wanted: Sequence[str]) -> CapturedState:
    """Return the state; of what serves, those that ``wanted`` names may have their calls joined. What is proved stays.

    Args:
        state: with what every endpoint takes.
        wanted: ``PARAMETER`` of the first endpoint, or ``SYMBOL:PARAMETER``.

    Raises:
        NoSuchParameter: nothing that serves has it.
    """
    specs = {spec.symbol: spec for spec in (state.spec, *state.more)}
    for item in wanted:
        symbol, _, parameter = item.rpartition(":")
        spec = specs.get(symbol or state.spec.symbol)
        if spec is None or parameter not in _parameters(spec):
            raise NoSuchParameter(
                item, tuple(f"{spec.symbol}:{name}" for spec in specs.values() for name in _parameters(spec))
            )
        if spec.batch != parameter:
            specs[spec.symbol] = replace(spec, batch=parameter, batch_proof=DECLARED)
    return replace(state, spec=specs[state.spec.symbol], more=tuple(specs[spec.symbol] for spec in state.more))


def _parameters(spec: ServingSpec) -> tuple[str, ...]:
    properties = spec.inputs.get("properties")
    return tuple(properties) if isinstance(properties, dict) else ()
