"""Describes what serves: what each entry takes and gives, with the notebook's own call of it as the example."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_containerize.domain.notebook import (
    CandidateKind,
    ExampleCall,
    Finding,
    Notebook,
    ServingCandidate,
    Severity,
    Slice,
)
from jupyter_containerize.domain.serving import Example, ServingSpec
from jupyter_containerize.kernels.errors import NameMissing, NotServable
from jupyter_containerize.kernels.taking import Calling, ask, end_of, place_of

# Of these a call runs none of the notebook's own code.
_ASKED_AGAIN = frozenset({CandidateKind.ESTIMATOR, CandidateKind.PYFUNC})
_MOST_ANSWERS = 12
_ANSWER_SECONDS = 10.0
# Its keys are request, response, reason (why it is no JSON, or None) and complete.
SeenCall = Mapping[str, Any]


def entries_of(notebook: Notebook, serving: Slice) -> tuple[ServingCandidate, ...]:
    """Return what serves, the first on ``/predict``; a slice that lists nothing serves one plain function."""
    if serving.entries:
        return serving.entries
    location = place_of(serving.symbol, notebook, serving)
    return (
        ServingCandidate(
            symbol=serving.symbol, kind=CandidateKind.FUNCTION, location=location, reasons=(), route="/predict"
        ),
    )


def examples_of(serving: Slice) -> dict[str, ExampleCall]:
    """Return the notebook's own calls by the symbol of the entry that they call."""
    examples = serving.examples or ((serving.example,) if serving.example else ())
    return {example.symbol or serving.symbol: example for example in examples}


def example_for(entry: ServingCandidate, examples: Mapping[str, ExampleCall]) -> ExampleCall | None:
    """Return the call of an entry: of ``model``, that of ``model.predict`` is one."""
    below = (call for symbol, call in examples.items() if symbol.startswith(f"{entry.symbol}."))
    return examples.get(entry.symbol) or next(below, None)


def describe_entries(
    kernel: Calling, *, notebook: Notebook, serving: Slice, into: Path, calls: Mapping[str, SeenCall | None]
) -> tuple[tuple[ServingSpec, ...], tuple[Finding, ...]]:
    """Return what each entry takes and gives, and findings on calls that cannot become examples.

    Args:
        kernel: has them in its namespace.
        notebook: says where each is bound.
        serving: names them, and the notebook's calls.
        into: a folder for the exchange; nothing is left there.
        calls: the calls as they were seen, by the entry's symbol; absent or ``None``: it was not seen.

    Raises:
        NameMissing: the kernel has no such name.
        NotServable: an entry cannot be described.
    """
    entries = entries_of(notebook, serving)
    examples = examples_of(serving)
    asked = [entry for entry in entries if entry.kind is not CandidateKind.JOB]
    reasons = {entry.symbol: _why_none(example_for(entry, examples), calls.get(entry.symbol)) for entry in asked}
    request = {"entries": [_question(entry, calls.get(entry.symbol), reasons[entry.symbol]) for entry in asked]}
    answers = ask(kernel, "entries", "describe", request, into=into, after=end_of(notebook))
    reports = dict(zip((entry.symbol for entry in asked), answers, strict=True))
    specs, findings = [], []
    for position, entry in enumerate(entries):
        route = entry.route or ("/predict" if position == 0 else f"/{entry.symbol.rpartition('.')[2]}")
        if entry.kind is CandidateKind.JOB:
            specs.append(_job(route, entry))
            continue
        report = reports[entry.symbol]
        if report["missing"]:
            raise NameMissing((entry.symbol,), place_of(entry.symbol, notebook, serving))
        if report["failed"] is not None:
            location = place_of(entry.symbol, notebook, serving)
            raise NotServable(entry.symbol, report["failed"]["type_name"], location, report["failed"]["reason"])
        call, seen = example_for(entry, examples), calls.get(entry.symbol)
        reason = reasons[entry.symbol] or report["unbound"]
        example = None
        if call is not None and seen is not None and reason is None:
            example = Example(location=call.location, request=seen["request"], response=seen["response"])
        specs.append(_spec(entry, route, report["spec"], example))
        if call is not None and reason is not None:
            findings.append(_finding(entry, call, reason))
    return tuple(specs), tuple(findings)


def ask_models(kernel: Calling, *, notebook: Notebook, serving: Slice, into: Path) -> dict[str, SeenCall | None]:
    """Return what models of libraries answer to what the notebook asks them, by symbol.

    None of the notebook's own code runs when they are called, so that nobody could watch the call: it is made again,
    of its first rows. To be asked when the objects are written.
    """
    examples = examples_of(serving)
    found = [(entry, example_for(entry, examples)) for entry in serving.entries if entry.kind in _ASKED_AGAIN]
    calls = [(entry, call.arguments[0][1]) for entry, call in found if call is not None and call.arguments]
    if not calls:
        return {}
    asked = [{"kind": entry.kind, "symbol": entry.symbol, "expression": text} for entry, text in calls]
    answers = ask(kernel, "asking", "examples", {"calls": asked}, into=into, after=end_of(notebook))
    return {entry.symbol: answer for (entry, _), answer in zip(calls, answers, strict=True)}


def sampled_answers(kernel: Calling, spec: ServingSpec, *, notebook: Notebook, into: Path) -> tuple[str, ...]:
    """Return what an entry answers to its example and to requests made from that, each as in ``CapturedState``.

    None without an example. It calls the notebook's function, and sets the random generators: to be asked last. The
    same namespace gives the same answers; what is slow gives fewer.
    """
    if spec.example is None:
        return ()
    request = {"kind": spec.kind, "symbol": spec.symbol, "example": spec.example.request}
    limits = {"most": _MOST_ANSWERS, "seconds": _ANSWER_SECONDS}
    answers = ask(kernel, "asking", "answers", {**request, **limits}, into=into, after=end_of(notebook))
    return tuple(answers)


def _question(entry: ServingCandidate, seen: SeenCall | None, reason: str | None) -> dict[str, object]:
    example = seen["request"] if seen is not None and reason is None else None
    return {"symbol": entry.symbol, "kind": entry.kind, "example": example}


def _why_none(example: ExampleCall | None, seen: SeenCall | None) -> str | None:
    if example is None:
        return None
    if seen is None:
        return "the call was not seen while the cell ran"
    if seen["reason"] is not None:
        return str(seen["reason"])
    return None if seen["complete"] else "the call did not return"


def _spec(entry: ServingCandidate, route: str, described: Mapping[str, Any], example: Example | None) -> ServingSpec:
    return ServingSpec(
        # The notebook's name for it; a decorator may have given the function another.
        symbol=entry.symbol,
        doc=described["doc"],
        inputs=described["inputs"],
        output=described["output"],
        example=example,
        kind=entry.kind.value,
        route=route,
        method=entry.method,
    )


def _job(route: str, entry: ServingCandidate) -> ServingSpec:
    return ServingSpec(
        symbol=entry.symbol,
        doc="",
        inputs={},
        output={},
        example=None,
        kind=entry.kind.value,
        route=route,
        method=entry.method,
    )


def _finding(entry: ServingCandidate, call: ExampleCall, reason: str) -> Finding:
    return Finding(
        code="JC-KERNELS-21",
        message=f"The call of {entry.symbol} cannot be repeated as JSON: {reason}",
        severity=Severity.WARNING,
        location=call.location,
        hint="Call it with what JSON can say, and the image is tested with that call.",
    )
