"""Objects come out of a kernel in files that the runtime reads back as they were."""

from __future__ import annotations

import dataclasses
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kernel_notebooks import notebook_of

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.notebook import (
    CandidateKind,
    Cell,
    ExampleCall,
    Location,
    Notebook,
    ServingCandidate,
    Slice,
)
from jupyter_containerize.domain.serving import CapturedObject, CapturedState
from jupyter_containerize.kernels import capture_state, inspect_kernel
from jupyter_containerize.kernels.errors import ObjectsNeedPickle, ObjectsUnpicklable, VersionSkew
from jupyter_containerize.runtime.parts import read_object

PREDICT = "def predict(x: float = 1.0) -> float:\n    return x"


@dataclass
class Capture:
    """Captures notebooks in one folder."""

    folder: Path

    def __call__(self, notebook: Notebook, *live_in: str, into: str = "into", **options: Any) -> CapturedState:  # noqa: D102
        serving = options.pop("serving", None) or Slice(
            symbol="predict", source="", live_in=live_in, imports=(), cells=(1,), example=None
        )
        (self.folder / into).mkdir()
        return capture_state(
            notebook=notebook,
            path=self.folder / notebook.path,
            serving=serving,
            environment=inspect_kernel(options.pop("kernel", None)),
            into=self.folder / into,
            on_cell=options.pop("on_cell", lambda *_: None),
            cancel=CancelToken(),
            **options,
        )


@pytest.fixture
def capture(tmp_path):
    """Return what captures notebooks in this test's folder."""
    return Capture(tmp_path)


def read(item: CapturedObject) -> Any:
    """Read an object as the runtime does."""
    entry = {"name": item.name, "file": item.payload.name, "format": item.format, "sha256": item.sha256}
    parts = [{"file": part.name, "format": part.format, "sha256": part.sha256} for part in item.parts]
    return read_object(item.payload.parent, {**entry, "parts": parts})


STATE = """
import numpy as np, pandas as pd
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
weights = np.arange(20_000.0).reshape(100, 200)
classes = np.array(["no", "yes"])
mixed = np.array([1, "a", None], dtype=object)
table = pd.DataFrame({"a": np.arange(20_000.0), "b": ["x", "y"] * 10_000})
class Net:
    scale = 2
    def __init__(self): self.layers = [weights + 1, np.ones(3)]
net = Net()
X, y = np.random.default_rng(0).normal(size=(4000, 5)), [0, 1] * 2000
model = make_pipeline(StandardScaler(), KNeighborsClassifier(1)).fit(X, y)
"""


@pytest.mark.slow
def test_capture_state__large_arrays__lie_beside_the_pickles(capture):
    """Arrays have numpy's format, large buffers a file of their own; the same run gives the same bytes."""
    names = ("weights", "classes", "mixed", "table", "net", "model")
    notebook = notebook_of(STATE, PREDICT)
    state = capture(notebook, *names)
    found = {item.name: item for item in state.objects}
    assert {name: item.format for name, item in found.items()} == {
        **dict.fromkeys(names, "cloudpickle-5"),
        "weights": "npy",
        "classes": "npy",
    }
    assert {name for name, item in found.items() if item.parts} == {"net", "table", "model"}
    [part] = found["net"].parts
    assert (part.name, part.format, part.payload.stat().st_size) == ("net.buffers", "buffers", part.size_bytes)
    # Its own array, and the one that its class refers to, which the pickle holds with the class.
    assert part.size_bytes == 64 + 2 * 160_000
    assert found["net"].size_bytes < 2_000
    assert found["net"].total_bytes == found["net"].size_bytes + part.size_bytes
    assert found["weights"].modules == ("numpy",)
    assert {"pandas", "numpy"} <= {module.partition(".")[0] for module in found["table"].modules}

    np.testing.assert_array_equal(read(found["weights"]), np.arange(20_000.0).reshape(100, 200))
    np.testing.assert_array_equal(read(found["net"]).layers[0], np.arange(1, 20_001.0).reshape(100, 200))
    assert read(found["mixed"]).tolist() == [1, "a", None]
    assert read(found["table"])["b"].tolist()[:2] == ["x", "y"]
    rows = np.random.default_rng(0).normal(size=(4000, 5))
    assert read(found["model"]).predict(rows[:10]).tolist() == [0, 1] * 5

    again = capture(notebook, *names, into="again")
    hashes = [(item.sha256, *(part.sha256 for part in item.parts)) for item in state.objects]
    assert hashes == [(item.sha256, *(part.sha256 for part in item.parts)) for item in again.objects]
    kept = {file for item in state.objects for file in (item.payload.name, *(part.name for part in item.parts))}
    assert {path.name for path in (capture.folder / "into").iterdir()} == kept


def test_capture_state__strict__takes_what_needs_no_pickle(capture):
    """Arrays and plain values come without a pickle."""
    source = "import numpy as np\na = np.arange(3)\nb = {'t': [0.5, None, True, 'x']}\n" + PREDICT
    state = capture(notebook_of(source), "a", "b", strict=True)
    assert [(item.name, item.format) for item in state.objects] == [("a", "npy"), ("b", "json")]
    assert read(state.objects[1]) == {"t": [0.5, None, True, "x"]}


def test_capture_state__strict__names_what_needs_a_pickle(capture):
    """Each object that only a pickle can hold is in the one error, with why; nothing of them is left."""
    source = (
        "from sklearn.svm import SVC\nmodel = SVC()\npair = (1, 2)\nkeys = {1: 2}\nnan = float('nan')\nok = 1\n"
        + PREDICT
    )
    with pytest.raises(ObjectsNeedPickle) as caught:
        capture(notebook_of(source), "model", "pair", "keys", "nan", "ok", strict=True)
    found = {item.name: item for item in caught.value.objects}
    assert sorted(found) == ["keys", "model", "nan", "pair"]
    assert "skops" in found["model"].reason
    assert found["model"].location == Location(path="work.ipynb", cell=1, line=2)
    assert "builtins.tuple" in found["pair"].reason
    assert [path.name for path in (capture.folder / "into").iterdir()] == ["ok.pkl"]


DEEP = """
import sqlite3, threading, functools, socket
class Client:
    def __init__(self):
        self.name, self._lock = "x", threading.Lock()
class Model:
    __slots__ = ("client", "rows")
    def __init__(self): self.rows, self.client = [1, 2], {"main": [0, Client()]}
model = Model()
db = sqlite3.connect(":memory:")
def outer():
    rows = (i for i in [])
    def inner(): return rows
    return inner
function = outer()
partial = functools.partial(print, db)
lines = {"log": open("log", "w")}
"""


def test_capture_state__unpicklable_inside__says_where_and_what_it_is(capture):
    """The part that is to blame is named by how it is reached, with its type and in plain words."""
    names = ("model", "db", "function", "partial", "lines")
    with pytest.raises(ObjectsUnpicklable) as caught:
        capture(notebook_of(DEEP, PREDICT), *names)
    assert {item.name: (item.where, item.found, item.kind) for item in caught.value.objects} == {
        "model": ("model.client['main'][1]._lock", "_thread.lock", "a lock or another part of a thread"),
        "db": ("db", "sqlite3.Connection", "an open database connection"),
        "function": ("function -> rows", "builtins.generator", "a generator"),
        "partial": ("partial.args[0]", "sqlite3.Connection", "an open database connection"),
        "lines": ("lines['log']", "_io.TextIOWrapper", "an open file"),
    }


UPGRADE = """
import pathlib, shutil, mine
thing = mine.Thing()
site = pathlib.Path(mine.__file__).parent
shutil.rmtree(site / "mine-1.0.dist-info")
new = site / "mine-2.0.dist-info"
new.mkdir()
(new / "METADATA").write_text("Metadata-Version: 2.1\\nName: mine\\nVersion: 2.0\\n")
(new / "RECORD").write_text("mine.py,,\\n")
"""


def test_capture_state__package_upgraded_by_a_cell__is_refused(capture, install_kernel, tmp_path):
    """What is loaded is not what is installed: the image would get another version than the object was made with."""
    site = tmp_path / "site"
    info = site / "mine-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "mine.py").write_text("__version__ = '1.0'\nclass Thing: pass\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    (info / "RECORD").write_text("mine.py,,\n")
    install_kernel("mine", env={"PYTHONPATH": str(site)})
    notebook = notebook_of("import mine\nthing = mine.Thing()", PREDICT)
    assert capture(notebook, "thing", kernel="mine").objects[0].modules == ("mine",)
    with pytest.raises(VersionSkew) as caught:
        capture(notebook_of(UPGRADE, PREDICT), "thing", kernel="mine", into="again")
    assert [(item.name, item.loaded, item.installed) for item in caught.value.packages] == [("mine", "1.0", "2.0")]


ENTRIES = """
import numpy as np
from sklearn.linear_model import LogisticRegression
class Model:
    def predict(self, x: float, *, by: float = 2.0) -> float:
        "Scale."
        return x * by
class Predictor:
    def setup(self): self.by = 10
    def predict(self, x: int) -> int: return x * self.by
model = Model()
X = np.arange(8.0).reshape(4, 2)
estimator = LogisticRegression().fit(X, [0, 0, 1, 1])
def rate(x: float) -> float:
    return x + 1"""
CALLS = "rate(1.5)\nmodel.predict(3, by=4)\nestimator.predict(X)"


def entry(symbol: str, kind: CandidateKind, **more: Any) -> ServingCandidate:
    """Return a candidate of the first cell."""
    return ServingCandidate(symbol=symbol, kind=kind, location=Location(path="work.ipynb", cell=1), reasons=(), **more)


def call(line: int, symbol: str, *arguments: tuple[str, str]) -> ExampleCall:
    """Return a call of the second cell."""
    location = Location(path="work.ipynb", cell=2, line=line)
    return ExampleCall(location=location, arguments=arguments, result_name=None, symbol=symbol)


@pytest.mark.slow
def test_capture_state__several_entries__each_has_its_description_and_example(capture):
    """Functions, methods, classes and models of libraries are described as they are served."""
    serving = Slice(
        symbol="rate",
        source="",
        live_in=("estimator", "model"),
        imports=(),
        cells=(1,),
        example=call(1, "rate", ("x", "1.5")),
        entries=(
            entry("rate", CandidateKind.FUNCTION),
            entry("model.predict", CandidateKind.METHOD, route="/scale", method="GET"),
            entry("Predictor.predict", CandidateKind.CLASS),
            entry("estimator", CandidateKind.ESTIMATOR),
        ),
        examples=(
            call(1, "rate", ("x", "1.5")),
            call(2, "model.predict", ("x", "3"), ("by", "4")),
            call(3, "estimator", ("", "X")),
        ),
    )
    state = capture(notebook_of(ENTRIES, CALLS), serving=serving)
    specs = (state.spec, *state.more)
    assert [(spec.symbol, spec.kind, spec.route, spec.method) for spec in specs] == [
        ("rate", "function", "/predict", "POST"),
        ("model.predict", "method", "/scale", "GET"),
        ("Predictor.predict", "class", "/predict", "POST"),
        ("estimator", "estimator", "/estimator", "POST"),
    ]
    examples = [spec.example and (spec.example.request, spec.example.response) for spec in specs]
    assert examples[:3] == [({"x": 1.5}, 2.5), ({"x": 3, "by": 4}, 12), None]
    request, response = examples[3]
    assert request == {"rows": [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]}
    assert response["predictions"] == [0, 0, 1]
    assert specs[1].doc == "Scale."
    assert state.findings == ()
    assert state.answers[:4] == ("2.5", "3.25", "3.5", "1.0")
    assert state.shown == "array([0, 0, 1, 1])"


def test_capture_state__model_cannot_be_asked_again__has_a_finding(capture):
    """Where the argument of the notebook's call is gone, a warning with the cell says so."""
    serving = Slice(
        symbol="estimator",
        source="",
        live_in=("estimator",),
        imports=(),
        cells=(1,),
        example=None,
        entries=(entry("estimator", CandidateKind.ESTIMATOR, route="/predict"),),
        examples=(call(1, "estimator", ("", "Z")),),
    )
    state = capture(notebook_of(ENTRIES, "1"), serving=serving)
    assert state.spec.example is None
    assert state.answers == ()
    [finding] = state.findings
    assert (finding.code, finding.location.cell) == ("JC-KERNELS-21", 2)
    assert "'Z'" in finding.message


def test_capture_state__program__runs_instead_of_the_notebook(capture):
    """Only what the slice keeps runs, with the user's own line numbers; other cells can be named instead."""
    notebook = notebook_of("made = []\nmade.append(1)\n1 / 0", "raise SystemError", PREDICT, "predict(2)")
    first = dataclasses.replace(notebook.cells[0], source="made = []\n\n")
    program = (first, *notebook.cells[2:])
    example = dataclasses.replace(call(1, "predict", ("x", "2")), location=Location(path="work.ipynb", cell=4, line=1))
    serving = Slice(
        symbol="predict", source="", live_in=("made",), imports=(), cells=(3,), example=example, program=program
    )
    seen: list[tuple[int, int]] = []
    state = capture(notebook, serving=serving, on_cell=lambda *at: seen.append(at))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert read(state.objects[0]) == []
    assert state.spec.example.response == 2
    assert (state.shown, state.answers[0]) == ("2", "2.0")
    cells: tuple[Cell, ...] = (dataclasses.replace(first, source="made = []\nmade.append(1)"), *program[1:])
    whole = capture(notebook, serving=serving, cells=cells, into="whole")
    assert read(whole.objects[0]) == [1]
    assert state.answers == whole.answers


ANSWERS = {
    "raises": ("def predict(x: int):\n    return 1 / x\npredict(2)", "x", ("0.5", "0.25", "0.3333333333333333")),
    "draws": ("import random\ndef predict(x: int):\n    return random.random()\npredict(2)", "x", None),
    "changes what it was given": (
        "def predict(x: list):\n    x.append(1)\n    return len(x)\npredict([])",
        "x",
        ("1",),
    ),
    "asynchronous": ("async def predict(x: int):\n    return x\nawait predict(2)", "x", ()),
    "no JSON for some": (
        "def predict(x: int):\n    return object() if x > 2 else x\npredict(2)",
        "x",
        ("2", "!object"),
    ),
    "never returns for some": (
        "import time\ndef predict(x: int):\n    return x if x == 2 else time.sleep(600)\npredict(2)",
        "x",
        ("2",),
    ),
}


@pytest.mark.parametrize(("source", "name", "answers"), ANSWERS.values(), ids=ANSWERS)
def test_capture_state__function_is_asked_more__answers_are_text(source, name, answers, capture, monkeypatch):
    """Answers to the example and to requests around it are JSON, or the error's type; a hanging one ends the asking."""
    monkeypatch.setattr("jupyter_containerize.kernels.describing._ANSWER_SECONDS", 1.0)
    line = source.count("\n") + 1
    example = ExampleCall(
        location=Location(path="work.ipynb", cell=1, line=line), arguments=((name, "?"),), result_name=None
    )
    serving = Slice(symbol="predict", source="", live_in=(), imports=(), cells=(1,), example=example)
    state = capture(notebook_of(textwrap.dedent(source)), serving=serving)
    assert state.spec.example is not None
    if answers is None:
        assert len(set(state.answers)) == 1
        assert len(state.answers) > 1
    elif answers:
        assert state.answers[: len(answers)] == answers
    else:
        assert state.answers == ()
