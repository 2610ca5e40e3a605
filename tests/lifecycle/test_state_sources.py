"""When a notebook runs again for the objects that serving needs, and when what an earlier run left is taken."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.analysis import analyze
from jupyter_containerize.domain.build import BuildRequest, CancelToken, CheckMode, Unit
from jupyter_containerize.domain.notebook import Slice
from jupyter_containerize.domain.serving import CapturedState, ParityProof, StateSource
from jupyter_containerize.kernels import inspect_kernel
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.slicing import choose_part
from jupyter_containerize.lifecycle.state import obtain_state
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.notebooks import read_metadata, read_notebook
from jupyter_containerize.publishing import LocalStore

pytestmark = pytest.mark.slow

DATA = "data = [1.0, 2.0, 3.0625]"
SHOW = "print(data)"
TRAIN = "weight = sum(data)"
PREDICT = "def predict(x: float) -> float:\n    return x * weight"
CALL = "predict(2.0)"
CELLS = (DATA, SHOW, TRAIN, PREDICT, CALL)


class RunCounter(Watch):
    """Counts how often a notebook begins to run; not all of its progress is shown."""

    def __init__(self) -> None:
        super().__init__(lambda _: None, CancelToken())
        self.runs = 0

    def progress(self, step: str, done: int, total: int | None, unit: Unit = Unit.ITEMS) -> None:  # noqa: D102
        self.runs += (step, done) == ("Running the notebook", 0)
        super().progress(step, done, total, unit)


@dataclass
class Builds:
    """Obtains the state of a notebook as one build after another would, in one store."""

    store: LocalStore
    write: Callable[..., Path]
    runs: int = 0

    def __call__(
        self,
        *cells: str,
        tags: dict[int, str] | None = None,
        shown: str | None = None,
        overlooked: int = 0,
        **asked: Any,
    ) -> CapturedState:
        """Return the state of a notebook with these cells, the last of which shows ``shown``.

        The slice leaves out the cell ``overlooked``, as if nothing needed it. ``runs`` is then how often a kernel ran.
        """
        path = self.write(*cells)
        content = json.loads(path.read_text("utf-8"))
        for index, tag in (tags or {}).items():
            content["cells"][index - 1]["metadata"]["tags"] = [tag]
        if shown is not None:
            result = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
            content["cells"][-1]["outputs"] = [result | {"data": {"text/plain": shown}}]
        path.write_text(json.dumps(content), encoding="utf-8")
        watch = RunCounter()
        job = Job(request=BuildRequest(notebook=path, **asked), store=self.store, watch=watch)
        notebook = read_notebook(path)
        analysis = analyze(notebook, root=job.folder)
        chosen = choose_part(notebook, analysis, job.request, metadata=read_metadata(path))
        environment = inspect_kernel("python3", cache=self.store.cache / "kernels", folder=job.folder)
        # What is installed from a folder counts with its sources, and those of a developer change as the test runs.
        installed = tuple(item for item in environment.distributions if item.direct_url is None)
        environment = replace(environment, distributions=installed)
        part = _without(chosen.part, overlooked) if overlooked else chosen.part
        state = obtain_state(chosen.notebook, analysis, part, environment, job)
        self.runs = watch.runs
        return state


@pytest.fixture
def build(write_notebook: Callable[..., Path], tmp_path: Path) -> Builds:
    """Return what obtains states."""
    return Builds(LocalStore(tmp_path / "store"), write_notebook)


def _without(part: Slice, overlooked: int) -> Slice:
    return replace(
        part,
        program=tuple(cell for cell in part.program if cell.index != overlooked),
        statements=tuple(
            replace(item, training=item.training and item.location.cell != overlooked) for item in part.statements
        ),
    )


def _proof(state: CapturedState) -> ParityProof:
    assert state.parity is not None
    return state.parity.proof


def _values(state: CapturedState) -> dict[str, object]:
    return {item.name: pickle.loads(item.payload.read_bytes()) for item in state.objects}


def _changed(**cells: str) -> tuple[str, ...]:
    names = {"DATA": 0, "SHOW": 1, "TRAIN": 2, "PREDICT": 3, "CALL": 4}
    sources = list(CELLS)
    for name, source in cells.items():
        sources[names[name]] = source
    return tuple(sources)


def test_obtain_state__first_build__runs(build):
    """The part and the whole run once each, and leave the same bytes."""
    state = build(*CELLS)
    assert (build.runs, state.reused, _proof(state)) == (2, False, ParityProof.BYTES)
    assert (_values(state), state.source) == ({"weight": 6.0625}, StateSource.RUN)
    assert state.spec.example is not None
    assert (state.spec.example.request, state.spec.example.response) == ({"x": 2.0}, 12.125)


def test_obtain_state__shown_answer__the_part_alone_runs(build):
    """The answer that the notebook's file shows is proof enough."""
    state = build(*CELLS, shown="12.125")
    assert (build.runs, _proof(state)) == (1, ParityProof.OUTPUT)


def test_obtain_state__nothing_changed__does_not_run(build):
    """The state of the first build is taken, and its proof with it."""
    first = build(*CELLS)
    again = build(*CELLS)
    assert (build.runs, again.reused, again.parity) == (0, True, first.parity)
    assert again.objects == first.objects


UNTOUCHED = {
    "another print": _changed(SHOW="print(data, 'again')"),
    "a plot instead": _changed(SHOW="import matplotlib.pyplot as plt\nplt.plot(data)"),
    "a dropped cell that fails": _changed(SHOW="print(1 / 0)"),
    "a dropped cell that is empty": _changed(SHOW=""),
}


def test_obtain_state__dropped_cell_changed__does_not_run(build):
    """What does not run for the state cannot change it."""
    first = build(*CELLS)
    for name, cells in UNTOUCHED.items():
        again = build(*cells)
        assert (build.runs, again.reused) == (0, True), name
        assert again.objects == first.objects, name


def test_obtain_state__serving_code_changed__answers_again_without_a_run(build):
    """The objects are those of the first build; the example has the new function's answer."""
    first = build(*CELLS)
    again = build(*_changed(PREDICT="def predict(x: float) -> float:\n    return x * weight + 1"))
    assert (build.runs, again.reused) == (0, True)
    assert again.objects[0].sha256 == first.objects[0].sha256
    assert again.spec.example is not None
    assert again.spec.example.response == 13.125


def test_obtain_state__training_cell_changed__runs(build):
    """The objects are new."""
    build(*CELLS)
    again = build(*_changed(TRAIN="weight = max(data)"))
    assert (build.runs, again.reused, _values(again)) == (2, False, {"weight": 3.0625})


def test_obtain_state__rerun_asked__runs(build):
    """The user's word goes before what is kept."""
    build(*CELLS)
    assert (build(*CELLS, rerun=True).reused, build.runs) == (False, 2)


def test_obtain_state__part_alone_fails__whole_is_taken_for_that_notebook_only(build):
    """What only the whole gives is known as long as nothing of the whole changes."""
    state = build(*CELLS, overlooked=1)
    assert (build.runs, _proof(state), _values(state)) == (2, ParityProof.FELL_BACK, {"weight": 6.0625})
    assert state.parity.reason.startswith("the part alone failed: ")
    again = build(*CELLS, overlooked=1)
    assert (build.runs, again.reused, again.parity, again.objects) == (0, True, state.parity, state.objects)
    other = build(*_changed(SHOW="print('another')"), overlooked=1)
    assert (build.runs, other.reused, _proof(other)) == (2, False, ParityProof.FELL_BACK)


def test_obtain_state__other_bytes_each_time__whole_is_taken_for_that_notebook_only(build):
    """Where only the whole counts, any change of the notebook lets it run again; without one it is known."""
    # Of what is drawn without a seed no two runs are the same.
    train = "import random\nweight = random.SystemRandom().random()"
    state = build(*_changed(TRAIN=train))
    assert (build.runs, _proof(state)) == (2, ParityProof.FELL_BACK)
    again = build(*_changed(TRAIN=train))
    assert (build.runs, again.reused, again.objects) == (0, True, state.objects)
    assert _proof(again) is ParityProof.FELL_BACK
    other = build(*_changed(TRAIN=train, SHOW="print('another')"))
    assert (build.runs, other.reused, _proof(other)) == (2, False, ParityProof.FELL_BACK)
    assert other.objects != state.objects


def test_obtain_state__full_check_after_auto__runs_again(build):
    """What the file shows is not enough where the whole was asked for; what the whole showed is enough for both."""
    build(*CELLS, shown="12.125")
    full = build(*CELLS, shown="12.125", check=CheckMode.FULL)
    assert (build.runs, full.reused, _proof(full)) == (2, False, ParityProof.BYTES)
    for mode in (CheckMode.FULL, CheckMode.AUTO, CheckMode.SKIP):
        known = build(*CELLS, shown="12.125", check=mode)
        assert (build.runs, known.reused, _proof(known)) == (0, True, ParityProof.BYTES)


def test_obtain_state__auto_check_after_skip__runs_again(build):
    """A state that nobody looked at serves those only who ask for no more."""
    skipped = build(*CELLS, check=CheckMode.SKIP)
    assert (build.runs, _proof(skipped)) == (1, ParityProof.UNCHECKED)
    assert (build(*CELLS, check=CheckMode.SKIP).reused, build.runs) == (True, 0)
    checked = build(*CELLS)
    assert (build.runs, checked.reused, _proof(checked)) == (2, False, ParityProof.BYTES)


def test_obtain_state__startup__captures_nothing(build):
    """All that makes the objects is in the image, and no object is."""
    state = build(*CELLS, state=StateSource.STARTUP)
    assert (state.objects, state.source) == ((), StateSource.STARTUP)
    assert state.spec.example is not None
    assert state.spec.example.response == 12.125


def test_obtain_state__run_after_startup__has_objects(build):
    """The two kinds of state of one notebook are kept apart."""
    build(*CELLS, state=StateSource.STARTUP)
    assert _values(build(*CELLS)) == {"weight": 6.0625}
    assert build(*CELLS, state=StateSource.STARTUP).objects == ()


def test_obtain_state__job__no_objects_and_no_run(build):
    """A job makes all it needs when it runs."""
    state = build("count = 3", "print(count)", tags={1: "parameters"})
    assert (build.runs, state.objects, state.source) == (0, (), StateSource.STARTUP)
    assert (state.spec.kind, state.spec.example, _proof(state)) == ("job", None, ParityProof.WHOLE)
