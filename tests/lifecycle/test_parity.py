"""What shows that a part of a notebook gives what the whole gives, and what counts where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import BuildEvent, CancelToken, CheckMode, Level, LogLine
from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.domain.notebook import Cell, CellKind, ExampleCall, Slice
from jupyter_containerize.domain.serving import (
    CapturedObject,
    CapturedState,
    ParityProof,
    ServingSpec,
    StatePart,
)
from jupyter_containerize.kernels.errors import (
    CellFailed,
    CellTimedOut,
    KernelDied,
    NameMissing,
    NotServable,
    ObjectsUnpicklable,
)
from jupyter_containerize.lifecycle.parity import compared, proven
from jupyter_containerize.lifecycle.watch import Watch
from tests.lifecycle.sliced_notebook import PART, at

SPEC = ServingSpec(symbol="predict", doc="", inputs={}, output={}, example=None)
FAILED = CellFailed(at(2), "ValueError", "no", "a traceback")


def an_object(name: str = "model", sha256: str = "aa", parts: tuple[str, ...] = ()) -> CapturedObject:
    """Return an object whose content is ``sha256`` and ``parts``."""
    return CapturedObject(
        name=name,
        type_name="dict",
        format="cloudpickle",
        sha256=sha256,
        size_bytes=1,
        payload=Path(f"{name}.pkl"),
        modules=(),
        parts=tuple(
            StatePart(name=f"{at}", format="npy", sha256=digest, size_bytes=1, payload=Path(f"{at}"))
            for at, digest in enumerate(parts)
        ),
    )


def state(*objects: CapturedObject, answers: tuple[str, ...] = (), shown: str | None = None) -> CapturedState:
    """Return what a run left."""
    return CapturedState(objects=objects, cloudpickle_version="3", spec=SPEC, answers=answers, shown=shown)


A, B = an_object(), an_object(sha256="bb")
ANSWER = ('{"a": 0.3}', "!ValueError")
COMPARED: Mapping[str, tuple[CapturedState, CapturedState, ParityProof, int]] = {
    "same bytes": (state(A), state(A), ParityProof.BYTES, 0),
    "same bytes, and answers": (state(A, answers=ANSWER), state(A, answers=ANSWER), ParityProof.BYTES, 2),
    "no objects": (state(), state(), ParityProof.BYTES, 0),
    "same bytes, of parts too": (
        state(an_object(parts=("cc",))),
        state(an_object(parts=("cc",))),
        ParityProof.BYTES,
        0,
    ),
    "other bytes in a part, same answers": (
        state(an_object(parts=("cc",)), answers=ANSWER),
        state(an_object(parts=("dd",)), answers=ANSWER),
        ParityProof.ANSWERS,
        2,
    ),
    "other bytes, same answers": (state(A, answers=ANSWER), state(B, answers=ANSWER), ParityProof.ANSWERS, 2),
    "other bytes, answers up to the last digits": (
        state(A, answers=('{"a": 0.3}',)),
        state(B, answers=('{"a": 0.30000000000000004}',)),
        ParityProof.ANSWERS,
        1,
    ),
    "other bytes, the same error": (
        state(A, answers=("!ValueError",)),
        state(B, answers=("!ValueError",)),
        ParityProof.ANSWERS,
        1,
    ),
    "other bytes, fewer answers of the part": (
        state(A, answers=ANSWER[:1]),
        state(B, answers=ANSWER),
        ParityProof.ANSWERS,
        1,
    ),
    "other bytes, fewer answers of the whole": (
        state(A, answers=ANSWER),
        state(B, answers=ANSWER[:1]),
        ParityProof.ANSWERS,
        1,
    ),
    "other answers": (state(A, answers=("1",)), state(B, answers=("2",)), ParityProof.FELL_BACK, 1),
    "the second answer is another": (
        state(A, answers=("1", "1")),
        state(B, answers=("1", "2")),
        ParityProof.FELL_BACK,
        2,
    ),
    "an answer and an error": (state(A, answers=("1",)), state(B, answers=("!KeyError",)), ParityProof.FELL_BACK, 1),
    "an error and an answer": (state(A, answers=("!KeyError",)), state(B, answers=("1",)), ParityProof.FELL_BACK, 1),
    "another error": (
        state(A, answers=("!KeyError",)),
        state(B, answers=("!ValueError",)),
        ParityProof.FELL_BACK,
        1,
    ),
    "other bytes, no example": (state(A), state(B), ParityProof.FELL_BACK, 0),
    "other bytes, the part was not asked": (state(A), state(B, answers=ANSWER), ParityProof.FELL_BACK, 0),
    "other bytes, the whole was not asked": (state(A, answers=ANSWER), state(B), ParityProof.FELL_BACK, 0),
}


@pytest.mark.parametrize(("part", "full", "proof", "asked"), COMPARED.values(), ids=COMPARED)
def test_compared__two_states__proof(part, full, proof, asked):
    """Bytes first, then answers; with neither, they are not known to be the same."""
    parity = compared(part, full)
    assert (parity.proof, parity.asked) == (proof, asked)
    assert bool(parity.reason) is (proof is ParityProof.FELL_BACK)


def test_compared__other_answers__reason_has_both():
    """The user reads what the part answered and what the whole answered, cut if they are long."""
    long = f'"{"x" * 1000}"'
    parity = compared(state(A, answers=("1",)), state(B, answers=(long,)))
    assert parity.reason.startswith('the part answers 1, the whole "xxx')
    assert parity.reason.endswith("x...")
    assert len(parity.reason) < 200


def test_compared__other_bytes_without_answers__reason_names_the_objects():
    """Only those that differ."""
    same = an_object("scaler")
    assert compared(state(A, same), state(B, same)).reason.startswith("other bytes in model, ")


def _cell(index: int) -> Cell:
    return Cell(id=f"c{index}", index=index, kind=CellKind.CODE, source="1\n", python="1\n")


PROGRAM, WHOLE = (_cell(1),), (_cell(1), _cell(2), _cell(6))
SERVING = replace(
    PART,
    program=PROGRAM,
    whole_program=WHOLE,
    example=ExampleCall(location=at(6), arguments=(("x", "1"),), result_name=None, symbol="predict"),
)
COMPLETE = replace(SERVING, statements=tuple(replace(item, training=True) for item in PART.statements))
WITHOUT_EXAMPLE = replace(SERVING, example=None)

Outcome = CapturedState | ContainerizeError


@dataclass(frozen=True, kw_only=True)
class Case:
    """What running the part and the whole gives, and what must come of it.

    ``runs`` are the programs that must run, in order; ``left`` whose objects are taken.
    """

    part: Outcome = field(default_factory=lambda: state(A))
    whole: Outcome = field(default_factory=lambda: state(A))
    serving: Slice = SERVING
    mode: CheckMode = CheckMode.AUTO
    shown: Mapping[int, str] = field(default_factory=dict)
    forced: bool = False
    runs: str = "part whole"
    left: str = "part"
    proof: ParityProof
    warned: bool = False


SHOWN = state(A, shown="0.3125")
PROVEN: Mapping[str, Case] = {
    "nothing is left out": Case(serving=COMPLETE, runs="whole", left="whole", proof=ParityProof.WHOLE),
    "nothing is left out, full": Case(
        serving=COMPLETE, mode=CheckMode.FULL, runs="whole", left="whole", proof=ParityProof.WHOLE
    ),
    "nothing is left out, forced": Case(
        serving=COMPLETE, forced=True, runs="whole", left="whole", proof=ParityProof.WHOLE
    ),
    "the shown output is the same": Case(part=SHOWN, shown={6: "0.3125"}, runs="part", proof=ParityProof.OUTPUT),
    "the shown output has blanks around it": Case(
        part=SHOWN, shown={6: " 0.3125\n"}, runs="part", proof=ParityProof.OUTPUT
    ),
    "the shown output says too little": Case(
        part=state(A, shown="'setosa'"), shown={6: "'setosa'"}, proof=ParityProof.BYTES
    ),
    "the shown output is another": Case(part=SHOWN, shown={6: "0.4375"}, proof=ParityProof.BYTES),
    "only another cell shows it": Case(part=SHOWN, shown={5: "0.3125"}, proof=ParityProof.BYTES),
    "the notebook shows nothing": Case(part=SHOWN, proof=ParityProof.BYTES),
    "neither shows anything": Case(proof=ParityProof.BYTES),
    "the part shows a blank, the notebook nothing": Case(part=state(A, shown=" "), proof=ParityProof.BYTES),
    "the part shows nothing": Case(shown={6: "0.3125"}, proof=ParityProof.BYTES),
    "there is no example": Case(part=SHOWN, serving=WITHOUT_EXAMPLE, shown={6: "0.3125"}, proof=ParityProof.BYTES),
    "there is no example, and other bytes": Case(
        serving=WITHOUT_EXAMPLE, whole=state(B), left="whole", proof=ParityProof.FELL_BACK, warned=True
    ),
    "full, though the shown output is the same": Case(
        part=SHOWN, shown={6: "0.3125"}, mode=CheckMode.FULL, proof=ParityProof.BYTES
    ),
    "full, other bytes and the same answers": Case(
        part=state(A, answers=ANSWER),
        whole=state(B, answers=ANSWER),
        mode=CheckMode.FULL,
        proof=ParityProof.ANSWERS,
    ),
    "auto, other bytes and the same answers": Case(
        part=state(A, answers=ANSWER), whole=state(B, answers=ANSWER), proof=ParityProof.ANSWERS
    ),
    "other answers": Case(
        part=state(A, answers=("1",)),
        whole=state(B, answers=("2",)),
        left="whole",
        proof=ParityProof.FELL_BACK,
        warned=True,
    ),
    "skip": Case(mode=CheckMode.SKIP, runs="part", proof=ParityProof.UNCHECKED),
    "skip, though it could be seen": Case(
        part=SHOWN, shown={6: "0.3125"}, mode=CheckMode.SKIP, runs="part", proof=ParityProof.UNCHECKED
    ),
    "skip, the part alone fails": Case(
        part=FAILED, mode=CheckMode.SKIP, left="whole", proof=ParityProof.FELL_BACK, warned=True
    ),
    "forced": Case(forced=True, runs="part", proof=ParityProof.UNCHECKED),
    "forced, full": Case(forced=True, mode=CheckMode.FULL, runs="part", proof=ParityProof.UNCHECKED),
    "the part alone fails": Case(part=FAILED, left="whole", proof=ParityProof.FELL_BACK, warned=True),
    "the part alone ends its kernel": Case(
        part=KernelDied(at(2), "", -9), left="whole", proof=ParityProof.FELL_BACK, warned=True
    ),
    "the part alone lacks a name": Case(
        part=NameMissing(("model",), at(2)), left="whole", proof=ParityProof.FELL_BACK, warned=True
    ),
    "the part alone cannot serve": Case(
        part=NotServable("predict", "int", at(2), "no"), left="whole", proof=ParityProof.FELL_BACK, warned=True
    ),
    "the whole alone fails": Case(whole=FAILED, proof=ParityProof.UNCHECKED, warned=True),
    "the whole alone fails, full": Case(whole=FAILED, mode=CheckMode.FULL, proof=ParityProof.UNCHECKED, warned=True),
}


@dataclass
class Runs:
    """Gives a case's outcomes by the cells that it is given, and remembers them."""

    case: Case
    seen: list[str] = field(default_factory=list)
    said: list[LogLine] = field(default_factory=list)

    def run(self, cells: tuple[Cell, ...]) -> CapturedState:
        """Return what these cells leave."""
        name = {PROGRAM: "part", WHOLE: "whole"}[cells]
        self.seen.append(name)
        outcome: Outcome = getattr(self.case, name)
        if isinstance(outcome, ContainerizeError):
            raise outcome
        return outcome

    def _emit(self, event: BuildEvent) -> None:
        assert isinstance(event, LogLine)
        self.said.append(event)

    def result(self) -> CapturedState:
        """Return what is made of the case."""
        case = self.case
        return proven(
            self.run,
            serving=case.serving,
            mode=case.mode,
            shown=case.shown,
            forced=case.forced,
            watch=Watch(self._emit, CancelToken()),
        )


@pytest.mark.parametrize("case", PROVEN.values(), ids=PROVEN)
def test_proven__case__proof_and_state(case):
    """No more runs than is needed, the objects are of the right run, and a doubt is said."""
    runs = Runs(case)
    found = runs.result()
    assert found.parity is not None
    assert (" ".join(runs.seen), found.parity.proof) == (case.runs, case.proof)
    assert replace(found, parity=None) == getattr(case, case.left)
    assert any(line.level is Level.WARNING for line in runs.said) is case.warned
    looked = case.mode is not CheckMode.SKIP or case.proof is ParityProof.FELL_BACK
    if case.proof in {ParityProof.FELL_BACK, ParityProof.UNCHECKED}:
        assert bool(found.parity.reason) is looked


RAISED: Mapping[str, tuple[Case, str]] = {
    "the part fails, forced": (
        Case(part=FAILED, forced=True, runs="part", proof=ParityProof.UNCHECKED),
        "JC-KERNELS-05",
    ),
    "both fail": (
        Case(part=FAILED, whole=KernelDied(at(3), "", 1), proof=ParityProof.UNCHECKED),
        "JC-KERNELS-07",
    ),
    "all of it is needed, and fails": (
        Case(serving=COMPLETE, whole=FAILED, runs="whole", proof=ParityProof.WHOLE),
        "JC-KERNELS-05",
    ),
    # The whole would only take longer, and leave what cannot be taken along either.
    "the part takes too long": (
        Case(part=CellTimedOut(at(2), 1.0), runs="part", proof=ParityProof.UNCHECKED),
        "JC-KERNELS-06",
    ),
    "objects that nobody can pickle": (
        Case(part=ObjectsUnpicklable(()), runs="part", proof=ParityProof.UNCHECKED),
        "JC-KERNELS-09",
    ),
}


@pytest.mark.parametrize(("case", "code"), RAISED.values(), ids=RAISED)
def test_proven__nothing_to_take__raises(case, code):
    """What the whole cannot mend is raised at once; what it could is raised of the whole."""
    runs = Runs(case)
    with pytest.raises(ContainerizeError) as raised:
        runs.result()
    assert (raised.value.code, " ".join(runs.seen)) == (code, case.runs)


def test_proven__fell_back__says_why():
    """The reason is in the state and in what the user reads."""
    runs = Runs(PROVEN["the part alone fails"])
    found = runs.result()
    assert found.parity is not None
    assert found.parity.reason == f"the part alone failed: {FAILED}"
    assert any(found.parity.reason in line.text for line in runs.said)


def test_proven__whole_fails__says_that_the_part_is_taken_unchecked():
    """The notebook's own fault is told, not hidden."""
    runs = Runs(PROVEN["the whole alone fails"])
    found = runs.result()
    assert found.parity is not None
    assert str(FAILED) in found.parity.reason
    assert any(str(FAILED) in line.text for line in runs.said if line.level is Level.WARNING)
