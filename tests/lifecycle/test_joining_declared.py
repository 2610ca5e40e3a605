"""What the user says of joining calls."""

from __future__ import annotations

import pytest

from jupyter_containerize.domain.serving import CapturedState, ServingSpec
from jupyter_containerize.explain import explain
from jupyter_containerize.lifecycle.errors import NoSuchParameter
from jupyter_containerize.lifecycle.joining import declared


def _spec(symbol: str, *parameters: str, batch: str = "") -> ServingSpec:
    inputs = {"type": "object", "properties": {name: {} for name in parameters}}
    proof = "rows" if batch else ""
    return ServingSpec(symbol=symbol, doc="", inputs=inputs, output={}, example=None, batch=batch, batch_proof=proof)


STATE = CapturedState(
    objects=(), cloudpickle_version="3", spec=_spec("predict", "rows", "k"), more=(_spec("score", "x", batch="x"),)
)
DECLARED = {
    "nothing": ((), ("", ""), ("x", "rows")),
    "of the first": (("rows",), ("rows", "declared"), ("x", "rows")),
    "by its name": (("predict:k",), ("k", "declared"), ("x", "rows")),
    "proved already": (("score:x",), ("", ""), ("x", "rows")),
}


@pytest.mark.parametrize(("wanted", "first", "second"), DECLARED.values(), ids=DECLARED)
def test_declared__parameter__may_be_joined(wanted, first, second):
    """What is declared counts; what was proved stays so."""
    found = declared(STATE, wanted)
    assert (found.spec.batch, found.spec.batch_proof) == first
    assert [(spec.batch, spec.batch_proof) for spec in found.more] == [second]


@pytest.mark.parametrize("wanted", ["rowz", "score:rows", "nobody:rows"])
def test_declared__no_such_parameter__names_those_that_there_are(wanted):
    """A misspelt name is not taken for one that does nothing."""
    with pytest.raises(NoSuchParameter) as caught:
        declared(STATE, (wanted,))
    problem = explain(caught.value)
    assert problem.exit_code == 2
    assert problem.saw == "What serves takes predict:rows, predict:k and score:x."
