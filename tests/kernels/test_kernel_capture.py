"""A notebook is run once in a fresh kernel, and what serving needs comes out of it."""

from __future__ import annotations

import pickle
import shutil
import signal
import sys
import sysconfig
import threading
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from kernel_notebooks import LAUNCH, notebook_of

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.errors import Cancelled
from jupyter_containerize.domain.notebook import ExampleCall, Location, Notebook, Slice
from jupyter_containerize.domain.serving import CapturedState
from jupyter_containerize.kernels import capture_state, inspect_kernel
from jupyter_containerize.kernels.errors import (
    CellFailed,
    CellTimedOut,
    KernelDidNotStart,
    KernelDied,
    NameMissing,
    NotServable,
    ObjectsUnpicklable,
)

PREDICT = "def predict(x: float = 1.0) -> float:\n    'Say it.'\n    return x * factor"


@dataclass
class Run:
    """Captures notebooks in one folder."""

    folder: Path
    seen: list[tuple[int, int]] = field(default_factory=list)
    cancel: CancelToken = field(default_factory=CancelToken)

    def __call__(  # noqa: D102  # the class says it
        self,
        notebook: Notebook,
        *live_in: str,
        symbol: str = "predict",
        example: ExampleCall | None = None,
        kernel: str = "python3",
        into: str = "into",
        **options: Any,
    ) -> CapturedState:
        target = self.folder / into
        target.mkdir(exist_ok=True)
        serving = Slice(symbol=symbol, source="", live_in=live_in, imports=(), cells=(1,), example=example)
        return capture_state(
            notebook=notebook,
            path=self.folder / notebook.path,
            serving=serving,
            environment=inspect_kernel(kernel),
            into=target,
            on_cell=lambda done, total: self.seen.append((done, total)),
            cancel=self.cancel,
            **options,
        )


@pytest.fixture
def run(tmp_path):
    """Return what captures notebooks in this test's folder."""
    return Run(tmp_path)


def call_at(cell: int, line: int, *arguments: tuple[str, str], result_name: str | None = None) -> ExampleCall:
    """Return an example call as the analysis finds it."""
    location = Location(path="work.ipynb", cell=cell, line=line)
    return ExampleCall(location=location, arguments=arguments, result_name=result_name)


STATE = """
import helper, scipy.special, numpy as np
from sklearn.linear_model import LogisticRegression
class Scaler:
    marks = {"a", "b", "c", "d"}
    def scale(self, x):
        import json, yaml
        return scipy.special.erf(x)
scaler, point = Scaler(), helper.Point(1, 2)
model = LogisticRegression().fit(np.arange(4).reshape(-1, 1), [0, 0, 1, 1])
factor = 2
"""


@pytest.mark.slow
def test_capture_state__a_model_and_its_kin__are_pickled_with_what_they_refer_to(run):
    """Objects come out typed, sized, located and with the modules that loading them imports; twice the same bytes."""
    (run.folder / "helper.py").write_text("import collections\nPoint = collections.namedtuple('Point', 'x y')\n")
    notebook = notebook_of(STATE, PREDICT, "1 / 1\npredict(9)\nanswer = predict(\n    x=0.5,\n)")
    example = call_at(3, 3, ("x", "0.5"), result_name="answer")
    names = ("scaler", "model", "point", "factor")
    state = run(notebook, *names, example=example)
    again = run(notebook, *names, example=example, into="again")

    found = {item.name: item for item in state.objects}
    assert [item.name for item in state.objects] == sorted(names)
    assert found["model"].type_name == "sklearn.linear_model._logistic.LogisticRegression"
    assert found["model"].location == Location(path="work.ipynb", cell=1, line=10)
    assert {"numpy", "sklearn.linear_model._logistic"} <= set(found["model"].modules)
    assert {"scipy.special", "yaml", "json", "cloudpickle.cloudpickle"} <= set(found["scaler"].modules)
    assert found["point"].modules == ("helper",)
    assert found["factor"].modules == ()
    assert pickle.loads(found["factor"].payload.read_bytes()) == 2
    assert all(item.payload.stat().st_size == item.size_bytes for item in state.objects)
    assert [item.sha256 for item in state.objects] == [item.sha256 for item in again.objects]

    assert state.spec.symbol == "predict"
    assert state.spec.doc == "Say it."
    assert state.spec.inputs["properties"]["x"]["type"] == "number"
    assert state.spec.example is not None
    assert state.spec.example.request == {"x": 0.5}
    assert state.spec.example.response == 1.0
    assert state.findings == ()
    assert state.seconds > 0
    assert run.seen[:4] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert sorted(path.name for path in (run.folder / "into").iterdir()) == sorted(f"{name}.pkl" for name in names)


DECORATED = """import functools
def twice(f):
    @functools.wraps(f)
    def wrapper(*args, **more):
        return 2 * f(*args, **more)
    return wrapper
predict = twice(predict)
r = predict(x=3)"""
EXAMPLES = {
    "displayed": ("predict(3)", call_at(2, 1, ("x", "3")), {"x": 3}, 6),
    "the call of that line": ("predict(1)\nr = predict(5)\npredict(7)", call_at(2, 2, ("x", "5")), {"x": 5}, 10),
    "random argument": (
        "import random\nrandom.seed(1)\nr = predict(random.random())\nassert random.random() == 0.8474337369372327",
        call_at(2, 3, ("x", "random.random()")),
        {"x": 0.13436424411240122},
        0.26872848822480244,
    ),
    "after blank lines": ("\n\npredict(3)\npredict(4)", call_at(2, 3, ("x", "3")), {"x": 3}, 6),
    "under %%time": ("%%time\nr = predict(3)", call_at(2, 2, ("x", "3")), {"x": 3}, 6),
    "decorated in Python": (
        DECORATED,
        call_at(2, 8, ("x", "3")),
        {"x": 3},
        12,
    ),
    "decorated in C": (
        "import functools\npredict = functools.lru_cache(predict)\npredict(3)",
        call_at(2, 3, ("x", "3")),
        {"x": 3},
        6,
    ),
    "awaited": (
        "import asyncio\nasync def predict(x: float):\n    await asyncio.sleep(0)\n    return [x]\nawait predict(3)",
        call_at(2, 5, ("x", "3")),
        {"x": 3},
        [3],
    ),
    "argument changed by the function": (
        "def predict(rows: list):\n    rows.append(1)\n    return len(rows)\npredict([])",
        call_at(2, 4, ("rows", "[]")),
        {"rows": []},
        1,
    ),
}


@pytest.mark.parametrize(("cell", "example", "request_body", "response"), EXAMPLES.values(), ids=EXAMPLES)
def test_capture_state__notebook_calls_the_function__gives_the_example(cell, example, request_body, response, run):
    """The example is the notebook's own call with the answer that it gave there."""
    state = run(notebook_of(f"factor = 2\n{PREDICT}", cell), example=example)
    assert state.findings == ()
    assert state.spec.example is not None
    assert (state.spec.example.request, state.spec.example.response) == (request_body, response)


NO_EXAMPLES = {
    "argument that JSON cannot say": ("predict(object())", "x: "),
    "answer that JSON cannot say": (
        "predict(2)\nfactor = object()\ndef predict(x): return factor\npredict(1)",
        "object",
    ),
    "read once": ("def predict(x): return list(x)\npredict(iter([1]))", "x: list_iterator can be read only once"),
    "not called by the cell": ("def f(): return predict(1)\nf()", "not seen"),
    "JSON that the function would not take": ("def predict(x: int): return 1\npredict('a')", "x"),
}


@pytest.mark.parametrize(("cell", "reason"), NO_EXAMPLES.values(), ids=NO_EXAMPLES)
def test_capture_state__call_is_no_json__has_a_finding_instead(cell, reason, run):
    """Where the call cannot be repeated as JSON there is no example, and a warning with the cell says why."""
    line = cell.count("\n") + 1
    source = f"factor = type('F', (), {{'__rmul__': lambda self, x: 1}})()\n{PREDICT}"
    state = run(notebook_of(source, cell), example=call_at(2, line, ("x", "?")))
    assert state.spec.example is None
    (finding,) = state.findings
    assert reason in finding.message
    assert finding.location == Location(path="work.ipynb", cell=2, line=line)


def test_capture_state__any_run__leaves_the_users_names_alone(run):
    """What we do inside the kernel adds no name, no history and no trace function that the notebook could see."""
    cells = (
        f"import sys\nfrom os import open, execv as exec\ncompile = globals = vars = 1\nfactor = 2\n{PREDICT}",
        "before = set(dir())\npredict(3)",
        "assert set(dir()) - before <= {'before', '_i3', '_2', '_i2', '_ii', '_iii', '_', '__'}, set(dir()) - before",
        "assert sys.gettrace() is None",
        "assert Out[2] == 6 and len(In) == 6",
    )
    state = run(notebook_of(*cells), "factor", example=call_at(2, 2, ("x", "3")))
    assert state.spec.example is not None


FAILURES = {
    "raises": (("x = 1\ndef f():\n    raise ValueError('oh')", "\n \n1\n\nf()"), (2, 5), "ValueError", "oh"),
    "syntax": (("x = 1\nif:",), (1, 2), "SyntaxError", "invalid syntax"),
    "asks": (("1\ninput('who?')",), (1, 2), "StdinNotImplementedError", "input"),
}


@pytest.mark.parametrize(("cells", "place", "ename", "evalue"), FAILURES.values(), ids=FAILURES)
def test_capture_state__cell_raises__says_where(cells, place, ename, evalue, run):
    """A cell that fails is an error with cell, line, the exception and its traceback as plain text."""
    cell, line = place
    with pytest.raises(CellFailed) as caught:
        run(notebook_of(*cells))
    assert caught.value.location == Location(path="work.ipynb", cell=cell, line=line)
    assert caught.value.ename == ename
    assert evalue in caught.value.evalue
    assert ename in caught.value.traceback
    assert "\x1b" not in caught.value.traceback
    assert run.seen[-1] == (cell - 1, len(cells))


def test_capture_state__cell_may_raise__goes_on(run):
    """Jupyter's own tag for cells that are meant to fail is honoured."""
    run(notebook_of("factor = 1\n" + PREDICT, "1 / 0", tags=("raises-exception",)))
    assert run.seen[-1] == (2, 2)


def test_capture_state__objects_cannot_be_pickled__names_them_all(run):
    """Every object that cannot be taken is in the one error, with type, place and reason; no file is left."""
    source = (
        "import threading\ngenerator = (i for i in [])\nlock = threading.Lock()\n"
        f"file = open('out', 'wb')\nfactor = 1\n{PREDICT}"
    )
    with pytest.raises(ObjectsUnpicklable) as caught:
        run(notebook_of(source), "generator", "lock", "file")
    assert [(item.name, item.type_name, item.location.line) for item in caught.value.objects] == [
        ("file", "_io.BufferedWriter", 4),
        ("generator", "builtins.generator", 2),
        ("lock", "_thread.lock", 3),
    ]
    assert all("pickle" in item.reason for item in caught.value.objects)
    assert list((run.folder / "into").iterdir()) == []


def test_capture_state__names_are_missing__says_which_and_where(run):
    """Names that were deleted again are in the error, with the place that bound the first."""
    with pytest.raises(NameMissing) as caught:
        run(notebook_of("\nfactor = 1\n" + PREDICT, "del factor"), "factor", "gone")
    assert caught.value.names == ("factor", "gone")
    assert caught.value.location == Location(path="work.ipynb", cell=1, line=2)


def test_capture_state__symbol_is_no_function__is_not_servable(run):
    """What the symbol names after the run is looked at, and its type named."""
    with pytest.raises(NotServable) as caught:
        run(notebook_of("predict = 3"))
    assert caught.value.symbol == "predict"
    assert caught.value.type_name == "builtins.int"


def test_capture_state__symbol_is_gone__is_missing(run):
    """A serving function that the run did not leave behind is a missing name."""
    with pytest.raises(NameMissing) as caught:
        run(notebook_of(PREDICT, "del predict"))
    assert caught.value.name == "predict"


@pytest.mark.parametrize(
    ("source", "exit_code"), [("import os\nos._exit(3)", 3), ("import os\nos.kill(os.getpid(), 9)", -signal.SIGKILL)]
)
def test_capture_state__kernel_dies__says_in_which_cell(source, exit_code, run):
    """The end of the process is an error with the cell and the way it ended."""
    with pytest.raises(KernelDied) as caught:
        run(notebook_of("1", source))
    assert caught.value.location == Location(path="work.ipynb", cell=2)
    assert caught.value.exit_code == exit_code


def test_capture_state__cell_takes_too_long__is_stopped(run):
    """A cell that outlives its time is an error with the cell."""
    with pytest.raises(CellTimedOut) as caught:
        run(notebook_of("import time\ntime.sleep(600)"), cell_timeout_seconds=0.5)
    assert caught.value.location.cell == 1


@pytest.mark.parametrize("except_clause", ["", "except BaseException: pass"], ids=["polite", "deaf"])
def test_capture_state__cancelled__leaves_no_process(except_clause, run):
    """A cancel in the middle of a cell ends the kernel, even one that ignores interrupts."""
    started = run.folder / "started"
    loop = "\n    ".join(["while True:", "try: time.sleep(600)", except_clause or "finally: pass"])
    source = f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\n{loop}"

    def cancel_when_started():
        while not (started.exists() and started.read_text()):
            threading.Event().wait(0.02)
        run.cancel.cancel()

    watcher = threading.Thread(target=cancel_when_started)
    watcher.start()
    with pytest.raises(Cancelled):
        run(notebook_of(source))
    watcher.join()
    assert not Path(f"/proc/{started.read_text()}").exists()


def test_capture_state__no_ipykernel__does_not_start(run, install_kernel):
    """A kernelspec whose Python has no ipykernel is an error with what the process said."""
    install_kernel("bare", sys.executable, "-m", "no_such_launcher", "-f", "{connection_file}")
    with pytest.raises(KernelDidNotStart) as caught:
        run(notebook_of("1"), kernel="bare")
    assert caught.value.name == "bare"
    assert "no_such_launcher" in caught.value.reason


def test_capture_state__kernel_without_cloudpickle__uses_the_builders(run, install_kernel, tmp_path):
    """A kernel of another environment gets cloudpickle for the capture alone."""
    home = tmp_path / "other"
    venv.create(home, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)}))
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("cloudpickle", "_virtualenv", "distutils", "__pycache__")):
            (site / entry.name).symlink_to(entry)
    install_kernel("other", str(home / "bin" / "python"), *LAUNCH)
    assert "cloudpickle" not in {item.name for item in inspect_kernel("other").distributions}

    source = "try:\n    import cloudpickle\nexcept ImportError:\n    pass\nelse:\n    raise SystemError('it is there')"
    state = run(notebook_of(source, f"factor = lambda: 2\n{PREDICT}"), "factor", kernel="other")
    (item,) = state.objects
    assert pickle.loads(item.payload.read_bytes())() == 2
    assert "cloudpickle.cloudpickle" in item.modules
    shutil.rmtree(home)


def test_capture_state__inside_a_running_loop__works(run):
    """A Jupyter server's own loop does not matter: the kernel has one of its own."""
    import asyncio  # noqa: PLC0415  # for this case alone

    async def within() -> CapturedState:
        return run(notebook_of("factor = 1\n" + PREDICT), "factor")

    assert asyncio.run(within()).objects[0].name == "factor"


def test_capture_state__callback_raises__ends_the_kernel(run, monkeypatch):
    """An error of the caller passes through, and the kernel is gone."""
    monkeypatch.setattr(run, "seen", None)
    with pytest.raises(AttributeError):
        run(notebook_of("1"))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kernel-")]
