"""The application folder: loaded, or refused with a reason."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runtime_process import write_app

from jupyter_containerize.runtime.binding import read_body
from jupyter_containerize.runtime.errors import BadSetting, LoadFailed
from jupyter_containerize.runtime.loading import load
from jupyter_containerize.runtime.settings import Settings, read_settings


@pytest.fixture(autouse=True)
def _imports_undone() -> Iterator[None]:
    """Loading changes how this process imports; that is not for other tests."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def test_load__objects_code_and_local_module__work_together(tmp_path: Path) -> None:
    """The code sees the objects, imports its neighbours, and is a module like any other."""
    source = """
from __future__ import annotations
import dataclasses, inspect, pickle
import neighbour

@dataclasses.dataclass
class Row:
    x: float

def predict(row: Row) -> float:
    "Scale."
    copy = pickle.loads(pickle.dumps(row))
    assert inspect.getsource(Row).startswith("@dataclasses")
    return weights["scale"] * neighbour.half(copy.x)
"""
    app = write_app(tmp_path / "app", source, {"weights": {"scale": 4.0}}, example={"request": {}, "response": 1})
    (app / "neighbour.py").write_text("import serving\ndef half(x): return x / 2\n", encoding="utf-8")
    served = load(app)
    assert served.function(**read_body(served.signature, {"row": {"x": 3}})) == 6.0
    assert list(served.description) == [
        "symbol",
        "doc",
        "inputs",
        "output",
        "example",
        "notebook",
        "python",
        "versions",
        "variables",
        "state",
        "extras",
        "digest",
        "endpoints",
    ]
    [endpoint] = served.description["endpoints"]
    assert (endpoint["route"], endpoint["method"], endpoint["kind"]) == ("/predict", "POST", "function")
    assert endpoint["example"] == served.description["example"] == {"request": {}, "response": 1}


def _other_bytes(app: Path) -> None:
    (app / "state" / "weights.pkl").write_bytes(pickle.dumps(1))


def _changed(key: str, value: object) -> Callable[[Path], object]:
    """Return what gives an entry of model.json another value."""

    def change(app: Path) -> None:
        card = json.loads((app / "model.json").read_text(encoding="utf-8"))
        (app / "model.json").write_text(json.dumps({**card, key: value}), encoding="utf-8")

    return change


class Failure(NamedTuple):
    """A folder with something wrong: what was done to it, and the error's part and words."""

    part: str
    reason: str
    source: str = ""
    objects: Mapping[str, object] | None = None
    spoil: Callable[[Path], object] = lambda _: None


FAILURES = {
    "no card": Failure("model.json", "No such file", spoil=lambda app: (app / "model.json").unlink()),
    "card cut off": Failure("model.json", "Expecting", spoil=lambda app: (app / "model.json").write_text("{")),
    "card of another kind": Failure("model.json", "not as", spoil=lambda app: (app / "model.json").write_text("[]")),
    "card: no list": Failure("model.json", "'endpoints'", spoil=lambda app: (app / "model.json").write_text("{}")),
    "object gone": Failure("w", "No such file", objects={"w": 1}, spoil=lambda app: (app / "state/w.pkl").unlink()),
    "other object": Failure("weights", "sha256 of", objects={"weights": 2}, spoil=_other_bytes),
    "no code": Failure("serving.py", "FileNotFoundError", spoil=lambda app: (app / "serving.py").unlink()),
    "syntax": Failure("serving.py", "SyntaxError", "def predict(:\n"),
    "raises": Failure("serving.py", "line 3: ZeroDivisionError: division by zero", "\n\n1 / 0\n"),
    "exits": Failure("serving.py", "line 1: SystemExit: 0", "raise SystemExit(0)\n"),
    "name missing": Failure("serving.py", "NameError: name 'weights' is not defined", "x = weights\n"),
    "module missing": Failure("serving.py", "No module named 'nowhere_at_all'", "import nowhere_at_all\n"),
    "no name": Failure("serving.py", "has no predict", "x = 3\n"),
    "no function": Failure("serving.py", "predict (int) cannot serve: it cannot be called", "predict = 3\n"),
    "no endpoint": Failure("model.json", "'endpoints'", spoil=_changed("endpoints", [])),
    "no route of its own": Failure(
        "model.json",
        "POST /health/live is taken twice",
        "def predict(): 1\n",
        spoil=_changed("endpoints", [{"symbol": "predict", "route": "/health/live"}]),
    ),
    "one route for two": Failure(
        "model.json",
        "POST /x is taken twice",
        "def predict(): 1\n",
        spoil=_changed("endpoints", [{"symbol": "predict", "route": "/x"}] * 2),
    ),
    "unknown kind": Failure(
        "serving.py",
        "serving a sonnet is not known here",
        spoil=_changed("endpoints", [{"symbol": "x", "kind": "sonnet"}]),
    ),
    "training fails": Failure(
        "serving.py",
        "line 2: ValueError: no data",
        "x = 1\nraise ValueError('no data')\n",
        spoil=_changed("state", "startup"),
    ),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_load__folder_is_spoiled__names_the_part_and_why(tmp_path: Path, failure: Failure) -> None:
    """Whatever is wrong with the folder, one line says where and what."""
    app = write_app(tmp_path / "app", failure.source, failure.objects)
    failure.spoil(app)
    with pytest.raises(LoadFailed) as caught:
        load(app)
    assert caught.value.part == failure.part
    assert failure.reason in caught.value.reason


def test_load__startup__runs_the_training_as_the_notebook_did(tmp_path: Path) -> None:
    """Without captured objects the code makes them: it is __main__, and finds what a notebook finds."""
    source = """
import pickle
get_ipython().run_line_magic("matplotlib", "inline")
class Model:
    def fit(self, xs):
        self.mean = sum(xs) / len(xs)
        return self
if __name__ == "__main__":
    model = pickle.loads(pickle.dumps(Model().fit([1, 2, 3])))
    display(model.mean)
def predict(x: float) -> float:
    return x - model.mean
"""
    main = sys.modules["__main__"]
    try:
        served = load(write_app(tmp_path / "app", source, state="startup"))
    finally:
        sys.modules["__main__"] = main
    assert served.function(5) == 3.0
    assert served.description["state"] == "startup"


class Unloadable:
    """An object that pickles and does not come back."""

    def __reduce__(self) -> Any:
        return int, ("not a number",)


def test_load__object_cannot_be_unpickled__names_it(tmp_path: Path) -> None:
    """An object whose own library refuses it is named with that library's words."""
    app = write_app(tmp_path / "app", "", {"weights": Unloadable()})
    with pytest.raises(LoadFailed) as caught:
        load(app)
    assert (caught.value.part, caught.value.reason[:11]) == ("weights", "ValueError:")


def test_load__unknown_format__is_refused(tmp_path: Path) -> None:
    """A format of a newer builder is not guessed at."""
    app = write_app(tmp_path / "app", "", {"w": 1})
    card = (app / "model.json").read_text(encoding="utf-8")
    (app / "model.json").write_text(card.replace("cloudpickle-5", "safetensors"), encoding="utf-8")
    with pytest.raises(LoadFailed) as caught:
        load(app)
    assert caught.value.part == "w"


BODIES = {
    "nobody says": (0, {}, 16 * 2**20),
    "a large machine": (64 * 2**30, {}, 16 * 2**20),
    "a small container": (512 * 2**20, {}, 8 * 2**20),
    "a tiny one": (2**20, {}, 2**20),
    "the user says": (512 * 2**20, {"JUPYTER_CONTAINERIZE_MAX_BODY_BYTES": "99"}, 99),
}


@pytest.mark.parametrize(("memory_bytes", "environment", "expected"), BODIES.values(), ids=BODIES)
def test_read_settings__memory__bounds_the_largest_body(
    memory_bytes: int, environment: dict[str, str], expected: int
) -> None:
    """What one request may cost fits into the container."""
    assert read_settings(environment, 1, memory_bytes).max_body_bytes == expected


def test_read_settings__nothing_set__has_defaults() -> None:
    """An empty environment, and one with empty values, is the defaults."""
    assert read_settings({}) == read_settings({"PORT": "", "HOST": ""}) == Settings()
    assert (Settings().host, Settings().port, Settings().max_body_bytes) == ("0.0.0.0", 8080, 16_777_216)


def test_read_settings__everything_set__is_taken() -> None:
    """Each variable reaches its setting."""
    settings = read_settings(
        {
            "HOST": "::",
            "PORT": "80",
            "JUPYTER_CONTAINERIZE_APP": "/a",
            "JUPYTER_CONTAINERIZE_MAX_BODY_BYTES": "1",
            "JUPYTER_CONTAINERIZE_BODY_TIMEOUT_SECONDS": "0.5",
            "JUPYTER_CONTAINERIZE_GRACE_SECONDS": "0",
            "JUPYTER_CONTAINERIZE_THREADS": "1",
        }
    )
    assert settings == Settings(
        app=Path("/a"),
        host="::",
        port=80,
        max_body_bytes=1,
        body_timeout_seconds=0.5,
        grace_seconds=0,
        threads=1,
    )


PORTS = {
    "none": ({}, 8080),
    "Cloud Run": ({"PORT": "1"}, 1),
    "SageMaker": ({"PORT": "1", "SAGEMAKER_BIND_TO_PORT": "2"}, 2),
    "Vertex AI": ({"PORT": "1", "SAGEMAKER_BIND_TO_PORT": "2", "AIP_HTTP_PORT": "3"}, 3),
    "an empty one": ({"PORT": "1", "AIP_HTTP_PORT": ""}, 1),
}


@pytest.mark.parametrize(("environment", "port"), PORTS.values(), ids=PORTS)
def test_read_settings__port_of_a_platform__its_own_name_first(environment: dict[str, str], port: int) -> None:
    """A platform sets the variable that it documents, and base images may set PORT beside it."""
    assert read_settings(environment).port == port


def test_read_settings__routes_of_a_platform__are_taken() -> None:
    """Vertex AI says at start where it will ask."""
    settings = read_settings(
        {"AIP_HEALTH_ROUTE": "/ping", "AIP_PREDICT_ROUTE": "/v1/endpoints/1/deployedModels/2:predict"}
    )
    assert (settings.health_route, settings.predict_route) == ("/ping", "/v1/endpoints/1/deployedModels/2:predict")


BAD_SETTINGS = {
    "another platform's port": ("AIP_HTTP_PORT", "http"),
    "no path": ("AIP_PREDICT_ROUTE", "predict"),
    "a path with a query": ("AIP_HEALTH_ROUTE", "/ping?x=1"),
    "word": ("PORT", "http"),
    "too high": ("PORT", "65536"),
    "signed": ("PORT", "-1"),
    "other digits": ("PORT", "²"),
    "no thread": ("JUPYTER_CONTAINERIZE_THREADS", "0"),
    "no time": ("JUPYTER_CONTAINERIZE_BODY_TIMEOUT_SECONDS", "0"),
    "endless": ("JUPYTER_CONTAINERIZE_BODY_TIMEOUT_SECONDS", "inf"),
    "not a number": ("JUPYTER_CONTAINERIZE_BODY_TIMEOUT_SECONDS", "soon"),
}


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_read_settings__bad_value__names_it(name: str, value: str) -> None:
    """A value that cannot be meant is not replaced by a default."""
    with pytest.raises(BadSetting) as caught:
        read_settings({name: value})
    assert (caught.value.name, caught.value.value) == (name, value)
