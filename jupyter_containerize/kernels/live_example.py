"""The notebook's own call of what serves, as a running kernel remembers it: no code of the user's is called again."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

from jupyter_containerize.domain.notebook import CandidateKind, ExampleCall, Notebook, ServingCandidate, Slice
from jupyter_containerize.kernels.describing import SeenCall, ask_models, entries_of, example_for, examples_of
from jupyter_containerize.kernels.running import RunningFacts
from jupyter_containerize.kernels.taking import Calling, ask, end_of

# Of the others the example has another form than the call's own arguments, and needs the model to be asked.
_AS_CALLED = frozenset({CandidateKind.FUNCTION, CandidateKind.METHOD, CandidateKind.CLASS})
_NOT_RUN = "its cell did not run in the kernel as it is now"


def live_calls(
    kernel: Calling, *, notebook: Notebook, serving: Slice, facts: RunningFacts, into: Path
) -> dict[str, SeenCall | None]:
    """Return the example calls by their entry's symbol, in the form that ``describe_entries`` takes.

    Arguments are read where they are literals or names, the answer is what the call was bound to or displayed. A
    call has a ``reason`` instead where that is not possible, or where a later cell may have changed what it depends on.

    Args:
        kernel: a running one.
        notebook: as it is now.
        serving: what serves, and the calls.
        facts: of that kernel.
        into: a folder for the exchange; nothing is left there.
    """
    examples = examples_of(serving)
    found: dict[str, SeenCall | None] = {}
    wanted: dict[str, dict[str, object]] = {}
    for entry in entries_of(notebook, serving):
        example = example_for(entry, examples)
        if example is None or entry.kind not in _AS_CALLED:
            continue
        count = _count(example, notebook, facts)
        if count is None:
            found[entry.symbol] = _none(_NOT_RUN)
        else:
            wanted[entry.symbol] = _question(entry, example, serving, count)
    if wanted:
        answers = ask(kernel, "running", "calls", {"calls": list(wanted.values())}, into=into, after=end_of(notebook))
        found.update(zip(wanted, answers, strict=True))
    return found


def live_model_calls(kernel: Calling, *, notebook: Notebook, serving: Slice, into: Path) -> dict[str, SeenCall | None]:
    """Return what fitted models of known libraries answer to what the notebook asks them, by symbol.

    They are asked again, of the first rows: that runs the library's code alone. Only where the notebook asks about
    something that has a name, because anything else would have to be computed in the user's session.
    """
    examples = examples_of(serving)
    calls: dict[str, SeenCall | None] = {}
    models = []
    for entry in serving.entries:
        example = example_for(entry, examples)
        if entry.kind is CandidateKind.ESTIMATOR and example is not None and _is_at_hand(example):
            models.append(entry)
        elif entry.kind not in _AS_CALLED and example is not None:
            calls[entry.symbol] = _none("it would have to be computed in the running kernel")
    if models:
        asked = replace(serving, entries=tuple(models))
        calls.update(ask_models(kernel, notebook=notebook, serving=asked, into=into))
    return calls


def _none(reason: str) -> SeenCall:
    return {"request": {}, "response": None, "reason": reason, "complete": True}


def _is_at_hand(example: ExampleCall) -> bool:
    try:
        trees = [ast.parse(source, mode="eval").body for _, source in example.arguments[:1]]
    except SyntaxError:
        return False
    return all(isinstance(tree, ast.Name | ast.Constant) for tree in trees)


def _count(example: ExampleCall, notebook: Notebook, facts: RunningFacts) -> int | None:
    cell = next((cell for cell in notebook.code_cells if cell.index == example.location.cell), None)
    return None if cell is None else facts.last_run_of(cell)


def _question(entry: ServingCandidate, example: ExampleCall, serving: Slice, count: int) -> dict[str, object]:
    return {
        "arguments": [list(argument) for argument in example.arguments],
        "result_name": example.result_name,
        "count": count,
        "line": example.location.line,
        "needs": sorted({entry.symbol.partition(".")[0], *serving.live_in}),
    }
