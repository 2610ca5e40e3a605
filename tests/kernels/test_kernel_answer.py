"""Changed serving code answers from the state of an earlier run."""

from __future__ import annotations

import dataclasses
import tempfile
import threading
from pathlib import Path

import pytest
from kernel_notebooks import notebook_of

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.notebook import CandidateKind, ExampleCall, Location, ServingCandidate, Slice
from jupyter_containerize.kernels import (
    answer_again,
    capture_state,
    inspect_kernel,
    remember_run,
    run_state,
    store_state,
)

CALL = ExampleCall(location=Location(path="work.ipynb", cell=3, line=1), arguments=(("x", "2.0"),), result_name=None)


@pytest.fixture(scope="module")
def environment():
    """Return what this Python has."""
    return inspect_kernel(None)


@pytest.fixture(scope="module")
def earlier(environment, tmp_path_factory):
    """Return the state of a run that answered 6.0."""
    folder = tmp_path_factory.mktemp("run")
    notebook = notebook_of(
        "import numpy as np\nclass Scale:\n    by = 3.0\nscale = Scale()\nscale.rows = np.ones(9_000)",
        "def predict(x: float) -> float:\n    return x * scale.by",
        "predict(2.0)",
    )
    state = capture_state(
        notebook=notebook,
        path=folder / "work.ipynb",
        serving=serving("def predict(x: float) -> float:\n    return x * scale.by"),
        environment=environment,
        into=folder,
        on_cell=lambda *_: None,
        cancel=CancelToken(),
    )
    assert state.spec.example.response == 6.0
    assert [part.format for part in state.objects[0].parts] == ["buffers"]
    return state


def serving(source: str, *live_in: str) -> Slice:
    """Return a slice with that source."""
    return Slice(symbol="predict", source=source, live_in=live_in or ("scale",), imports=(), cells=(2,), example=CALL)


def entry(symbol: str, kind: CandidateKind, route: str = "") -> ServingCandidate:
    """Return what serves."""
    return ServingCandidate(symbol=symbol, kind=kind, location=CALL.location, reasons=(), route=route)


def again(earlier, environment, folder, changed, cancel=None):
    """Answer again in a folder of the test's own."""
    return again_in(earlier, environment, folder, changed, cancel=cancel)


def again_in(earlier, environment, folder, changed, *, cancel=None, standby=None):
    """Answer again, maybe with a process that stays."""
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix="scratch-"))
    return answer_again(
        earlier,
        serving=changed,
        environment=environment,
        folder=folder,
        scratch=scratch,
        cancel=cancel or CancelToken(),
        standby=standby,
    )


def test_answer_again__changed_function__has_the_new_answer_and_the_old_objects(earlier, environment, tmp_path):
    """The notebook's request gets the changed code's answer; no object is made anew."""
    source = (
        "def predict(x: float, *, plus: int = 1) -> float:\n    'More.'\n    return x * scale.by + plus * scale.rows[8]"
    )
    changed = dataclasses.replace(serving(source), entries=(entry("predict", CandidateKind.FUNCTION, "/more"),))
    state = again(earlier, environment, tmp_path, changed)
    assert (state.spec.example.request, state.spec.example.response) == ({"x": 2.0}, 7.0)
    assert state.spec.doc == "More."
    assert set(state.spec.inputs["properties"]) == {"x", "plus"}
    assert state.objects == earlier.objects
    assert (state.spec.route, state.answers, state.shown) == ("/more", (), None)
    assert state.reused


def test_answer_again__local_module__is_found(earlier, environment, tmp_path):
    """Modules beside the notebook can be imported, as in the notebook."""
    # By the names of modules of our own, which lie where the program that answers does.
    (tmp_path / "objects.py").write_text("PLUS = 10\n")
    changed = serving("import objects\ndef predict(x: float) -> float:\n    return x + objects.PLUS", "scale")
    assert again(earlier, environment, tmp_path, changed).spec.example.response == 12.0


CANNOT = {
    "it needs another object": serving("def predict(x):\n    return other", "other"),
    "it fails": serving("def predict(x: float) -> float:\n    return 1 / 0"),
    "it does not take the request": serving("def predict(y: float) -> float:\n    return y"),
    "it is a method": dataclasses.replace(
        serving("def predict(x: float) -> float:\n    return x"),
        entries=(entry("scale.predict", CandidateKind.METHOD),),
    ),
    "it is more than one": dataclasses.replace(
        serving("def predict(x: float) -> float:\n    return x"),
        entries=tuple(entry(symbol, CandidateKind.FUNCTION) for symbol in ("predict", "rate")),
    ),
    "it is asynchronous": serving("async def predict(x: float) -> float:\n    return x"),
    "it answers what JSON cannot say": serving("def predict(x: float):\n    return object()"),
    "the notebook makes no call": dataclasses.replace(serving("def predict(x): return x"), example=None),
}


@pytest.mark.parametrize("changed", CANNOT.values(), ids=CANNOT.keys())
def test_answer_again__only_a_run_can_tell__gives_none(earlier, environment, tmp_path, changed):
    """Where it does not answer, the notebook is run, which says why in its own words."""
    assert again(earlier, environment, tmp_path, changed) is None


def test_answer_again__cancelled__stops(earlier, environment, tmp_path):
    """A build that is asked to stop does not wait for an answer."""
    cancel = CancelToken()
    threading.Timer(0.5, cancel.cancel).start()
    changed = serving("import time\ndef predict(x: float) -> float:\n    time.sleep(60)")
    with pytest.raises(Cancelled):
        again(earlier, environment, tmp_path, changed, cancel)


def test_run_state__remembered_run__is_found_by_what_it_depends_on(earlier, tmp_path):
    """The last run's state is found without its serving code; its payloads are there and whole."""
    kept = store_state("exact", earlier, tmp_path)
    remember_run("run", "exact", tmp_path)
    found = run_state("run", tmp_path)
    assert found.objects == kept.objects
    assert run_state("other", tmp_path) is None


ROWS = dataclasses.replace(CALL, arguments=(("rows", "[[1.0, 2.0], [3.0, 5.0]]"),))
SUMS = "def predict(rows: list[list[float]]) -> list[float]:\n    return [a + scale.by * b for a, b in rows]"
WIDTH = {"rows": {"depth": 1, "items": 2, "cells": ["number"]}}
KNOWN = {
    "still each row alone": (SUMS.replace("a +", "a -"), "rows", WIDTH),
    "beside the others": (SUMS.replace("a +", "len(rows) +"), "", WIDTH),
    "of any width": (SUMS.replace("for a, b in", "for a, b, *_ in"), "rows", {}),
}


@pytest.fixture(scope="module")
def earlier_rows(environment, tmp_path_factory):
    """Return the state of a run whose function answers each row alone."""
    folder = tmp_path_factory.mktemp("rows")
    call = "predict([[1.0, 2.0], [3.0, 5.0]])"
    notebook = notebook_of("class Scale:\n    by = 3.0\nscale = Scale()", SUMS, call)
    state = capture_state(
        notebook=notebook,
        path=folder / "work.ipynb",
        serving=dataclasses.replace(serving(SUMS), example=ROWS),
        environment=environment,
        into=folder,
        on_cell=lambda *_: None,
        cancel=CancelToken(),
    )
    assert (state.spec.batch, state.spec.batch_proof, state.spec.widths) == ("rows", "rows", WIDTH)
    return state


@pytest.mark.parametrize("case", KNOWN.values(), ids=KNOWN.keys())
def test_answer_again__changed_function__is_joined_only_if_it_is_known_of_it(earlier_rows, environment, tmp_path, case):
    """What was proved of the function before its change says nothing of it now: it is asked anew."""
    source, batch, widths = case
    changed = dataclasses.replace(serving(source), example=ROWS)
    spec = again(earlier_rows, environment, tmp_path, changed).spec
    assert (spec.batch, spec.batch_proof, spec.widths) == (batch, batch, widths)
    assert spec.inputs["properties"]["rows"]["items"].get("maxItems") == (2 if widths else None)
